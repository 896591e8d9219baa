"""Invoices: those that were written, who sells, and which taxes prices include."""

from panel.backoffice.billing import invoices, selling

__all__ = ["invoices", "selling"]
