"""From a provider's list to services of ours: choose, set the markup, look, apply, take back."""

from panel.backoffice.importing import choosing, deciding, taking_back

__all__ = ["choosing", "deciding", "taking_back"]
