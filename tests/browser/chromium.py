"""The Chromium of the browser tests: found, or installed by `python -m tests.browser.chromium`.

Debian's package is taken where this user may install it, else Playwright's own download.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.programs import install, may_install, run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ANSWER_TIMEOUT_S = 60
MISSING = (
    "The browser tests need Chromium and found none. Run `make test`, which installs it, or"
    " install it yourself: as root `apt-get install chromium`, else"
    " `.venv/bin/python -m playwright install chromium`."
)


def of_the_system() -> str:
    """The path of a Chromium that was installed on this machine and runs, or ""."""
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and _runs(path)), "")


def downloaded() -> str:
    """The path of the one that Playwright downloaded, or ""."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else ""


def bring() -> None:
    """Bring a Chromium along. Raises SystemExit with what to do when that is impossible."""
    print("Installing Chromium for the browser tests (once) ...")
    if may_install() and install("chromium") and of_the_system():
        return
    if run([sys.executable, "-m", "playwright", "install", "chromium"]) and downloaded():
        return
    raise SystemExit(MISSING)


def _runs(path: str) -> bool:
    """Some systems have a name that only tells how to install it."""
    return run([path, "--version"], timeout_s=ANSWER_TIMEOUT_S)


if __name__ == "__main__" and not (of_the_system() or downloaded()):
    bring()
