"""The ways to pay in: which there are, on what terms, with which keys."""

from panel.backoffice.methods import editing, listing

__all__ = ["editing", "listing"]
