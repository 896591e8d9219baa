"""What the sandbox knows: accounts, orders, refills, time. Every change is a line in a journal
before it is answered, so a restart, even after kill -9, loses nothing.
"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox.delivery import Order, Refill, charge_now, progress

FIRST_ID = 100_001


@dataclass(slots=True)
class Account:
    """A customer of the sandbox. `spent` is the sum of charges, `returned` of refunds."""

    key: str
    balance: Decimal
    currency: str
    spent: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        return self.balance - self.spent + self.returned


class Book:
    """The state in memory, and its journal on disk if there is a path for one."""

    def __init__(self, *, path: Path | None = None, speed: float = 1.0) -> None:
        self.lock = threading.RLock()
        self._anchor = (time.time(), 0.0, speed)
        self._file = None
        self._empty()
        if path is not None:
            self._replay(path)
            self._file = path.open("ab", buffering=0)
        self.set_clock(speed=speed)

    def _empty(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.orders: dict[int, Order] = {}
        self.refills: dict[int, Refill] = {}
        self._open: dict[int, Order] = {}
        self.next_id = FIRST_ID

    @property
    def now(self) -> float:
        """Lapsed seconds: `speed` times real ones, plus all that was advanced."""
        wall, lapsed, speed = self._anchor
        return lapsed + max(0.0, time.time() - wall) * speed

    def set_clock(self, *, speed: float | None = None, advance_s: float = 0) -> None:
        with self.lock:
            speed = self._anchor[2] if speed is None else speed
            self._write("clock", wall=time.time(), lapsed=self.now + advance_s, speed=speed)

    def open_account(self, key: str, balance: Decimal, currency: str) -> None:
        with self.lock:
            self._write("account", key=key, balance=str(balance), currency=currency)

    def add_order(self, **fields: Any) -> Order:
        with self.lock:
            self._write("order", id=self.next_id, created=self.now, **fields)
            return self.orders[self.next_id - 1]

    def add_refill(self, *, key: str, order: int) -> Refill:
        with self.lock:
            number = self.next_id
            self._write("refill", id=number, key=key, order=order, created=self.now)
            return self.refills[number]

    def request_cancel(self, order: Order) -> None:
        with self.lock:
            self._write("cancel", order=order.id, at=self.now)

    def override(self, order: int, reply: dict[str, Any]) -> None:
        with self.lock:
            self._write("reply", order=order, reply=reply)

    def reset(self) -> None:
        """Forget orders, refills and refunds; accounts keep their key and first balance."""
        with self.lock:
            self._write("reset")

    def settle(self) -> None:
        """Give accounts back what ended orders did not deliver."""
        with self.lock:
            now = self.now
            for order in list(self._open.values()):
                seen = progress(order, now)
                if seen.is_over:
                    del self._open[order.id]
                    back = Decimal(order.charge) - charge_now(order, seen)
                    self.accounts[order.key].returned += back

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _replay(self, path: Path) -> None:
        if not path.exists():
            return
        whole = path.read_bytes()
        for line in _whole_lines(path, whole):
            self._apply(json.loads(line))

    def _write(self, what: str, **fields: Any) -> None:
        entry = {"what": what, **fields}
        if self._file is not None:
            self._file.write(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        self._apply(entry)

    def _apply(self, entry: dict[str, Any]) -> None:
        what = entry.pop("what")
        getattr(self, f"_apply_{what}")(**entry)

    def _apply_clock(self, *, wall: float, lapsed: float, speed: float) -> None:
        self._anchor = (wall, lapsed, speed)

    def _apply_account(self, *, key: str, balance: str, currency: str) -> None:
        known = self.accounts.get(key)
        self.accounts[key] = Account(key, Decimal(balance), currency)
        if known is not None:
            self.accounts[key].spent, self.accounts[key].returned = known.spent, known.returned

    def _apply_order(self, **fields: Any) -> None:
        order = Order(**fields)
        self.orders[order.id] = self._open[order.id] = order
        self.accounts[order.key].spent += Decimal(order.charge)
        self.next_id = order.id + 1

    def _apply_refill(self, **fields: Any) -> None:
        refill = Refill(**fields)
        self.refills[refill.id] = refill
        self.next_id = refill.id + 1

    def _apply_cancel(self, *, order: int, at: float) -> None:
        self.orders[order].cancel_at = at

    def _apply_reply(self, *, order: int, reply: dict[str, Any]) -> None:
        self.orders[order].reply = reply

    def _apply_reset(self) -> None:
        accounts, next_id = self.accounts, self.next_id
        self._empty()
        # Ids are never used again, not even after a reset: someone may still ask for the old ones.
        self.next_id = next_id
        for account in accounts.values():
            self.accounts[account.key] = Account(account.key, account.balance, account.currency)


def _whole_lines(path: Path, content: bytes) -> Iterator[bytes]:
    """The lines of the journal; a last one that was cut off by a crash is cut from the file."""
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with path.open("r+b") as file:
            file.truncate(end)
    return iter(content[:end].splitlines())
