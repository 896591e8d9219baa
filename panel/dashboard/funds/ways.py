"""The ways to pay that lie on a customer's counter."""

from dataclasses import dataclass

from django.db.models import Q

from orders import payments
from orders.models import BonusRule, Customer, PaymentMethod
from panel.clock import database_now
from panel.gateways.registry import offered
from panel.templatetags.payments import fee_of

RULES_MAX = 200


@dataclass(frozen=True, slots=True)
class Way:
    """A method, the fee that is paid on top, and what it gives on top."""

    method: PaymentMethod
    fee: str
    bonuses: list[BonusRule]


def ways(customer: Customer, currency: str) -> list[Way]:
    """What this customer may use, in the operator's order; ``currency`` is the panel's."""
    rules = _rules_in_force()
    return [
        Way(method, _fee(method, currency), [r for r in rules if r.method_id in (None, method.pk)])
        for method in _methods(customer)
    ]


def way_of(customer: Customer, method_id: int) -> PaymentMethod | None:
    """The method with this number, if this customer may use it."""
    return next((method for method in _methods(customer) if method.pk == method_id), None)


def _methods(customer: Customer) -> list[PaymentMethod]:
    known = offered()
    return [method for method in payments.methods_for(customer) if method.gateway in known]


def _fee(method: PaymentMethod, currency: str) -> str:
    is_on_top = method.fee_borne_by == PaymentMethod.FeeBorneBy.CUSTOMER
    return fee_of(method, currency) if is_on_top else ""


def _rules_in_force() -> list[BonusRule]:
    now = database_now()
    rules = BonusRule.objects.filter(
        Q(starts_at=None) | Q(starts_at__lte=now), Q(ends_at=None) | Q(ends_at__gt=now)
    )
    return list(rules.filter(is_active=True).order_by("from_amount", "-percent")[:RULES_MAX])
