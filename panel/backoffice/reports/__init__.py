"""Reports: what was sold and paid, by day, month, service, provider and customer."""

from panel.backoffice.reports import exporting, pages

__all__ = ["exporting", "pages"]
