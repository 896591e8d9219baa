"""`python -m panel.probe`: does the web server in this container answer? For health checks."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 4.0


def address_and_host() -> tuple[str, str]:
    """Where to ask, and the first host that the panel answers to (it refuses all others)."""
    port = os.environ.get("PORT") or "8000"
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return f"http://127.0.0.1:{port}/healthz", "localhost" if host in {"", "*"} else host


def main() -> int:
    """0 when the panel is well, 1 when not."""
    address, host = address_and_host()
    request = urllib.request.Request(address, headers={"Host": host})  # noqa: S310  our own
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as reply:  # noqa: S310
            return 0 if reply.status == 200 else 1
    except (urllib.error.URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
