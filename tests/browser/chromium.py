"""The Chromium of the browser tests: found, or installed by `python -m tests.browser.chromium`.

Debian's package is taken where this user may install it, else Playwright's own download.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ANSWER_TIMEOUT_S = 60
INSTALL_TIMEOUT_S = 900
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


def install() -> None:
    """Bring a Chromium along. Raises SystemExit with what to do when that is impossible."""
    print("Installing Chromium for the browser tests (once) ...")
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways.insert(0, ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium"])
        _run(["apt-get", "update", "-q"])
    for way in ways:
        if _run(way) and (of_the_system() or downloaded()):
            return
    raise SystemExit(MISSING)


def _runs(path: str) -> bool:
    """Some systems have a name that only tells how to install it."""
    return _run([path, "--version"], timeout_s=ANSWER_TIMEOUT_S)


def _run(command: list[str], *, timeout_s: int = INSTALL_TIMEOUT_S) -> bool:
    """Whether the command ended well; what it says is shown only when it did not."""
    try:
        done = subprocess.run(
            command, timeout=timeout_s, check=False, capture_output=True, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        print(problem, file=sys.stderr)
        return False
    if done.returncode:
        print(done.stderr or done.stdout, file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__" and not (of_the_system() or downloaded()):
    install()
