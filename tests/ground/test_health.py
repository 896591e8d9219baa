"""What a load balancer and an operator learn from /healthz."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from panel.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("age_s", "word"), [(5, "ok"), (121, "late")])
def test_g4_a_stopped_clock_is_told_after_two_minutes(client, age_s, word):
    Heartbeat.objects.create(job="pulse", ran_at=timezone.now() - timedelta(seconds=age_s))

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "clock": word})


def test_a_panel_without_a_clock_says_that_it_never_saw_one(client):
    assert client.get("/healthz").json() == {"database": "ok", "clock": "never seen"}


@pytest.mark.slow
def test_g5_a_web_process_without_database_takes_itself_out():
    code = """
import django
django.setup()
from django.test import Client
print(Client().get("/healthz").status_code)
"""
    nowhere = {**os.environ, "DATABASE_URL": "postgres://weir@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=nowhere,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout == "503\n"


def test_the_health_page_changes_nothing_when_it_is_posted_to(client):
    assert client.post("/healthz").status_code == 405
