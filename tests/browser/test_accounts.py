"""An administrator looks after the accounts, in a real browser."""

import secrets
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "width"), [("en", 320), ("es", 1000)])
def test_an_account_is_made_disabled_and_enabled(
    site: Site, new_page: Callable[..., Page], language: str, width: int
) -> None:
    page, email = new_page(language, width), f"{secrets.token_hex(4)}@sendero.test"
    page.goto(f"{site.url}/accounts")
    steps.sign_in(page, "admin")
    steps.accessible(page)
    page.locator("main a.button").click()
    page.locator("main button").click()
    expect(page.locator(".errors li")).to_have_count(3)
    steps.accessible(page)
    page.fill("[name=email]", email)
    page.fill("[name=name]", "Somebody New")
    page.check("[name=roles][value=clerk]")
    page.fill("[name=offices]", "guatemala")
    page.locator("main button").click()
    assert len(page.locator("main .big").inner_text()) >= 20
    steps.accessible(page)
    page.locator("main a.button").click()
    row = page.locator("tr", has_text=email)
    for action, status in (("disabling", "status-stopped"), ("enabling", "status")):
        row.locator("summary").click()
        steps.accessible(page)
        row.locator(f"form[action$={action}] button").click()
        expect(page.locator(".notice-done")).to_contain_text(email)
        expect(row.locator("span.status")).to_have_class(f"status {status}" if status != "status" else status)
