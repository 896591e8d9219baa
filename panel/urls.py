"""Every address of the panel, on one page."""

from django.contrib import admin
from django.urls import path

from panel.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("engine-room/", admin.site.urls),
]
