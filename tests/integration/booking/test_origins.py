"""Pages of other sites may call the public API if their origin is named, and nothing else of booking."""

import secrets
from dataclasses import replace
from typing import Any

import pytest
from environs import FileAwareEnv
from flask.testing import FlaskClient
from pymongo.database import Database

from services.booking import app, model
from shared import mongo
from shared.settings import Settings
from tests import builders
from tests.integration.booking.conftest import add_slot

SITE, STRANGER = "https://www.agency.example", "https://elsewhere.example"
BOOK = "/api/v1/appointments"


@pytest.fixture
def client(db: Database, office: model.Office) -> FlaskClient:
    return app.create_app(replace(mongo.settings(db), cors_origins=(SITE,))).test_client()


def before(client: FlaskClient, path: str, origin: str = SITE, method: str = "POST") -> Any:
    """What a browser asks before it sends what the page wants to send."""
    headers = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
    return client.options(path, headers={"Origin": origin, **headers})


def granted(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}


def test_a_named_site_may_book_with_a_key_and_is_shown_what_it_needs(client: FlaskClient, db: Database) -> None:
    asked = granted(before(client, BOOK))
    assert asked["Access-Control-Allow-Origin"] == SITE
    assert "POST" in asked["Access-Control-Allow-Methods"].split(", ")
    assert {"Authorization", "Content-Type", "Idempotency-Key"} <= set(
        asked["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in asked
    person = {"name": "Ana Pérez", "birth_date": "1990-05-17", "phone": builders.a_phone()}
    body = {"slot": add_slot(db), "pathway": "orientation", "language": "es", "channels": ["sms"], "person": person}
    sent = {"Origin": SITE, "Sec-Fetch-Site": "cross-site", "Idempotency-Key": secrets.token_hex(16)}
    booked = client.post(BOOK, json=body, headers=sent)
    assert booked.status_code == 201
    assert granted(booked)["Access-Control-Allow-Origin"] == SITE
    assert "Idempotency-Replayed" in granted(booked)["Access-Control-Expose-Headers"]


def test_a_named_site_reads_refusals_too(client: FlaskClient) -> None:
    refused = client.post(BOOK, json={}, headers={"Origin": SITE, "Idempotency-Key": secrets.token_hex(16)})
    assert refused.status_code == 422
    assert granted(refused)["Access-Control-Allow-Origin"] == SITE
    unknown = client.get(f"{BOOK}/SND-7K3M-Q2XA", headers={"Origin": SITE})
    assert unknown.status_code == 401
    assert granted(unknown)["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    "origin", [STRANGER, "https://www.agency.example.elsewhere.example", f"{SITE}:8443", "null", SITE.upper()]
)
def test_a_site_that_is_not_named_is_granted_nothing(client: FlaskClient, origin: str) -> None:
    assert not granted(before(client, BOOK, origin))
    assert not granted(client.get("/api/v1/pathways", headers={"Origin": origin}))
    sent = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Idempotency-Key": secrets.token_hex(16)}
    assert client.post(BOOK, json={}, headers=sent).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/", "/book", "/login", "/staff", "/openapi.json", "/api/v1/session", "/api/v1/staff/appointments"]
    + ["/api/v1/operations/health", "/api/v1/operations/replays", "/api/v1/nowhere"],
)
def test_pages_staff_and_operations_are_open_to_no_other_site(client: FlaskClient, path: str) -> None:
    assert not granted(before(client, path))
    assert not granted(client.get(path, headers={"Origin": SITE}))
    posted = client.post(path, json={}, headers={"Origin": SITE, "Sec-Fetch-Site": "cross-site"})
    assert posted.status_code >= 400
    assert not granted(posted)


def test_what_is_kept_for_one_site_is_not_shown_to_another(client: FlaskClient) -> None:
    for headers in ({}, {"Origin": SITE}, {"Origin": STRANGER}):
        answer = client.get("/api/v1/pathways", headers=headers)
        assert "Origin" in answer.headers["Vary"].split(", ")
    again = client.get("/api/v1/pathways", headers={"Origin": SITE, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert granted(again)["Access-Control-Allow-Origin"] == SITE


def test_by_default_no_other_site_is_let_in(db: Database, office: model.Office) -> None:
    client = app.create_app(mongo.settings(db)).test_client()
    assert not granted(before(client, BOOK))
    assert "Origin" not in client.get("/api/v1/pathways", headers={"Origin": SITE}).headers["Vary"]


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "www.agency.example",
        "https://*.agency.example",
        "https://agency.example/",
        "https://AGENCY.example",
        "null",
    ],
)
def test_what_is_no_origin_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    needed = {"INN_MONGO_URI": "x", "INN_SECRET_KEY": "s" * 32, "INN_WORKER_PORT": "1"}
    needed |= {"KAFKA_BOOTSTRAP_SERVERS": "x", "KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}
    needed |= {name: "k1:" + "A" * 43 + "=" for name in ("INN_SEAL_KEYS", "PEOPLE_KEYS")}
    for name, value in (needed | {"ACCESS_KEY": "a" * 32, "INN_PUBLIC_URL": "https://x"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CORS_ORIGINS", f"{SITE}, https://other.example:8443")
    assert Settings.read(FileAwareEnv(), "inn")["cors_origins"] == (SITE, "https://other.example:8443")
    monkeypatch.setenv("CORS_ORIGINS", given)
    with pytest.raises(ValueError, match="CORS_ORIGINS"):
        Settings.read(FileAwareEnv(), "inn")
