"""Pictures of a running trial panel, for the README."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import chromium

DESK, PHONE = (1440, 900), (390, 800)
QUALITY_PERCENT = 82
ORDERS_WANTED, UNDER_WAY = 10, 3
QUANTITY = 500
RATE_MAX = 5  # dearer ones would eat up the trial's balance
DELIVERY_TIMEOUT_S = 120.0
LOOK_AGAIN_S = 2.0
SETTLE_MS = 800
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
ENDED = ("Completed", "Partial", "Canceled")
_TELLING = ("Partial", "In progress", "Completed", "Processing", "Canceled", "Pending")


@dataclass(frozen=True, slots=True)
class Picture:
    """One file: who looks at which page, how large and in which theme. {order} is a good order."""

    name: str
    path: str
    reader: Literal["visitor", "customer", "operator"] = "customer"
    size: tuple[int, int] = DESK
    theme: Literal["light", "dark"] = "light"
    entered: tuple[tuple[str, str], ...] = ()


AN_ORDER = (("link", "https://example.com/launch"), ("quantity", "1000"))
PICTURES = (
    Picture("home", "/", "visitor"),
    Picture("services", "/services/", "visitor", theme="dark"),
    Picture("new-order", "/dashboard/?service={service}", entered=AN_ORDER),
    Picture("orders", "/dashboard/orders/"),
    Picture("order", "/dashboard/orders/{order}/", theme="dark"),
    Picture("statement", "/dashboard/statement/"),
    Picture("funds", "/dashboard/funds/"),
    Picture("phone-new-order", "/dashboard/?service={service}", size=PHONE, entered=AN_ORDER),
    Picture("phone-orders", "/dashboard/orders/", size=PHONE, theme="dark"),
    Picture("api", "/api/", "visitor", theme="dark"),
    Picture("back-office", "/staff/", "operator"),
    Picture("proof", "/staff/proof/", "operator", theme="dark"),
)


def take(trial: Mapping[str, Any], folder: Path, say: Callable[[str], object]) -> None:
    """Write PICTURES of the panel that ``trial`` (what `up` noted) names, after a few orders."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        own = {"executable_path": path} if (path := chromium.of_the_system()) else {}
        browser = playwright.chromium.launch(args=FLAGS, **own)  # type: ignore[arg-type]
        shown = _something_to_see(browser, trial, say)
        for picture in PICTURES:
            data = _taken(browser, trial, picture, shown)
            (folder / f"{picture.name}.webp").write_bytes(data)
            say(f"{picture.name}.webp, {len(data) // 1024} KB")
        browser.close()


def _taken(
    browser: Browser, trial: Mapping[str, Any], picture: Picture, shown: Mapping[str, int]
) -> bytes:
    width, height = picture.size
    context = browser.new_context(
        base_url=trial["url"],
        viewport={"width": width, "height": height},
        color_scheme=picture.theme,
        reduced_motion="reduce",
        device_scale_factor=2 if picture.size == PHONE else 1,
    )
    page = context.new_page()
    if picture.reader != "visitor":
        _log_in(page, trial[picture.reader])
    page.goto(picture.path.format(**shown))
    for name, value in picture.entered:
        page.locator(f"[name={name}]").fill(value)
    page.wait_for_timeout(SETTLE_MS)
    data = _webp(page)
    context.close()
    return data


def _log_in(page: Page, who: Mapping[str, str]) -> None:
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(who["login"])
    page.locator("input[name=password]").fill(who["password"])
    page.locator("form:has(input[name=password]) [type=submit]").first.click()
    page.wait_for_url(lambda url: "/account/login/" not in url)


def _webp(page: Page) -> bytes:
    """The visible part of the page, a third of the size that PNG would have."""
    asked = {"format": "webp", "quality": QUALITY_PERCENT}
    answer = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    return base64.b64decode(answer["data"])


def _something_to_see(
    browser: Browser, trial: Mapping[str, Any], say: Callable[[str], object]
) -> dict[str, int]:
    """Order through the API, wait until most of it has ended, then order a little more."""
    context = browser.new_context(base_url=trial["url"])

    def ask(action: str, **fields: str | float) -> Any:
        form = {"key": trial["api_key"], "action": action, **fields}
        return context.request.post("/api/v2", form=form).json()

    def order(service: Mapping[str, Any]) -> str:
        link = f"https://example.com/{int(time.time())}/{service['service']}"
        return str(ask("add", service=service["service"], link=link, quantity=QUANTITY)["order"])

    fitting = [one for one in ask("services") if _is_fitting(one)]
    chosen = fitting[:: max(1, len(fitting) // ORDERS_WANTED)][:ORDERS_WANTED]
    ids = [order(service) for service in chosen[UNDER_WAY:]]
    say(f"{len(ids)} orders placed; waiting until some are delivered ...")
    _wait(lambda: _ended(ask("status", orders=",".join(ids))) >= len(ids) // 2)
    for service in chosen[:UNDER_WAY]:
        order(service)
    told = ask("status", orders=",".join(ids))
    best = min(ids, key=lambda one: _TELLING.index(told[one]["status"]))
    context.close()
    return {"service": chosen[0]["service"], "order": int(best)}


def _is_fitting(service: Mapping[str, Any]) -> bool:
    is_plain = service["type"] == "Default" and float(service["rate"]) <= RATE_MAX
    return is_plain and int(service["min"]) <= QUANTITY <= int(service["max"])


def _ended(told: Mapping[str, Mapping[str, str]]) -> int:
    return sum(one["status"] in ENDED for one in told.values())


def _wait(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + DELIVERY_TIMEOUT_S
    while not is_so() and time.monotonic() < ends_at:
        time.sleep(LOOK_AGAIN_S)
