"""Public pages: what a visitor sees."""
