#!/usr/bin/env python
"""The one command of the panel: `manage.py up`, `migrate`, `check_ledger` …"""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run one command. Without SECRET_KEY in the environment, the trial's state speaks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
