"""The demo partner takes only what is signed, each webhook once, and answers through the partner API."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
import urllib3

from deploy.examples import partner, serving, words
from deploy.examples.partner import sendero
from tests.integration.examples.conftest import partner_settings
from tests.integration.examples.listening import HTTP, PARTNER_KEY, RECEIPT_SECRET, WEBHOOK_SECRET, Listener
from tests.wait import wait_until as until

OFFER = {
    "referral": "ref-1",
    "service": "protection",
    "priority": "high",
    "answer_by": "2026-12-01T00:00:00Z",
    "office": {"id": "guatemala", "name": "Ciudad de Guatemala (sample)"},
}
DETAILS = {"id": "ref-1", "person": {"name": "Ana <Sample>", "languages": ["es", "mam"]}}


def url(agency: serving.Running, path: str) -> str:
    return f"http://127.0.0.1:{agency.port}{path}"


def webhook(
    agency: serving.Running,
    path: str = "/webhook",
    webhook_id: str = "msg_1",
    secret: str = WEBHOOK_SECRET,
    kind: str = "referral.offered.v1",
    data: dict[str, Any] | None = None,
    age: timedelta = timedelta(0),
) -> int:
    body = json.dumps({"type": kind, "timestamp": "2026-11-23T10:00:00Z", "data": data or OFFER})
    at = datetime.now(UTC) - age
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(secret).sign(webhook_id, at, body),
    }
    return HTTP.request("POST", url(agency, path), body=body, headers=headers).status


def received(agency: serving.Running) -> list[dict[str, Any]]:
    return HTTP.request("GET", url(agency, "/api/v1/received")).json()["items"]


def page(agency: serving.Running) -> str:
    return HTTP.request("GET", url(agency, "/"), headers={"Accept-Language": "en"}).data.decode()


def press(agency: serving.Running, what: str, **form: str) -> None:
    address = url(agency, f"/referrals/unhcr/ref-1/{what}")
    answer = HTTP.request("POST", address, fields=form, encode_multipart=False, redirect=False)
    assert answer.status == 303


def behave(agency: serving.Running, behaviour: str, **more: Any) -> None:
    HTTP.request("POST", url(agency, "/api/v1/behaviour"), json={"behaviour": behaviour, **more})


def test_a_signed_webhook_is_taken_and_shown(agency: serving.Running) -> None:
    assert webhook(agency) == 204
    (event,) = received(agency)
    assert (event["id"], event["type"], event["data"]) == ("msg_1", "referral.offered.v1", OFFER)
    assert (event["signature_valid"], event["attempts"]) == (True, 1)
    assert event["received_at"].endswith("Z")
    assert "ref-1" in page(agency)


def test_the_same_webhook_again_counts_and_changes_nothing(agency: serving.Running) -> None:
    for _ in range(3):
        assert webhook(agency) == 204
    (event,) = received(agency)
    assert event["attempts"] == 3
    assert page(agency).count('<article class="card"') == 1


def test_what_is_not_signed_by_sendero_has_no_effect(agency: serving.Running) -> None:
    assert webhook(agency, secret=RECEIPT_SECRET) == 401
    assert webhook(agency, age=timedelta(minutes=6)) == 401
    assert webhook(agency, age=-timedelta(minutes=6)) == 401
    assert HTTP.request("POST", url(agency, "/webhook"), json=OFFER).status == 401
    headers = {"webhook-id": "x", "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    for signature in ("v1", "v1,%", "", "v9,AAAA"):
        odd = {**headers, "webhook-signature": signature}
        assert HTTP.request("POST", url(agency, "/webhook"), body=b"\xff{", headers=odd).status == 401
    assert {event["signature_valid"] for event in received(agency)} == {False}
    assert "ref-1" not in page(agency)
    assert webhook(agency) == 204  # the same id, now rightly signed
    assert "ref-1" in page(agency)


def test_each_partner_has_its_own_secret(agency: serving.Running) -> None:
    assert webhook(agency, "/webhook/iom") == 401
    assert webhook(agency, "/webhook/iom", secret=RECEIPT_SECRET) == 204
    assert webhook(agency, "/webhook/unknown") == 404


def test_details_are_fetched_with_the_partners_key(agency: serving.Running, listener: Listener) -> None:
    listener.answers["/api/v1/referrals/ref-1"] = [(200, DETAILS)]
    webhook(agency)
    press(agency, "details")
    (asked,) = listener.at("/api/v1/referrals/ref-1")
    assert (asked.method, asked.headers["Authorization"]) == ("GET", f"Bearer {PARTNER_KEY}")
    assert "Ana &lt;Sample&gt;" in page(agency)


def test_details_are_forgotten_when_the_referral_is_withdrawn(agency: serving.Running, listener: Listener) -> None:
    listener.answers["/api/v1/referrals/ref-1"] = [(200, DETAILS)]
    webhook(agency)
    press(agency, "details")
    webhook(agency, webhook_id="msg_2", kind="referral.withdrawn.v1", data={"referral": "ref-1"})
    assert "Ana" not in page(agency)
    assert "withdrawn" in page(agency)


def test_a_refusal_is_shown_and_details_are_dropped(agency: serving.Running, listener: Listener) -> None:
    problem = {"type": "urn:sendero:consent-withdrawn", "title": "Consent was withdrawn", "status": 403}
    listener.answers["/api/v1/referrals/ref-1"] = [(200, DETAILS), (403, problem)]
    webhook(agency)
    press(agency, "details")
    press(agency, "details")
    assert "Consent was withdrawn" in page(agency)
    assert "Ana" not in page(agency)


def test_accepting_then_completing(agency: serving.Running, listener: Listener) -> None:
    listener.answers["/api/v1/referrals/ref-1/acceptance"] = [(200, {"status": "accepted"})]
    listener.answers["/api/v1/referrals/ref-1/completion"] = [(200, {"status": "completed"})]
    webhook(agency)
    press(agency, "accept")
    assert "state-accepted" in page(agency)
    press(agency, "complete", outcome="helped")
    assert "state-completed" in page(agency)
    (done,) = listener.at("/api/v1/referrals/ref-1/completion")
    assert done.json() == {"outcome": "helped"}
    assert 16 <= len(done.headers["Idempotency-Key"]) <= 64


def test_a_decline_gives_its_reason(agency: serving.Running, listener: Listener) -> None:
    webhook(agency)
    press(agency, "decline", reason="capacity")
    assert listener.at("/api/v1/referrals/ref-1/decline")[0].json() == {"reason": "capacity"}
    assert "state-declined" in page(agency)


def test_an_answer_is_repeated_under_the_same_key(agency: serving.Running, listener: Listener) -> None:
    listener.answers["/api/v1/referrals/ref-1/acceptance"] = [(503, None), (200, {})]
    webhook(agency)
    press(agency, "accept")
    first, second = listener.at("/api/v1/referrals/ref-1/acceptance")
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def test_an_answer_that_came_too_late_is_not_shown_as_given(agency: serving.Running, listener: Listener) -> None:
    problem = {"type": "urn:sendero:answer-too-late", "title": "The answer came too late", "status": 409}
    listener.answers["/api/v1/referrals/ref-1/acceptance"] = [(409, problem)]
    webhook(agency)
    press(agency, "accept")
    assert "The answer came too late" in page(agency)
    assert "state-offered" in page(agency)


def test_a_page_of_another_site_cannot_press_the_buttons(agency: serving.Running, listener: Listener) -> None:
    webhook(agency)
    address = url(agency, "/referrals/unhcr/ref-1/accept")
    assert HTTP.request("POST", address, headers={"Origin": "http://evil.test"}).status == 403
    assert listener.heard == []


@pytest.mark.parametrize(("behaviour", "status"), [("500", 500), ("429", 429)])
def test_webhooks_fail_as_told(agency: serving.Running, behaviour: str, status: int) -> None:
    behave(agency, behaviour, count=1)
    assert (webhook(agency), webhook(agency)) == (status, 204)
    assert received(agency)[0]["attempts"] == 1


def test_a_partner_that_is_down_gives_no_answer(agency: serving.Running) -> None:
    behave(agency, "down", count=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        webhook(agency)
    assert received(agency) == []


def test_a_webhook_is_taken_once_though_its_first_answer_is_lost(agency: serving.Running) -> None:
    behave(agency, "reset_after", count=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        webhook(agency)
    assert webhook(agency) == 204
    (event,) = received(agency)
    assert event["attempts"] == 2


def test_a_webhook_is_answered_and_lost(agency: serving.Running) -> None:
    behave(agency, "lie", count=1)
    assert webhook(agency) == 204
    assert received(agency) == []


@pytest.fixture
def eager(listener: Listener) -> Iterator[serving.Running]:
    running = partner.start(partner_settings(listener, auto="accept"))
    yield running
    running.stop()


def test_an_eager_partner_accepts_each_offer_once(eager: serving.Running, listener: Listener) -> None:
    listener.answers["/api/v1/referrals/ref-1"] = [(200, DETAILS)]
    webhook(eager)
    webhook(eager)
    until(lambda: "state-accepted" in page(eager))
    assert len(listener.at("/api/v1/referrals/ref-1/acceptance")) == 1


def test_every_word_of_the_pages_is_there_in_spanish() -> None:
    used = {*sendero.REASONS, *sendero.OUTCOMES}
    for template in (serving.FOLDER / "templates").glob("*.html"):
        for single, double in re.findall(r"""_\((?:'([^']*)'|"([^"]*)")\)""", template.read_text("utf-8")):
            used.add(single or double)
    assert used - words.spanish().keys() == set()
