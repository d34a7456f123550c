"""A new code is told to the contact on file, and the person's own pages learn which codes are good."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from services.notifications.store import appointments
from shared import codes
from tests.integration.notifications.conftest import Service
from tests.notifications import appointment_event, erased_event, person_event, request_event

REFERENCE = "SND-7K3M-Q2XA"


def code(service: Service, number: int) -> str:
    return codes.code(service.settings.access_key, REFERENCE, number)


def renewed(number: int = 2, sequence: int = 2):
    return appointment_event("code_renewed", sequence=sequence, code_number=number)


def test_the_contact_on_file_gets_the_new_code(service: Service, booked: Callable[..., None]) -> None:
    booked()
    service.send()
    service.hear(renewed())
    service.send()
    mail = service.mails.mails[-1]
    text = [*service.sms.texts.values()][-1]["text"]
    for told in (mail.get_body(("plain",)).get_content(), text):
        assert REFERENCE in told
        assert code(service, 2) in told
        assert code(service, 1) not in told
    assert len(service.messages(template="code_renewed")) == 2


def test_a_new_code_does_not_change_how_the_appointment_stands(service: Service, booked: Callable[..., None]) -> None:
    booked()
    service.hear(appointment_event("cancelled", sequence=2), renewed(sequence=3))
    found = appointments.with_reference(service.db, REFERENCE) or {}
    assert (found["status"], found["code_number"]) == ("cancelled", 2)


def test_both_codes_are_good_until_the_new_one_is_used(service: Service, booked: Callable[..., None]) -> None:
    booked()
    service.hear(renewed(), renewed(3, 3))
    known = appointments.with_reference(service.db, REFERENCE) or {}
    assert list(appointments.good_codes(known)) == [1, 2, 3]
    service.hear(appointment_event("code_used", sequence=4, code_number=2))
    known = appointments.with_reference(service.db, REFERENCE) or {}
    assert list(appointments.good_codes(known)) == [2, 3]


@pytest.mark.parametrize(("number", "stays"), [(1, False), (2, True)])
def test_who_came_in_with_a_code_that_is_void_by_now_is_asked_again(
    service: Service, client: FlaskClient, booked: Callable[..., None], number: int, stays: bool
) -> None:
    booked()
    service.hear(renewed())
    token = client.get("/preferences").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"reference": REFERENCE, "code": code(service, number), "csrf_token": token}
    assert client.post("/preferences/enter", data=form).status_code == 303
    assert REFERENCE in client.get("/preferences").text
    service.hear(appointment_event("code_used", sequence=3, code_number=2))
    assert ('name="channels"' in client.get("/preferences").text) is stays


def test_who_asks_for_a_place_gets_a_new_code_too_and_only_by_the_contact_on_file(service: Service) -> None:
    service.hear(person_event(service.settings.people_keys), request_event())
    service.hear(request_event("code_renewed", sequence=2, code_number=2))
    service.send()
    told = service.messages(template="request_code_renewed")
    assert sorted(one.channel for one in told) == ["email", "sms"]
    text = [*service.sms.texts.values()][-1]["text"]
    assert code(service, 2) in text
    assert "solicitud" in text
    known = appointments.with_reference(service.db, REFERENCE) or {}
    assert (known["status"], list(appointments.good_codes(known))) == ("received", [1, 2])
    service.hear(request_event("code_used", sequence=3, code_number=2))
    known = appointments.with_reference(service.db, REFERENCE) or {}
    assert (known["status"], list(appointments.good_codes(known))) == ("received", [2])


def test_who_asked_without_phone_and_email_is_sent_no_code(service: Service) -> None:
    nobody = {"phone": None, "email": None, "channels": []}
    service.hear(person_event(service.settings.people_keys, **nobody), request_event(channels=[]))
    service.hear(request_event("code_renewed", sequence=2, code_number=2, channels=[]))
    assert not service.messages(template="request_code_renewed")


def test_an_erased_person_gets_no_code(service: Service, booked: Callable[..., None]) -> None:
    booked()
    service.hear(erased_event(), renewed())
    assert not service.messages(template="code_renewed")
    assert appointments.with_reference(service.db, REFERENCE) is None


def test_the_person_may_come_later_than_the_code(service: Service) -> None:
    service.hear(appointment_event(), renewed())
    service.send()
    assert not service.sms.texts
    service.hear(person_event(service.settings.people_keys))
    service.send()
    assert len(service.messages(template="code_renewed", state="sent")) == 2


def test_a_confirmation_sent_once_more_tells_the_code_that_is_good(
    service: Service, booked: Callable[..., None]
) -> None:
    booked()
    service.hear(renewed(), appointment_event("code_used", sequence=3, code_number=2))
    service.send()
    texts = [sent["text"] for sent in service.sms.texts.values()]
    assert len(texts) == 2
    assert all(code(service, 2) in text for text in texts)
