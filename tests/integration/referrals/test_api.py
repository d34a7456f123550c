"""The partners' API over HTTP: who may ask, what is answered, what is refused and changes nothing."""

import secrets

import pytest

from services.referrals import actions, store
from tests.integration.referrals.conftest import CLERK, UNHCR, a_caller, let_time_run_out, opened, work


def code(response) -> str:
    return response.json["type"].removeprefix("urn:sendero:")


def test_the_list_is_thin_and_only_the_partners_own(db, unhcr, client, person):
    referral = opened(db)
    items = unhcr.get("referrals").json["items"]
    assert [one["id"] for one in items] == [referral.id]
    assert items[0]["status"] == "offered"
    assert items[0]["answer_by"].endswith("Z")
    assert items[0]["timezone"] == items[0]["office"]["timezone"] == "America/Guatemala"
    assert "Ana" not in unhcr.get("referrals").text
    assert a_caller(db, client, "iom").get("referrals").json == {"items": [], "next": None}


def test_the_list_goes_on_by_cursor_and_filters_by_the_partners_own_state(db, unhcr):
    ids = [opened(db, case_id=f"case-{n}").id for n in range(3)]
    first = unhcr.get("referrals", limit=2).json
    rest = unhcr.get("referrals", limit=2, after=first["next"]).json
    assert sorted(ids) == [one["id"] for one in first["items"] + rest["items"]]
    assert rest["next"] is None
    actions.decline(db, ids[0], "capacity", UNHCR)
    assert [one["id"] for one in unhcr.get("referrals", status="declined").json["items"]] == [ids[0]]


def test_the_details_are_shown_under_consent(db, unhcr, person):
    found = unhcr.get(f"referrals/{opened(db).id}")
    assert found.status_code == 200
    assert found.json["person"]["name"] == "Ana Pérez"
    assert found.json["person"]["languages"] == ["mam", "es"]
    assert found.json["note"] == "Needs an interpreter"
    assert found.json["reference"] == "SND-7K3M-Q2XA"
    assert found.headers["Cache-Control"] == "no-store"


def test_details_that_have_not_arrived_yet_are_asked_for_again(db, unhcr):
    found = unhcr.get(f"referrals/{opened(db).id}")
    assert (found.status_code, code(found)) == (503, "person-not-here-yet")
    assert found.headers["Retry-After"] == "5"


def test_after_a_withdrawal_no_details_and_no_matter_are_told(db, unhcr, person):
    referral = opened(db)
    actions.withdraw(db, referral.id, CLERK)
    found = unhcr.get(f"referrals/{referral.id}")
    assert (found.status_code, code(found)) == (403, "consent-withdrawn")
    listed = unhcr.get("referrals").json["items"][0]
    assert (listed["status"], listed["service"], listed["office"]) == ("withdrawn", None, None)
    assert code(unhcr.post(f"referrals/{referral.id}/acceptance")) == "wrong-state"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "", None),
        ("post", "/acceptance", None),
        ("post", "/decline", {"reason": "capacity"}),
        ("post", "/completion", {"outcome": "helped"}),
    ],
)
def test_another_partners_referral_is_as_one_that_is_not_there(db, client, person, method, path, body):
    iom = a_caller(db, client, "iom")
    for referral_id in (opened(db).id, "nowhere"):
        found = getattr(iom, method)(f"referrals/{referral_id}{path}", **({"body": body} if body else {}))
        assert (found.status_code, code(found)) == (404, "referral-not-found")


def test_it_is_accepted_and_completed_and_each_answer_may_be_repeated(db, unhcr):
    referral = opened(db)
    for _ in range(2):
        found = unhcr.post(f"referrals/{referral.id}/acceptance")
        assert (found.status_code, found.json["status"]) == (200, "accepted")
    for _ in range(2):
        found = unhcr.post(f"referrals/{referral.id}/completion", {"outcome": "helped", "note": "All well"})
        assert (found.status_code, found.json["status"], found.json["outcome"]) == (200, "completed", "helped")
    assert code(unhcr.post(f"referrals/{referral.id}/completion", {"outcome": "not_reached"})) == "wrong-state"


def test_it_is_declined_and_goes_to_the_next(db, unhcr, client):
    referral = opened(db)
    for _ in range(2):
        found = unhcr.post(f"referrals/{referral.id}/decline", {"reason": "capacity"})
        assert (found.status_code, found.json["status"], found.json["reason"]) == (200, "declined", "capacity")
    assert a_caller(db, client, "iom").get("referrals").json["items"][0]["id"] == referral.id
    assert code(unhcr.get(f"referrals/{referral.id}")) == "offer-ended"


def test_an_answer_too_late_is_told_as_such_in_the_callers_language(db, unhcr):
    referral = opened(db)
    let_time_run_out(db, referral)
    found = unhcr.post(f"referrals/{referral.id}/acceptance", **{"Accept-Language": "es"})
    assert (found.status_code, code(found)) == (409, "answer-too-late")
    assert found.json["title"] == "La respuesta llegó demasiado tarde"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("decline", {}, "reason"),
        ("decline", {"reason": "because"}, "reason"),
        ("decline", {"reason": "capacity", "more": 1}, "more"),
        ("completion", {"outcome": 7}, "outcome"),
        ("completion", {"outcome": "helped", "note": "x" * 2001}, "note"),
        ("completion", {"outcome": "helped", "note": "\0"}, "note"),
    ],
)
def test_a_wrong_body_names_the_field_and_changes_nothing(db, unhcr, path, body, field):
    referral = opened(db)
    found = unhcr.post(f"referrals/{referral.id}/{path}", body)
    assert found.status_code == 422
    assert field in [error["field"] for error in found.json["errors"]]
    assert store.referral(db, referral.id) == referral


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}])
def test_without_a_partners_key_nothing_is_told(db, client, header):
    for path in ("referrals", "events", "webhook", "webhook/deliveries"):
        found = client.get(f"/api/v1/{path}", headers=header)
        assert found.status_code == 401
        assert found.headers["WWW-Authenticate"]


@pytest.mark.usefixtures("still")
def test_wrong_keys_are_slowed_down_and_the_right_one_is_not(db, client, unhcr):
    known = unhcr.headers["Authorization"]
    answers = {client.get("/api/v1/events", headers={"Authorization": known + "x"}).status_code for _ in range(14)}
    assert answers == {401, 429}
    assert unhcr.get("events").status_code == 200


def test_the_feed_has_the_bodies_of_the_webhooks_in_their_order(db, unhcr, webhook):
    for n in range(3):
        opened(db, case_id=f"case-{n}", person_id=f"person-{n}")
    work(db)
    first = unhcr.get("events", limit=2).json
    rest = unhcr.get("events", after=first["next"]).json
    items = first["items"] + rest["items"]
    assert sorted(one["id"] for one in items) == sorted(webhook.ids)
    assert [one["cursor"] for one in items] == ["1", "2", "3"]
    assert unhcr.get("events", types="webhook.test.v1,referral.expired.v1").json["items"] == []
    assert len(unhcr.get("events", types="webhook.test.v1, referral.offered.v1").json["items"]) == 3
    assert unhcr.get("events", after="x").status_code == 422


def test_a_webhook_is_set_shown_and_tested(db, unhcr, receiver):
    assert unhcr.get("webhook").json["state"] == "none"
    refused = unhcr.post("webhook/test")
    assert (refused.status_code, code(refused)) == (409, "no-webhook")
    assert unhcr.put("webhook", {"url": receiver.url}).json["state"] == "enabled"
    key = secrets.token_hex(16)
    first, again = unhcr.post("webhook/test", key=key), unhcr.post("webhook/test", key=key)
    assert first.status_code == again.status_code == 202
    assert first.json["id"] == again.json["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    work(db)
    assert receiver.ids == [first.json["event_id"]]
    listed = unhcr.get("webhook/deliveries").json["items"]
    assert [(one["state"], one["attempts"][0]["status"]) for one in listed] == [("delivered", 204)]


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/hook",
        "https://10.0.0.1/",
        "https://[::1]/",
        "http://example.org/",
        "https://169.254.169.254/",
    ],
)
def test_an_internal_address_is_refused_as_a_webhook_and_the_old_one_stays(db, unhcr, webhook, url):
    found = unhcr.put("webhook", {"url": url})
    assert (found.status_code, code(found)) == (422, "webhook-target-refused")
    assert found.json["errors"][0]["field"] == "url"
    assert unhcr.get("webhook").json["url"] == webhook.url


def test_a_new_secret_is_shown_and_the_same_request_shows_the_same(db, unhcr, webhook):
    key = secrets.token_hex(16)
    first, again = unhcr.post("webhook/secret", key=key), unhcr.post("webhook/secret", key=key)
    assert first.status_code == 201
    assert first.json == again.json
    assert first.json["secret"].startswith("whsec_")
    other = unhcr.post("webhook/secret").json
    assert other["secret"] != first.json["secret"]


@pytest.mark.parametrize("path", ["webhook/secret", "webhook/test", "webhook/replays", "webhook/deliveries/x/replay"])
def test_what_creates_needs_an_idempotency_key(db, unhcr, webhook, path):
    body = {"since": "2026-01-01T00:00:00Z"} if path.endswith("replays") else None
    found = unhcr.post(path, body, key="short")
    assert (found.status_code, code(found)) == (400, "idempotency-key")


def test_the_same_key_with_another_body_is_refused(db, unhcr, webhook):
    key = secrets.token_hex(16)
    assert unhcr.post("webhook/replays", {"since": "2026-01-01T00:00:00Z"}, key=key).status_code == 202
    found = unhcr.post("webhook/replays", {"since": "2026-02-01T00:00:00Z"}, key=key)
    assert (found.status_code, code(found)) == (422, "idempotency-key-reused")


def test_a_replay_can_be_followed_by_its_partner_only(db, unhcr, client, webhook):
    opened(db)
    work(db)
    made = unhcr.post("webhook/replays", {"since": "2026-01-01T00:00:00Z"})
    work(db)
    found = client.get(made.headers["Location"], headers=unhcr.headers)
    assert (found.json["status"], found.json["delivering"]) == ("done", 1)
    assert client.get(made.headers["Location"], headers=a_caller(db, client, "iom").headers).status_code == 404


def test_a_delivery_of_another_partner_cannot_be_replayed(db, unhcr, client, webhook):
    opened(db)
    work(db)
    delivery_id = unhcr.get("webhook/deliveries").json["items"][0]["id"]
    iom = a_caller(db, client, "iom")
    iom.put("webhook", {"url": webhook.url})
    assert iom.post(f"webhook/deliveries/{delivery_id}/replay").status_code == 404
    assert unhcr.post(f"webhook/deliveries/{delivery_id}/replay").status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"since": "2026-01-01"},
        {"since": "0001-01-01T00:00:00+14:00"},
        {"since": "2026-01-01T00:00:00"},
        {},
        {"since": "2026-01-01T00:00:00Z", "only_failed": 0},
    ],
)
def test_a_replay_without_a_clear_time_or_flag_is_refused(db, unhcr, webhook, body):
    assert unhcr.post("webhook/replays", body).status_code == 422


def test_what_the_document_says_is_what_there_is(client):
    document = client.get("/openapi.json").json
    assert {path for path in document["paths"] if "referrals" in path or "webhook" in path or "events" in path} >= {
        "/api/v1/referrals",
        "/api/v1/referrals/{referral_id}",
        "/api/v1/referrals/{referral_id}/acceptance",
        "/api/v1/referrals/{referral_id}/decline",
        "/api/v1/referrals/{referral_id}/completion",
        "/api/v1/events",
        "/api/v1/webhook",
        "/api/v1/webhook/secret",
        "/api/v1/webhook/test",
        "/api/v1/webhook/deliveries",
        "/api/v1/webhook/deliveries/{delivery_id}/replay",
        "/api/v1/webhook/replays",
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters" and path.startswith(("/api/v1/referrals", "/api/v1/events", "/api/v1/webhook")):
                assert operation["security"] == [{"bearer": []}], path


def test_of_two_who_change_the_webhook_the_second_learns_that_it_is_not_what_they_saw(db, unhcr, receiver):
    seen = unhcr.put("webhook", {"url": receiver.url}).headers["ETag"]
    assert unhcr.get("webhook").headers["ETag"] == seen
    first = unhcr.put("webhook", {"url": receiver.url + "/one"}, **{"If-Match": seen})
    second = unhcr.put("webhook", {"url": receiver.url + "/two"}, **{"If-Match": seen})
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json["type"] == "urn:sendero:changed-meanwhile"
    assert unhcr.get("webhook").json["url"] == receiver.url + "/one"
