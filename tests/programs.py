"""Programs that tests run beside Python: found, or installed from Debian where this user may."""

import os
import shutil
import subprocess
import sys

INSTALL_TIMEOUT_S = 900
EXAMPLE_RUNNERS = {"php": "php-cli", "node": "nodejs", "curl": "curl"}
"""What runs the examples of the API page, and Debian's package of each."""


def may_install() -> bool:
    """Whether this user may install Debian's packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> bool:
    """Install packages of Debian; whether that went well."""
    return run(["apt-get", "update", "-q"]) and run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    )


def run(command: list[str], *, timeout_s: int = INSTALL_TIMEOUT_S) -> bool:
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


if __name__ == "__main__":
    missing = [package for name, package in EXAMPLE_RUNNERS.items() if not shutil.which(name)]
    if missing and may_install():
        print(f"Installing {', '.join(missing)} for the API page's examples (once) ...")
        install(*missing)
    elif missing:
        print(f"Not here, their examples are not tried: {', '.join(missing)}.")
