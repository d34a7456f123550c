"""An agency's own web site, on another origin, books by the public API, in a real browser."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from pymongo.database import Database
from werkzeug.serving import make_server

from deploy.examples import website
from services.booking import app as booking
from services.booking import commands, store
from services.booking.settings import Settings
from shared import mongo
from tests import builders
from tests.browser import steps
from tests.conftest import Mongo
from tests.ports import free_port

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]
DATABASE = "browser_website"
WORDS = {
    "es": {"lang": "Español", "book": "Reservar la cita", "booked": "Su cita está reservada", "see": "Ver mi cita"}
    | {"cancel": "Cancelar la cita", "sure": "Sí, cancelar la cita", "cancelled": "cancelada"},
    "en": {"lang": "English", "book": "Book the appointment", "booked": "Your appointment is booked"}
    | {"see": "See my appointment", "cancel": "Cancel the appointment", "sure": "Yes, cancel the appointment"}
    | {"cancelled": "cancelled"},
}


@dataclass(frozen=True)
class Agency:
    """`url` is let in by Sendero; `stranger` is the same site at an origin that it does not know."""

    url: str
    stranger: str
    db: Database


@pytest.fixture(scope="module")
def agency(mongo: Mongo) -> Iterator[Agency]:
    port, api = free_port(), free_port()
    known, stranger = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
    settings = builders.some_booking_settings(mongo.uri(DATABASE), cors_origins=(known,))
    db = _opened(settings)
    server = make_server("127.0.0.1", api, booking.create_app(settings), threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="booking behind the web site")
    thread.start()
    site = website.start(website.Settings(f"http://127.0.0.1:{api}", port=port))
    yield Agency(known, stranger, db)
    site.stop()
    server.shutdown()
    thread.join()
    db.client.close()
    mongo.drop(DATABASE)


def _opened(settings: Settings) -> Database:
    db = mongo.open(settings)
    commands.prepare(db)
    commands.load_sample(db)
    return db


def accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} scrolls sideways"


def to_details(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("a[href='#offices/orientation']").click()
    page.locator("a[href='#times/orientation/guatemala']").click()
    page.locator(".times a").first.click()
    page.locator("[name=birth_date]").wait_for()


def fill(page: Page, name: str) -> None:
    page.fill("[name=name]", name)
    page.fill("[name=birth_date]", "1990-05-17")
    page.fill("[name=email]", f"{name.replace(' ', '.').lower()}@example.org")
    page.check("[name=channels][value=email]")


@pytest.mark.parametrize(("language", "width"), [("es", 320), ("en", 1000)])
def test_a_person_books_sees_and_cancels_on_an_agencys_own_site(
    agency: Agency, new_page: NewPage, language: str, width: int
) -> None:
    page, words = new_page(language, width), WORDS[language]
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(agency.url)
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.locator("a[href='#offices/orientation']").wait_for()
    accessible(page)
    page.locator("a[href='#offices/orientation']").click()
    page.locator("a[href='#times/orientation/guatemala']").wait_for()
    accessible(page)
    page.locator("a[href='#times/orientation/guatemala']").click()
    page.locator(".times a").first.wait_for()
    accessible(page)
    page.locator(".times a").first.click()
    page.get_by_role("button", name=words["book"]).click()
    expect(page.locator("[name=name][aria-invalid]")).to_be_visible()
    accessible(page)
    fill(page, steps.somebody())
    page.get_by_role("button", name=words["book"]).click()
    expect(page.get_by_role("heading", name=words["booked"])).to_be_visible()
    accessible(page)
    reference, code = page.locator(".secret").all_inner_texts()
    assert store.appointment(agency.db, reference).status == "booked"
    page.get_by_role("button", name=words["see"]).click()
    expect(page.locator("main")).to_contain_text("Guatemala")
    accessible(page)
    page.get_by_role("button", name=words["cancel"]).click()
    page.get_by_role("button", name=words["sure"]).click()
    expect(page.locator("main")).to_contain_text(words["cancelled"])
    assert store.appointment(agency.db, reference).status == "cancelled"
    assert code not in page.url
    assert not page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage)).length")
    assert not page.context.cookies()
    assert not complaints


def test_who_comes_back_sees_the_appointment_by_reference_and_code_and_nobody_else_does(
    agency: Agency, new_page: NewPage
) -> None:
    page = new_page("en")
    to_details(page, agency.url)
    fill(page, steps.somebody())
    page.get_by_role("button", name="Book the appointment").click()
    page.locator(".secret").first.wait_for()
    reference, code = page.locator(".secret").all_inner_texts()
    later = new_page("en")
    later.goto(agency.url)
    later.fill("[name=reference]", reference)
    later.fill("[name=code]", "00000000")
    later.get_by_role("button", name="See my appointment").click()
    expect(later.locator(".problem")).to_be_visible()
    later.fill("[name=code]", code)
    later.get_by_role("button", name="See my appointment").click()
    expect(later.get_by_role("heading", name="Your appointment")).to_be_visible()


def test_a_booking_whose_answer_is_lost_is_sent_again_and_has_one_effect(agency: Agency, new_page: NewPage) -> None:
    page, name = new_page("en"), steps.somebody()
    to_details(page, agency.url)
    fill(page, name)
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()  # it arrives, and is done
        lost.append(route.request.headers["idempotency-key"])
        route.abort()

    page.route("**/api/v1/appointments", lose, times=1)
    page.get_by_role("button", name="Book the appointment").click()
    expect(page.locator(".problem")).to_contain_text("There was no answer")
    before = agency.db.appointments.count_documents({})
    page.get_by_role("button", name="Book the appointment").click()
    page.locator(".secret").first.wait_for()
    assert len(lost) == 1
    assert agency.db.appointments.count_documents({}) == before


def test_a_site_that_sendero_does_not_know_is_told_nothing(agency: Agency, new_page: NewPage) -> None:
    page = new_page("en")
    page.goto(agency.stranger)
    expect(page.locator(".problem")).to_contain_text("There was no answer")
    assert not page.locator(".choice").count()


def test_the_site_has_no_inline_code_and_calls_one_api_only(agency: Agency, new_page: NewPage) -> None:
    page = new_page("es")
    answer = page.goto(agency.url)
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert re.search(r"connect-src 'self' http://127\.0\.0\.1:\d+;", policy)
    html = answer.text()
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", html)
