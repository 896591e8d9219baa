"""Money coming in, as staff see it: the list, one payment, what is decided, what is doubted."""

from panel.backoffice.payments import deeds, detail, doubts, listing, refunding

__all__ = ["deeds", "detail", "doubts", "listing", "refunding"]
