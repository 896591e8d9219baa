"""What a load balancer learns from /healthz; what it says of the jobs: tests/panel/jobs."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.django_db


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
