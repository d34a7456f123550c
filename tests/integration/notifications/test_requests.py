"""What people are told of a request for a place that is drawn: each step once, and nothing that no longer holds."""

import pytest

from tests.notifications import appointment_event, person_event, request_event


@pytest.fixture
def asked(service):
    service.hear(person_event(service.settings.people_keys), request_event())
    service.send()
    return service


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("allocated", "Confirme su lugar antes del"),
        ("waitlisted", "Está en la lista de espera"),
        ("not_allocated", "Esta vez no hubo lugar"),
        ("expired", "Su lugar no se confirmó a tiempo"),
        ("withdrawn", "Su solicitud se retiró"),
        ("requested_again", "Alguien quiso pedir otra vez con sus datos"),
    ],
)
def test_each_step_of_a_request_is_told_once(asked, kind, subject):
    for _ in range(2):
        asked.hear(request_event(kind, sequence=2))
    asked.send()
    subjects = [mail["Subject"] for mail in asked.mails.mails]
    assert [subjects[0], len(subjects)] == ["Recibimos su solicitud", 2]
    assert subjects[1].startswith(subject)
    assert len(asked.sms.texts) == 2


def test_who_confirmed_is_told_of_the_appointment_and_not_reminded(asked):
    asked.hear(request_event("allocated", sequence=2))
    asked.send()
    asked.hear(
        request_event("reminded", sequence=3),
        request_event("confirmed", sequence=4),
        appointment_event("booked", sequence=5),
    )
    asked.send()
    subjects = [mail["Subject"].partition(" antes")[0].partition(":")[0] for mail in asked.mails.mails]
    assert subjects == ["Recibimos su solicitud", "Confirme su lugar", "Su cita"]


def test_an_offer_that_is_over_is_not_told_any_more(asked):
    asked.hear(request_event("allocated", sequence=2), request_event("expired", sequence=3))
    asked.send()
    assert [mail["Subject"] for mail in asked.mails.mails][1:] == ["Su lugar no se confirmó a tiempo"]


def test_the_number_on_the_waitlist_is_told_and_none_where_there_is_none(asked):
    asked.hear(request_event("waitlisted", sequence=2))
    asked.hear(request_event("waitlisted", case_id="case-2", reference="SND-0000-0002", waitlist=0))
    asked.send()
    texts = [one["text"] for one in asked.sms.texts.values()][1:]
    assert sorted("numero 7" in text for text in texts) == [False, True]
    assert not any("numero 0" in text for text in texts)
