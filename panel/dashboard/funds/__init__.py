"""Paying in: the ways, one payment from its beginning to its end, receipts, vouchers."""

from panel.dashboard.funds import adding, files, following, vouchers

__all__ = ["adding", "files", "following", "vouchers"]
