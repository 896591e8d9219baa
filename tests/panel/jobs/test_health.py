"""What /healthz says about the jobs. It stays 200: pages do not need them."""

from datetime import timedelta

import pytest

from panel.celery import PERIODS_S
from panel.clock import database_now
from panel.models import Heartbeat

pytestmark = pytest.mark.django_db


def health(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")
    return answer.json()["jobs"]


@pytest.fixture
def beats():
    now = database_now()
    Heartbeat.objects.bulk_create(Heartbeat(job=job, ran_at=now) for job in PERIODS_S)
    return Heartbeat.objects


def test_a_panel_whose_jobs_run_is_well(client, beats):
    assert health(client) == {"state": "ok", "late": [], "oldest_due_s": 0}


def test_g4_a_job_that_stands_still_is_named(client, beats):
    beats.filter(job="poll_orders").update(ran_at=database_now() - timedelta(minutes=2))

    assert health(client) == {"state": "late", "late": ["poll_orders"], "oldest_due_s": 0}


def test_g4_a_panel_without_a_clock_names_every_job(client):
    assert health(client)["late"] == list(PERIODS_S)


def test_g4_the_age_of_the_oldest_order_that_is_due_is_told(client, beats):
    due_at = database_now() - timedelta(seconds=90)
    beats.filter(job="forward_orders").update(oldest_due_at=due_at)

    assert 90 <= health(client)["oldest_due_s"] < 120
