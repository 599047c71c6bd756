"""Print the path of a Chromium or Chrome that works, installing one if need be.

``make test`` asks this before the tests, and hands the path on in SMILE_EXPLORE_BROWSER.
What the installers say goes to stderr, so that stdout holds the path alone.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPS = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")


def works(path: str) -> bool:
    """Say whether it runs: Ubuntu's chromium-browser may be a mere hint to install a snap."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def installed() -> str | None:
    """Return a browser that this machine already has."""
    own = os.environ.get("SMILE_EXPLORE_BROWSER")
    folders = (Path("/Applications"), Path.home() / "Applications")
    apps = [str(folder / app) for folder in folders for app in APPS]
    named = [own] if own else [shutil.which(name) for name in NAMES] + apps
    return next((path for path in named if path and works(path)), None)


def from_debian() -> str | None:
    """Install Debian's package, where we may."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ("update", "install --yes --no-install-recommends chromium"):
        subprocess.run(
            ["apt-get", "--quiet", *command.split()],
            stdout=sys.stderr,
            stdin=subprocess.DEVNULL,
            env=environment,
            check=False,
        )
    return installed()


def from_playwright() -> str | None:
    """Let Playwright download its own build, which needs its server."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not works(path):
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, stdout=sys.stderr, check=False)
    return path if works(path) else None


def main() -> str:
    """Try what costs least first."""
    for way in (installed, from_debian, from_playwright):
        if path := way():
            return path
    sys.exit(
        "The browser tests need Chromium or Chrome, and none was found or could be installed: "
        "install one (Debian: sudo apt-get install chromium) or set "
        "SMILE_EXPLORE_BROWSER=/path/to/chrome."
    )


if __name__ == "__main__":
    print(main())
