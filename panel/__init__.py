"""The doors: how the world reaches us. The Celery app is loaded so that tasks find it."""

from panel.celery import app as celery_app

__all__ = ["celery_app"]
