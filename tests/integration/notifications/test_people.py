"""What a person may choose, see and have erased."""

import base64
import re
from datetime import timedelta

import pytest

from services.notifications import render
from shared import clock, codes
from shared.sealed import CannotOpen
from tests.builders import some_keys
from tests.notifications import EMAIL, PHONE, appointment_event, erased_event, person_event

URL = "/api/v1/preferences"
REFERENCE = "SND-7K3M-Q2XA"


def basic(reference, code):
    return {"Authorization": "Basic " + base64.b64encode(f"{reference}:{code}".encode()).decode()}


@pytest.fixture
def me(service, booked):
    """Headers of the person of the appointment."""
    booked()
    return basic(REFERENCE, codes.code(service.settings.access_key, REFERENCE, 1))


def wanted(**changes):
    return {"channels": ["email", "sms"], "language": "es", "quiet_hours": None, "stop": False} | changes


# by JSON


def test_a_person_sees_how_we_write_to_them_masked(client, me):
    answer = client.get(URL, headers=me)
    assert answer.status_code == 200
    assert answer.json == {
        "channels": ["email", "sms"],
        "language": "es",
        "quiet_hours": None,
        "stop": False,
        "contacts": {"email": "a•••@example.org", "sms": "+502 ••••1234"},
        "blocked": [],
    }


def test_what_they_choose_holds_for_messages_that_wait_and_for_later_ones(service, client, me):
    body = wanted(channels=["sms"], language="en", quiet_hours={"from": "21:00", "to": "07:00"})
    answer = client.put(URL, json=body, headers=me)
    assert answer.status_code == 200, answer.json
    assert (answer.json["language"], answer.json["quiet_hours"]) == ("en", {"from": "21:00", "to": "07:00"})
    assert service.states()["email"] == "stopped"
    assert [data for kind, data in service.announced()] == [{"person_id": "person-1", "channel": "email"}]
    client.put(URL, json=body | {"quiet_hours": None}, headers=me)
    service.hear(appointment_event("cancelled", sequence=2))
    service.send()
    assert not service.mails.attempts
    assert "is cancelled" in service.sms.calls[-1]["text"]


def test_stop_stops_everything(service, client, me):
    client.put(URL, json=wanted(stop=True), headers=me)
    service.hear(appointment_event("cancelled", sequence=2))
    service.send()
    assert service.states() == {"email": "stopped", "sms": "stopped"}


def quiet_by_now():
    """Hours that have begun, at whatever minute of the day."""
    here = clock.now() - timedelta(hours=6)
    return {"from": f"{here:%H:%M}", "to": f"{here + timedelta(hours=3):%H:%M}"}


def test_quiet_hours_put_an_sms_off(service, client, me):
    client.put(URL, json=wanted(quiet_hours=quiet_by_now()), headers=me)
    service.send()
    assert service.states() == {"email": "sent", "sms": "queued"}
    row = service.db.due.find_one({"lane": "sms"})
    assert row["error"] == "quiet_hours"
    assert row["due_at"] > clock.now() + timedelta(hours=2)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (wanted(channels=["pigeon"]), "channels.0"),
        (wanted(language="tlh"), "language"),
        (wanted(quiet_hours={"from": "21:00"}), "quiet_hours.to"),
        (wanted(quiet_hours={"from": "21:00", "to": "21:00"}), "quiet_hours"),
        (wanted(stop="perhaps"), "stop"),
        (wanted(colour="red"), "colour"),
        ({}, "channels"),
    ],
)
def test_a_wrong_choice_names_its_field_and_changes_nothing(service, client, me, body, field):
    answer = client.put(URL, json=body, headers=me)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json["errors"]}
    assert not service.db.preferences.count_documents({})


@pytest.mark.usefixtures("still")
def test_wrong_tries_are_slowed_down_and_tell_nothing(service, client, me):
    for headers in ({}, basic(REFERENCE, "WRONGONE"), basic("SND-0000-0000", "WRONGONE")):
        answer = client.get(URL, headers=headers)
        assert (answer.status_code, answer.json["type"]) == (401, "urn:sendero:wrong-code")
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    for _ in range(6):
        answer = client.get(URL, headers=basic(REFERENCE, "WRONGONE"))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


# erased


def test_an_erased_person_leaves_no_copy_no_recipient_no_work(service, client, me):
    client.put(URL, json=wanted(quiet_hours=quiet_by_now()), headers=me)
    service.send()
    service.hear(erased_event())
    assert service.db.people.find_one({"_id": "person-1"})["erased"]
    for name in ("preferences", "appointments", "opt_outs"):
        assert not service.db[name].count_documents({})
    assert not service.db.due.count_documents({"data.person_id": "person-1"})
    assert all(one.recipient is None and one.facts == {} for one in service.messages())
    assert service.states() == {"email": "sent", "sms": "stopped"}
    assert client.get(URL, headers=me).status_code == 401


def test_older_news_of_an_erased_person_bring_nobody_back(service, booked):
    booked()
    service.hear(erased_event(sequence=3))
    service.hear(person_event(service.settings.people_keys, sequence=2), appointment_event("cancelled", sequence=2))
    assert service.db.people.find_one({"_id": "person-1"})["erased"]
    service.send()
    assert not service.mails.attempts


def test_a_box_that_is_not_ours_to_open_is_kept_for_a_person_to_look_at(service):
    with pytest.raises(CannotOpen):
        service.hear(person_event(some_keys()))
    assert not service.db.people.count_documents({})


# pages


def csrf(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)


@pytest.fixture
def entered(service, client, me):
    return enter(service, client)


def enter(service, client):
    """A browser that has given reference and code on the page."""
    page = client.get("/preferences?lang=en")
    code = codes.code(service.settings.access_key, REFERENCE, 1)
    answer = client.post(
        "/preferences/enter", data={"csrf_token": csrf(page), "reference": "snd 7k3m q2xa", "code": code.lower()}
    )
    assert answer.status_code == 303
    return client


def test_the_page_shows_and_keeps_the_choice(service, entered):
    page = entered.get("/preferences")
    assert "a•••@example.org" in page.text
    assert "+502 ••••1234" in page.text
    data = {
        "csrf_token": csrf(page),
        "channels": ["sms"],
        "language": "en",
        "quiet_hours.from": "",
        "quiet_hours.to": "",
    }
    assert entered.post("/preferences", data=data).status_code == 303
    assert "Saved." in entered.get("/preferences").text
    kept = service.db.preferences.find_one({})
    assert (kept["channels"], kept["language"], kept["stop"]) == (["sms"], "en", False)


def test_no_tick_means_no_messages(service, entered):
    page = entered.get("/preferences")
    entered.post("/preferences", data={"csrf_token": csrf(page), "language": "es"})
    assert service.db.preferences.find_one({})["stop"] is True


def test_a_form_that_is_not_right_comes_back_with_what_was_chosen(service, entered):
    page = entered.get("/preferences")
    data = {"csrf_token": csrf(page), "channels": ["sms"], "language": "en", "quiet_hours.from": "21:00"}
    answer = entered.post("/preferences", data=data)
    assert answer.status_code == 422
    assert 'href="#field-quiet_hours.to"' in answer.text
    assert '<option value="21:00" selected>' in answer.text
    assert not service.db.preferences.count_documents({})


def test_only_a_contact_that_we_have_is_offered_and_taken(service, booked, client):
    booked(phone=None, channels=["email"])
    me = basic(REFERENCE, codes.code(service.settings.access_key, REFERENCE, 1))
    page = enter(service, client).get("/preferences")
    assert 'value="email"' in page.text
    assert 'value="sms"' not in page.text
    data = {"csrf_token": csrf(page), "channels": ["sms"], "language": "es"}
    answer = client.post("/preferences", data=data)
    assert answer.status_code == 422
    assert "We have no phone number of yours." in answer.text
    refused = client.put(URL, json=wanted(), headers=me)
    assert (refused.status_code, refused.json["type"]) == (422, "urn:sendero:no-contact")
    assert [one["field"] for one in refused.json["errors"]] == ["channels"]
    assert not service.db.preferences.count_documents({})
    assert client.put(URL, json=wanted(channels=["email"]), headers=me).status_code == 200


def test_who_has_neither_phone_nor_email_is_offered_no_channel_and_told_so(service, booked, client):
    booked(phone=None, email=None, channels=[])
    page = enter(service, client).get("/preferences")
    assert 'name="channels"' not in page.text
    assert "You gave us neither phone nor email" in page.text
    for channel in ("email", "sms"):
        data = {"csrf_token": csrf(page), "channels": [channel], "language": "es"}
        assert client.post("/preferences", data=data).status_code == 422
    assert not service.db.preferences.count_documents({})
    assert client.post("/preferences", data={"csrf_token": csrf(page), "language": "en"}).status_code == 303
    assert service.db.preferences.find_one({})["language"] == "en"


def test_of_a_person_not_heard_of_yet_the_channels_of_their_appointment_are_offered(service, client):
    service.hear(appointment_event())
    page = enter(service, client).get("/preferences")
    assert 'value="sms"' in page.text
    assert client.post("/preferences", data={"csrf_token": csrf(page), "channels": ["sms"], "language": "en"}).location


def test_a_form_from_elsewhere_is_not_taken(service, entered):
    assert entered.post("/preferences", data={"channels": ["sms"], "language": "en"}).status_code == 400
    assert not service.db.preferences.count_documents({})


def test_the_page_says_when_reference_and_code_do_not_match(client, me):
    page = client.get("/preferences?lang=es")
    answer = client.post("/preferences/enter", data={"csrf_token": csrf(page), "reference": REFERENCE, "code": "NO"})
    assert answer.status_code == 401
    assert "No encontramos nada con esa referencia" in answer.text


def test_a_message_can_be_checked_and_only_its_kind_time_and_masked_recipient_are_told(service, client, me):
    service.send()
    one = service.message(channel="sms")
    typed = one.check_code.lower()
    page = client.get(f"/check?lang=en&message={typed[:4]}-{typed[4:]}")
    assert page.status_code == 200
    assert "Yes, this message is from us." in page.text
    assert "confirmation of an appointment" in page.text
    assert "+502 ••••1234" in page.text
    for secret in (PHONE, EMAIL, REFERENCE, "Oficina", "person-1", one.id):
        assert secret not in page.text
    assert f"check?message={one.check_code}" in service.sms.calls[0]["text"]


def test_a_code_that_is_not_ours_is_said_to_be_none(client):
    page = client.get("/check?lang=en&message=00000000")
    assert page.status_code == 404
    assert "We sent no message with this code" in page.text
    assert client.get("/check").status_code == 200


@pytest.mark.usefixtures("still")
def test_guessing_check_codes_is_slowed_down(client):
    answers = [client.get(f"/check?message=0000{number:04}").status_code for number in range(24)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_one_click_unsubscribes_from_email_and_a_mere_look_does_not(service, client, me):
    service.send()
    url = service.mails.mails[0]["List-Unsubscribe"].strip("<>").removeprefix(service.settings.public_url)
    assert client.get(url).status_code == 200
    assert not service.db.opt_outs.count_documents({})
    assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert service.db.opt_outs.find_one({})["out"]
    assert service.announced()[-1] == ("contact.opted_out.v1", {"person_id": "person-1", "channel": "email"})
    assert client.post(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 404
    assert len(render.unsubscribe_token(service.settings, "x")) == 32
