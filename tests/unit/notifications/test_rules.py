"""What may become of a message, whom it may reach, and when."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from services.notifications.model import contact, message, preferences
from tests.notifications import a_message, facts

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 09:00 in Guatemala
PERSON = contact.Person("person-1", False, "es", ("email", "sms"), {"email": "a@example.org", "sms": "+50255551234"})


def why_not(one, person=PERSON, chosen=None, opted_out=False, appointment=None, now=NOW):
    return preferences.reason_to_stop(one, person, chosen, opted_out, appointment, now)


# states


def test_the_same_event_gives_the_same_message():
    assert message.message_id("e", "t", "sms") == message.message_id("e", "t", "sms")
    assert message.message_id("e", "t", "sms") != message.message_id("e", "t", "email")


def test_a_message_is_sent_then_delivered_and_never_goes_back():
    sent = a_message().sent("p1", None, NOW)
    delivered = sent.receipt(sent.hand_over_id, True, NOW)
    assert delivered.state == message.DELIVERED
    assert delivered.receipt(sent.hand_over_id, False, NOW) is delivered
    assert delivered.failed("late", NOW) is delivered
    assert delivered.stopped("late", NOW) is delivered


def test_a_failed_message_stays_failed():
    failed = a_message().sent("p1", None, NOW).receipt(a_message().hand_over_id, False, NOW)
    assert (failed.state, failed.reason) == (message.FAILED, "undelivered")
    assert failed.receipt(failed.hand_over_id, True, NOW) is failed


def test_a_receipt_may_be_faster_than_our_own_note():
    delivered = a_message().receipt(a_message().hand_over_id, True, NOW)
    noted = delivered.sent("p1", None, NOW)
    assert (noted.state, noted.provider_id) == (message.DELIVERED, "p1")


def test_what_was_handed_over_counts_as_sent_even_if_it_was_stopped_meanwhile():
    assert a_message().stopped("opted_out", NOW).sent("p1", None, NOW).state == message.SENT


def test_a_receipt_of_an_earlier_hand_over_says_nothing_about_a_later_one():
    again = a_message().sent("p1", None, NOW).sent_again(NOW)
    assert again.state == message.QUEUED
    assert again.receipt(a_message().hand_over_id, False, NOW) is again
    assert message.id_of(again.hand_over_id) == again.id


def test_a_message_that_waits_cannot_be_asked_for_again():
    with pytest.raises(message.WrongState):
        a_message().sent_again(NOW)


# still wanted, still due


def test_a_message_is_due_until_something_speaks_against_it():
    assert why_not(a_message(), appointment={"status": "booked"}) is None
    assert why_not(a_message(), appointment=None) is None


def test_a_confirmation_is_not_sent_for_a_cancelled_or_past_appointment():
    assert why_not(a_message(), appointment={"status": "cancelled"}) == "no_longer_due"
    assert why_not(a_message(), now=facts()["starts_at"]) == "no_longer_due"


def test_what_tells_a_time_or_an_office_that_was_changed_is_not_sent_any_more():
    known = {"status": "booked", **{name: facts()[name] for name in ("starts_at", "office")}}
    assert why_not(a_message(), appointment=known) is None
    for changed in ({"starts_at": known["starts_at"] + timedelta(days=1)}, {"office": known["office"] | {"id": "x"}}):
        for template in ("appointment_booked", "appointment_rescheduled"):
            assert why_not(a_message(template), appointment=known | changed) == "no_longer_due"
    assert why_not(a_message("appointment_rescheduled"), appointment=known | {"status": "cancelled"})


def test_nothing_goes_to_who_was_erased_or_opted_out():
    assert why_not(a_message(), person=contact.Person("person-1", erased=True)) == "erased"
    assert why_not(a_message(), opted_out=True) == "opted_out"


def test_a_choice_made_here_holds_over_the_one_at_the_booking():
    chosen = preferences.Preferences("person-1", ("sms",), "es")
    assert why_not(a_message(channel="email"), chosen=chosen) == "opted_out"
    assert why_not(a_message(channel="sms"), chosen=chosen) is None
    assert why_not(a_message(channel="sms"), chosen=replace(chosen, stop=True)) == "opted_out"


def test_a_message_made_for_every_channel_goes_only_by_those_chosen():
    person = replace(PERSON, channels=("email",))
    assert why_not(a_message("referral_accepted", "sms", only_if_chosen=True), person) == "not_chosen"
    assert why_not(a_message("referral_accepted", "email", only_if_chosen=True), person) is None


# quiet hours


@pytest.mark.parametrize(
    ("hour_there", "ends_in_hours"),
    [(20, None), (21, 10), (23, 8), (3, 4), (7, None), (12, None)],
)
def test_quiet_hours_over_midnight_end_in_the_morning_of_the_office(hour_there, ends_in_hours):
    now = datetime(2026, 11, 23, 6, 0, tzinfo=UTC) + timedelta(hours=hour_there)
    until = preferences.QuietHours(time(21), time(7)).until(now, "America/Guatemala")
    assert until == (now + timedelta(hours=ends_in_hours) if ends_in_hours else None)


def test_only_an_sms_waits_for_the_end_of_quiet_hours_and_not_past_its_use():
    chosen = preferences.Preferences("person-1", ("sms", "email"), "es", preferences.QuietHours(time(8), time(12)))
    assert preferences.put_off(a_message(channel="sms"), chosen, NOW) == NOW + timedelta(hours=3)
    assert preferences.put_off(a_message(channel="email"), chosen, NOW) is None
    soon = a_message(channel="sms", facts=facts(starts_at=NOW + timedelta(hours=2)))
    assert preferences.put_off(soon, chosen, NOW) is None


# contacts


@pytest.mark.parametrize(
    ("channel", "text", "masked"),
    [
        ("sms", "+50255551234", "+502 ••••1234"),
        ("sms", "+15551234567", "+1 ••••4567"),
        ("sms", "not a phone", "••••"),
        ("email", "ana.lopez@example.org", "a•••@example.org"),
    ],
)
def test_contacts_are_shown_masked(channel, text, masked):
    assert contact.masked(channel, text) == masked


def test_the_same_phone_and_mailbox_are_recognised_however_they_are_written():
    assert contact.normalised("sms", "5555-1234") == contact.normalised("sms", "+502 5555 1234") == "+50255551234"
    assert contact.normalised("email", " Ana@Example.org ") == "ana@example.org"


@pytest.mark.parametrize("text", ["STOP", " stop.", "Alto", "ALTO!", "baja", "Unsubscribe"])
def test_a_word_of_the_list_stops_messages(text):
    assert contact.asks_to(text) == "stop"


@pytest.mark.parametrize(
    "text", ["CANCELAR", "Cancelar mi cita", "no quiero", "alto ahí, ¿quién es?", "", "👍", "BAJA X"]
)
def test_other_replies_stop_nothing(text):
    assert contact.asks_to(text) is None


@pytest.mark.parametrize("text", ["START", "alta"])
def test_messages_can_be_started_again(text):
    assert contact.asks_to(text) == "start"


def test_languages_that_we_do_not_write_yet_fall_back_on_spanish():
    assert [contact.language(one) for one in ("en", "es", "quc", None, "")] == ["en", "es", "es", "es", "es"]
