"""Events that are gone, as an operator is told of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import auth, clock, inbox
from tests.integration.shared_web.conftest import csrf, sign_in
from tests.monitoring import must_fire

EN = {"Accept-Language": "en"}
API = "/api/v1/operations/gone"


@pytest.fixture
def key(db: Database, accounts: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {auth.give_key(db, 'operator@sendero.test')}"} | EN


@pytest.fixture
def loss(db: Database) -> str:
    since, until = clock.now() - timedelta(days=100), clock.now() - timedelta(days=90)
    inbox.tell(db, "archive", "things", "partition 3", (None, None), (since, until))
    return inbox.gone(db)[0]["_id"]


def test_the_page_says_from_when_to_when_and_is_done_with_once_it_was_noted(
    client: FlaskClient, db: Database, accounts: Path, loss: str
) -> None:
    sign_in(client, "operator")
    page = client.get("/operations/gone", headers=EN).text
    row = db.inbox_gone.find_one({"_id": loss})
    assert f"Events from {row['since']:%Y-%m-%d %H:%M:%S} to {row['until']:%Y-%m-%d %H:%M:%S} (UTC) are gone." in page
    assert "/operations/gone" in client.get("/operations", headers=EN).text
    answer = client.post(f"/operations/gone/{loss}/noted", data={"csrf_token": csrf(client)}, headers=EN)
    assert answer.status_code == 303
    assert "There are none." in client.get("/operations/gone", headers=EN).text
    assert db.audit.find_one({"action": "note events gone", "subject": loss}) is not None


def test_the_route_tells_the_same(client: FlaskClient, key: dict[str, str], loss: str) -> None:
    (item,) = client.get(API, headers=key).json["items"]
    assert (item["id"], item["why"], item["first"]) == (loss, "archive", None)
    assert client.post(f"{API}/{loss}/noted", headers=key).status_code == 204
    assert client.get(API, headers=key).json["items"] == []
    assert client.post(f"{API}/nonsense/noted", headers=key).status_code == 404


def test_its_alert_fires_on_the_page_of_figures_until_it_was_noted(
    client: FlaskClient, db: Database, loss: str, tmp_path: Path
) -> None:
    must_fire(client.get("/metrics").text, tmp_path, EventsGone=1, WorkerDead=3)
    inbox.note_gone(db, loss)
    must_fire(client.get("/metrics").text, tmp_path, WorkerDead=3)
