"""How programs reach the panel."""
