"""What people do of themselves, and what they are told then: cancelling, stopping SMS, checking a message."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.e2e import walking
from tests.person import Person
from tests.stack import Stack
from tests.wait import wait_until

pytestmark = pytest.mark.browser
NewPage = Callable[..., Page]


def test_who_cancels_on_the_page_is_told_so(stack: Stack, person: Person, new_page: NewPage) -> None:
    page = new_page("es")
    slot, reference, code = walking.book(page, person)
    walking.told(person, 1)
    other_device = new_page("es")
    walking.find(other_device, stack, reference, code)
    steps.click(other_device, "cancel", "es")
    steps.accessible(other_device)
    steps.click(other_device, "sure", "es")
    expect(other_device.locator(".status")).to_have_text("cancelada")
    steps.accessible(other_device)
    mail, text = walking.told(person, 2)
    assert mail["subject"].startswith("Cita cancelada: ")
    assert f"{walking.local(slot['starts_at']):%H:%M} (hora de Guatemala)" in mail["text"]
    assert "queda cancelada" in text["text"]
    assert "METHOD:CANCEL" in mail["attachments"][0]["content"]
    walking.discreet(mail["subject"], mail["text"], mail["html"], text["text"])


def test_who_answers_alto_gets_no_more_sms(stack: Stack, person: Person, new_page: NewPage) -> None:
    postbox, office, page = new_page("en", 1000), new_page("en", 1000), new_page("en")
    slot = person.slot_soon()
    booked = person.book(slot["id"])
    walking.told(person, 1)
    postbox.goto(stack.url("postbox", f"/?to={person.phone.replace('+', '%2B')}&refresh=off"))
    postbox.get_by_role("button", name="ALTO", exact=True).click()
    walking.sign_in(office, stack, "booking", "clerk", "/staff")
    row = walking.visit(office, stack, slot, booked["reference"])
    walking.shows_in_time(office, row, "wants no more messages")
    steps.accessible(office)
    walking.find(page, stack, booked["reference"], booked["code"])
    steps.click(page, "cancel")
    steps.click(page, "sure")
    wait_until(lambda: len(person.mails()) == 2, 120, "the email about the cancellation")
    messages = stack.database("notifications").messages
    case = stack.database("booking").appointments.find_one({"reference": booked["reference"]})["case_id"]
    wait_until(lambda: not messages.count_documents({"case_id": case, "state": "queued"}), 120, "nothing waits")
    assert len(person.texts()) == 1


def test_a_message_can_be_checked_and_its_choices_changed(stack: Stack, person: Person, new_page: NewPage) -> None:
    booked, page = person.book(), new_page("es")
    mail, _ = walking.told(person, 1)
    code = mail["text"].partition("Código corto ")[2].partition(":")[0]
    page.goto(stack.url("notifications", "/"))
    steps.accessible(page)
    page.goto(stack.url("notifications", f"/check?message={code}"))
    expect(page.locator("main")).to_contain_text("@example.test")
    expect(page.locator("main")).not_to_contain_text(person.email)
    steps.accessible(page)
    page.goto(stack.url("notifications", "/preferences"))
    steps.accessible(page)
    page.fill("[name=reference]", booked["reference"])
    page.fill("[name=code]", booked["code"])
    page.locator("main form button").first.click()
    expect(page.locator("[name=channels][value=sms]")).to_be_checked()
    steps.accessible(page)
    page.uncheck("[name=channels][value=sms]")
    page.locator("main form button").first.click()
    expect(page.locator(".notice-done")).to_be_visible()
    steps.accessible(page)
