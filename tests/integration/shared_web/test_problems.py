"""Whatever goes wrong becomes one kind of answer."""

import json
import logging
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared.settings import Settings
from tests.integration.shared_web.conftest import KEY, make_app

STAY = {"room": "blue", "nights": 2}
ES = {"Accept-Language": "es-GT,en;q=0.5"}
EN = {"Accept-Language": "en-GB,es;q=0.5"}


def post(client: FlaskClient, body: Any, **headers: str) -> Any:
    return client.post("/api/v1/stays", json=body, headers=KEY | headers)


def test_a_refusal_by_a_rule_is_a_problem_in_the_readers_language(client: FlaskClient) -> None:
    body = {"room": "full", "nights": 1}
    english, spanish = post(client, body, **EN), post(client, body, **ES)
    assert english.status_code == spanish.status_code == 409
    assert english.content_type == "application/problem+json"
    assert english.json == {
        "type": "urn:sendero:room-full",
        "title": "Not found",
        "status": 409,
        "detail": "Please wait 3 seconds, then try again.",
    }
    assert spanish.json["detail"] == "Espere 3 segundos e inténtelo de nuevo."
    assert "Accept-Language" in english.headers["Vary"]


def test_every_field_at_fault_is_named_in_the_readers_language(client: FlaskClient) -> None:
    wrong = {"nights": 31, "guests": [{"name": "Ana", "phone": "x"}, {"name": ""}], "extra": 1, "at": "2026-01-01"}
    answer = post(client, wrong, **ES)
    assert answer.status_code == 422
    assert answer.json["type"] == "urn:sendero:invalid"
    found = {error["field"]: error["message"] for error in answer.json["errors"]}
    assert found == {
        "room": "Falta este dato obligatorio.",
        "nights": "Debe ser mayor o igual que 1 y menor o igual que 30.",
        "guests.0.phone": "Valor no válido.",
        "guests.1.name": "La longitud debe estar entre 1 y 20.",
        "extra": "Campo desconocido.",
        "at": "No es una fecha y hora con zona horaria válida.",
    }


def test_a_wrong_query_names_its_parameter(client: FlaskClient) -> None:
    answer = client.get("/api/v1/stays?limit=500", headers=EN)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == {"limit"}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"room": "a", "room": "b"}', "application/json", 400, "invalid-json"),
        (b"{", "application/json", 400, "invalid-json"),
        (b'{"nights": NaN}', "application/json", 400, "invalid-json"),
        (b"[1]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b"room=a", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b'{"room": "a"}', "text/plain", 415, "unsupported-media-type"),
        (b'{"room": "a"}', "application/merge-patch+json", 415, "unsupported-media-type"),
        (b'{"room": "' + b"a" * 70_000 + b'"}', "application/json", 413, "too-large"),
        (b"x" * 10_000_000, "application/octet-stream", 413, "too-large"),
        (b"", "application/json", 422, "invalid"),
        (b'{"room": 1, "nights": "2"}', "application/json; charset=utf-8", 422, "invalid"),
    ],
)
def test_a_body_that_cannot_be_taken(
    client: FlaskClient, db: Database, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = client.post("/api/v1/stays", data=body, content_type=content_type, headers=KEY)
    assert (answer.status_code, answer.json["type"]) == (status, f"urn:sendero:{code}")
    assert answer.content_type == "application/problem+json"
    assert db.stays.count_documents({}) == 0


def test_a_large_body_in_chunks_is_too_large_as_well(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/stays",
        input_stream=BytesIO(b"a" * 1_000_000),
        environ_overrides={"wsgi.input_terminated": True},
        content_type="application/json",
        headers=KEY,
    )
    assert answer.status_code == 413


def test_a_route_may_read_its_body_itself(client: FlaskClient) -> None:
    answer = client.post("/api/v1/stays/callback", data=b"\x00\xff", content_type="application/octet-stream")
    assert answer.json == {"bytes": 2}


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/stays")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))
    assert answer.json["type"] == "urn:sendero:method-not-allowed"


def test_an_unknown_path_is_a_problem_for_programs_and_a_page_for_people(client: FlaskClient) -> None:
    assert client.get("/api/v1/nothing").json["status"] == 404
    page = client.get("/nothing", headers=ES | {"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert page.mimetype == "text/html"
    assert 'lang="es"' in page.text
    assert "No se encontró" in page.text
    assert client.get("/nothing", headers={"Accept": "application/json"}).mimetype == "application/problem+json"


def test_an_unexpected_error_tells_nothing_of_its_inside(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = post(client, {"room": "broken", "nights": 1}, **EN)
    assert answer.status_code == 500
    assert answer.json["type"] == "urn:sendero:internal-error"
    assert answer.json["correlation_id"] == answer.headers["X-Correlation-ID"]
    assert "María" not in answer.text + caplog.text
    assert "5555" not in answer.text + caplog.text


def test_a_database_that_is_away_is_503_with_retry_after(settings: Settings) -> None:
    away = "mongodb://127.0.0.1:9/inn?serverSelectionTimeoutMS=200&directConnection=true"
    client = make_app(settings, mongo_uri=away).test_client()
    answer = post(client, STAY, **EN)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json["type"] == "urn:sendero:unavailable"
    assert client.get("/", headers=EN).status_code == 200
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["database"]) == (503, "down")
    assert 'sendero_database_up{service="inn"} 0.0' in client.get("/metrics").text


def test_a_draining_process_is_not_ready(settings: Settings, tmp_path: Any) -> None:
    flag = tmp_path / "drain"
    client = make_app(settings, drain_file=str(flag)).test_client()
    assert client.get("/readyz").status_code == 200
    flag.touch()
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_too_many_requests_of_one_network_have_to_wait(settings: Settings) -> None:
    client = make_app(settings, rate_limit="3/minute").test_client()
    statuses = [client.get("/api/v1/stays").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    answer = client.get("/api/v1/stays")
    assert answer.json["type"] == "urn:sendero:too-many-requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert client.get("/healthz").status_code == 200


def test_the_address_of_a_caller_is_not_kept_in_clear(client: FlaskClient, db: Database) -> None:
    client.get("/api/v1/stays", environ_overrides={"REMOTE_ADDR": "203.0.113.77"})
    rows = list(db.rate_limits.find())
    assert rows
    assert "203.0.113.77" not in json.dumps(rows, default=str)
