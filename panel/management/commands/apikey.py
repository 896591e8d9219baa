"""`manage.py apikey`: make, list and revoke the API keys of a customer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders.models import Customer
from panel.api import keys
from panel.models import ApiKey

LISTED_MAX = 1_000


class Command(BaseCommand):
    """The keys of one customer, named by number or by the e-mail address of the user."""

    help = "Make (create), list or revoke API keys. A new key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a key and print it, once")
        create.add_argument("customer", help="number of the customer, or e-mail of the user")
        create.add_argument("--name", default="API")
        create.add_argument("--ip", action="append", default=[], help="allowed address or network")
        create.add_argument(
            "--per-minute", type=int, default=keys.REQUESTS_PER_MINUTE_DEFAULT, help="requests"
        )
        listing = verbs.add_parser("list", help="list the keys of a customer")
        listing.add_argument("customer")
        revoke = verbs.add_parser("revoke", help="shut a key for good")
        revoke.add_argument("prefix", help="its first characters, as listed")

    def handle(self, *, verb: str, **options: Any) -> None:
        if verb == "create":
            self._create(_customer(options["customer"]), options)
        elif verb == "list":
            self._list(_customer(options["customer"]))
        else:
            self._revoke(options["prefix"])

    def _create(self, customer: Customer, options: dict[str, Any]) -> None:
        try:
            issued = keys.issue_key(
                customer.pk,
                name=options["name"],
                allowed_ips=options["ip"],
                requests_per_minute=options["per_minute"],
            )
        except keys.KeyNotIssued as error:
            raise CommandError(str(error)) from error
        self.stdout.write(issued.text)

    def _list(self, customer: Customer) -> None:
        for key in ApiKey.objects.filter(customer=customer)[:LISTED_MAX]:
            state = "revoked" if key.revoked_at else "usable"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
            addresses = ", ".join(key.allowed_ips) or "anywhere"
            self.stdout.write(f"{key.prefix}  {state}  used: {used}  from: {addresses}  {key.name}")

    def _revoke(self, prefix: str) -> None:
        bare = prefix.removeprefix("wr_")[: keys.PREFIX_CHARACTERS]
        found = ApiKey.objects.filter(prefix=bare).first()
        if found is None:
            raise CommandError("There is no such key.")
        if not keys.revoke_key(found.pk, customer_id=found.customer_id, now=timezone.now()):
            raise CommandError("This key was revoked before.")
        self.stdout.write("Revoked.")


def _customer(text: str) -> Customer:
    customers = Customer.objects.all()
    found = customers.filter(pk=text) if text.isdecimal() else customers.filter(user__email=text)
    customer = found.first()
    if customer is None:
        raise CommandError(f"There is no customer {text}.")
    return customer
