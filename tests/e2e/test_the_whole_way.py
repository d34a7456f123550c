"""The whole way on the running system, through its pages in a real browser: from a booking to what became of it."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.examples.postbox import segments
from services.referrals import store as referrals
from tests.browser import steps
from tests.e2e import walking
from tests.person import Person
from tests.stack import Stack
from tests.wait import wait_until

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


def test_a_person_books_comes_is_referred_with_consent_and_is_told(
    stack: Stack, person: Person, new_page: NewPage
) -> None:
    slot, reference, code = walking.book(new_page("es"), person)
    _is_told_of_the_booking(person, slot, reference, code)
    _the_postbox_shows_it(new_page("en", 1000), stack, person)
    at_home = new_page("en")
    walking.find(at_home, stack, reference, code)
    steps.accessible(at_home)
    expect(at_home.locator(".status")).to_have_text("booked")

    office = new_page("en", 1000)
    walking.sign_in(office, stack, "booking", "clerk", "/staff")
    visit = walking.visit(office, stack, slot, reference)
    expect(visit).to_contain_text(person.name)
    steps.accessible(office)
    _comes_and_is_referred(office, visit)

    partner, referral = new_page("en", 1000), person.referral(reference)
    _the_partner_takes_it(partner, stack, person, referral)
    mail, text = walking.told(person, 2)
    assert "Otra oficina" in mail["subject"]
    assert reference in mail["text"]
    assert reference in text["text"]
    walking.discreet(mail["subject"], mail["text"], text["text"])
    assert segments.segments(text["text"])[1] == "GSM-7"

    walking.shows_in_time(office, visit, "accepted (UNHCR (sample))")
    card = partner.locator(f"[id='unhcr-{referral}']")
    card.get_by_label("Outcome").select_option("helped")
    walking.press(partner, card, "Complete")
    walking.shows_in_time(office, visit, "completed (UNHCR (sample))")
    steps.accessible(office)
    at_home.reload()
    expect(at_home.locator(".status")).to_have_text("attended")
    steps.accessible(at_home)


def _is_told_of_the_booking(person: Person, slot: dict[str, Any], reference: str, code: str) -> None:
    mail, text = walking.told(person, 1)
    begins = walking.local(slot["starts_at"])
    for said in (mail["text"], mail["html"], text["text"]):
        assert reference in said
        assert code in said
        assert f"{begins:%H:%M} (hora de Guatemala)" in said
        assert f" {begins.day} " in said
    (file,) = mail["attachments"]
    assert file["content_type"] == "text/calendar"
    assert f"DTSTART;TZID=America/Guatemala:{begins:%Y%m%dT%H%M%S}" in file["content"]
    assert reference in file["content"]
    walking.discreet(mail["subject"], mail["text"], mail["html"], text["text"], file["content"])
    count, alphabet = segments.segments(text["text"])
    assert (count <= 2, alphabet) == (True, "GSM-7"), text["text"]


def _the_postbox_shows_it(page: Page, stack: Stack, person: Person) -> None:
    page.goto(stack.url("postbox", "/?refresh=off"))
    walking.accessible(page)
    page.get_by_label("Phone or email").fill(person.phone)
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".phone")).to_contain_text(person.phone)
    page.goto(stack.url("postbox", f"/?to={person.email}"))
    page.locator(".mails a").first.click()
    expect(page.locator("#opened")).to_contain_text(person.email)
    walking.accessible(page)


def _comes_and_is_referred(office: Page, visit: Locator) -> None:
    visit.locator("form[action$=arrival] button").click()
    expect(visit.locator(".status")).to_have_text("arrived")
    visit.locator("form[action$=attendance] button").click()
    expect(visit.locator(".status")).to_have_text("attended")
    visit.locator("a[href$=refer]").click()
    steps.accessible(office)
    office.select_option("[name=service]", "protection")
    office.check("[name=priority][value=high]")
    office.check("[name='consent.partners'][value=unhcr]")
    office.check("[name='consent.given_by'][value=person]")
    office.check("[name=agreed]")
    office.fill("[name=note]", "Speaks Mam.")
    office.locator("main button").last.click()
    expect(office.locator(".notice-done")).to_be_visible()


def _the_partner_takes_it(partner: Page, stack: Stack, person: Person, referral: str) -> None:
    card = walking.offered(partner, stack, referral)
    (webhook,) = person.webhooks(referral)
    assert webhook["signature_valid"]
    assert person.word not in str(webhook)
    expect(partner.locator(".webhooks li", has_text=webhook["id"])).to_contain_text("Signature: valid")
    walking.accessible(partner)
    walking.press(partner, card, "Fetch details")
    expect(card).to_contain_text(person.name)
    expect(card).to_contain_text("Speaks Mam.")
    read = {"action": "read_details", "subject": referral, "actor.id": "unhcr", "outcome": "allowed"}
    assert stack.database("referrals").audit.count_documents(read) == 1
    walking.accessible(partner)
    walking.press(partner, card, "Accept")
    expect(card.locator(".state")).to_have_text("accepted")
    walking.accessible(partner)


def test_after_a_withdrawal_nothing_more_is_told_or_delivered(stack: Stack, person: Person, new_page: NewPage) -> None:
    referral = person.is_referred()
    partner, office = new_page("en", 1000), new_page("en", 1000)
    card = walking.offered(partner, stack, referral)
    walking.press(partner, card, "Fetch details")
    expect(card).to_contain_text(person.name)
    walking.sign_in(office, stack, "referrals", "clerk", f"/referrals/{referral}")
    steps.accessible(office)
    office.locator("a[href$=withdrawal]").click()
    steps.accessible(office)
    office.get_by_role("button", name="Yes, withdraw the consent").click()
    expect(office.locator(".notice-done")).to_be_visible()
    steps.accessible(office)

    walking.press(partner, card, "Fetch details")  # on the page as it stood before
    assert _last_answer(stack, referral) == (403, "urn:sendero:consent-withdrawn")
    expect(partner.locator("body")).not_to_contain_text(person.name)
    withdrawn = "referral.withdrawn.v1"
    wait_until(lambda: person.received(referral)[-1]["type"] == withdrawn, 120, "the partner is told of the withdrawal")
    assert [one["type"] for one in person.received(referral)] == ["referral.offered.v1", withdrawn]
    assert set(person.received(referral)[-1]["data"]) <= {"referral"}
    _nothing_of_it_can_be_had_again(stack, referral)
    assert len(person.received(referral)) == 2
    assert not [one for one in person.mails() + person.texts() if "otra oficina" in one["text"]]


def _last_answer(stack: Stack, referral: str) -> tuple[int, str]:
    cases = stack.get("partner", "/api/v1/referrals", expect=200)["items"]
    last = next(one["last"] for one in cases if one["id"] == referral)
    return last["status"], last["body"].get("type")


def _nothing_of_it_can_be_had_again(stack: Stack, referral: str) -> None:
    key = {"Authorization": f"Bearer {stack.settings['PARTNER_KEY']}"}
    fresh = key | {"Idempotency-Key": secrets.token_hex(16)}
    stack.get("referrals", f"/api/v1/referrals/{referral}", headers=key, expect=403)
    stack.post("referrals", f"/api/v1/referrals/{referral}/acceptance", headers=fresh, expect=409)
    deliveries = stack.get("referrals", "/api/v1/webhook/deliveries?limit=200", headers=key, expect=200)["items"]
    (offer,) = [one["id"] for one in deliveries if one["referral"] == referral and one["type"] == "referral.offered.v1"]
    stack.post("referrals", f"/api/v1/webhook/deliveries/{offer}/replay", headers=fresh, expect=403)


def test_what_one_partner_declines_is_offered_to_the_next_that_the_person_agreed_to(
    stack: Stack, person: Person, new_page: NewPage
) -> None:
    referral = person.is_referred("orientation", ("unhcr", "iom"))
    partner, office = new_page("en", 1000), new_page("es", 1000)
    card = walking.offered(partner, stack, referral)
    card.get_by_label("Reason").select_option("capacity")
    walking.press(partner, card, "Decline")
    expect(card.locator(".state")).to_have_text("declined")
    walking.sign_in(office, stack, "referrals", "clerk", f"/referrals/{referral}")
    expect(office.locator("tr", has_text="IOM (sample)").first).to_be_visible()
    expect(office.locator("main")).to_contain_text("Elección 2")
    steps.accessible(office)
    iom = secrets.token_urlsafe(36)
    referrals.add_key(stack.database("referrals"), "iom", iom)
    listed = stack.get("referrals", "/api/v1/referrals", headers={"Authorization": f"Bearer {iom}"}, expect=200)
    assert [one["status"] for one in listed["items"] if one["id"] == referral] == ["offered"]
    unhcr = {"Authorization": f"Bearer {stack.settings['PARTNER_KEY']}"}
    ended = stack.get("referrals", f"/api/v1/referrals/{referral}", headers=unhcr, expect=403)
    assert ended["type"] == "urn:sendero:offer-ended"
