"""API v2, the protocol that panels speak: one address, form parameters in, JSON out."""

from panel.api.v2.door import answer

__all__ = ["answer"]
