"""A one-time code is sent to a contact of nobody yet, while it is good, and the contact is forgotten."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifications.store import people
from shared import clock, codes
from shared.events import Event
from tests.integration.notifications.conftest import Service
from tests.notifications import EMAIL, PHONE, erased_event

ID, PROVISIONAL = "7d3e2f10-5b7a-4c7e-9a53-0f1f2d3c4b5a", "provisional-1"


def given(service: Service, channel: str) -> Event:
    content = {"channel": channel, "contact": {"sms": PHONE, "email": EMAIL}[channel], "language": "es"}
    box = service.settings.people_keys.seal(content, PROVISIONAL)
    data: dict[str, Any] = {"person_id": PROVISIONAL, "sealed": box}
    return Event("contact.given.v1", PROVISIONAL, data, topic="people", source="/sendero/booking", sequence=1)


def requested(channel: str, minutes: int = 10) -> Event:
    until = clock.rfc3339(clock.now() + timedelta(minutes=minutes))
    data = {"verification_id": ID, "person_id": PROVISIONAL, "channel": channel, "language": "es", "valid_until": until}
    return Event("verification.requested.v1", ID, data, topic="booking", source="/sendero/booking", sequence=1)


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize("person_first", [True, False])
def test_the_code_goes_to_the_contact_and_to_no_other(service: Service, channel: str, person_first: bool) -> None:
    heard = [given(service, channel), requested(channel)]
    for event in heard if person_first else reversed(heard):
        service.hear(event)
        service.send()
    code = codes.code(service.settings.access_key, f"verification|{ID}", 0)
    mails = [mail.get_body(("plain",)).get_content() for mail in service.mails.mails]
    texts = [sent["text"] for sent in service.sms.texts.values()]
    (told,) = mails + texts
    assert code in told
    assert bool(mails) is (channel == "email")
    assert code not in str([list(service.db[name].find()) for name in service.db.list_collection_names()])


def test_a_code_that_has_run_out_is_not_sent(service: Service) -> None:
    service.hear(requested("sms", minutes=-1), given(service, "sms"))
    service.send()
    assert service.message().state == "stopped"
    assert not service.sms.texts


def test_the_contact_is_forgotten_by_its_tombstone(service: Service) -> None:
    service.hear(given(service, "sms"), requested("sms"))
    service.send()
    service.hear(erased_event(PROVISIONAL))
    assert not people.who_have(service.db, "sms", PHONE)
    assert service.message().recipient is None
    assert PHONE not in str([list(service.db[name].find()) for name in service.db.list_collection_names()])
