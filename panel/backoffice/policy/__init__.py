"""What is not taken as an order: the rules, tried before they count, counted while they do."""

from panel.backoffice.policy import editing, listing, pasting, trying

__all__ = ["editing", "listing", "pasting", "trying"]
