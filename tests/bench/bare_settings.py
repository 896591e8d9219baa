"""The panel's settings without everything that is not needed to run three statements."""

from panel import settings

globals().update({name: getattr(settings, name) for name in dir(settings) if name.isupper()})
INSTALLED_APPS = [
    "providers",
    "orders",
    "panel.apps.PanelConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.bare"
WSGI_APPLICATION = "tests.bench.bare_wsgi.application"
