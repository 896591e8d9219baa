"""A real Chromium, a live server, a sandbox provider behind it, and eyes on every page.

Nothing here is skipped when Chromium is missing: the tests fail and say how to get it.
"""

import os

import pytest
from django.db import connection
from playwright.sync_api import expect

from providers.sandbox import Sandbox
from tests import make
from tests.browser import chromium
from tests.browser.shop import Shop, let_in
from tests.browser.watching import Troubles

# Playwright's loop stays in this thread beside Django, which would refuse every query for it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

SERVICES = 20  # one of each type, and few enough for quick pages
PATIENCE_MS = 60_000  # only what does not happen at all takes so long
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE = {"width": 1440, "height": 900}

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, playwright):
    found = chromium.of_the_system()
    if not found and not os.path.exists(playwright.chromium.executable_path):  # noqa: PTH110
        pytest.fail(chromium.MISSING, pytrace=False)
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": FLAGS}


@pytest.fixture(scope="session", autouse=True)
def _connection_beside_the_loop(django_db_blocker, playwright):
    """Django opens a connection of its own beside Playwright's loop: it is closed at the end."""
    yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def troubles():
    """What went wrong in the browser. A test is red when anything did."""
    found = Troubles()
    yield found
    assert not found.seen, "\n".join(found.seen)


@pytest.fixture
def context(new_context, troubles):
    made = new_context(viewport=WIDE)
    made.set_default_timeout(PATIENCE_MS)
    troubles.watch(made)
    return made


@pytest.fixture
def box():
    with Sandbox(services=SERVICES) as box:
        yield box


@pytest.fixture
def shop(live_server, transactional_db, box):
    return Shop(box)


@pytest.fixture
def ann(shop):
    return make.customer(balance="100")


@pytest.fixture
def as_ann(ann, context, live_server):
    """Ann's browser: she is logged in."""
    let_in(context, make.user(customer=ann, email="ann@example.com"), live_server.url)
    return context.new_page()
