"""The panel's settings for tools that read the code without running it (mypy, makemigrations)."""

from tests import environment

environment.stand_in()

from panel.settings import *  # noqa: E402, F403
