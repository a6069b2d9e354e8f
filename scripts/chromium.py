"""Headless Chromium, which all looks at the site are made with."""

import contextlib
import shutil
import sys

from playwright.sync_api import sync_playwright

MISSING = "Chromium was not found; install it: sudo apt-get install chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no other host
]


def path():
    """Path of the system's Chromium, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def browser():
    """A browser that ends with the block; exits in one sentence if there is none."""
    program = path() or sys.exit(MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield started
        finally:
            started.close()
