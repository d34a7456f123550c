"""A mass cancellation told, and what is told to one person meanwhile."""

from datetime import timedelta

import pytest

from services.notifications import timers
from services.notifications.model import message
from shared import clock, due
from tests.notifications import appointment_event, in_three_weeks, person_event

WHY = {"by": "office", "reason_code": "office_closed", "rebook": True}


def hear_of_many(service, count, **changes):
    for number in range(count):
        person, case = f"person-many-{number}", f"case-many-{number}"
        contact = {"email": f"m{number}@example.org", "channels": ["email"]}
        service.hear(
            person_event(service.settings.people_keys, person, **contact),
            appointment_event(
                "cancelled", person, case, reference=f"SND-0000-{number:04}", channels=["email"], **WHY | changes
            ),
        )


def send_one(service):
    work = due.claim(service.db, "email", list(timers.TIMERS))
    due.run(service.db, work, timers.TIMERS[work.kind])


def test_the_office_says_that_it_was_the_office_why_and_what_to_do(service):
    hear_of_many(service, 1)
    service.send()
    (mail,) = service.mails.mails
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"].startswith("La oficina canceló su cita")
    assert "La oficina estará cerrada." in text
    assert "Puede pedir otra cita en https://citas.sendero.example" in text
    assert "METHOD:CANCEL" in str(next(mail.iter_attachments()).get_content())


def test_who_may_not_have_another_one_is_not_sent_to_ask_for_it(service):
    hear_of_many(service, 1, reason_code="programme_ended", rebook=False)
    service.send()
    text = service.mails.mails[0].get_body(("plain",)).get_content()
    assert "Ese servicio ya no se ofrece." in text
    assert "pedir otra cita" not in text


def test_who_comes_before_others_is_told_that_they_need_not_do_anything(service):
    first_until = in_three_weeks() + timedelta(days=30)
    hear_of_many(service, 1, first_until=clock.rfc3339(first_until))
    service.send()
    text = service.mails.mails[0].get_body(("plain",)).get_content()
    assert "se la ofrecemos a usted antes que a los demás (hasta el " in text
    assert "no tiene que hacer nada" in text
    assert "Puede pedir otra cita" not in text


def test_a_booking_made_in_the_middle_of_a_mass_cancellation_is_told_before_the_mass_is_through(service):
    hear_of_many(service, 6)
    for _ in range(2):
        send_one(service)
    service.hear(person_event(service.settings.people_keys, channels=["email"]), appointment_event(channels=["email"]))
    send_one(service)
    subjects = [mail["Subject"].partition(":")[0] for mail in service.mails.mails]
    assert subjects == ["La oficina canceló su cita", "La oficina canceló su cita", "Su cita"]
    service.send()
    assert len(service.mails.mails) == 7


def test_of_many_who_would_set_out_first_is_told_first(service):
    hear_of_many(service, 2)
    tomorrow = clock.now() + timedelta(hours=20)
    service.hear(
        person_event(service.settings.people_keys, channels=["email"]),
        appointment_event("cancelled", channels=["email"], starts_at=tomorrow, **WHY),
    )
    send_one(service)
    assert service.message(person_id="person-1").state == "sent"


@pytest.mark.parametrize("hours", [47, 49])
def test_a_message_to_many_goes_behind_what_is_told_to_one(hours):
    now = in_three_weeks()
    assert message.priority_of_many(now + timedelta(hours=hours), now) == {47: 6, 49: 8}[hours]
    assert message.priority_of_many(None, now) > message.USUAL
