"""A provider's list becomes our price list.

``syncing`` fetches, ``diffing`` compares, ``listing`` says how a service is to stand, ``working``
puts these together before anything is written, ``writing`` writes what differs.
"""

from orders.catalogue.costing import CostChange, cost_changes
from orders.catalogue.due import balance_due_providers, due_providers
from orders.catalogue.duplicating import duplicate_service
from orders.catalogue.editing import (
    EDITED_MAX,
    STAFF_COLUMNS,
    Edited,
    EditRefused,
    add_category,
    edit_category,
    edit_services,
    move_category,
    move_service,
    preview_edit,
)
from orders.catalogue.exchange import (
    Balance,
    ExchangeRateJumped,
    NotARate,
    refresh_balance,
    set_exchange_rate,
    try_connection,
)
from orders.catalogue.importing import (
    Choice,
    Imported,
    ImportPreview,
    import_services,
    preview_import,
)
from orders.catalogue.matching import Match, SourceDeed, find_offers, planned
from orders.catalogue.repricing import release, reprice
from orders.catalogue.sourcing import (
    SOURCED_MAX,
    Line,
    preview_sources,
    set_many_sources,
    set_sources,
)
from orders.catalogue.syncing import (
    CannotApply,
    Preview,
    apply_anyway,
    preview,
    sync_catalogue,
)
from orders.catalogue.terms import add_provider, edit_plan, edit_provider
from orders.catalogue.turns import SyncBusy, SyncOvertaken
from orders.catalogue.undoing import CannotUndo, undo_import, undo_sync

__all__ = [
    "EDITED_MAX",
    "SOURCED_MAX",
    "STAFF_COLUMNS",
    "Balance",
    "CannotApply",
    "CannotUndo",
    "Choice",
    "CostChange",
    "EditRefused",
    "Edited",
    "ExchangeRateJumped",
    "ImportPreview",
    "Imported",
    "Line",
    "Match",
    "NotARate",
    "Preview",
    "SourceDeed",
    "SyncBusy",
    "SyncOvertaken",
    "add_category",
    "add_provider",
    "apply_anyway",
    "balance_due_providers",
    "cost_changes",
    "due_providers",
    "duplicate_service",
    "edit_category",
    "edit_plan",
    "edit_provider",
    "edit_services",
    "find_offers",
    "import_services",
    "move_category",
    "move_service",
    "planned",
    "preview",
    "preview_edit",
    "preview_import",
    "preview_sources",
    "refresh_balance",
    "release",
    "reprice",
    "set_exchange_rate",
    "set_many_sources",
    "set_sources",
    "sync_catalogue",
    "try_connection",
    "undo_import",
    "undo_sync",
]
