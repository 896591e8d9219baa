"""Django's entry for the doors."""

from django.apps import AppConfig


class PanelConfig(AppConfig):
    name = "panel"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Panel"
