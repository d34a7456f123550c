"""A mailbox that asked for silence has it, whoever books with it, until it is begun again."""

import dataclasses
import threading

import pytest

from services.notifications import actions, app
from services.notifications.model.preferences import Preferences
from shared import codes, mongo
from tests.integration.notifications.test_people import REFERENCE, URL, basic, csrf, entered, me, wanted  # noqa: F401
from tests.notifications import EMAIL, appointment_event, erased_event, person_event

ANOTHER = "SND-1111-2222"


@pytest.fixture
def unsubscribed(service, client, me):  # noqa: F811
    """The address that unsubscribes, used once."""
    service.send()
    url = service.mails.mails[0]["List-Unsubscribe"].strip("<>").removeprefix(service.settings.public_url)
    assert client.post(url).status_code == 200
    return url


def book_again(service, email=EMAIL):
    """Another booking: another person, the same mailbox."""
    appointment = appointment_event("booked", "person-2", "case-2", reference=ANOTHER)
    service.hear(person_event(service.settings.people_keys, "person-2", email=email), appointment)
    service.send()
    return {one.channel: one.state for one in service.messages(person_id="person-2")}


def test_a_later_booking_with_the_mailbox_stays_silent(service, unsubscribed):
    assert book_again(service, EMAIL.upper()) == {"email": "stopped", "sms": "sent"}
    assert len(service.mails.mails) == 1


def test_messages_that_wait_for_others_with_the_mailbox_are_stopped_and_announced(service, client, me):  # noqa: F811
    service.send()
    url = service.mails.mails[0]["List-Unsubscribe"].strip("<>").removeprefix(service.settings.public_url)
    appointment = appointment_event("booked", "person-2", "case-2", reference=ANOTHER)
    service.hear(person_event(service.settings.people_keys, "person-2"), appointment)
    for _ in range(2):
        client.post(url)
    assert service.message(person_id="person-2", channel="email").reason == "opted_out"
    told = [data for kind, data in service.announced() if kind == "contact.opted_out.v1"]
    assert sorted(one["person_id"] for one in told) == ["person-1", "person-2"]


def test_the_page_shows_it_and_a_tick_begins_it_again(service, unsubscribed, entered):  # noqa: F811
    page = entered.get("/preferences")
    assert "Emails to your address are stopped" in page.text
    assert 'value="email" checked' not in page.text
    form = {"csrf_token": csrf(page), "channels": ["sms"], "language": "en"}
    entered.post("/preferences", data=form)
    assert service.db.opt_outs.find_one({})["out"]
    entered.post("/preferences", data=form | {"channels": ["email", "sms"]})
    assert not service.db.opt_outs.find_one({})["out"]
    assert book_again(service)["email"] == "sent"


def test_by_json_too_choosing_email_begins_it_again(service, client, me, unsubscribed):  # noqa: F811
    found = client.get(URL, headers=me).json
    assert (found["channels"], found["blocked"]) == (["sms"], ["email"])
    found = client.put(URL, json=wanted(), headers=me).json
    assert (found["channels"], found["blocked"]) == (["email", "sms"], [])


def test_another_session_secret_voids_no_link_and_forgets_no_silence(service, unsubscribed):
    changed = dataclasses.replace(service.settings, secret_key="another" * 6)
    assert app.create_app(changed).test_client().get(unsubscribed).status_code == 200
    service.db = mongo.open(changed)
    assert book_again(service)["email"] == "stopped"
    service.db.client.close()


@pytest.mark.usefixtures("still")
def test_wrong_codes_of_a_network_are_slowed_down_over_all_references(service, client, me):  # noqa: F811
    statuses = [client.get(URL, headers=basic(codes.new_reference(), "WRONGONE")).status_code for _ in range(102)]
    assert (statuses[0], statuses[-1]) == (401, 429)


def test_an_erasure_at_the_moment_of_a_message_leaves_none_of_it(service, me):  # noqa: F811
    _at_the_moment_of(service, appointment_event("cancelled", sequence=2), "person-1")


def test_an_erasure_at_the_moment_of_a_message_to_somebody_not_heard_of_leaves_none_of_it(service):
    _at_the_moment_of(service, appointment_event(), "person-1")


def _at_the_moment_of(service, event, person_id):
    erasing = threading.Thread(target=lambda: service.hear(erased_event(person_id)))

    @mongo.transactional
    def hear(db):
        service.hear(event)
        if not erasing.ident:
            erasing.start()
            erasing.join(1)  # what does not conflict is done by then, and has overlooked what is not committed

    hear(service.db)
    erasing.join()
    assert set(service.states().values()) == {"stopped"}
    assert all(one.facts == {} for one in service.messages())


def test_what_an_erased_person_chooses_is_not_kept(service, me):  # noqa: F811
    service.hear(erased_event())
    actions.choose(service.db, Preferences("person-1", ("sms",), "es"))
    assert not service.db.preferences.count_documents({})
