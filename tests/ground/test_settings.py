"""A panel that lacks a secret does not start, and says which one."""

import os
import subprocess
import sys

import pytest

from tests.environment import STAND_INS

COMPLETE = {
    **STAND_INS,
    "DATABASE_URL": "postgres://weir:secret@database/weir",
    "HTTPS": "true",
    "PATH": os.environ["PATH"],
}


def read_settings(environment, show="True"):
    """Import the settings in a fresh process and print what is asked for."""
    code = f"from panel import settings; print(({show}))"
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "FIELD_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"]
)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_s22_a_missing_secret_stops_the_start_with_one_line(name, value):
    environment = {**COMPLETE, name: value}
    if value is None:
        del environment[name]

    done = read_settings(environment)

    assert done.returncode == 1
    assert done.stderr.startswith(f"Weir cannot start: {name} is not set: ")
    assert done.stderr.count("\n") == 1


def test_no_other_database_will_do():
    done = read_settings({**COMPLETE, "DATABASE_URL": "sqlite:////tmp/panel.db"})

    assert done.returncode == 1
    assert done.stderr == "Weir cannot start: DATABASE_URL must name a PostgreSQL database.\n"


def test_s20_a_production_start_is_strict_by_default():
    shown = "settings.DEBUG, settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, "
    shown += "settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS > 0"

    assert read_settings(COMPLETE, shown).stdout == "(False, True, True, True, True)\n"


def test_s20_the_deployment_check_of_django_has_nothing_to_say():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=COMPLETE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_policy_for_content_allows_nothing_inline(client, db):
    policy = client.get("/healthz")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_socket_is_spelt_as_celery_wants_it():
    done = read_settings(
        {**COMPLETE, "REDIS_URL": "unix:///run/broker.sock?db=2"}, "settings.CELERY_BROKER_URL"
    )

    assert done.stdout == "redis+socket:///run/broker.sock?virtual_host=2\n"
