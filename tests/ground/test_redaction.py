"""G12: the canary key never reaches a log, whichever way a line is written."""

import subprocess
import sys

import pytest

from panel.redaction import HIDDEN, redact

CANARY = "cafebabe1234deadbeef"


@pytest.mark.parametrize(
    "line",
    [
        f"POST https://provider.example/api/v2?key={CANARY}&action=add",
        f"key={CANARY}",
        f"{{'key': '{CANARY}', 'action': 'add'}}",
        f'{{"api_key": "{CANARY}", "service": 1}}',
        f"Authorization: Bearer {CANARY}",
        f"authorization={CANARY}",
        f"Basic {CANARY}",
        f"redis://:{CANARY}@cache:6379/0",
        f"postgres://weir:{CANARY}@database/weir",
        f"password={CANARY}; next",
        f"KEY = {CANARY}",
        f"b'key={CANARY}&action=balance'",
        f'{{"webhook_secret": "{CANARY}"}}',
        f"client_secret={CANARY}",
        f"Authorization: token {CANARY}",
    ],
)
def test_g12_the_value_of_a_secret_is_hidden(line):
    cleaned = redact(line)

    assert CANARY not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    "line",
    [
        "monkey=banana",
        "order 12 was placed for service 7",
        "https://example.com/watch?v=abc&list=def",
        "GET /api/v2?action=services",
    ],
)
def test_other_words_stay_as_they_are(line):
    assert redact(line) == line


@pytest.mark.parametrize("as_json", ["True", "False"])
def test_g12_no_way_of_writing_a_line_lets_a_key_through(as_json):
    code = f"""
import logging, logging.config, structlog
from panel import logs
logging.config.dictConfig(logs.configuration(level="DEBUG", as_json={as_json}, traffic=True))
secret = "{CANARY}"
logging.getLogger("urllib3").debug("POST /api/v2?key=%s HTTP/1.1", secret)
logging.getLogger("django.request").error("failed: %s", {{"key": secret}})
structlog.get_logger("panel").warning("call", url="https://p.example/?key=" + secret, key=secret)
structlog.get_logger("panel").info("nested", body={{"params": [{{"api_key": secret}}]}})
structlog.get_logger("panel").info("headers", authorization="Bearer " + secret)
try:
    raise ValueError("bad answer for key=" + secret)
except ValueError:
    logging.getLogger("celery").exception("task failed")
    structlog.get_logger("panel").exception("failed")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stderr.count("\n") >= 7
    assert CANARY not in done.stderr + done.stdout
    assert "Traceback" in done.stderr
