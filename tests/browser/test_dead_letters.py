"""An operator settles dead letters at night, on a phone: finds the cause, edits one, tries the rest, in a real
browser."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from services.booking import handlers
from shared import due, events, inbox
from shared.inbox import letters
from tests.browser import steps
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser
WORDS = {
    "en": {"edit": "Edit…", "check": "Check and show the difference", "handle": "Handle this version"},
    "es": {"edit": "Editar…", "check": "Comprobar y mostrar la diferencia", "handle": "Tratar esta versión"},
}


def set_aside(db: Database, case: str, data: dict[str, Any], value: bytes | None = None) -> str:
    event = events.Event(
        "message.failed.v1", case, data, topic="notifications", sequence=1, source="/sendero/tests", correlation=case
    )
    headers, body = events.write(event)
    record = inbox.Record("notifications", 0, 1, case.encode(), headers, value or body)
    try:
        inbox.take(db, handlers.READING, [record])
    except Exception as error:
        inbox.set_aside(db, record, error, 3)
    return record.id()


@pytest.fixture
def cases(site: Site) -> Iterator[list[str]]:
    """Two dead letters of one cause (a field is missing), and one that is no JSON."""
    found = [f"case-{secrets.token_hex(4)}" for _ in range(3)]
    for case in found[:2]:
        set_aside(site.db, case, {"channel": "sms"})
    set_aside(site.db, found[2], {}, b'{"person_id": ')
    yield found
    site.db.inbox.delete_many({"topic": "notifications"})
    site.db.inbox_cases.delete_many({})
    site.db.dead_letter_retries.delete_many({})


def work(db: Database) -> None:
    kinds = letters.due_work(handlers.READING)
    while found := due.claim(db, "operations", list(kinds)):
        due.run(db, found, kinds[found.kind])


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize(("language", "width", "scripts"), [("en", 320, False), ("es", 1000, True)])
def test_a_dead_letter_is_edited_after_its_difference_was_seen_and_reviewed_by_another(
    site: Site, new_page: Callable[..., Page], cases: list[str], language: str, width: int, scripts: bool
) -> None:
    page, words = new_page(language, width, scripts), WORDS[language]
    look = steps.accessible if scripts else lambda _: None  # axe itself is a script
    page.goto(f"{site.url}/operations/dead-letters")
    steps.sign_in(page, "operator")
    expect(page.locator(".cards > li")).to_have_count(2)
    look(page)
    page.locator(".cards h2 a").first.click()
    look(page)
    page.locator("tbody th a").first.click()
    look(page)
    page.get_by_role("link", name=words["edit"]).click()
    look(page)
    page.fill("[name=value]", '{"channel": 1}')
    button(page, words["check"]).click()
    expect(page.locator(".errors li")).to_have_count(3)
    look(page)
    page.fill("[name=value]", '{"person_id": "r-1", "channel": "sms"}')
    page.fill("[name=reason]", "r-1 was left out")
    button(page, words["check"]).click()
    expect(page.locator(".difference ins")).to_contain_text(["r-1"])
    look(page)
    button(page, words["handle"]).click()
    expect(page.locator(".notice-done")).to_be_visible()
    look(page)
    reviewer = new_page(language, width, scripts)
    reviewer.goto(f"{site.url}/operations/dead-letter-edits")
    steps.sign_in(reviewer, "admin")
    look(reviewer)
    reviewer.locator("tbody th a").last.click()
    look(reviewer)
    reviewer.check("[name=verdict][value=approved]")
    reviewer.locator("main form button").last.click()
    expect(reviewer.locator(".notice-done")).to_be_visible()


def test_all_of_a_cause_are_tried_again_and_the_bar_moves_by_itself(
    site: Site, new_page: Callable[..., Page], cases: list[str]
) -> None:
    page = new_page("en", 320)
    page.goto(f"{site.url}/operations/dead-letters")
    steps.sign_in(page, "operator")
    button(page, "Try all 2 again").click()
    bar = page.locator("#progress")
    expect(bar).to_have_attribute("value", "0")
    steps.accessible(page)
    work(site.db)
    expect(bar).to_have_attribute("value", "2")
    expect(page.locator("#retry .status").first).to_have_text("finished")
    expect(page.locator("#retry tbody tr")).to_have_count(2)
    steps.accessible(page)


def test_without_scripts_the_bar_is_up_to_date_after_a_moment(
    site: Site, new_page: Callable[..., Page], cases: list[str]
) -> None:
    page = new_page("en", 320, scripts=False)
    page.goto(f"{site.url}/operations/dead-letters")
    steps.sign_in(page, "operator")
    button(page, "Try all 2 again").click()
    work(site.db)
    expect(page.locator("#progress")).to_have_attribute("value", "2")


def test_one_is_discarded_with_a_reason_and_restored(
    site: Site, new_page: Callable[..., Page], cases: list[str]
) -> None:
    page = new_page("en", 320)
    page.goto(f"{site.url}/operations/dead-letters?key={cases[2]}")
    steps.sign_in(page, "operator")
    page.locator("tbody th a").first.click()
    page.get_by_text("Discard…").click()
    button(page, "Discard for good").click()
    expect(page.locator(".errors li")).to_have_text("Please write a few words.")
    steps.accessible(page)
    page.fill("[name=reason]", "made up by a test")
    button(page, "Discard for good").click()
    expect(page.locator(".notice-warning")).to_contain_text("made up by a test")
    steps.accessible(page)
    page.goto(f"{site.url}/operations/dead-letters?state=discarded")
    steps.accessible(page)
    page.locator("tbody th a").first.click()
    button(page, "Restore").click()
    expect(page.locator(".notice-done")).to_have_text("It is a dead letter again.")
