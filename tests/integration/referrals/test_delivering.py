"""Webhooks over real HTTP: signed, retried, ordered, cancelled, replayed."""

import json
import secrets
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import standardwebhooks
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.referrals import actions, model, store, timers, webhooks
from shared import clock, due, mongo, web
from tests.conftest import free_port
from tests.integration.referrals.conftest import CLERK, UNHCR, hasten, opened, work
from tests.referrals import PERSON_ID


def a_key() -> web.IdempotencyKey:
    return web.IdempotencyKey(secrets.token_hex(16), "body")


def delivery_of(db) -> model.Delivery:
    return store.deliveries(db, "unhcr", None, None, 1)[0]


def due_row(db) -> dict:
    return db.due.find_one({"kind": "deliver_webhook"}, sort=[("created_at", -1)])


def test_an_offer_is_delivered_signed_and_without_personal_data(db, webhook, person):
    referral = opened(db)
    work(db)
    headers, body = webhook.received[0]
    told = standardwebhooks.Webhook(webhook.secret).verify(body, headers)
    assert told["type"] == "referral.offered.v1"
    assert told["data"] == {
        "referral": referral.id,
        "service": "protection",
        "priority": "high",
        "answer_by": clock.rfc3339(referral.current.answer_by),
        "office": {"id": "guatemala", "name": "Oficina Guatemala", "timezone": "America/Guatemala"},
    }
    assert headers["webhook-id"] == store.partner_events(db, "unhcr", 0, None, 1)[0]["_id"]
    assert delivery_of(db).state == "delivered"
    assert due_row(db)["state"] == "done"
    assert not any(name in body for name in ("Ana", "5123", PERSON_ID))


def test_it_is_tried_again_under_the_same_id_signed_anew(db, webhook, monkeypatch):
    opened(db)
    webhook.then(500)
    begun = clock.now()
    work(db)
    assert delivery_of(db).state == "waiting"
    assert due_row(db)["due_at"] > begun + timedelta(seconds=3)
    later = clock.now() + timedelta(seconds=90)
    monkeypatch.setattr(clock, "now", lambda: later)
    hasten(db)
    work(db)
    (first, body), (second, same_body) = webhook.received
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(later.timestamp())
    assert first["webhook-signature"] != second["webhook-signature"]
    assert body == same_body
    standardwebhooks.Webhook(webhook.secret).verify(same_body, second)
    assert [attempt.status for attempt in delivery_of(db).attempts] == [500, 204]


def test_a_stated_retry_after_is_kept(db, webhook):
    opened(db)
    webhook.then(429, Retry_After="600")
    work(db)
    wait = due_row(db)["due_at"] - clock.now()
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


def test_gone_disables_the_webhook_and_the_feed_goes_on(db, webhook):
    opened(db)
    webhook.then(410)
    work(db)
    assert store.endpoint(db, "unhcr").state == "disabled"
    assert due_row(db)["state"] == "failed"
    opened(db, case_id="another")
    assert work(db) == 0
    assert len(store.partner_events(db, "unhcr", 0, None, 10)) == 2


def test_a_redirect_is_not_followed(db, webhook):
    opened(db)
    webhook.then(302, Location=webhook.url + "/elsewhere")
    work(db)
    assert len(webhook.received) == 1
    assert delivery_of(db).attempts[0].status == 302
    assert delivery_of(db).state == "waiting"


def test_after_days_it_is_given_up_and_shown_and_an_operator_may_have_it_tried_again(db, webhook):
    opened(db)
    for _ in range(12):
        webhook.then(500)
        hasten(db)
        work(db)
    assert delivery_of(db).state == "failed"
    assert due_row(db)["state"] == "failed"
    assert due.retry(db, due_row(db)["_id"])
    work(db)
    assert delivery_of(db).state == "delivered"
    assert len(set(webhook.ids)) == 1


def test_a_later_event_of_the_same_referral_waits_for_the_earlier_one(db, webhook):
    referral = opened(db)
    webhook.then(500)
    work(db)
    db.referrals.update_one({"_id": referral.id}, {"$set": {"offers.0.answer_by": clock.now()}})
    actions.expire(db, referral.id, 0)
    work(db)
    assert len(webhook.received) == 1
    other = opened(db, case_id="another", person_id="another")
    work(db)
    assert json.loads(webhook.received[-1][1])["data"]["referral"] == other.id  # nothing else is held up
    hasten(db)
    work(db)
    hasten(db)
    work(db)
    types = [json.loads(body)["type"] for _, body in webhook.received if referral.id in body]
    assert types == ["referral.offered.v1", "referral.offered.v1", "referral.expired.v1"]


def test_withdrawn_before_delivery_only_the_notice_goes_out(db, webhook):
    referral = opened(db)
    actions.withdraw(db, referral.id, CLERK)
    work(db)
    told = [json.loads(body) for _, body in webhook.received]
    assert [(one["type"], one["data"]) for one in told] == [("referral.withdrawn.v1", {"referral": referral.id})]
    assert sorted(one.state for one in store.deliveries(db, "unhcr", None, None, 9)) == ["cancelled", "delivered"]


@pytest.mark.parametrize("status", [204, 500])
def test_withdrawn_while_a_delivery_is_under_way_it_is_noted_and_never_sent_again(db, webhook, status):
    referral = opened(db)

    def withdraw() -> None:
        webhook.meanwhile = None
        actions.withdraw(db, referral.id, CLERK)

    webhook.meanwhile = withdraw
    webhook.then(status)
    work(db)
    for _ in range(3):
        hasten(db)
        work(db)
    types = [json.loads(body)["type"] for _, body in webhook.received]
    assert types == ["referral.offered.v1", "referral.withdrawn.v1"]
    offered = store.deliveries(db, "unhcr", "cancelled", None, 9)[0]
    assert [attempt.status for attempt in offered.attempts] == [status]


def test_consent_is_asked_at_the_moment_of_delivery(db, webhook):
    """Even a row that the withdrawal did not find sends nothing."""
    referral = opened(db)
    row = due.claim(db, "partner:unhcr", list(timers.TIMERS))
    db.referrals.update_one({"_id": referral.id}, {"$set": {"consent.withdrawn_at": clock.now()}})
    due.run(db, row, timers.TIMERS[row.kind])
    assert webhook.received == []
    assert delivery_of(db).state == "cancelled"


def test_a_worker_that_lost_its_lease_notes_nothing(db, webhook):
    opened(db)
    row = due.claim(db, "partner:unhcr", list(timers.TIMERS))
    db.due.update_one({"_id": row.id}, {"$set": {"token": "another"}})
    due.run(db, row, timers.TIMERS[row.kind])
    assert len(webhook.received) == 1
    assert delivery_of(db).attempts == ()


def test_both_secrets_sign_for_a_day_after_a_rotation(db, webhook):
    new, until, _ = actions.rotate_secret(db, a_key(), UNHCR)
    opened(db)
    work(db)
    headers, body = webhook.received[0]
    for secret in (webhook.secret, new):
        standardwebhooks.Webhook(secret).verify(body, headers)
    assert timedelta(hours=23) < until - clock.now() <= timedelta(hours=24)
    assert len(store.live_secrets(db, "unhcr", clock.now() + timedelta(hours=25))) == 1
    assert not any(secret in str(list(db.webhook_secrets.find())) for secret in (webhook.secret, new))


def test_an_address_that_became_internal_is_not_called(db, receiver):
    actions.save_webhook(db, "unhcr", "https://localhost:1/hook", UNHCR)
    opened(db)
    work(db)
    assert [attempt.error for attempt in delivery_of(db).attempts] == ["address-refused"]
    assert delivery_of(db).state == "waiting"


def test_a_server_that_answers_nothing_is_left_after_the_time_out(db, webhook, monkeypatch):
    released = threading.Event()
    webhook.meanwhile = lambda: released.wait(60)
    patient = mongo.settings(db)
    monkeypatch.setattr(mongo, "settings", lambda _: replace(patient, webhook_timeout_seconds=1.0))
    opened(db)
    work(db)
    released.set()
    assert [attempt.error for attempt in delivery_of(db).attempts] == ["timeout"]
    assert delivery_of(db).attempts[0].duration_ms < 15_000


def test_an_answer_fed_byte_by_byte_ends_with_the_whole_time(db):
    """Each byte comes within the time-out of a read."""
    stop, port = threading.Event(), free_port()

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            while not stop.wait(0.1):
                try:
                    self.wfile.write(b"H")
                    self.wfile.flush()
                except OSError:
                    return

    server = HTTPServer(("127.0.0.1", port), Dripping)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    answer = webhooks.deliver(f"http://127.0.0.1:{port}/", "e", {}, (), ("127.0.0.1",), 0.5)
    stop.set()
    server.shutdown()
    server.server_close()
    assert answer.error == "timeout"
    assert answer.duration_ms < 15_000


def a_certificate(folder, name: str) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form, nothing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, nothing))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.mark.parametrize(
    ("name", "outcome"), [("partner.example", (204, None)), ("other.example", (None, "certificate"))]
)
def test_over_tls_the_checked_address_is_called_and_the_name_is_verified(tmp_path, monkeypatch, name, outcome):
    certificate, key = a_certificate(tmp_path, name)
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers["host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_) -> None:
            """Silent."""

    port = free_port()
    server = HTTPServer(("127.0.0.1", port), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    url = f"https://partner.example:{port}/hook"
    resolve = lambda host, port: ["127.0.0.1"]  # noqa: E731
    answer = webhooks.deliver(url, "e", {}, (), ("partner.example",), 30, resolve)
    server.shutdown()
    server.server_close()
    assert (answer.status, answer.error) == outcome
    assert seen == ([f"partner.example:{port}"] if outcome[0] else [])


def test_a_replay_delivers_the_same_event_under_the_same_id(db, webhook):
    opened(db)
    work(db)
    first = delivery_of(db)
    key = a_key()
    again, was = actions.replay(db, first.id, key, UNHCR)
    same, was_too = actions.replay(db, first.id, key, UNHCR)
    assert (again.id, was, was_too) == (same.id, False, True)
    work(db)
    assert webhook.ids == [first.event_id] * 2


def test_what_rests_on_a_withdrawn_consent_is_not_replayed(db, webhook):
    referral = opened(db)
    work(db)
    offered = delivery_of(db)
    actions.withdraw(db, referral.id, CLERK)
    with pytest.raises(model.ConsentWithdrawn):
        actions.replay(db, offered.id, a_key(), UNHCR)


def test_many_are_replayed_in_slices_and_only_what_failed_if_so_asked(db, webhook):
    for n in range(4):
        opened(db, case_id=f"case-{n}", person_id=f"person-{n}")
    webhook.then(410)
    work(db)
    actions.set_webhook(db, webhook.url, UNHCR)
    webhook.received.clear()
    wanted = {"since": clock.now() - timedelta(hours=1), "until": None, "only_failed": True}
    job, _ = actions.replay_many(db, wanted, a_key(), UNHCR)
    work(db)
    work(db)
    job = store.job(db, job["_id"], "unhcr")
    assert (job["status"], job["looked_at"]) == ("done", 4)
    assert job["delivering"] == len(webhook.received) >= 1
