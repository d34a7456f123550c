"""The console in a real browser: live with JavaScript, whole without, and within its content security policy."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from shared import due
from tests.integration.shared_web.inns import PASSWORD, Inn
from tests.wait import wait_until

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.fixture
def console(north: Inn, new_page: NewPage) -> Iterator[Page]:
    """The first screen, with its hands on the browser's clock. Whatever the browser complains of fails the test."""
    page = new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    page.clock.install()
    sign_in(page, north)
    expect(page.locator("h1")).to_have_text("Nothing needs a person now")
    yield page
    assert complaints == []


def sign_in(page: Page, inn: Inn) -> None:
    page.goto(f"{inn.url}/operations")
    page.fill("#field-email", "operator@sendero.test")
    page.fill("#field-password", PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/operations")


def soon(console: Page, comes_about: Callable[[], bool]) -> None:
    """Second after second of the browser's clock: when its script has set it, nobody outside knows."""

    def a_second_later() -> bool:
        console.clock.run_for(1_000)
        return comes_about()

    wait_until(a_second_later)


def fail_for_good(inn: Inn, n: int) -> None:
    due.add(inn.db, "send", "sms", {}, id=f"work-{n}")
    work = due.claim(inn.db, "sms", ["send"])
    assert work is not None
    due.run(inn.db, work, _never)


def _never(db: object, work: due.Work) -> None:
    raise due.GiveUp("no_such_number")


def test_what_comes_to_need_a_person_is_shown_without_a_reload(console: Page, north: Inn, south: Inn) -> None:
    fail_for_good(south, 1)
    console.clock.run_for(6_000)
    expect(console.locator("h1")).to_have_text("1 matter needs a person")
    expect(console.get_by_role("link", name="Due work that failed for good: 1")).to_be_visible()
    expect(console).to_have_title("(1) Operations · Sendero")
    assert Axe().run(console).violations_count == 0


def test_it_says_when_it_has_lost_contact_and_goes_on_when_it_is_back(console: Page, north: Inn) -> None:
    failed: list[str] = []
    console.on("requestfailed", lambda request: failed.append(request.url))
    contact = console.locator("#contact")
    north.leave()
    soon(console, lambda: len(failed) >= 2 and bool(contact.text_content()))  # lost once may be a hiccup
    expect(contact).to_contain_text("No contact since")
    assert Axe().run(console).violations_count == 0
    north.open()
    soon(console, lambda: not contact.text_content())


def test_it_says_when_the_operator_was_signed_out_and_asks_no_more(console: Page, north: Inn) -> None:
    north.db.accounts.update_one({}, {"$inc": {"credentials_version": 1}})
    console.clock.run_for(6_000)
    expect(console.locator("#contact")).to_contain_text("You are signed out")


def test_a_page_that_nobody_looks_at_asks_nothing_and_looks_at_once_when_it_is_seen_again(console: Page) -> None:
    asked: list[str] = []
    console.on("request", lambda request: asked.append(request.url))
    _seen(console, hidden=True)
    console.clock.run_for(120_000)
    assert asked == []
    with console.expect_request("**/operations"):
        _seen(console, hidden=False)


def _seen(page: Page, hidden: bool) -> None:
    page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_what_somebody_has_in_hand_is_not_taken_away(console: Page, north: Inn) -> None:
    fail_for_good(north, 1)
    console.goto(f"{north.url}/operations/service")
    button = console.get_by_role("button", name="Try again")
    button.focus()
    fail_for_good(north, 2)
    with console.expect_response("**/operations/service"):
        console.clock.run_for(6_000)
    expect(button).to_be_focused()
    expect(button).to_have_count(1)
    console.locator("h1").click()
    button.blur()
    soon(console, lambda: button.count() == 2)


def test_what_was_opened_stays_open(console: Page, south: Inn) -> None:
    console.locator("#of-south summary").click()
    console.evaluate("document.activeElement.blur()")
    seen = console.locator("#needs p").first.inner_text()
    fail_for_good(south, 1)
    console.clock.run_for(6_000)
    expect(console.locator("h1")).to_have_text("1 matter needs a person")
    expect(console.locator("#needs p").first).not_to_have_text(seen)
    expect(console.locator("#of-south table")).to_be_visible()


def test_without_javascript_the_page_is_whole(north: Inn, south: Inn, new_page: NewPage) -> None:
    fail_for_good(south, 1)
    page = new_page(scripts=False)
    sign_in(page, north)
    expect(page.locator("h1")).to_have_text("1 matter needs a person")
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_role("link", name="Due work that failed for good: 1")).to_be_visible()
    expect(page.locator("#contact")).to_be_hidden()


def test_the_console_runs_no_script_but_its_own(north: Inn) -> None:
    answer = north.client.get("/operations", headers=north.api_key)
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"] + ";"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.text.count("<script") == 1
    assert "script-src" not in north.client.get("/login").headers["Content-Security-Policy"]
