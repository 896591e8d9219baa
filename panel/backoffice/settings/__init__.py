"""The operator's brand and what they decided about the panel as a whole."""

from panel.backoffice.settings import pages

__all__ = ["pages"]
