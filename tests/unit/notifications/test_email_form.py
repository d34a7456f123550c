"""The email itself: headers, parts, the calendar, and addresses that are none."""

import email
import email.policy

import icalendar
import pytest

from services.notifications import channels, render
from services.notifications.channels import email as email_channel
from tests.notifications import EMAIL, a_message, facts, some_settings

SETTINGS = some_settings()


def composed(template: str = "appointment_booked", to: str = EMAIL, **changes):
    one = a_message(template, **changes)
    made = email_channel.compose(SETTINGS, render.outgoing(SETTINGS, one, to, "es", one.created_at))
    return email.message_from_bytes(made.as_bytes(), policy=email.policy.default)


def calendar_of(message):
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    return part, icalendar.Calendar.from_ical(part.get_payload(decode=True))


def test_it_has_text_html_and_calendar():
    types = [part.get_content_type() for part in composed().walk()]
    assert types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_the_message_id_is_the_same_at_each_attempt_and_another_when_sent_again():
    assert composed()["Message-ID"] == composed()["Message-ID"]
    assert composed()["Message-ID"] != composed(hand_over=2)["Message-ID"]


def test_it_says_that_a_machine_wrote_it_and_how_to_unsubscribe():
    message = composed()
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"].startswith("<https://avisos.sendero.example/unsubscribe/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Content-Language"] == "es"


def test_a_cancellation_takes_the_entry_out_of_the_calendar_again():
    part, booked = calendar_of(composed())
    _, cancelled = calendar_of(composed("appointment_cancelled", facts=facts(sequence=2)))
    assert part.get_param("method") == "PUBLISH"
    assert (booked["METHOD"], cancelled["METHOD"]) == ("PUBLISH", "CANCEL")
    first, second = booked.walk("VEVENT")[0], cancelled.walk("VEVENT")[0]
    assert first["UID"] == second["UID"] == "appointment-1@sendero"
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second["STATUS"] == "CANCELLED"
    assert first["DTSTART"].params["TZID"] == "America/Guatemala"
    assert booked.walk("VTIMEZONE")


def test_other_messages_carry_no_calendar():
    assert "text/calendar" not in [part.get_content_type() for part in composed("appointment_missed").walk()]


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\nBcc: b@example.org",
        "a@example.org, b@example.org",
        "a@example.org>",
        "Ana <a@example.org>",
        "a b@example.org",
        "a@",
        "@example.org",
        "a",
        "",
        "a@exa mple.org",
        "a@example.org\0",
    ],
)
def test_an_address_that_is_none_is_rejected_and_begins_no_header(address):
    with pytest.raises(channels.Rejected) as refused:
        composed(to=address)
    assert refused.value.reason == "invalid_address"


def test_a_line_break_in_a_fact_begins_no_header():
    office = facts()["office"] | {"name": "Oficina\r\nBcc: b@example.org"}
    message = composed(facts=facts(office=office))
    assert message["Bcc"] is None
    outgoing = channels.Outgoing("id", EMAIL, "es", "text", "Subject\r\nBcc: b@example.org", "<p>", "https://x.example")
    made = email_channel.compose(SETTINGS, outgoing)
    assert made["Bcc"] is None
    assert made["Subject"] == "Subject Bcc: b@example.org"


def test_a_domain_beyond_ascii_is_written_as_servers_know_it():
    assert composed(to="ana@correo.ñandú.example")["To"] == "ana@correo.xn--and-6ma2c.example"
