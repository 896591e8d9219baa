"""The sandbox as a process: its command, its control side, and nothing lost by kill -9."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from providers import client
from providers.client import Accepted, ProviderFailed
from providers.sandbox import Sandbox
from tests import gates
from tests.providers.conftest import ORDER, place, place_many, refill, to

ROOT = Path(__file__).parents[3]
KEY = "process-key-1"


@contextmanager
def process(state, *words):
    command = [sys.executable, "-m", "providers.sandbox", "--port", "0", "--state", str(state)]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    child = subprocess.Popen(
        [*command, "--services", "50", "--account", f"{KEY}:500:EUR", *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line.startswith("sandbox: http://127.0.0.1:"), line
        yield child, line.split()[1].rstrip(",")
    finally:
        child.kill()
        child.wait(60)
        child.stdout.close()


def control(url, name, **given):
    address = url.replace("/api/v2", f"/_sandbox/{name}")
    with urlopen(Request(address, data=json.dumps(given).encode()), timeout=60) as answer:
        return json.load(answer)


def test_orders_refills_overrides_and_time_survive_a_kill(tmp_path):
    state = tmp_path / "sandbox.jsonl"
    with process(state, "--speed", "0") as (child, url):
        conn = to(url, api_key=KEY)
        ids = place_many(conn, 5)
        control(url, "clock", advance_s=10_000)
        taken = refill(conn, ids[0])
        control(url, "order", order=ids[1], reply={"remains": "-7"})
        before = client.statuses(conn, ids), client.balance(conn)
        child.send_signal(signal.SIGKILL)
        child.wait(60)
    with process(state, "--speed", "0") as (_, url):
        conn = to(url, api_key=KEY)
        assert (client.statuses(conn, ids), client.balance(conn)) == before
        assert taken in client.refill_statuses(conn, [taken])
        assert len(control(url, "received")["orders"]) == 5
        assert int(place(conn)) > int(ids[-1])


def test_a_line_cut_off_by_a_crash_is_dropped_and_the_rest_stands(tmp_path):
    state = tmp_path / "sandbox.jsonl"
    with Sandbox(state=state) as box:
        one = place(to(box.url, api_key=box.key))
    with state.open("ab") as journal:
        journal.write(b'{"what":"order","id":1000')
    with Sandbox(state=state) as box:
        assert [str(order["order"]) for order in box.orders()] == [one]
        client.add(to(box.url, api_key=box.key), ORDER)
    with Sandbox(state=state) as box:
        assert len(box.orders()) == 2


def test_it_stops_when_it_is_told_to(tmp_path):
    with process(tmp_path / "s.jsonl") as (child, url):
        assert client.balance(to(url, api_key=KEY))[1] == "EUR"
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
        with pytest.raises(ProviderFailed):
            client.balance(to(url, api_key=KEY))


def test_a_taken_port_is_said_in_one_line(tmp_path, box):
    words = ["--port", str(box.port), "--state", str(tmp_path / "s.jsonl"), "--services", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "providers.sandbox", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{box.port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_faults_are_switched_over_http_and_calls_are_counted(box, conn):
    fault = control(box.url, "fault", kind="refuse", value="No", action="add", times=1)["fault"]
    client.add(conn, ORDER)
    client.add(conn, ORDER)
    received = control(box.url, "received")
    assert received["actions"] == {"add": 2}
    assert [order["params"] for order in received["orders"]] == [ORDER]
    assert received["repeated"] == []
    state = control(box.url, "state")
    assert state["faults"] == [{"fault": fault, "kind": "refuse", "struck": 1}]
    control(box.url, "clear")
    control(box.url, "account", key="new-key", balance="7", currency="GBP")
    assert client.balance(to(box.url, api_key="new-key"))[1] == "GBP"
    control(box.url, "reset")
    assert control(box.url, "state")["orders"] == 0


def test_form_query_and_json_are_understood(box):
    with urlopen(f"{box.url}?key={box.key}&action=balance", timeout=60) as reply:
        assert json.load(reply)["currency"] == "USD"
    body = json.dumps({"key": box.key, "action": "services"}).encode()
    request = Request(box.url + "/", data=body, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as reply:
        assert len(json.load(reply)) == 60


def test_two_hundred_calls_are_held_at_once_and_each_order_arrives_once(box, conn):
    def add(number):
        return client.add(conn, {**ORDER, "link": f"https://example.com/{number}"})

    with ThreadPoolExecutor(200) as threads, gates.held(box, "add") as gate:
        adding = [threads.submit(add, number) for number in range(200)]
        gate.wait_for(200)
        assert box.orders() == []
        gate.open()
        outcomes = [one.result() for one in adding]
    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert (len(box.orders()), box.repeated()) == (200, [])
