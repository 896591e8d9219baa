"""A worker's view of the tasks: each runs at once where it is started, nothing is published."""

import pytest
from celery import current_app

from providers.sandbox import Sandbox


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def started_here():
    before = current_app.conf.task_always_eager
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = before
