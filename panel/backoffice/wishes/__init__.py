"""What customers asked for after the purchase: refills and cancels, one queue for each."""

from panel.backoffice.wishes import acting, listing

__all__ = ["acting", "listing"]
