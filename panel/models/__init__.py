"""Who can log in, with which keys, what the panel is called, and the pulse of its jobs."""

from panel.models.accounts import ApiKey, User, UserManager
from panel.models.heartbeat import Heartbeat
from panel.models.storefront import News, Page, Question, Storefront

__all__ = [
    "ApiKey",
    "Heartbeat",
    "News",
    "Page",
    "Question",
    "Storefront",
    "User",
    "UserManager",
]
