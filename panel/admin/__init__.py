"""The engine room: every table as it is, for staff. What moves money or states calls the trade."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from panel.admin import catalogue, money, orders, people

__all__ = ["catalogue", "money", "orders", "people"]

admin.site.site_header = _("Engine room")
admin.site.site_title = _("Engine room")
admin.site.index_title = _("Everything the panel knows")
