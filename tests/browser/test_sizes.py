"""How much a person's phone must load: plain bytes, heads and bodies, as nothing in front compresses them."""

from collections import defaultdict
from typing import Any

import pytest
from playwright.sync_api import Page

from services.booking import actions, offers, store
from tests.browser import steps
from tests.browser.conftest import OFFICE, PATHWAY, Site
from tests.integration.booking_pages import test_verification
from tests.wait import wait_until

pytestmark = pytest.mark.browser
FIRST_VISIT, NEXT_PAGE = 40_000, 10_000
DRAWN = "resettlement"


class Loaded:
    """Bytes that came over the network, by address; what the browser had kept counts nothing. `sizes`: of each page
    that was opened, by the name it was given."""

    def __init__(self, page: Page) -> None:
        self.sizes: dict[str, float] = {}
        self._page = page
        self._asked: dict[str, str] = {}
        self.bytes: dict[str, float] = defaultdict(float)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    def _received(self, told: dict[str, Any]) -> None:
        self._asked[told["requestId"]] = told["response"]["url"]

    def _finished(self, told: dict[str, Any]) -> None:
        self.bytes[self._asked.get(told["requestId"], "unknown")] += told["encodedDataLength"]

    def opened(self, name: str) -> None:
        """What came since the last page is this one's."""
        self._page.wait_for_load_state("networkidle")
        self.sizes[name] = sum(self.bytes.values())
        self.bytes.clear()


def test_a_first_visit_is_light_and_each_next_page_lighter(site: Site, page: Page) -> None:
    loaded = Loaded(page)
    opened, sizes = loaded.opened, loaded.sizes
    page.goto(site.url)
    opened("start")
    assert 10_000 < sizes["start"] < FIRST_VISIT, sizes
    page.click(f"a[href*='pathway={PATHWAY}']")
    opened("offices")
    page.click(f"a[href*='office={OFFICE}']")
    opened("times")
    page.locator(".times a").last.click()  # the first may begin before it is booked
    opened("details")
    steps.fill_details(page, steps.somebody())
    steps.click(page, "continue")
    page.wait_for_url("**/check")
    opened("check")
    steps.click(page, "book")
    page.wait_for_url("**/appointment")
    opened("appointment")
    page.goto(f"{site.url}/find")
    opened("find")
    page.goto(site.url)
    opened("start again")
    print(sizes)
    assert all(2000 < size < NEXT_PAGE for name, size in sizes.items() if name not in ("start", "start again")), sizes
    assert sizes["start again"] < 2000, sizes


def test_to_ask_for_a_place_that_is_drawn_is_no_heavier(site: Site, page: Page) -> None:
    (window,) = store.windows.of_pathway(site.db, DRAWN)
    actions.open_window(site.db, window.id)
    site.db.pathways.update_one({"_id": DRAWN}, {"$set": {"verify_contact": True}})
    wait_until(lambda: offers.pathway(site.db, DRAWN).verifies_contact, offers.SECONDS + 2, "the rule is heard of")
    loaded = Loaded(page)
    opened, sizes = loaded.opened, loaded.sizes
    page.goto(site.url)
    opened("start")
    page.click(f"a[href*='pathway={DRAWN}']")
    opened("ask")
    steps.fill_details(page, steps.somebody())
    page.select_option("[name='offices.first']", OFFICE)
    page.get_by_role("button", name="Ask for a place", exact=True).click()
    page.wait_for_url("**/verify")
    opened("verify")
    page.get_by_role("button", name="Send me a code", exact=True).click()
    page.wait_for_selector("[name=code]")
    opened("code")
    page.fill("[name=code]", test_verification.newest(site.db))
    page.get_by_role("button", name="Ask for a place", exact=True).click()
    page.wait_for_url("**/request")
    opened("request")
    print(sizes)
    assert all(2000 < size < NEXT_PAGE for name, size in sizes.items() if name != "start"), sizes
