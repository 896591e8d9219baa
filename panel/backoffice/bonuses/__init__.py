"""What customers get on top: bonuses of methods, promo codes, vouchers."""

from panel.backoffice.bonuses import listing, promos, rules, vouchers

__all__ = ["listing", "promos", "rules", "vouchers"]
