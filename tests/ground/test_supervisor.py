"""One console: lines with names, revived programs, nothing left behind."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from panel.embedded.supervisor import Program, Supervisor

pytestmark = pytest.mark.chaos
TIMEOUT_S = 60.0  # only what hangs waits so long


def python(name, code, **options):
    return Program(name, [sys.executable, "-uc", textwrap.dedent(code)], **options)


@pytest.fixture
def console():
    return io.StringIO()


@pytest.fixture
def supervisor(console):
    started = Supervisor(console)
    yield started
    started.stop()


def is_alive(pid):
    """Whether a process runs (a dead one that nobody has collected does not)."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def wait_until(holds):
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_every_line_carries_the_name_of_its_program(supervisor, console):
    supervisor.start(python("web", "print('ready'); import time; time.sleep(60)"))

    assert supervisor.run(until=lambda: "ready" in console.getvalue(), timeout_s=TIMEOUT_S)

    assert console.getvalue() == "      web | ready\n"


def test_a_dead_program_is_started_again(supervisor, console):
    supervisor.start(python("worker", "print('up'); import time; time.sleep(60)"))
    supervisor.run(until=lambda: "up" in console.getvalue(), timeout_s=TIMEOUT_S)
    first = supervisor.pid("worker")
    os.kill(first, signal.SIGKILL)

    revived = supervisor.run(until=lambda: console.getvalue().count("up") == 2, timeout_s=TIMEOUT_S)

    assert revived
    assert supervisor.pid("worker") != first
    assert "ended with -9, starting again" in console.getvalue()


def test_a_program_that_keeps_failing_is_started_more_and_more_rarely(supervisor, console):
    supervisor.start(python("broken", "raise SystemExit(3)"))

    supervisor.run(until=lambda: console.getvalue().count("ended") >= 3, timeout_s=TIMEOUT_S)

    (child,) = supervisor._children
    assert child.backoff_s >= 4.0


def test_the_last_one_started_stops_first(supervisor, console):
    farewell = """
        import signal, sys, time
        def end(*_):
            print("bye")
            sys.exit()
        signal.signal(signal.SIGTERM, end)
        print("up")
        time.sleep(60)
    """
    supervisor.start(python("database", farewell))
    supervisor.start(python("web", farewell))
    supervisor.run(until=lambda: console.getvalue().count("up") == 2, timeout_s=TIMEOUT_S)

    supervisor.stop()

    said = [line.split() for line in console.getvalue().splitlines() if "bye" in line]
    assert [words[0] for words in said] == ["web", "database"]


def test_what_a_program_started_goes_with_it(supervisor, console):
    parent = """
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print("child", child.pid)
        time.sleep(60)
    """
    supervisor.start(python("web", parent))
    supervisor.run(until=lambda: "child" in console.getvalue(), timeout_s=TIMEOUT_S)
    grandchild = int(console.getvalue().split()[-1])
    assert is_alive(grandchild)

    supervisor.stop()

    wait_until(lambda: not is_alive(grandchild))


def test_a_second_signal_kills_what_does_not_stop(supervisor, console):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\n"
    supervisor.start(python("deaf", deaf + "time.sleep(60)"))
    supervisor.run(until=lambda: "up" in console.getvalue(), timeout_s=TIMEOUT_S)
    pid = supervisor.pid("deaf")

    supervisor.hurry()
    supervisor.stop()

    assert not is_alive(pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel of Linux does this")
def test_a_killed_supervisor_leaves_nothing_behind():
    owner_code = """
        import sys
        from panel.embedded.supervisor import Program, Supervisor
        supervisor = Supervisor()
        for name in ("web", "worker"):
            words = [sys.executable, "-c", "import time; time.sleep(60)"]
            supervisor.start(Program(name, words))
        print(supervisor.pid("web"), supervisor.pid("worker"), flush=True)
        supervisor.run(until=lambda: False)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(owner_code)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        children = [int(word) for word in owner.stdout.readline().split()]
        assert all(is_alive(pid) for pid in children)

        owner.kill()

        wait_until(lambda: not any(is_alive(pid) for pid in children))


def test_what_does_not_stop_and_what_it_started_die_soon_after_a_killed_supervisor():
    owner_code = """
        import sys
        from panel.embedded.supervisor import Program, Supervisor
        busy = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        program = busy + (
            "import os, subprocess, sys;"
            f"child = subprocess.Popen([sys.executable, '-c', {busy + 'time.sleep(60)'!r}]);"
            "print(os.getpid(), child.pid); time.sleep(60)"
        )
        supervisor = Supervisor()
        supervisor.start(Program("worker", [sys.executable, "-uc", program]))
        supervisor.run(until=lambda: False)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(owner_code)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        group = [int(word) for word in owner.stdout.readline().split()[2:]]
        assert len(group) == 2
        assert all(is_alive(pid) for pid in group)

        owner.kill()

        wait_until(lambda: not any(is_alive(pid) for pid in group))


def test_a_program_that_stopped_in_order_leaves_no_guard(supervisor, console):
    supervisor.start(python("web", "print('up'); import time; time.sleep(60)"))
    supervisor.run(until=lambda: "up" in console.getvalue(), timeout_s=TIMEOUT_S)
    (child,) = supervisor._children
    guard = child.guard.pid
    assert is_alive(guard)

    supervisor.stop()

    assert not is_alive(guard)
