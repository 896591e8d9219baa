"""The engine room: every table as it is, for staff. What moves money or states is not done here."""

from panel.admin import catalogue, money, orders, people

__all__ = ["catalogue", "money", "orders", "people"]
