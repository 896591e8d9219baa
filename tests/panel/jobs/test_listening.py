"""G2: a worker that hears nothing ends itself, unless it is busy."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from celery.worker import state

from panel.listening import Listening
from tests.whole.instance import until

ROOT = Path(__file__).parents[3]
DEAF_AFTER_S = 10  # many times what a worker takes to begin, and thirty words of the clock


class Request:
    """Something a worker is busy with."""


@pytest.fixture
def listening(settings):
    settings.WORKER_DEAF_AFTER_S = 60
    return Listening(None)


def test_g2_silence_is_deafness_after_its_time(listening):
    assert not listening.is_deaf()
    listening._heard_at -= 59
    assert not listening.is_deaf()
    listening._heard_at -= 2
    assert listening.is_deaf()


def test_g2_one_message_shows_that_it_hears(listening):
    listening._heard_at -= 61
    listening._hear(sender=None, request=None)

    assert not listening.is_deaf()


@pytest.mark.parametrize("kind", ["reserved_requests", "active_requests"])
def test_g2_a_busy_worker_is_left_alone_and_given_time_to_listen_afterwards(listening, kind):
    busy_with = Request()
    getattr(state, kind).add(busy_with)
    listening._heard_at -= 61
    assert not listening.is_deaf()

    getattr(state, kind).discard(busy_with)
    assert not listening.is_deaf()


@pytest.fixture
def worker(broker_url):
    """Starts a worker that listens to a queue of the private broker."""
    running = []

    def start(queue):
        environment = {"REDIS_URL": broker_url, "WORKER_DEAF_AFTER_S": str(DEAF_AFTER_S)}
        command = [sys.executable, "-m", "celery", "-A", "panel", "worker", "--concurrency", "1"]
        command += ["--without-gossip", "--without-mingle", "-Q", queue]
        running.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | environment))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def speaking(broker_url):
    """A clock that speaks to the private broker several times a second, and has begun to."""
    code = """
import time
from panel.celery import app
while True:
    app.send_task("panel.tasks.heartbeat")
    time.sleep(0.3)
"""
    environment = {"REDIS_URL": broker_url, "DJANGO_SETTINGS_MODULE": "panel.settings"}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment)
    until(lambda: redis.Redis(unix_socket_path=urlsplit(broker_url).path).llen("weir"))
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.chaos
def test_g2_a_deaf_worker_ends_and_one_that_hears_goes_on(worker, speaking):
    hearing, deaf = worker("weir"), worker("nobody-speaks-here")

    until(lambda: deaf.poll() is not None)

    assert deaf.poll() == 0, "it stopped in order"
    assert hearing.poll() is None
