"""Columns, constraints and small queries of the trade."""

from orders.models.bonus import BonusRule, PromoCode, PromoUse
from orders.models.catalogue import Category, CustomerRate, Service, Source
from orders.models.customer import Customer
from orders.models.editions import CatalogueEdition
from orders.models.figures import Part, RolledFigures, RolledUp
from orders.models.gateway import GatewayEvent, PaymentDoubt
from orders.models.imports import CatalogueChange, CatalogueImport, CatalogueSync, ImportPlan
from orders.models.invoice import (
    BillingDetails,
    Invoice,
    InvoiceSeries,
    LostNumbers,
    PaperNumber,
    Seller,
    TaxRate,
)
from orders.models.ledger import LedgerEntry
from orders.models.mass import MassLine, MassOrder
from orders.models.measured import ServiceTimes
from orders.models.method import PaymentMethod
from orders.models.order import OpenLink, Order, PollBucket
from orders.models.payment import Payment, PaymentRefund
from orders.models.policy import PolicyEdition, PolicyRule, PolicyTally
from orders.models.proof import BookProof, ProofWish
from orders.models.readings import BalanceReading, ProviderDay, ProviderTopUp
from orders.models.refill import CancelRequest, Refill
from orders.models.tally import EndTally, StatusWord
from orders.models.timeline import Attempt, OrderEvent, Review
from orders.models.voucher import CodeTries, Voucher, VoucherBatch

__all__ = [
    "Attempt",
    "BalanceReading",
    "BillingDetails",
    "BonusRule",
    "BookProof",
    "CancelRequest",
    "CatalogueChange",
    "CatalogueEdition",
    "CatalogueImport",
    "CatalogueSync",
    "Category",
    "CodeTries",
    "Customer",
    "CustomerRate",
    "EndTally",
    "GatewayEvent",
    "ImportPlan",
    "Invoice",
    "InvoiceSeries",
    "LedgerEntry",
    "LostNumbers",
    "MassLine",
    "MassOrder",
    "OpenLink",
    "Order",
    "OrderEvent",
    "PaperNumber",
    "Part",
    "Payment",
    "PaymentDoubt",
    "PaymentMethod",
    "PaymentRefund",
    "PolicyEdition",
    "PolicyRule",
    "PolicyTally",
    "PollBucket",
    "PromoCode",
    "PromoUse",
    "ProofWish",
    "ProviderDay",
    "ProviderTopUp",
    "Refill",
    "Review",
    "RolledFigures",
    "RolledUp",
    "Seller",
    "Service",
    "ServiceTimes",
    "Source",
    "StatusWord",
    "TaxRate",
    "Voucher",
    "VoucherBatch",
]
