"""A person books, finds and cancels an appointment on the pages, in a real browser."""

import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from services.booking import store
from tests.browser import steps
from tests.browser.conftest import OFFICE, PATHWAY, Site

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


@pytest.mark.parametrize(("language", "width"), [("es", 320), ("en", 1000)])
def test_each_page_on_the_way_to_an_appointment_is_accessible_and_small(
    site: Site, new_page: NewPage, language: str, width: int
) -> None:
    page, name = new_page(language, width), steps.somebody()
    page.goto(site.url)
    assert page.locator("html").get_attribute("lang") == language
    steps.accessible(page)
    page.click(f"a[href*='pathway={PATHWAY}']")
    steps.accessible(page)
    page.click(f"a[href*='office={OFFICE}']")
    steps.accessible(page)
    page.locator(".times a").last.click()  # the first may begin before it is booked
    steps.accessible(page)
    steps.click(page, "continue", language)
    assert page.title().startswith("Error: ")
    steps.accessible(page)
    steps.fill_details(page, name)
    steps.click(page, "add", language)
    page.fill("[name='companions.0.name']", "Luis")
    steps.fill_date(page, "companions.0.birth_date", "1", "2", "2015")
    steps.accessible(page)
    steps.click(page, "continue", language)
    expect(page.locator(".facts").last).to_contain_text(name)
    steps.accessible(page)
    steps.click(page, "book", language)
    reference, code = steps.reference_and_code(page)
    steps.accessible(page)
    assert store.appointment(site.db, reference).party_size == 2
    assert name not in page.url
    assert code not in page.url
    steps.click(page, "cancel", language)
    steps.accessible(page)
    steps.click(page, "sure", language)
    steps.accessible(page)
    assert store.appointment(site.db, reference).status == "cancelled"


def test_the_pages_need_no_javascript(site: Site, new_page: NewPage) -> None:
    page = new_page(scripts=False)
    reference, _ = steps.book(page, site.url, site.offer(hours=30), steps.somebody())
    assert store.appointment(site.db, reference).status == "booked"


def test_a_week_without_free_times_says_what_to_do(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/times?pathway={PATHWAY}&office={OFFICE}&from=2199-01-01")
    expect(page.locator(".notice")).to_contain_text("no free times")
    expect(page.locator(".notice")).to_contain_text("another office")
    steps.accessible(page)


def test_the_language_switch_keeps_the_page_and_what_was_typed(site: Site, page: Page) -> None:
    name = steps.somebody()
    steps.to_check(page, site.url, site.offer(hours=31), name)
    page.get_by_role("link", name="Español").click()
    expect(page.locator("h1")).to_have_text("Revise sus respuestas")
    expect(page.locator(".facts").last).to_contain_text(name)


def test_errors_lead_to_their_fields(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/details?slot={site.offer(hours=32)}")
    page.fill("[name='person.phone']", "12")
    page.press("[name='person.phone']", "Enter")  # as the button "Continue", though others stand before it
    expect(page.locator(".errors")).to_contain_text("There is something to correct")
    page.locator(".errors a", has_text="date of birth").click()
    expect(page.locator("[name='person.birth_date.day']")).to_be_focused()
    phone = page.locator("[name='person.phone']")
    expect(phone).to_have_value("12")
    expect(phone).to_have_attribute("aria-invalid", "true")
    described = (phone.get_attribute("aria-describedby") or "").split()
    assert any("not a phone number" in page.locator(f"[id='{id}']").inner_text() for id in described)


def test_the_back_button_loses_nothing(site: Site, page: Page) -> None:
    name = steps.somebody()
    steps.to_check(page, site.url, site.offer(hours=33), name)
    page.go_back()
    expect(page.locator("[name='person.name']")).to_have_value(name)
    expect(page.locator("[name='person.birth_date.month']")).to_have_value("5")
    page.goto(f"{site.url}/details?slot={site.offer(hours=34)}")  # another time: the details are still there
    expect(page.locator("[name='person.name']")).to_have_value(name)


def test_companions_are_added_and_removed_without_losing_the_others(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/details?slot={site.offer(hours=35)}")
    steps.fill_details(page, steps.somebody())
    for number, name in enumerate(("Luis", "Eva")):
        steps.click(page, "add")
        page.fill(f"[name='companions.{number}.name']", name)
    page.get_by_role("button", name="Remove person 2").click()
    expect(page.locator("[name='companions.0.name']")).to_have_value("Eva")
    expect(page.locator("[name='companions.1.name']")).to_have_count(0)


def test_a_double_click_books_once(site: Site, page: Page) -> None:
    slot = site.offer(hours=36, places_free=3)
    steps.to_check(page, site.url, slot, steps.somebody())
    page.get_by_role("button", name="Book this appointment").dblclick()
    reference, _ = steps.reference_and_code(page)
    assert _booked(site, slot) == [reference]


def test_a_form_sent_many_times_at_once_books_once(site: Site, page: Page) -> None:
    slot = site.offer(hours=37, places_free=3)
    steps.to_check(page, site.url, slot, steps.somebody())
    answers = _sent_at_once(site, page, 4)
    assert {status for status, _ in answers} == {303}, answers
    assert {where for _, where in answers} == {"/appointment"}
    assert len(_booked(site, slot)) == 1


def test_going_back_and_booking_again_leads_to_the_same_appointment(site: Site, page: Page) -> None:
    slot = site.offer(hours=38, places_free=3)
    reference, _ = steps.book(page, site.url, slot, steps.somebody())
    page.reload()
    assert steps.reference_and_code(page)[0] == reference
    page.go_back()
    assert steps.reference_and_code(page)[0] == reference
    assert _booked(site, slot) == [reference]


def test_who_was_slower_is_told_and_sees_what_is_still_free(site: Site, new_page: NewPage) -> None:
    slow, fast, name = new_page(), new_page(), steps.somebody()
    slot, free = site.offer(hours=39), site.offer(hours=39.5)
    slow.goto(f"{site.url}/details?slot={slot}")
    steps.fill_details(slow, name)
    steps.book(fast, site.url, slot, steps.somebody())
    steps.click(slow, "continue")
    expect(slow.locator(".notice-problem")).to_contain_text("Somebody else was faster")
    steps.accessible(slow)
    assert slow.locator(f"a[href$='slot={slot}']").count() == 0
    slow.goto(f"{site.url}/details?slot={free}")
    expect(slow.locator("[name='person.name']")).to_have_value(name)
    steps.click(slow, "continue")
    steps.click(slow, "book")
    assert store.appointment(site.db, steps.reference_and_code(slow)[0]).slot_id == free


def test_reference_and_code_open_the_appointment_on_another_device(site: Site, new_page: NewPage) -> None:
    reference, code = steps.book(new_page(), site.url, site.offer(hours=40), steps.somebody())
    page = new_page()
    page.goto(f"{site.url}/appointment")
    expect(page.locator(".notice-problem")).to_contain_text("open your appointment again")
    steps.accessible(page)
    page.fill("[name=reference]", reference.lower().replace("-", " "))
    page.fill("[name=code]", "00000000")
    steps.click(page, "show")
    expect(page.locator(".errors")).to_contain_text("We found nothing with this reference and this code")
    steps.accessible(page)
    page.fill("[name=code]", code)
    steps.click(page, "show")
    expect(page.locator("main")).to_contain_text(reference)
    with page.expect_download() as download:
        page.get_by_role("link", name="Put it in my calendar").click()
    assert b"BEGIN:VCALENDAR" in download.value.path().read_bytes()
    page.get_by_role("button", name="Close my appointment here").click()
    page.goto(f"{site.url}/appointment")
    expect(page.locator("h1")).to_have_text("My appointment")
    assert page.url == f"{site.url}/find"


def _booked(site: Site, slot: str) -> list[str]:
    return [row["reference"] for row in site.db.appointments.find({"slot_id": slot})]


def _sent_at_once(site: Site, page: Page, times: int) -> list[tuple[int, str]]:
    """The form of the page, sent by as many connections with the browser's cookies: status and target of each."""
    form = page.locator("form[action='/book']")
    fields = {one.get_attribute("name"): one.get_attribute("value") for one in form.locator("input").all()}
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}

    def send(_: int) -> tuple[int, str]:
        connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=30)
        connection.request("POST", "/book", urlencode(fields), headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", "")

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))
