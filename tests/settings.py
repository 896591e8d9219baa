"""The panel's settings for tools that read the code without running it (mypy, makemigrations)."""

from tests import environment

environment.stand_in()

from panel.settings import *  # noqa: E402, F403

# Nothing is asked of a database, so none is looked for.
DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
