"""One sandbox: catalogue, book, faults and counters, and what happens to one request."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from providers.sandbox.answers import Answers, Params
from providers.sandbox.book import Book
from providers.sandbox.catalogue import Catalogue
from providers.sandbox.delivery import Order
from providers.sandbox.distortions import distort_body, distort_value
from providers.sandbox.faults import Fault, Faults, first

HOLD_S = 60.0

_DROPS = ("drop_before", "reset_before", "drop_after", "reset_after")
_HOLDS = ("timeout_before", "timeout_after", "late_accept")


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes out. `drop` is "close" or "reset" instead of an answer; `drip_s` per byte."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: str = ""
    drip_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """An account to open: API key, first balance, currency."""

    key: str
    balance: Decimal = Decimal(1_000_000)
    currency: str = "USD"


class Provider:
    """The sandbox without its sockets."""

    def __init__(
        self,
        *,
        services: int,
        accounts: Iterable[AccountSpec],
        speed: float = 1.0,
        state: Path | None = None,
        seed: int = 1,
    ) -> None:
        self.catalogue = Catalogue(services, seed=seed)
        self.book = Book(path=state, speed=speed)
        self.faults = Faults(seed=seed)
        self.stopping = threading.Event()
        self._answers = Answers(self.book, self.catalogue)
        self._counter_lock = threading.Lock()
        self.actions: Counter[str] = Counter()
        for account in accounts:
            if account.key not in self.book.accounts:
                self.book.open_account(account.key, account.balance, account.currency)

    def respond(self, params: Params) -> Reply:
        """Answer one request as the faults want it. May sleep."""
        action = params.get("action", "")
        with self._counter_lock:
            self.actions[action] += 1
        if not self.faults.active:
            return self._plain(action, params)
        faults = self.faults.strike(action, params.get("service", ""), params.get("key", ""))
        for fault in faults:
            if fault.kind == "latency_ms":
                self.stopping.wait(float(fault.value) / 1_000)
        return self._faulty(params, faults)

    def received(self) -> dict[str, Any]:
        """How often each action was called, and each accepted order with a hash of its fields."""
        orders = list(self.book.orders.values())
        hashes = Counter(order_hash(order) for order in orders)
        return {
            "actions": dict(self.actions),
            "orders": [received_order(order) for order in orders],
            "repeated": [one for one, times in hashes.items() if times > 1],
        }

    def reset(self) -> None:
        """Forget orders, counters and faults."""
        self.book.reset()
        self.faults.clear()
        with self._counter_lock:
            self.actions.clear()

    def _plain(self, action: str, params: Params) -> Reply:
        if action == "services" and params.get("key") in self.book.accounts:
            return Reply(self.catalogue.rows_json)
        return Reply(distort_body(self._answers.answer(params), [])[0])

    def _faulty(self, params: Params, faults: list[Fault]) -> Reply:
        refusal, late = first(faults, "refuse"), first(faults, "late_accept")
        is_worked_on = all(fault.accepts for fault in faults)
        value: Any = self._answers.answer(params) if is_worked_on else None
        if refusal is not None:
            value = {"error": refusal.value or "Bad link"}
        hold, drop = first(faults, *_HOLDS), first(faults, *_DROPS)
        if hold is not None:
            self.stopping.wait(float(HOLD_S if hold.value is None else hold.value))
            if late is not None:
                self._answers.answer(params)
            return Reply(drop="close")
        if drop is not None:
            return Reply(drop="reset" if drop.kind.startswith("reset") else "close")
        return _reply(distort_value(value, faults), faults)


def received_order(order: Order) -> dict[str, Any]:
    return {
        "order": order.id,
        "key": order.key,
        "service": order.service,
        "params": order.params,
        "charge": order.charge,
        "hash": order_hash(order),
    }


def order_hash(order: Order) -> str:
    """Equal for two orders with equal account and parameters."""
    return sha256(repr((order.key, sorted(order.params.items()))).encode()).hexdigest()[:16]


def _reply(value: Any, faults: list[Fault]) -> Reply:
    body, headers = distort_body(value, faults)
    drip, http = first(faults, "slow_drip"), first(faults, "http")
    status = 200
    if http is not None:
        spec = http.value if isinstance(http.value, dict) else {"status": http.value}
        status = int(spec.get("status", 500))
        headers |= {name: str(text) for name, text in spec.get("headers", {}).items()}
        if "body" in spec or value is None:
            body = str(spec.get("body", "<h1>error</h1>")).encode()
    return Reply(body, status, headers, drip_s=float(drip.value or 1) if drip else 0.0)
