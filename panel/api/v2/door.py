"""The one address of the protocol: read, authenticate, count, act, reply."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from psycopg.errors import DeadlockDetected, LockNotAvailable

from orders.models.patience import may_pass, takes_no_writes
from panel.api import keys, limits
from panel.api.v2.adding import add
from panel.api.v2.listing import services
from panel.api.v2.parameters import BadRequest, Parameters, read_parameters
from panel.api.v2.replies import (
    INCORRECT_REQUEST,
    UNAVAILABLE,
    Call,
    ProtocolError,
    error_reply,
    reply,
)
from panel.api.v2.reporting import balance, status
from panel.api.v2.wishing import cancel, refill, refill_status

log = structlog.get_logger(__name__)

METHODS = ("GET", "POST", "HEAD")
WRONG_KEYS_PER_MINUTE = 600  # from one address
RETRY_AFTER_S = 5
NO_WRITES_RETRY_AFTER_S = 60

ACTIONS: Mapping[str, Callable[[Call], Any]] = {
    "services": services,
    "add": add,
    "status": status,
    "refill": refill,
    "refill_status": refill_status,
    "cancel": cancel,
    "balance": balance,
}


@csrf_exempt
def answer(request: HttpRequest) -> HttpResponse:
    """Answer any request with JSON, whatever it holds and whatever happens."""
    # Texts of the protocol are never translated: clients compare them.
    with translation.override(None):
        try:
            return _answered(request, now=timezone.now())
        except (ProtocolError, keys.KeyRefused) as error:
            return error_reply(str(error))
        except BadRequest:
            return error_reply(INCORRECT_REQUEST)
        except limits.TooManyRequests as error:
            return _later(str(error), error.retry_after_s)
        except DatabaseError as error:
            return _database_failed(error)
        except Exception:
            # The outermost door: whatever happened, clients can read nothing but JSON.
            log.exception("api_failed")
            return error_reply("Internal error", status=500)


def _answered(request: HttpRequest, *, now: datetime) -> HttpResponse:
    if request.method not in METHODS:
        raise BadRequest(request.method)
    parameters = read_parameters(request)
    address = request.META.get("REMOTE_ADDR", "")
    caller = _caller(parameters, address, now=now)
    limits.spend(f"key:{caller.key_id}", per_minute=caller.requests_per_minute, now=now)
    action = ACTIONS.get(parameters.text("action").strip().lower())
    if action is None:
        raise BadRequest("action")
    found = action(Call(caller, parameters, request.META, now))
    return found if isinstance(found, HttpResponse) else reply(found)


def _caller(parameters: Parameters, address: str, *, now: datetime) -> keys.Caller:
    text = parameters.text("key").strip()
    try:
        try:
            return keys.authenticate(text, address=address, now=now)
        except OperationalError:
            if connection.connection is None or connection.is_usable():
                raise
        # The first statement of a request met a connection that died since the last one, as all
        # do when the database is restarted: nothing has happened yet, so it begins anew.
        _drop_dead_connections()
        return keys.authenticate(text, address=address, now=now)
    except keys.KeyRefused:
        limits.spend(f"wrong:{address}", per_minute=WRONG_KEYS_PER_MINUTE, now=now)
        raise


def _drop_dead_connections() -> None:
    connection.close()
    pool = connection.pool  # type: ignore[attr-defined]
    if pool is not None:
        pool.check()


def _later(text: str, seconds: int, *, status: int = 429) -> HttpResponse:
    """429 tells panels that nothing was done and when to come back; the text is there as well."""
    response = error_reply(text, status=status)
    response["Retry-After"] = str(seconds)
    return response


def _database_failed(error: DatabaseError) -> HttpResponse:
    """Where the statement was given up whole, nothing has happened: it may be sent again."""
    if not may_pass(error):
        log.error("api_failed", exc_info=error)
        return error_reply("Internal error", status=500)
    if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
        return _later("Too many requests", RETRY_AFTER_S)
    log.error("database_unavailable", error=type(error.__cause__ or error).__name__)
    if takes_no_writes(error):
        return _later(UNAVAILABLE, NO_WRITES_RETRY_AFTER_S, status=503)
    return error_reply(UNAVAILABLE, status=503)
