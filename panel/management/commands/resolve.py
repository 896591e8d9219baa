"""`manage.py resolve`: the orders that nobody can know about, and a person's answers.

resolve                          list them with their evidence
resolve ORDER                    one of them in full, with candidates at the provider
resolve ORDER placed ID          the provider has it under this id
resolve ORDER not-placed         the provider does not have it: send it again
resolve ORDER refund             give the charge back
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from orders import resolving
from orders.models import Order
from providers.client import ProviderFailed

LISTED_MAX = 200
ANSWERS = ("placed", "not-placed", "refund")


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("order", nargs="?", type=int)
        parser.add_argument("answer", nargs="?", choices=ANSWERS)
        parser.add_argument("upstream_id", nargs="?")
        parser.add_argument("--actor", default="command line", help="who decides")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["order"] is None:
            return self._list()
        if options["answer"] is None:
            return self._show(options["order"])
        return self._resolve(**options)

    def _list(self) -> None:
        found = list(resolving.unconfirmed()[: LISTED_MAX + 1])
        if not found:
            self.stdout.write("No order is unconfirmed.")
        for order in found[:LISTED_MAX]:
            says = resolving.evidence(order.pk).balance_says
            self.stdout.write(
                f"{order.pk}  {order.provider}  {order.service}  {order.quantity} × {order.link}"
                f"  charge {order.charge}  balance says: {says}"
            )
        if len(found) > LISTED_MAX:
            self.stdout.write(f"… and more than {LISTED_MAX}.")

    def _show(self, order_id: int) -> None:
        try:
            known = resolving.evidence(order_id)
        except Order.DoesNotExist as error:
            raise CommandError(f"There is no order {order_id}.") from error
        order = known.order
        self.stdout.write(f"Order {order.pk}: {order.status}, {order.provider}, {order.service}")
        for attempt in known.attempts:
            self.stdout.write(f"  {attempt.opened_at:%F %T}  {attempt.outcome}  {attempt.request}")
            self.stdout.write(f"    {attempt.answer}")
        for event in known.events:
            self.stdout.write(f"  {event.at:%F %T}  {event.kind}  {event.text}")
        self.stdout.write(f"  The provider's balance says: {known.balance_says}")
        self._show_candidates(order_id)

    def _show_candidates(self, order_id: int) -> None:
        try:
            found = resolving.candidates(order_id)
        except ProviderFailed as failure:
            self.stdout.write(f"  The provider does not answer: {failure.evidence}")
            return
        for one in found:
            fit = "its charge fits" if one.is_expected_charge else "another charge"
            self.stdout.write(f"  It may be {one.upstream_id} ({fit}): {one.text}")

    def _resolve(self, **options: Any) -> None:
        order_id, answer, actor = options["order"], options["answer"], options["actor"]
        now = timezone.now()
        if (answer == "placed") != bool(options["upstream_id"]):
            raise CommandError("`placed` needs the provider's id, the others take none.")
        try:
            if answer == "placed":
                resolving.was_placed(order_id, options["upstream_id"], actor=actor, now=now)
            elif answer == "not-placed":
                resolving.was_not_placed(order_id, actor=actor, now=now)
            else:
                resolving.refund(order_id, actor=actor, now=now)
        except (resolving.NotUnknown, resolving.NotConfirmed, Order.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Order {order_id}: {Order.objects.get(pk=order_id).status}")
