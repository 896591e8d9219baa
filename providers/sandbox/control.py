"""The control side under /_sandbox/: JSON in, JSON out. Switch faults, move time, ask what came.

state                                      figures, balances, active faults
received                                   calls by action, accepted orders, repeated ones
fault    {kind, value, action, service, key, times, probability, accepts}
clear    {fault}                           one fault, or all
clock    {advance_s, speed}
order    {order, reply}                    fields of its status from now on, exactly as given
account  {key, balance, currency}
reset
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from providers.sandbox.faults import Fault
from providers.sandbox.service import Provider

Given = dict[str, Any]


def control(provider: Provider, name: str, body: bytes) -> tuple[int, Any]:
    """Do `name` with the JSON object in `body`: an HTTP status and the answer."""
    act = _CONTROLS.get(name.strip("/"))
    if act is None:
        return 404, {"error": f"there is: {', '.join(_CONTROLS)}"}
    try:
        given = json.loads(body or b"{}")
        return 200, act(provider, **given)
    except (TypeError, ValueError, KeyError, InvalidOperation) as error:
        return 400, {"error": f"{type(error).__name__}: {error}"}


def _state(provider: Provider) -> Given:
    return {
        "services": len(provider.catalogue.services),
        "orders": len(provider.book.orders),
        "refills": len(provider.book.refills),
        "lapsed_s": provider.book.now,
        "accounts": {key: str(one.left) for key, one in provider.book.accounts.items()},
        "faults": [
            {"fault": fault.id, "kind": fault.kind, "struck": fault.struck}
            for fault in provider.faults.active
        ],
    }


def _received(provider: Provider) -> Given:
    return provider.received()


def _fault(provider: Provider, **given: Any) -> Given:
    return {"fault": provider.faults.set(Fault(**given))}


def _clear(provider: Provider, fault: int | None = None) -> Given:
    provider.faults.clear(fault)
    return {}


def _clock(provider: Provider, advance_s: float = 0, speed: float | None = None) -> Given:
    provider.book.set_clock(advance_s=float(advance_s), speed=speed)
    return {"lapsed_s": provider.book.now}


def _order(provider: Provider, order: int, reply: Given) -> Given:
    provider.book.override(int(order), reply)
    return {}


def _account(provider: Provider, key: str, balance: str, currency: str = "USD") -> Given:
    provider.book.open_account(key, Decimal(str(balance)), currency)
    return {}


def _reset(provider: Provider) -> Given:
    provider.reset()
    return {}


_CONTROLS: dict[str, Callable[..., Given]] = {
    "state": _state,
    "received": _received,
    "fault": _fault,
    "clear": _clear,
    "clock": _clock,
    "order": _order,
    "account": _account,
    "reset": _reset,
}
