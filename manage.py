#!/usr/bin/env python
"""The one command of the panel: `manage.py up`, `migrate`, `check_ledger` …"""

import os
import sys

from django.core.management import execute_from_command_line

from panel.embedded import state
from panel.embedded.places import Unavailable

MAKE_A_STATE = {"up", "with_servers"}


def main() -> None:
    """Run one command. Where the environment is silent, a trial's state folder speaks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
    make_a_state = not MAKE_A_STATE.isdisjoint(sys.argv[1:2])
    if make_a_state or "SECRET_KEY" not in os.environ:
        try:
            state.adopt_environment(state.folder(), create=make_a_state)
        except Unavailable as problem:
            sys.exit(f"Weir cannot start: {problem}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
