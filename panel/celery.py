"""The Celery app and all clocks: the only list of periodic work.

The database says what is due, so a message is a wake-up and nothing more: one that is lost
costs seconds, one that comes twice finds nothing to do.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")

VISIBILITY_TIMEOUT_S = 300  # a dead worker's messages come back after this at the latest
HARD_LIMIT_S = 240  # below the visibility timeout: no task may run twice at once
SOFT_LIMIT_S = 200
TASKS_PER_CHILD_MAX = 1_000
MEMORY_PER_CHILD_MAX_KB = 400_000
CONNECT_TIMEOUT_S = 5
EXPIRES_MIN_S = 10

app = Celery("weir")
app.config_from_object("django.conf:settings", namespace="CELERY")  # the broker's address
app.conf.update(
    # A task is done when it is done: a killed worker's task goes to another one.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        "unacked_restore_throttle": 1,
        "socket_timeout": 30,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "retry_on_timeout": True,
        "health_check_interval": 25,
    },
    broker_connection_retry=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # What is under way goes on when the broker is lost. That its message comes back as well does
    # no harm: the rows have been claimed.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # A nudge from a web request must not hang on a broker that is gone: the clock comes anyway.
    task_publish_retry=False,
    # Results are rows in PostgreSQL.
    task_ignore_result=True,
    result_backend=None,
    task_time_limit=HARD_LIMIT_S,
    task_soft_time_limit=SOFT_LIMIT_S,
    worker_max_tasks_per_child=TASKS_PER_CHILD_MAX,
    worker_max_memory_per_child=MEMORY_PER_CHILD_MAX_KB,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    task_default_queue="weir",
    timezone="UTC",
    enable_utc=True,
    beat_max_loop_interval=5,
)
app.autodiscover_tasks(["panel"])
app.steps["worker"].add(DjangoStructLogInitStep)
app.steps["worker"].add("panel.listening:Listening")


def _clock(task: str, *, every_s: float) -> dict[str, Any]:
    # "expires" keeps a pile of old ticks from running after the workers were away.
    return {
        "task": f"panel.tasks.{task}",
        "schedule": every_s,
        "options": {"expires": max(every_s, EXPIRES_MIN_S)},
    }


# The name of a clock is the name of its task and of its heartbeat.
PERIODS_S = {
    "heartbeat": 30,
    "place_mass_orders": 2,
    "run_bulk_works": 2,
    "take_customers_in": 2,
    "forward_orders": 2,
    "expire_claims": 15,
    "reconsider_held": 60,
    "give_up_waiting": 60,
    "probe_unconfirmed": 60,
    "poll_orders": 5,
    "send_refills": 10,
    "send_cancels": 5,
    "sync_catalogues": 60,
    "refresh_balances": 60,
    "measure_services": 60,
    "roll_up_figures": 60,
    "send_notices": 15,
    "write_invoices": 60,
    "reconcile_providers": 60,
    "check_payments": 60,
    "prove_book": 60,  # it proves once a day; this is how soon it starts, and how soon it is missed
}
app.conf.beat_schedule = {
    name: _clock(name, every_s=every_s) for name, every_s in PERIODS_S.items()
}


@setup_logging.connect
def _use_our_logging(**kwargs: Any) -> None:
    """Django has configured logging already; a receiver here keeps Celery's hands off it."""
