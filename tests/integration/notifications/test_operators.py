"""What operators see of messages, and sending one again."""

from datetime import datetime

import pytest

from shared import auth
from tests.notifications import EMAIL, PHONE, appointment_event

URL = "/api/v1/messages"


@pytest.fixture
def key(service):
    """Gives the key of a script whose account has these roles."""

    def make(*roles):
        account = {
            "_id": f"account-{'-'.join(roles)}",
            "email": f"{roles[0]}@sendero.test",
            "name": "X",
            "password": "x",
        }
        service.db.accounts.insert_one(
            account | {"roles": list(roles), "offices": [], "disabled": False, "credentials_version": 1}
        )
        return {"Authorization": f"Bearer {auth.give_key(service.db, account['email'])}"}

    return make


@pytest.fixture
def operator(key):
    return key("operator")


def again(headers, number=1):
    return headers | {"Idempotency-Key": f"{'k' * 16}{number}"}


def test_only_operators_see_messages(service, client, key, booked):
    booked()
    assert client.get(URL).status_code == 401
    assert client.get(URL, headers=key("clerk")).status_code == 403
    assert service.db.audit.find_one({"outcome": "refused"})


def test_messages_are_listed_newest_first_page_by_page_with_masked_recipients(service, client, operator, booked):
    booked()
    service.send()
    for number in range(2, 5):
        service.hear(appointment_event(case_id=f"case-{number}", reference=f"SND-0000-000{number}", channels=["sms"]))
    seen, after = [], ""
    while True:
        page = client.get(f"{URL}?limit=2{after}", headers=operator).json
        seen += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len({one["id"] for one in seen}) == 5
    created = [datetime.fromisoformat(one["created_at"]) for one in seen]
    assert created == sorted(created, reverse=True)
    assert {one["recipient"] for one in seen} == {"+502 ••••1234", "a•••@example.org"}
    sent = client.get(f"{URL}?status=sent", headers=operator).json["items"]
    assert len(sent) == 2
    later = sent[0]["created_at"]
    assert len(client.get(f"{URL}?since={later}", headers=operator).json["items"]) in (3, 4, 5)


def test_contacts_in_clear_are_shown_nowhere(service, client, operator, booked):
    booked()
    service.send()
    one = service.message(channel="email")
    text = client.get(URL, headers=operator).text + client.get(f"{URL}/{one.id}", headers=operator).text
    assert PHONE not in text
    assert EMAIL not in text
    assert service.db.audit.find_one({"action": "message.read", "subject": one.id})


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "status=lost", "since=yesterday", "since=2026-11-23"])
def test_a_wrong_question_is_named(client, operator, query):
    assert client.get(f"{URL}?{query}", headers=operator).status_code == 422


@pytest.mark.parametrize("after", ["x", "1.", "999999999999999999999.x", "-1.x", "%00"])
def test_a_wrong_cursor_is_no_accident_of_ours(client, operator, after):
    assert client.get(f"{URL}?after={after}", headers=operator).status_code in (200, 400, 422)


def test_a_message_is_sent_again_once_per_request(service, client, operator, booked):
    service.mails.answers = ["550 full"]
    booked()
    service.send()
    url = f"{URL}/{service.message(channel='email').id}/resend"
    first = client.post(url, headers=again(operator))
    assert (first.status_code, first.json["status"]) == (202, "queued")
    second = client.post(url, headers=again(operator))
    assert (second.status_code, second.headers["Idempotency-Replayed"]) == (202, "true")
    service.send()
    one = service.message(channel="email")
    assert (one.state, one.hand_over) == ("sent", 2)
    first_id, second_id = (mail["Message-ID"] for mail in service.mails.attempts)
    assert first_id != second_id
    assert service.db.audit.find_one({"action": "message.resend"})


def test_what_waits_is_over_or_unwanted_is_not_sent_again(service, client, operator, booked):
    booked()
    url = f"{URL}/{service.message(channel='sms').id}/resend"
    waiting = client.post(url, headers=again(operator))
    assert (waiting.status_code, waiting.json["type"]) == (409, "urn:sendero:wrong-state")
    service.send()
    service.hear(appointment_event("cancelled", sequence=2))
    over = client.post(url, headers=again(operator))
    assert (over.status_code, over.json["type"]) == (409, "urn:sendero:opted-out")
    assert client.post(url, headers=operator).status_code == 400
    assert client.post(f"{URL}/none/resend", headers=again(operator)).status_code == 404
