"""Columns, constraints and small queries of the trade."""

from orders.models.catalogue import Category, CustomerRate, Service, Source
from orders.models.customer import Customer
from orders.models.editions import CatalogueEdition
from orders.models.figures import DayFigures
from orders.models.imports import CatalogueChange, CatalogueImport, CatalogueSync, ImportPlan
from orders.models.ledger import LedgerEntry
from orders.models.mass import MassLine, MassOrder
from orders.models.measured import ServiceTimes
from orders.models.order import OpenLink, Order, PollBucket
from orders.models.payment import Payment
from orders.models.proof import BookProof
from orders.models.refill import CancelRequest, Refill
from orders.models.tally import EndTally, StatusWord
from orders.models.timeline import Attempt, OrderEvent, Review

__all__ = [
    "Attempt",
    "BookProof",
    "CancelRequest",
    "CatalogueChange",
    "CatalogueEdition",
    "CatalogueImport",
    "CatalogueSync",
    "Category",
    "Customer",
    "CustomerRate",
    "DayFigures",
    "EndTally",
    "ImportPlan",
    "LedgerEntry",
    "MassLine",
    "MassOrder",
    "OpenLink",
    "Order",
    "OrderEvent",
    "Payment",
    "PollBucket",
    "Refill",
    "Review",
    "Service",
    "ServiceTimes",
    "Source",
    "StatusWord",
]
