"""What granian runs for the baseline; DJANGO_SETTINGS_MODULE names tests.bench.bare_settings."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
