"""The worker as a process of its own, over a real broker: from the events of booking to the partner's webhook."""

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator

import pytest
import standardwebhooks
from kafka import KafkaProducer

import shared.mongo
from services.referrals import actions, commands, store
from services.referrals.settings import Settings, load
from shared import events, kafka_topics
from shared.events import Event, Topic
from tests.conftest import Mongo, free_port
from tests.integration.referrals.conftest import UNHCR, Receiver
from tests.referrals import CASE_ID, PERSON_ID, a_partner, person_details
from tests.wait import wait_until


def keys() -> str:
    return f"k1:{base64.b64encode(os.urandom(32)).decode()}"


@pytest.fixture
def settings(mongo: Mongo, kafka: str, receiver: Receiver, monkeypatch) -> Iterator[Settings]:
    name = f"test_{secrets.token_hex(6)}"
    given = {
        "REFERRALS_MONGO_URI": mongo.uri(name),
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
        "REFERRALS_SECRET_KEY": secrets.token_hex(20),
        "REFERRALS_SEAL_KEYS": keys(),
        "PEOPLE_KEYS": keys(),
        "ACCESS_KEY": secrets.token_hex(20),
        "REFERRALS_PUBLIC_URL": "http://127.0.0.1",
        "REFERRALS_WORKER_PORT": str(free_port()),
        "WEBHOOK_ALLOWED_HOSTS": receiver.url.split("/")[2],
    }
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    yield load()
    mongo.drop(name)


def publish(kafka: str, *said: Event) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    for event in said:
        headers, value = events.write(event)
        producer.send(event.topic, key=event.key.encode(), value=value, headers=headers).get(15)
    producer.close(timeout=5)


def requested() -> Event:
    data = {
        "referral_request_id": secrets.token_hex(8),
        "appointment_id": "a1",
        "reference": "SND-7K3M-Q2XA",
        "person_id": PERSON_ID,
        "office": {
            "id": "guatemala",
            "name": "Oficina Guatemala",
            "city": "Ciudad de Guatemala",
            "region": "Guatemala",
            "timezone": "America/Guatemala",
        },
        "service": "protection",
        "priority": "high",
        "language": "es",
        "languages": ["mam"],
        "consent": {
            "id": "c1",
            "partners": ["unhcr"],
            "text_version": "2026-11",
            "given_by": "person",
            "recorded_by": "clerk-1",
            "given_at": "2026-11-23T15:00:00Z",
        },
    }
    return Event("referral.requested.v1", CASE_ID, data, "booking", sequence=1, source="/sendero/booking")


def test_a_request_on_the_broker_becomes_one_webhook_however_often_it_is_read(settings, kafka, receiver, tmp_path):
    db = shared.mongo.open(settings)
    commands.prepare(db)
    store.save_partner(db, a_partner())
    actions.set_webhook(db, receiver.url, UNHCR)
    actions.adopt_secret(db, "unhcr", receiver.secret, UNHCR)
    kafka_topics.ensure(settings, {"booking": Topic(), "people": Topic(compacted=True), "referrals": Topic()})
    sealed = settings.people_keys.seal(person_details(), PERSON_ID)
    known = Event("person.changed.v1", PERSON_ID, {"person_id": PERSON_ID, "sealed": sealed}, "people", sequence=1)
    asked = requested()
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "services.referrals.worker"], stdout=log, stderr=log)
        try:
            publish(kafka, asked, asked, Event(**vars(known) | {"source": "/sendero/booking"}))
            wait_until(lambda: receiver.received and store.person(db, PERSON_ID), 120, "the webhook is called")
            wait_until(lambda: not db.outbox.count_documents({"waiting": True}), 60, "all is announced")
        finally:
            worker.terminate()
            assert worker.wait(60) == 0, (tmp_path / "log").read_text()
    headers, body = receiver.received[0]
    told = standardwebhooks.Webhook(receiver.secret).verify(body, headers)
    details = actions.show(db, told["data"]["referral"], UNHCR)
    assert details.person["name"] == "Ana Pérez"
    assert len(receiver.received) == 1
    assert "Ana" not in (tmp_path / "log").read_text()
    db.client.close()
