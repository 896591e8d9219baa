"""`python -m tests.orders.worker DEED PROVIDER`: one round in a process that a test may kill.

It works on the database in DATABASE_URL and says on its output how far it got.
"""

import sys
import time

import django

django.setup()

from django.utils import timezone  # noqa: E402

from orders import forwarding  # noqa: E402
from providers.models import Provider  # noqa: E402

STAYS_S = 60


def main() -> None:
    deed, provider_id = sys.argv[1], int(sys.argv[2])
    if deed == "claim":
        provider = Provider.objects.get(pk=provider_id)
        claims = forwarding.claiming.claim(provider, limit=10, now=timezone.now())
        print(f"claimed {len(claims)}", flush=True)
        time.sleep(STAYS_S)
    else:
        done = forwarding.forward_due(provider_id, now=timezone.now())
        print(f"done {done.counts}", flush=True)


if __name__ == "__main__":
    main()
