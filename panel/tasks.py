"""Each task: a clock, a limit, one call. What is due stands in the database.

The clocks (see `panel.celery`) run the plural ones. These look whom there is something to do
with, and start one task for each provider, so that a slow provider holds up nobody else.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from celery import Task, shared_task

from orders import (
    cancelling,
    catalogue,
    figures,
    forwarding,
    giving_up,
    invoicing,
    measuring,
    payments,
    placing,
    proving,
    reconciling,
    refilling,
    resolving,
    restoring,
    tracking,
)
from panel.backoffice import bulk, intake
from panel.clock import database_now
from panel.heartbeats import pulse
from panel.models import Storefront
from panel.notices import tell
from panel.paying.refunding import ask_about_unfinished
from panel.paying.synchronising import check_due

log = structlog.get_logger(__name__)

ROUNDS_MAX = 10
ROUNDS_S = 45  # and one round more: well below the time limit of a task
PROVIDERS_MAX = 500
STARTED_EXPIRES_S = 30


@shared_task
def heartbeat(**kwargs: object) -> None:
    """Prove that a worker hears its broker and reaches the database."""
    with pulse("heartbeat"):
        pass


@shared_task
def forward_orders(**kwargs: object) -> None:
    with pulse("forward_orders") as told:
        told.due(forwarding.backlog(told.now))
        told.done = _start(forward_provider, forwarding.due_providers(told.now))


@shared_task
def forward_provider(provider_id: int, **kwargs: object) -> None:
    _rounds(lambda now: forwarding.forward_due(provider_id, now=now))


@shared_task
def expire_claims(**kwargs: object) -> None:
    with pulse("expire_claims") as told:
        told.done = forwarding.expire_claims(now=told.now)


@shared_task
def reconsider_held(**kwargs: object) -> None:
    with pulse("reconsider_held") as told:
        told.done = forwarding.reconsider(now=told.now)


@shared_task
def give_up_waiting(**kwargs: object) -> None:
    with pulse("give_up_waiting") as told:
        told.done = giving_up.give_up_overdue(now=told.now)


@shared_task
def probe_unconfirmed(**kwargs: object) -> None:
    with pulse("probe_unconfirmed") as told:
        told.done = _start(probe_provider, resolving.due_providers(told.now))


@shared_task
def probe_provider(provider_id: int, **kwargs: object) -> None:
    resolving.probe_gaps(provider_id, now=database_now())


@shared_task
def poll_orders(**kwargs: object) -> None:
    with pulse("poll_orders") as told:
        told.due(tracking.backlog(told.now))
        told.done = _start(poll_provider, tracking.due_providers(told.now))


@shared_task
def poll_provider(provider_id: int, **kwargs: object) -> None:
    _rounds(lambda now: tracking.poll_due(provider_id, now=now))


@shared_task
def send_refills(**kwargs: object) -> None:
    with pulse("send_refills") as told:
        told.due(refilling.backlog(told.now))
        told.done = _start(refill_at_provider, refilling.due_providers(told.now))


@shared_task
def refill_at_provider(provider_id: int, **kwargs: object) -> None:
    now = database_now()
    refilling.forward_refills(provider_id, now=now)
    refilling.poll_refills(provider_id, now=now)


@shared_task
def send_cancels(**kwargs: object) -> None:
    with pulse("send_cancels") as told:
        told.due(cancelling.backlog(told.now))
        told.done = _start(cancel_at_provider, cancelling.due_providers(told.now))


@shared_task
def cancel_at_provider(provider_id: int, **kwargs: object) -> None:
    cancelling.forward_cancels(provider_id, now=database_now())


@shared_task
def sync_catalogues(**kwargs: object) -> None:
    with pulse("sync_catalogues") as told:
        told.done = _start(sync_provider, catalogue.due_providers(told.now))


@shared_task
def sync_provider(provider_id: int, **kwargs: object) -> None:
    currency = Storefront.current().currency
    # Another reading of the same list is under way, or came first: that one counts.
    with suppress(catalogue.SyncBusy, catalogue.SyncOvertaken):
        catalogue.sync_catalogue(provider_id, now=database_now(), panel_currency=currency)


@shared_task
def refresh_balances(**kwargs: object) -> None:
    with pulse("refresh_balances") as told:
        told.done = _start(refresh_balance, catalogue.balance_due_providers(told.now))


@shared_task
def refresh_balance(provider_id: int, **kwargs: object) -> None:
    currency = Storefront.current().currency
    catalogue.refresh_balance(provider_id, now=database_now(), panel_currency=currency)


@shared_task
def place_mass_orders(**kwargs: object) -> None:
    with pulse("place_mass_orders") as told:
        told.due(placing.backlog(told.now))
        told.done = _start(place_mass_order, placing.due_masses(told.now))


@shared_task
def place_mass_order(mass_id: int, **kwargs: object) -> None:
    _rounds(lambda now: placing.place_slice(mass_id, now=now))


@shared_task
def run_bulk_works(**kwargs: object) -> None:
    with pulse("run_bulk_works") as told:
        told.due(bulk.backlog(told.now))
        told.done = _start(run_bulk_work, bulk.due_works(told.now))


@shared_task
def run_bulk_work(work_id: int, **kwargs: object) -> None:
    _rounds(lambda now: bulk.do_slice(work_id, now=now))


@shared_task
def take_customers_in(**kwargs: object) -> None:
    with pulse("take_customers_in") as told:
        told.due(intake.backlog(told.now))
        told.done = _start(take_file_in, intake.due_intakes(told.now))


@shared_task
def take_file_in(intake_id: int, **kwargs: object) -> None:
    _rounds(lambda now: intake.work_slice(intake_id, now=now))


@shared_task
def measure_services(**kwargs: object) -> None:
    with pulse("measure_services") as told:
        told.done = measuring.measure_due(now=told.now)


@shared_task
def roll_up_figures(**kwargs: object) -> None:
    with pulse("roll_up_figures"):
        _rounds(lambda now: figures.roll_up(now=now))


@shared_task
def send_notices(**kwargs: object) -> None:
    with pulse("send_notices") as told:
        told.done = tell(now=told.now).sent


@shared_task
def write_invoices(**kwargs: object) -> None:
    with pulse("write_invoices") as told:
        told.done = invoicing.write_due(now=told.now)
        if told.done:  # who restores an older copy finds the last numbers in the log
            last = [number.label for number in restoring.last_known()]
            log.info("papers_written", count=told.done, last=last)


@shared_task
def check_payments(**kwargs: object) -> None:
    """Ask the gateways about what nobody told us of: payments, and refunds under way."""
    with pulse("check_payments") as told:
        told.due(payments.backlog(told.now))
        told.done = check_due() + ask_about_unfinished() + payments.expire_overdue(told.now)
        payments.ask_about_covered()


@shared_task
def reconcile_providers(**kwargs: object) -> None:
    with pulse("reconcile_providers") as told:
        told.done = reconciling.reckon_due(now=told.now)


@shared_task
def prove_book(**kwargs: object) -> None:
    with pulse("prove_book") as told:
        if proving.is_due(told.now):
            proving.begin(now=told.now)
            told.done = proving.keep(proving.prove()).entries


def _start(task: Task[Any, Any], ids: Sequence[int]) -> int:
    """Start a task for each id; a start that nobody took is made again by the next tick."""
    started = ids[:PROVIDERS_MAX]
    for each in started:
        task.apply_async([each], expires=STARTED_EXPIRES_S)
    return len(started)


def _rounds(one_round: Callable[[datetime], object]) -> None:
    """Go on while a round found something to do, up to ROUNDS_MAX times and for ROUNDS_S."""
    began = time.monotonic()
    for _ in range(ROUNDS_MAX):
        if not one_round(database_now()) or time.monotonic() - began > ROUNDS_S:
            break
