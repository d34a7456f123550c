"""What people, clerks, partners and operators do on the pages of the running system, step by step."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.person import Person
from tests.stack import Stack
from tests.wait import wait_until

SAYS_WHY = ("asilo", "asylum", "refugi", "protec", "persec", "orientaci", "orientation", "acnur", "unhcr", "migra")


def accessible(page: Page) -> None:
    """Nothing for axe to object to."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def local(instant: str) -> datetime:
    """As the office's clock shows it."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo("America/Guatemala"))


def discreet(*texts: str) -> None:
    said = " ".join(texts).casefold()
    assert not [word for word in SAYS_WHY if word in said], said


# --- a person


def choose_a_time(page: Page, person: Person) -> dict[str, Any]:
    """From the start page to the form; the slot."""
    url = person.stack.url("booking")
    page.goto(url)
    steps.accessible(page)
    page.click("a[href*='pathway=orientation']")
    steps.accessible(page)
    page.click("a[href*='office=guatemala']")
    slot = person.slot_soon()
    day = local(slot["starts_at"]).date()
    page.goto(f"{url}/times?pathway=orientation&office=guatemala&from={day}")
    steps.accessible(page)
    page.click(f"a[href$='slot={slot['id']}']")
    return slot


def fill_in(page: Page, person: Person) -> None:
    page.fill("[name='person.name']", person.name)
    steps.fill_date(page, "person.birth_date", "17", "5", "1990")
    page.fill("[name='person.phone']", person.phone)
    page.fill("[name='person.email']", person.email)
    page.check("[name=channels][value=email]")
    page.check("[name=channels][value=sms]")
    steps.accessible(page)


def book(page: Page, person: Person, language: str = "es") -> tuple[dict[str, Any], str, str]:
    """The slot, the reference and the code."""
    slot = choose_a_time(page, person)
    fill_in(page, person)
    steps.click(page, "continue", language)
    steps.accessible(page)
    steps.click(page, "book", language)
    reference, code = steps.reference_and_code(page)
    steps.accessible(page)
    return slot, reference, code


def find(page: Page, stack: Stack, reference: str, code: str) -> None:
    """One's appointment, opened on another device."""
    page.goto(stack.url("booking", "/find"))
    page.fill("[name=reference]", reference)
    page.fill("[name=code]", code)
    page.locator("main form button").first.click()
    page.wait_for_url("**/appointment")


def told(person: Person, count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The newest email and SMS, once there are so many of each."""
    wait_until(lambda: len(person.mails()) >= count and len(person.texts()) >= count, 120, f"{count} messages each")
    mails, texts = person.mails(), person.texts()
    assert (len(mails), len(texts)) == (count, count)
    return mails[-1], texts[-1]


# --- those who work there


def sign_in(page: Page, stack: Stack, service: str, account: str, path: str) -> None:
    page.goto(stack.url(service, path))
    steps.accessible(page)
    steps.sign_in(page, account)
    expect(page.locator("form[action$='/logout']")).to_be_visible()


def visit(page: Page, stack: Stack, slot: dict[str, Any], reference: str) -> Locator:
    """The row of an appointment in the day's list."""
    day = local(slot["starts_at"]).date()
    page.goto(stack.url("booking", f"/staff/offices/guatemala/day?date={day}"))
    return page.locator(f"[id='{reference}']")


def shows_in_time(page: Page, place: Locator, text: str, seconds: float = 120) -> None:
    """The page, loaded anew until the place shows the text."""

    def shown() -> bool:
        page.reload()
        return place.is_visible() and text in place.inner_text()

    wait_until(shown, seconds, f"{text!r} on {page.url}", every=0.5)


# --- the partner


def offered(page: Page, stack: Stack, referral: str) -> Locator:
    """The card of a referral on the page of the partner's own program."""
    page.goto(stack.url("partner", "/?refresh=off"))
    card = page.locator(f"[id='unhcr-{referral}']")
    shows_in_time(page, card, referral)
    return card


def press(page: Page, card: Locator, button: str) -> None:
    card.get_by_role("button", name=button, exact=True).click()
    expect(card.locator(".answer")).to_be_visible()
