"""What a person or a clerk does on the pages, step by step, in either language."""

import secrets

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WORDS = {
    "en": {
        "continue": "Continue",
        "book": "Book this appointment",
        "add": "Add a person",
        "show": "Show my appointment",
        "cancel": "Cancel this appointment",
        "sure": "Yes, cancel my appointment",
    },
    "es": {
        "continue": "Continuar",
        "book": "Reservar esta cita",
        "add": "Agregar una persona",
        "show": "Ver mi cita",
        "cancel": "Cancelar esta cita",
        "sure": "Sí, cancelar mi cita",
    },
}
PASSWORD = "sendero-demo"
LARGEST_PAGE = 15_000  # bytes of HTML


def accessible(page: Page) -> None:
    """Nothing for axe to object to, nothing wider than the window, and small."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"
    assert len(page.content().encode()) < LARGEST_PAGE, page.url


def click(page: Page, what: str, language: str = "en") -> None:
    name = WORDS[language][what]
    page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True)).click()


def somebody() -> str:
    """A name that nobody else in the tests has."""
    return f"Ana {secrets.token_hex(6)}"


def fill_date(page: Page, name: str, day: str, month: str, year: str) -> None:
    for part, value in (("day", day), ("month", month), ("year", year)):
        page.fill(f"[name='{name}.{part}']", value)


def fill_details(page: Page, name: str) -> None:
    page.fill("[name='person.name']", name)
    fill_date(page, "person.birth_date", "17", "5", "1990")
    page.fill("[name='person.email']", f"{name.replace(' ', '.').lower()}@example.org")
    page.check("[name=channels][value=email]")


def to_check(page: Page, url: str, slot: str, name: str, language: str = "en") -> None:
    page.goto(f"{url}/details?slot={slot}")
    fill_details(page, name)
    click(page, "continue", language)
    page.wait_for_url("**/check")


def book(page: Page, url: str, slot: str, name: str) -> tuple[str, str]:
    """Reference and code."""
    to_check(page, url, slot, name)
    click(page, "book")
    return reference_and_code(page)


def reference_and_code(page: Page) -> tuple[str, str]:
    page.wait_for_url("**/appointment")
    keys = page.locator(".keys dd")
    return keys.first.inner_text(), keys.last.inner_text()


def sign_in(page: Page, account: str) -> None:
    page.fill("[name=email]", f"{account}@sendero.test")
    page.fill("[name=password]", PASSWORD)
    page.locator("main button").click()
