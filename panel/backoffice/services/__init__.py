"""What we sell, as staff see it: with cost and margin, to edit one by one or many at once."""

from panel.backoffice.services import bulk, categories, editing, listing

__all__ = ["bulk", "categories", "editing", "listing"]
