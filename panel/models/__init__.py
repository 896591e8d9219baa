"""Who can log in, with which keys, what staff did, the brand, and the pulse of the jobs."""

from panel.models.accounts import ApiKey, Role, User, UserManager
from panel.models.approvals import FundsRequest
from panel.models.audit import AuditEntry
from panel.models.bulk import BulkWork
from panel.models.demo import DemoPayment
from panel.models.favourites import Favourite, Follow
from panel.models.heartbeat import Heartbeat
from panel.models.intake import Intake, IntakeLine
from panel.models.notices import Notice, NoticeMark
from panel.models.receipts import PaymentReceipt
from panel.models.storefront import News, Page, Question, Storefront
from panel.models.texts import NoticeText

__all__ = [
    "ApiKey",
    "AuditEntry",
    "BulkWork",
    "DemoPayment",
    "Favourite",
    "Follow",
    "FundsRequest",
    "Heartbeat",
    "Intake",
    "IntakeLine",
    "News",
    "Notice",
    "NoticeMark",
    "NoticeText",
    "Page",
    "PaymentReceipt",
    "Question",
    "Role",
    "Storefront",
    "User",
    "UserManager",
]
