"""The office's staff works through a day on the pages, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from services.booking import actions, store
from tests.browser import steps
from tests.browser.conftest import Site, local_day

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


def test_staff_pages_ask_to_sign_in_and_lead_back(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/staff/offices/guatemala/day?date=2026-01-05")
    steps.accessible(page)
    steps.sign_in(page, "clerk")
    assert page.url == f"{site.url}/staff/offices/guatemala/day?date=2026-01-05"
    expect(page.locator("main")).to_contain_text("No appointments on this day")
    steps.accessible(page)


def test_a_clerk_sees_only_their_offices(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/staff")
    steps.sign_in(page, "clerk")
    expect(page.locator(".choices a")).to_have_count(2)
    steps.accessible(page)
    answer = page.goto(f"{site.url}/staff/offices/izabal/day")
    assert answer is not None
    assert answer.status == 403


def test_an_operator_has_no_business_on_the_days_list(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/staff/offices/guatemala/day")
    steps.sign_in(page, "operator")
    expect(page.locator("h1")).to_have_text("You are not allowed to do this")


@pytest.mark.parametrize(("language", "width"), [("en", 320), ("es", 1000)])
def test_a_visit_from_arrival_to_referral(site: Site, new_page: NewPage, language: str, width: int) -> None:
    reference, _ = steps.book(new_page(), site.url, site.offer(hours=0.5 + width / 10_000), steps.somebody())
    page = new_page(language, width)
    visit = _day_with(page, site, reference)
    steps.accessible(page)
    visit.locator("form[action$=arrival] button").click()
    assert store.appointment(site.db, reference).status == "arrived"
    visit.locator("form[action$=attendance] button").click()
    assert store.appointment(site.db, reference).status == "attended"
    visit.locator("a[href$=refer]").click()
    steps.accessible(page)
    _ask_without_consent(page, site, reference)
    _give_consent(page)
    page.locator("main button").last.click()
    expect(page.locator(".notice-done")).to_contain_text(reference)
    steps.accessible(page)
    (referral,) = store.appointment(site.db, reference).referrals
    assert (referral.service, referral.priority) == ("protection", "high")
    assert referral.consent.partners == ("unhcr", "iom")
    assert (referral.consent.text_version, referral.consent.given_by) == ("2026-11", "guardian")


@pytest.mark.parametrize(("language", "width"), [("en", 320), ("es", 1000)])
def test_somebody_without_phone_and_email_is_asked_for(
    site: Site, new_page: NewPage, language: str, width: int
) -> None:
    (window,) = store.windows.of_pathway(site.db, "resettlement")
    actions.open_window(site.db, window.id)
    page = new_page(language, width)
    page.goto(f"{site.url}/staff/offices/guatemala/book?pathway=resettlement")
    steps.sign_in(page, "clerk")
    steps.accessible(page)
    page.click("a[href*='/ask?pathway=resettlement']")
    steps.accessible(page)
    page.check("[name=why][value=at_the_office]")
    page.fill("[name='person.name']", steps.somebody())
    steps.fill_date(page, "person.birth_date", "17", "5", "1990")
    page.check("[name=channels][value=none]")
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector(".done")
    steps.accessible(page)
    reference = page.locator(".keys dd").first.inner_text()
    assert store.requests.with_reference(site.db, reference).history[0]["why"] == "at_the_office"


def test_a_clerk_whose_session_ended_comes_back_to_the_list(site: Site, new_page: NewPage) -> None:
    reference, _ = steps.book(new_page(), site.url, site.offer(hours=0.7), steps.somebody())
    page = new_page()
    visit = _day_with(page, site, reference)
    listed = page.url
    site.db.accounts.update_one({"email": "clerk@sendero.test"}, {"$inc": {"credentials_version": 1}})
    visit.locator("form[action$=arrival] button").click()
    expect(page.locator(".notice")).to_contain_text("Please sign in again")
    steps.accessible(page)
    steps.sign_in(page, "clerk")
    assert page.url == listed
    assert store.appointment(site.db, reference).status == "booked"


def _day_with(page: Page, site: Site, reference: str) -> Locator:
    """The day's list, signed in as a clerk; the row of this appointment."""
    appointment = store.appointment(site.db, reference)
    day = local_day(appointment.starts_at, appointment.timezone)
    page.goto(f"{site.url}/staff/offices/{appointment.office_id}/day?date={day}")
    steps.sign_in(page, "clerk")
    return page.locator(f"[id='{reference}']")


def _ask_without_consent(page: Page, site: Site, reference: str) -> None:
    page.select_option("[name=service]", "protection")
    page.check("[name=priority][value=high]")
    page.fill("[name=note]", "Speaks Mam.")
    page.locator("main button").last.click()
    assert page.title().startswith("Error: ")
    expect(page.locator(".errors li")).to_have_count(3)
    expect(page.locator("[name=note]")).to_have_value("Speaks Mam.")
    steps.accessible(page)
    assert store.appointment(site.db, reference).referrals == ()


def _give_consent(page: Page) -> None:
    page.check("[name='consent.partners'][value=unhcr]")
    page.check("[name='consent.partners'][value=iom]")
    page.check("[name='consent.given_by'][value=guardian]")
    page.check("[name=agreed]")
