"""S9: the log-in, its second factor, and its lock."""

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings as configured
from playwright.sync_api import expect

from tests import make

PASSWORD = "a long password"
EMAIL = "ann@example.com"
WRONG_TRIES_MAX = 12


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.fixture
def ann_user(shop):
    return make.user(customer=make.customer(), email=EMAIL)


def log_in(page, password=PASSWORD):
    page.goto("/account/login/")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").first.click()


def see_dashboard(page):
    expect(page.get_by_role("heading", name="New order")).to_be_visible()


def see_closed(page):
    """The dashboard leads back to the log-in. A second tab looks: it interrupts nothing."""
    other = page.context.new_page()
    other.goto("/dashboard/orders/")
    assert other.url.split("?")[0].endswith(("/account/login/", "/account/2fa/authenticate/"))
    other.close()


def code_for(secret):
    """What an authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def test_s9_too_many_wrong_passwords_are_told_and_stop_even_the_right_one(
    page, ann_user, settings, broker_url, troubles
):
    own = {**configured.CACHES["default"], "LOCATION": broker_url}
    settings.CACHES = {"default": own}
    troubles.expect(429)
    blocked = page.get_by_text("Too many failed login attempts")

    for _ in range(WRONG_TRIES_MAX):
        log_in(page, "a wrong password")
        page.wait_for_load_state()
        if blocked.is_visible():
            break

    expect(blocked).to_be_visible()
    log_in(page)
    expect(blocked).to_be_visible()
    see_closed(page)


def test_a_second_factor_is_set_up_and_asked_for_at_the_next_log_in(page, ann_user):
    log_in(page)
    see_dashboard(page)
    page.goto("/account/2fa/totp/activate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_label("Authenticator secret").input_value()
    page.get_by_label("Authenticator code").fill(code_for(secret))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/2fa/recovery-codes/")

    page.context.clear_cookies()
    log_in(page)
    code = page.get_by_label("Code", exact=True)
    expect(code).to_be_visible()
    see_closed(page)

    code.fill(code_for(secret))
    page.get_by_role("button", name="Sign in").first.click()
    see_dashboard(page)
