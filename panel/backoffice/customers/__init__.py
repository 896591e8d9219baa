"""Those who buy: what they hold, what they spent, what was agreed with them."""

from panel.backoffice.customers import deeds, detail, exporting, funds, listing

__all__ = ["deeds", "detail", "exporting", "funds", "listing"]
