"""Delivery receipts and people's replies, as a provider posts them."""

import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from shared import clock
from tests.notifications import PHONE, appointment_event, person_event

RECEIPTS, INCOMING = "/api/v1/providers/demo-sms/receipts", "/api/v1/providers/demo-sms/incoming"


@pytest.fixture
def post(service, client):
    def send(url, body, call="call-1", at=None, secret=None):
        at, text = at or clock.now(), json.dumps(body)
        signature = Webhook(secret or service.settings.sms_receipt_secret).sign(call, at, text)
        headers = {
            "webhook-id": call,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
            "Content-Type": "application/json",
        }
        return client.post(url, data=text, headers=headers)

    return send


@pytest.fixture
def sent(service, booked):
    """The SMS of a booking, handed over."""
    booked()
    service.send()
    return service.message(channel="sms")


def receipt(one, status="delivered"):
    return {"id": one.provider_id, "reference": one.hand_over_id, "status": status, "at": clock.rfc3339(clock.now())}


def reply(text, at=None, sender=PHONE):
    return {"from": sender, "text": text, "at": clock.rfc3339(at or clock.now())}


def test_a_receipt_is_noted_and_announced_once_however_often_it_comes(service, post, sent):
    assert post(RECEIPTS, receipt(sent)).status_code == 202
    assert post(RECEIPTS, receipt(sent)).status_code == 202
    assert post(RECEIPTS, receipt(sent), call="call-2").status_code == 202
    assert service.message(channel="sms").state == "delivered"
    kinds = [kind for kind, data in service.announced() if data["channel"] == "sms"]
    assert kinds == ["message.sent.v1", "message.delivered.v1"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b"{}"])
def test_the_signature_is_checked_before_anything_is_read(client, content):
    answer = client.post(RECEIPTS, data=content, content_type="application/json")
    assert (answer.status_code, answer.json["type"]) == (401, "urn:sendero:wrong-signature")


def test_a_failed_delivery_is_announced_with_its_reason(service, post, sent):
    post(RECEIPTS, receipt(sent, "failed"))
    post(RECEIPTS, receipt(sent), call="call-2")  # never backwards
    assert service.message(channel="sms").state == "failed"
    assert service.announced()[-1][1]["reason"] == "undelivered"


def test_a_receipt_that_is_faster_than_our_own_note_makes_the_message_sent_and_delivered(service, post, booked):
    booked()
    one = service.message(channel="sms")
    post(RECEIPTS, receipt(one))
    service.send()
    assert service.message(channel="sms").state == "delivered"
    assert not service.sms.calls
    kinds = [kind for kind, data in service.announced() if data["channel"] == "sms"]
    assert kinds == ["message.sent.v1", "message.delivered.v1"]


def test_a_receipt_for_nothing_we_know_is_accepted_and_changes_nothing(service, post, sent):
    answer = post(RECEIPTS, receipt(sent) | {"reference": "0" * 36})
    assert answer.status_code == 202
    assert service.message(channel="sms").state == "sent"


@pytest.mark.parametrize("url", [RECEIPTS, INCOMING])
def test_a_call_without_the_right_signature_changes_nothing(service, client, post, sent, url):
    body = receipt(sent) | reply("STOP")
    other = "whsec_" + "b3RoZXJvdGhlcm90aGVyb3RoZXI="
    assert post(url, body, secret=other).status_code == 401
    assert post(url, body, at=clock.now() - timedelta(minutes=6)).status_code == 401
    assert client.post(url, json=body).status_code == 401
    garbage = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1"}
    assert client.post(url, json=body, headers=garbage).status_code == 401
    now = str(int(clock.now().timestamp()))
    assert client.post(url, json=body, headers=garbage | {"webhook-timestamp": now}).status_code == 401
    broken = garbage | {"webhook-timestamp": now, "webhook-signature": "v1,%%%"}
    assert client.post(url, json=body, headers=broken).status_code == 401
    assert service.states() == {"email": "sent", "sms": "sent"}
    assert not service.db.opt_outs.count_documents({})


def test_a_body_that_is_none_of_theirs_is_named_as_such(post, client):
    answer = post(RECEIPTS, {"status": "maybe"})
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json["errors"]} == {"reference", "status"}
    assert post("/api/v1/providers/unknown/receipts", {}).status_code == 404


def test_stop_ends_sms_to_everybody_with_that_phone_and_is_announced_for_each(service, post, booked):
    keys = service.settings.people_keys
    booked()
    service.hear(
        person_event(keys, "person-2", email="b@example.org"),
        appointment_event(person_id="person-2", case_id="case-2", reference="SND-0000-0002"),
        person_event(keys, "person-3", phone="+50299990000"),
    )
    assert post(INCOMING, reply(" alto ", sender="+502 5555 1234")).status_code == 202
    assert {one.state for one in service.messages(channel="sms")} == {"stopped"}
    service.send()
    assert not service.sms.calls
    assert {one.state for one in service.messages(channel="email")} == {"sent"}
    opted = [data for kind, data in service.announced() if kind == "contact.opted_out.v1"]
    assert sorted(data["person_id"] for data in opted) == ["person-1", "person-2"]
    rows = service.db.outbox.find({"type": "contact.opted_out.v1"})
    assert sorted(row["key"] for row in rows) == ["case-1", "case-2"]


def test_an_opt_out_between_saving_and_sending_is_heeded(service, post, booked):
    post(INCOMING, reply("STOP"))  # before we have ever heard of the person
    booked()
    service.send()
    assert service.message(channel="sms").state == "stopped"
    assert not service.sms.calls


def test_start_takes_it_back_and_the_same_stop_posted_again_does_not_count(service, post, booked):
    booked()
    earlier = clock.now()
    post(INCOMING, reply("STOP", earlier), call="call-1")
    post(INCOMING, reply("ALTA", earlier + timedelta(milliseconds=1)), call="call-2")
    post(INCOMING, reply("STOP", earlier), call="call-1")  # replayed
    post(INCOMING, reply("STOP", earlier), call="call-3")  # late
    service.hear(appointment_event(case_id="case-2", reference="SND-0000-0002", channels=["sms"]))
    service.send()
    assert service.message(case_id="case-2").state == "sent"


@pytest.mark.parametrize("text", ["CANCELAR", "gracias", "¿cuándo es mi cita?"])
def test_other_replies_stop_nothing(service, post, booked, text):
    booked()
    assert post(INCOMING, reply(text)).status_code == 202
    service.send()
    assert service.states() == {"email": "sent", "sms": "sent"}
