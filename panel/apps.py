"""Django's entry for the doors."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PanelConfig(AppConfig):
    name = "panel"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Panel"


class EngineRoomConfig(AdminConfig):
    """Django's admin behind our own door."""

    default = False
    default_site = "panel.engine_room.EngineRoom"
