"""Those we buy from: how they are doing, how they are reached, and what their lists become."""

from panel.backoffice.providers import deeds, editing, listing, syncs

__all__ = ["deeds", "editing", "listing", "syncs"]
