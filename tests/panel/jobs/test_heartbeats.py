"""Which jobs are late, and what a job tells about its run."""

import time
from datetime import timedelta

import pytest

from orders.models.wishes import Backlog
from panel import heartbeats
from panel.celery import PERIODS_S
from panel.clock import database_now
from panel.heartbeats import LATE_S, pulse
from panel.models import Heartbeat

pytestmark = pytest.mark.django_db
DAY_S = 86_400


def all_ran(*, ago_s=0):
    now = database_now()
    Heartbeat.objects.bulk_create(
        Heartbeat(job=job, ran_at=now - timedelta(seconds=ago_s)) for job in PERIODS_S
    )
    return now


def test_g4_jobs_that_never_ran_are_late():
    assert heartbeats.stopped(database_now()) == list(PERIODS_S)


def test_a_job_that_never_ran_is_awaited_since_the_clocks_began(monkeypatch):
    monkeypatch.setattr(heartbeats, "_BEGAN_S", time.monotonic() - 10 * DAY_S)
    job, period_s = next(reversed(PERIODS_S.items()))
    now = all_ran()
    Heartbeat.objects.filter(job=job).delete()
    allowed = timedelta(seconds=period_s + LATE_S)

    Heartbeat.objects.update(first_at=now - allowed)
    assert heartbeats.stopped(now) == []
    Heartbeat.objects.update(first_at=now - allowed - timedelta(microseconds=1))
    assert heartbeats.stopped(now) == [job]


def test_a_job_that_an_update_brought_is_awaited_since_the_update(monkeypatch):
    monkeypatch.setattr(heartbeats, "_BEGAN_S", time.monotonic())
    job = next(reversed(PERIODS_S))
    now = all_ran()
    Heartbeat.objects.filter(job=job).delete()
    Heartbeat.objects.update(first_at=now - timedelta(days=300))

    assert heartbeats.stopped(now) == []


def test_jobs_that_ran_just_now_are_not_late():
    assert heartbeats.stopped(all_ran()) == []


@pytest.mark.parametrize("job", PERIODS_S)
def test_g4_a_job_is_late_within_two_minutes(job):
    now = all_ran()
    allowed = timedelta(seconds=PERIODS_S[job] + LATE_S)
    beats = Heartbeat.objects.filter(job=job)

    assert allowed <= timedelta(minutes=2)
    beats.update(ran_at=now - allowed)
    assert heartbeats.stopped(now) == []
    beats.update(ran_at=now - allowed - timedelta(microseconds=1))
    assert heartbeats.stopped(now) == [job]


def test_every_clock_has_a_task_of_its_name():
    assert heartbeats.periods() == {job: float(period) for job, period in PERIODS_S.items()}


def test_a_job_tells_what_it_found_and_did():
    due_at = database_now() - timedelta(minutes=3)
    with pulse("forward_orders") as told:
        told.due(Backlog(rows=7, oldest_due_at=due_at))
        told.done = 5

    beat = Heartbeat.objects.get()
    assert (beat.job, beat.backlog, beat.done, beat.error) == ("forward_orders", 7, 5, "")
    assert beat.ran_at == told.now
    assert heartbeats.oldest_due_at() == due_at


def test_a_job_that_fails_tells_why_and_fails_all_the_same():
    with pytest.raises(ValueError, match="too bad"), pulse("prove_book"):
        raise ValueError("too bad " * 100)

    beat = Heartbeat.objects.get()
    assert beat.error.startswith("ValueError: too bad")
    assert len(beat.error) == heartbeats.ERROR_MAX


def test_the_next_good_run_takes_the_error_away():
    with pytest.raises(ValueError, match="bad"), pulse("prove_book"):
        raise ValueError("bad")
    with pulse("prove_book"):
        pass

    assert Heartbeat.objects.get().error == ""
