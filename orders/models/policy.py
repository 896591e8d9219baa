"""Rules about what is not taken as an order, which state of them is current, and what they did."""

from datetime import datetime
from uuid import UUID

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from orders.models.catalogue import Category, Service
from orders.policy import Kind, Rule
from orders.policy.reading import VALUE_MAX

MESSAGE_MAX = 300
NOTE_MAX = 300
WHOLE = (Kind.SERVICE, Kind.CATEGORY)

_IN_FORCE = """
    SELECT e.mark, r.id, r.kind, r.value, r.position, r.message, r.service_id, r.category_id
      FROM orders_policyedition AS e
      LEFT JOIN orders_policyrule AS r ON r.is_active
"""
# Of a rule that went away with its service nothing needs to be counted.
_COUNT = """
    INSERT INTO orders_policytally (rule_id, day, refused)
    SELECT id, (%s::timestamptz AT TIME ZONE 'UTC')::date, 1 FROM orders_policyrule WHERE id = %s
        ON CONFLICT ON CONSTRAINT policy_tally_once DO UPDATE
       SET refused = orders_policytally.refused + 1
"""


class PolicyRule(models.Model):
    """One rule. Written by orders.policing; ``value`` is as orders.policy compares it."""

    kind = models.CharField(_("looks at"), max_length=12, choices=Kind.choices)
    value = models.CharField(_("value"), max_length=VALUE_MAX, blank=True, default="")
    service = models.ForeignKey(
        Service, on_delete=models.CASCADE, null=True, blank=True, related_name="policy_rules"
    )
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="policy_rules"
    )
    message = models.CharField(
        _("message to the customer"), max_length=MESSAGE_MAX, blank=True, default=""
    )
    note = models.CharField(_("note for the staff"), max_length=NOTE_MAX, blank=True, default="")
    is_active = models.BooleanField(_("in force"), default=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.SERVICE, value="", service__isnull=False)
                | Q(kind=Kind.CATEGORY, value="", category__isnull=False)
                | (~Q(kind__in=WHOLE) & ~Q(value="")),
                name="policy_rule_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=True) | Q(category__isnull=True),
                name="policy_rule_one_scope",
            ),
            models.UniqueConstraint(
                fields=["kind", "value", "service", "category"],
                nulls_distinct=False,
                name="policy_rule_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}".strip()

    def compiled(self) -> Rule:
        """This rule as the matcher takes it."""
        return Rule(
            id=self.pk or 0,
            kind=self.kind,
            value=self.value,
            place=self.position,
            message=self.message,
            service_id=self.service_id,
            category_id=self.category_id,
        )


class PolicyEdition(models.Model):
    """Which state of the rules is current: a mark that the database renews with every change.

    A mark and not a number, so that nobody takes another state for one that was rolled back.
    """

    mark = models.UUIDField()

    def __str__(self) -> str:
        return str(self.mark)


class PolicyTally(models.Model):
    """How many orders a rule refused on a day (UTC). Nothing is written for orders it lets pass."""

    rule = models.ForeignKey(PolicyRule, on_delete=models.CASCADE, related_name="tallies")
    day = models.DateField()
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "day"], name="policy_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.refused} refused by rule {self.rule_id} on {self.day}"

    @classmethod
    def count(cls, rule_id: int, *, now: datetime) -> None:
        """Add one to the day of ``now``."""
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [now, rule_id])


def rules_in_force() -> tuple[UUID | None, list[Rule]]:
    """The current mark with the rules that belong to it, read as of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE)
        rows = cursor.fetchall()
    mark = rows[0][0] if rows else None
    return mark, [Rule(*row[1:]) for row in rows if row[1] is not None]
