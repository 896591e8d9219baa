"""A customer's own pages."""
