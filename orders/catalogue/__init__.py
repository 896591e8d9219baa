"""A provider's list becomes our price list.

``syncing`` fetches, ``diffing`` compares, ``listing`` says how a service is to stand, ``working``
puts these together before anything is written, ``writing`` writes what differs.
"""

from orders.catalogue.due import balance_due_providers, due_providers
from orders.catalogue.exchange import (
    Balance,
    ExchangeRateJumped,
    NotARate,
    refresh_balance,
    set_exchange_rate,
    try_connection,
)
from orders.catalogue.importing import Imported, import_services
from orders.catalogue.repricing import release, reprice
from orders.catalogue.syncing import (
    CannotApply,
    Preview,
    apply_anyway,
    preview,
    sync_catalogue,
)
from orders.catalogue.terms import add_provider, edit_plan, edit_provider
from orders.catalogue.turns import SyncBusy, SyncOvertaken
from orders.catalogue.undoing import CannotUndo, undo_sync

__all__ = [
    "Balance",
    "CannotApply",
    "CannotUndo",
    "ExchangeRateJumped",
    "Imported",
    "NotARate",
    "Preview",
    "SyncBusy",
    "SyncOvertaken",
    "add_provider",
    "apply_anyway",
    "balance_due_providers",
    "due_providers",
    "edit_plan",
    "edit_provider",
    "import_services",
    "preview",
    "refresh_balance",
    "release",
    "reprice",
    "set_exchange_rate",
    "sync_catalogue",
    "try_connection",
    "undo_sync",
]
