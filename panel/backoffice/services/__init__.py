"""What we sell, as staff see it: with cost and margin, to edit one by one or many at once."""

from panel.backoffice.services import bulk, categories, costs, editing, listing, news, sources

__all__ = ["bulk", "categories", "costs", "editing", "listing", "news", "sources"]
