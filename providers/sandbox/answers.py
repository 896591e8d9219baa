"""The protocol as a server: what each action answers, in its plainest form."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from providers.sandbox.book import Account, Book
from providers.sandbox.catalogue import TYPES, Catalogue, Service
from providers.sandbox.delivery import (
    Order,
    charge_now,
    progress,
    refill_status,
    start_count,
)

IDS_MAX = 100
RUNS_MAX = 1_000

Params = dict[str, str]


class Refusal(Exception):
    """The protocol's error answer; its text is what the caller reads."""


class Answers:
    """Answers requests from a book and a catalogue."""

    def __init__(self, book: Book, catalogue: Catalogue) -> None:
        self.book = book
        self.catalogue = catalogue
        self._actions: dict[str, Callable[[Account, Params], Any]] = {
            "services": self._services,
            "add": self._add,
            "status": self._status,
            "refill": self._refill,
            "refill_status": self._refill_status,
            "cancel": self._cancel,
            "balance": self._balance,
        }

    def answer(self, params: Params) -> Any:
        """The reply as a JSON value; an error is an object with `error`."""
        try:
            account = self.book.accounts.get(params.get("key", ""))
            if account is None:
                raise Refusal("Invalid API key")
            action = self._actions.get(params.get("action", ""))
            if action is None:
                raise Refusal("Incorrect request")
            return action(account, params)
        except Refusal as refusal:
            return {"error": str(refusal)}

    def _services(self, account: Account, params: Params) -> list[dict[str, Any]]:
        return self.catalogue.rows()

    def _add(self, account: Account, params: Params) -> dict[str, int]:
        service = self.catalogue.find(params.get("service", ""))
        if service is None:
            raise Refusal("Incorrect service ID")
        fields = _order_fields(service, params)
        with self.book.lock:
            if Decimal(fields["charge"]) > account.left:
                self.book.settle()
            if Decimal(fields["charge"]) > account.left:
                raise Refusal("Not enough funds on balance")
            order = self.book.add_order(key=account.key, params=_asked(params), **fields)
        return {"order": order.id}

    def _status(self, account: Account, params: Params) -> Any:
        now = self.book.now
        if "orders" not in params:
            return self._report(self._own(account, params.get("order", "")), now)
        return {one: self._report_or_error(account, one, now) for one in _ids(params, "orders")}

    def _report_or_error(self, account: Account, one: str, now: float) -> Any:
        try:
            return self._report(self._own(account, one), now)
        except Refusal as refusal:
            return {"error": str(refusal)}

    def _report(self, order: Order, now: float) -> Any:
        if "instead" in order.reply:
            return order.reply["instead"]
        seen = progress(order, now)
        report: dict[str, Any] = {
            "charge": format(charge_now(order, seen).normalize(), "f"),
            "start_count": str(start_count(order)),
            "status": seen.status,
            "remains": str(seen.remains),
            "currency": self.book.accounts[order.key].currency,
        }
        if order.runs > 1:
            report["runs"] = str(seen.done)
        if order.is_subscription:
            report = {
                "status": seen.status,
                "posts": str(seen.done),
                "expiry": order.params.get("expiry", ""),
                "orders": [f"{order.id}{post:04d}" for post in range(1, seen.done + 1)],
            }
        return {**report, **order.reply}

    def _refill(self, account: Account, params: Params) -> Any:
        if "orders" not in params:
            return {"refill": str(self._refill_one(account, params.get("order", "")))}
        return [
            {"order": _number(one), "refill": _or_error(self._refill_one, account, one)}
            for one in _ids(params, "orders")
        ]

    def _refill_one(self, account: Account, one: str) -> int:
        order = self._own(account, one)
        if not self.catalogue.services[order.service].refill:
            raise Refusal("Refill is disabled for this service")
        if progress(order, self.book.now).status not in ("Completed", "Partial"):
            raise Refusal("The order is not completed")
        return self.book.add_refill(key=account.key, order=order.id).id

    def _refill_status(self, account: Account, params: Params) -> Any:
        if "refills" not in params:
            return {"status": self._refill_word(account, params.get("refill", ""))}
        return [
            {"refill": _number(one), "status": _or_error(self._refill_word, account, one)}
            for one in _ids(params, "refills")
        ]

    def _refill_word(self, account: Account, one: str) -> str:
        refill = self.book.refills.get(_number(one))
        if refill is None or refill.key != account.key:
            raise Refusal("Refill not found")
        return refill_status(refill, self.book.now)

    def _cancel(self, account: Account, params: Params) -> Any:
        return [
            {"order": _number(one), "cancel": _or_error(self._cancel_one, account, one)}
            for one in _ids(params, "orders")
        ]

    def _cancel_one(self, account: Account, one: str) -> int:
        order = self._own(account, one)
        if not self.catalogue.services[order.service].cancel or order.cancel_at is not None:
            raise Refusal("This order cannot be canceled")
        if progress(order, self.book.now).is_over:
            raise Refusal("This order cannot be canceled")
        self.book.request_cancel(order)
        return 1

    def _balance(self, account: Account, params: Params) -> dict[str, str]:
        self.book.settle()
        return {"balance": format(account.left, "f"), "currency": account.currency}

    def _own(self, account: Account, one: str) -> Order:
        order = self.book.orders.get(_number(one))
        if order is None or order.key != account.key:
            raise Refusal("Incorrect order ID")
        return order


def _asked(params: Params) -> Params:
    return {name: value for name, value in params.items() if name not in ("key", "action")}


def _ids(params: Params, name: str) -> list[str]:
    ids = [one.strip() for one in params.get(name, "").split(",") if one.strip()]
    if not ids or len(ids) > IDS_MAX:
        raise Refusal("Incorrect request")
    return ids


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _or_error(action: Callable[[Account, str], Any], account: Account, one: str) -> Any:
    try:
        return action(account, one)
    except Refusal as refusal:
        return {"error": str(refusal)}


def _order_fields(service: Service, params: Params) -> dict[str, Any]:
    """Check the parameters of `add` and count what is billed. Raises Refusal."""
    kind = TYPES[service.type]
    missing = [name for name in kind.needs if not params.get(name, "").strip()]
    if missing:
        raise Refusal("Bad link" if "link" in missing else f"Bad {missing[0]}")
    units = _units(service, params)
    runs, interval_s = _dripfeed(service, params)
    posts = _posts(params) if service.type == "Subscriptions" else None
    billed = units * (posts or 0) if service.type == "Subscriptions" else units * runs
    return {
        "service": service.id,
        "units": units,
        "runs": runs,
        "interval_s": interval_s,
        "plan": service.plan,
        "posts": posts,
        "is_subscription": service.type == "Subscriptions",
        "charge": str(service.rate if kind.is_package else service.rate * billed / 1_000),
    }


def _units(service: Service, params: Params) -> int:
    kind = TYPES[service.type]
    if not kind.counts:
        return 1
    if kind.counts in ("comments", "usernames"):
        units = len([line for line in params[kind.counts].splitlines() if line.strip()])
    else:
        units = _number(params[kind.counts])
    if units < service.min:
        raise Refusal(f"Quantity less than minimal {service.min}")
    if units > service.max:
        raise Refusal(f"Quantity more than maximum {service.max}")
    return units


def _dripfeed(service: Service, params: Params) -> tuple[int, int]:
    runs = _number(params.get("runs", ""))
    if not service.dripfeed or runs < 1:
        return 1, 0
    return min(runs, RUNS_MAX), _number(params.get("interval", "")) * 60


def _posts(params: Params) -> int | None:
    posts = _number(params.get("posts", ""))
    return posts + _number(params.get("old_posts", "")) if posts else None
