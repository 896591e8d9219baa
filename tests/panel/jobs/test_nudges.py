"""A nudge makes an order leave early. It may be lost; it may never cost who gave it anything."""

import json
import os
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
import redis
from celery import current_app

from panel import nudges

DEADLINE_S = 60
NOWHERE = "redis://127.0.0.1:1/0"
NUDGE = """
import json, os, threading, time
import django
django.setup()
from panel import nudges
tell, told = nudges._tell, threading.Semaphore(0)
is_back = threading.Event()
def tell_and_say(provider_ids):
    held_up.append(not is_back.wait(20))  # whoever waits for us is not back
    tell(provider_ids)
    told.release()
nudges._tell, held_up = tell_and_say, []
nudges.forward_soon(7)
is_back.set()
came_back = told.acquire(timeout=float(os.environ["WAIT_S"]))
time.sleep(0.1)
alive = "nudger" in [thread.name for thread in threading.enumerate()]
print(json.dumps({"came_back": came_back, "alive": alive, "held_up": any(held_up)}), flush=True)
os._exit(0)
"""


@pytest.fixture
def told(monkeypatch):
    """The provider ids of each message, as they go to the broker."""
    sent = []
    arrived = threading.Event()

    def send(name, args, **options):
        sent.append((name, args, options))
        arrived.set()

    monkeypatch.setattr(current_app._get_current_object(), "send_task", send)
    sent_now = nudges._Nudger()
    monkeypatch.setattr(nudges, "_nudger", sent_now)
    return sent, arrived


def test_orders_that_arrive_together_wake_their_provider_once(told):
    sent, arrived = told
    with nudges._nudger._changed:  # nobody else's turn comes in between
        for _ in range(50):
            nudges.forward_soon(7)

    assert arrived.wait(DEADLINE_S)
    assert sent == [("panel.tasks.forward_provider", [7], {"expires": nudges.EXPIRES_S})]


def test_orders_that_arrive_one_after_another_wake_their_provider_once(told, monkeypatch):
    monkeypatch.setattr(nudges, "GATHER_S", 1.0)
    sent, arrived = told
    for _ in range(5):
        nudges.forward_soon(7)
        threading.Event().wait(0.02)

    assert arrived.wait(DEADLINE_S)
    assert len(sent) == 1


def test_an_order_that_staff_deliver_wakes_nobody(told):
    nudges.forward_soon(None)

    assert threading.active_count() == len(threading.enumerate())
    assert nudges._nudger._waiting == set()


def test_the_crowd_of_those_who_wait_has_a_limit(told, monkeypatch):
    monkeypatch.setattr(nudges, "PROVIDERS_MAX", 3)
    monkeypatch.setattr(nudges._nudger, "_run", lambda: None)
    for provider_id in range(10):
        nudges.forward_soon(provider_id)

    assert len(nudges._nudger._waiting) == 3


FORKED = """
import os, threading
import django
django.setup()
from panel import nudges
told = threading.Event()
nudges._tell = lambda provider_ids: told.set()
nudges.forward_soon(7)
told.wait(20)
told.clear()
with nudges._nudger._changed:  # the worst moment to be forked at
    child = os.fork()
if not child:
    nudges.forward_soon(8)
    os._exit(0 if told.wait(20) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
os._exit(0)
"""


def test_a_process_that_was_forked_nudges_with_a_thread_of_its_own():
    done = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "0\n"


def nudge(url, *, wait_s=DEADLINE_S):
    """Nudge once in a process whose broker is at `url`, and say what became of it."""
    done = subprocess.run(
        [sys.executable, "-c", NUDGE],
        env=os.environ | {"REDIS_URL": url, "WAIT_S": str(wait_s)},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout)


def is_harmless(said):
    return said["alive"] and not said["held_up"]


@pytest.fixture
def server(broker_url):
    """The private broker, empty and as it is by default before and after the test."""
    client = redis.Redis(unix_socket_path=urlsplit(broker_url).path)
    before = {str(name): str(value) for name, value in client.config_get("maxmemory*").items()}
    client.flushall()
    yield client
    client.replicaof("no", "one")
    for name, value in before.items():
        client.config_set(name, value)
    client.flushall()


def test_a_nudge_arrives_at_a_broker_that_is_well(broker_url, server):
    said = nudge(broker_url)

    assert is_harmless(said)
    assert said["came_back"]
    assert server.llen("weir") == 1


def test_g1_a_broker_that_is_gone_costs_nothing():
    said = nudge(NOWHERE)

    assert is_harmless(said)
    assert said["came_back"]


def test_g1_a_broker_that_never_answers_holds_up_no_request():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = nudge(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", wait_s=1)

    assert is_harmless(said)


def test_g1_a_broker_that_is_full_costs_nothing(broker_url, server):
    server.config_set("maxmemory-policy", "noeviction")
    server.config_set("maxmemory", "1")
    said = nudge(broker_url)

    assert is_harmless(said)
    assert said["came_back"]


def test_g1_a_broker_that_only_reads_costs_nothing(broker_url, server):
    server.replicaof("127.0.0.1", "1")
    said = nudge(broker_url)

    assert is_harmless(said)
    assert said["came_back"]
