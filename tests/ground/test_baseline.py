"""The bare views that the benchmarks compare with start, whatever became of the panel."""

import os
import subprocess
import sys

from tests.environment import STAND_INS

ADDRESSES = "import tests.bench.bare_wsgi, django.urls as u; print(u.resolve('/add').func.__name__)"


def test_the_baseline_of_the_benchmarks_starts():
    environment = STAND_INS | {
        "DATABASE_URL": "postgres://weir:secret@database/weir",
        "DJANGO_SETTINGS_MODULE": "tests.bench.bare_settings",
        "PATH": os.environ["PATH"],
    }

    done = subprocess.run(
        [sys.executable, "-c", ADDRESSES],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (0, "add\n"), done.stderr
