"""What every answer carries, idempotency, language, the OpenAPI document."""

import json

import pytest
import structlog.testing
from flask.testing import FlaskClient
from pymongo.database import Database

from tests.integration.shared_web.conftest import KEY, csrf

STAY = {"room": "blue", "nights": 2}


def test_the_same_key_and_body_answer_the_same_and_do_it_once(client: FlaskClient, db: Database) -> None:
    first = client.post("/api/v1/stays", json=STAY, headers=KEY)
    again = client.post("/api/v1/stays", json={"nights": 2, "room": "blue"}, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert db.stays.count_documents({}) == 1


def test_the_same_key_with_another_body_is_refused(client: FlaskClient, db: Database) -> None:
    client.post("/api/v1/stays", json=STAY, headers=KEY)
    other = client.post("/api/v1/stays", json=STAY | {"nights": 3}, headers=KEY)
    assert (other.status_code, other.json["type"]) == (422, "urn:sendero:idempotency-key-reused")
    assert db.stays.count_documents({}) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with a space in it"])
def test_a_key_is_needed_and_has_its_form(client: FlaskClient, key: str) -> None:
    answer = client.post("/api/v1/stays", json=STAY, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["type"]) == (400, "urn:sendero:idempotency-key")


def test_neither_key_nor_body_is_kept_in_clear(client: FlaskClient, db: Database) -> None:
    client.post("/api/v1/stays", json=STAY, headers=KEY)
    kept = db.stays.find_one()["request"]
    assert set(kept) == {"scope", "body"}
    assert all(len(value) == 64 for value in kept.values())


def test_the_key_of_a_form_is_its_hidden_field(client: FlaskClient) -> None:
    token = csrf(client)
    form = {"csrf_token": token, "idempotency_key": "f" * 20, "name": "Ana"}
    first, again = client.post("/", data=form), client.post("/", data=form)
    assert first.status_code == 200
    assert first.text == again.text
    assert client.post("/", data=form | {"idempotency_key": ""}).status_code == 400


def test_every_answer_has_the_protecting_headers(client: FlaskClient) -> None:
    for path in ("/", "/login", "/api/v1/stays", "/nothing", "/healthz", "/shared/sendero.css"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'"), path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert ("no-store" in headers["Cache-Control"]) == (not path.endswith(".css")), path


def test_pages_hold_no_script_and_nothing_from_outside(client: FlaskClient) -> None:
    for path in ("/", "/login", "/docs", "/nothing"):
        page = client.get(path).text
        assert "<script" not in page
        assert "style=" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page


def test_the_session_cookie_is_named_for_the_service_and_guarded(client: FlaskClient) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert cookie.startswith("sendero_inn=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("given", ["order-12345678", "a" * 64])
def test_a_given_correlation_id_is_kept(client: FlaskClient, given: str) -> None:
    assert client.get("/healthz", headers={"X-Correlation-ID": given}).headers["X-Correlation-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "María-José-1234", "<script>alert(1)</script>"])
def test_an_ill_formed_correlation_id_is_replaced(client: FlaskClient, given: str) -> None:
    answered = client.get("/healthz", headers={"X-Correlation-ID": given}).headers["X-Correlation-ID"]
    assert answered != given
    assert len(answered) == 36


def test_the_log_line_has_the_route_and_no_values(client: FlaskClient) -> None:
    with structlog.testing.capture_logs() as lines:
        client.get("/api/v1/stays/SND-ABCD-1234/book?phone=55551234")
    said = str(lines)
    assert "/api/v1/stays/<office>/book" in said
    assert "SND-ABCD" not in said
    assert "5555" not in said


@pytest.mark.parametrize(
    ("wanted", "got"),
    [("es-GT,en;q=0.5", "es"), ("en-US,es;q=0.9", "en"), ("quc,en;q=0.3", "en"), ("fr", "es"), ("", "es"), ("*", "es")],
)
def test_the_language_is_what_the_browser_asks_for(client: FlaskClient, wanted: str, got: str) -> None:
    assert f'<html lang="{got}">' in client.get("/login", headers={"Accept-Language": wanted}).text


def test_a_chosen_language_is_kept_and_the_switch_stays_on_the_page(client: FlaskClient) -> None:
    english = {"Accept-Language": "en"}
    page = client.get("/login?next=/staff", headers=english).text
    assert 'href="/login?next=%2Fstaff&amp;lang=es"' in page
    assert '<html lang="es">' in client.get("/login?lang=es", headers=english).text
    assert '<html lang="es">' in client.get("/login", headers=english).text
    assert client.get("/api/v1/nothing", headers=english).json["title"] == "Not found"


def test_what_was_typed_comes_back_escaped_beside_its_error(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'value="&lt;Ana&gt;"' in page
    assert 'aria-describedby="error-person.name"' in page
    assert 'id="error-person.name"' in page


def test_openapi_is_3_1_and_names_problems_and_schemes(client: FlaskClient) -> None:
    spec = client.get("/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    operation = spec["paths"]["/api/v1/stays"]["post"]
    assert any(one.get("name") == "Idempotency-Key" and one["required"] for one in operation["parameters"])
    for status in ("409", "422", "default"):
        response = operation["responses"][status]
        name = response["$ref"].rpartition("/")[2]
        assert "application/problem+json" in spec["components"]["responses"][name]["content"], status
    staff = spec["paths"]["/api/v1/stays/{office}/book"]["get"]
    assert staff["security"] == [{"session": [], "csrf": []}, {"bearer": []}]
    assert {"401", "403"} <= set(staff["responses"])
    assert set(spec["components"]["securitySchemes"]) == {"session", "csrf", "bearer", "basic"}
    json.dumps(spec)


def test_docs_show_every_route(client: FlaskClient) -> None:
    page, spec = client.get("/docs").text, client.get("/openapi.json").json
    for path in spec["paths"]:
        assert path in page
    assert "Idempotency-Key" in page


def test_metrics_count_by_route_and_never_by_address(client: FlaskClient) -> None:
    client.get("/api/v1/stays/SND-ABCD-1234/book")
    said = client.get("/metrics").text
    rule = 'sendero_http_requests_total{method="GET",rule="/api/v1/stays/<office>/book",service="inn",status="401"}'
    assert rule in said
    assert "SND-ABCD" not in said
    assert 'sendero_outbox_waiting{service="inn"} 0.0' in said
