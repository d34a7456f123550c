"""More requests than there is room for: a light answer that says so and comes again, and nobody's words are lost."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import flask
import pytest
from pymongo.database import Database
from werkzeug.test import TestResponse

from deploy.local import parts, processes
from shared import web
from shared.settings import Settings
from shared.web import turns
from tests.ports import free_port
from tests.wait import wait_until

pages = flask.Blueprint("turns", __name__)


@pages.route("/page", methods=["GET", "POST"])
@pages.get("/api/v1/page")
def page() -> str:
    return "served"


@pytest.fixture
def app(settings: Settings, db: Database) -> flask.Flask:
    return web.create_app(settings, __name__, pages=[pages])


def late(app: flask.Flask, path: str, method: str = "GET", waited: float = 6, **headers: str) -> TestResponse:
    turns.waited(waited)
    return app.test_client().open(path, method=method, headers=headers)


@pytest.mark.parametrize(("language", "said"), [("es", "Hay mucha gente"), ("en", "Many people are here")])
def test_who_waited_too_long_gets_a_light_page_that_comes_again_by_itself(
    app: flask.Flask, language: str, said: str
) -> None:
    answer = late(app, "/page?office=x", **{"Accept-Language": language})
    assert answer.status_code == 503
    seconds = int(answer.headers["Retry-After"])
    assert turns.SOONEST <= seconds < turns.SOONEST + turns.SPREAD
    assert f'<meta http-equiv="refresh" content="{seconds}">' in answer.text
    assert said in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.data) < 2500


def test_they_do_not_all_come_again_at_once(app: flask.Flask) -> None:
    assert len({late(app, "/page").headers["Retry-After"] for _ in range(40)}) > 3


def test_a_program_hears_when_to_come_again(app: flask.Flask) -> None:
    answer = late(app, "/api/v1/page")
    assert (answer.status_code, answer.json["type"]) == (503, "urn:sendero:busy")
    assert int(answer.headers["Retry-After"]) >= turns.SOONEST


def test_who_waited_less_is_served_and_each_wait_is_its_own(app: flask.Flask) -> None:
    assert late(app, "/page", waited=4.9).text == "served"
    assert late(app, "/page").status_code == 503
    assert app.test_client().get("/page").text == "served"


def test_a_form_waits_for_its_turn(app: flask.Flask) -> None:
    app.config["WTF_CSRF_METHODS"] = ()
    assert late(app, "/page", "POST").text == "served"


def test_health_is_always_answered(app: flask.Flask) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/shared/sendero.css"):
        assert late(app, path).status_code == 200, path


def test_it_costs_no_command_to_the_database(app: flask.Flask) -> None:
    """Not even the count of requests: the database may be what all wait for."""
    assert late(app, "/page").status_code == 503
    assert app.extensions["sendero"]._opened is None


@pytest.fixture
def crowded(database_uri: str, tmp_path: Path) -> Iterator[str]:
    """A real gunicorn with one thread; its address."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "tests.integration.shared_web.crowded:create_app()"),
        *("--config", str(parts.GUNICORN), "--bind", f"127.0.0.1:{port}"),
    ]
    given = {"CROWDED_MONGO_URI": database_uri, "WEB_WORKERS": "1", "WEB_THREADS": "1", "DRAIN_SECONDS": "0"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | given, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: ask(f"{address}/healthz") == 200, 60, "it answers")
            yield address
        finally:
            processes.stop(process, 10)


def ask(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


def test_a_crowd_is_served_as_far_as_there_is_room_and_the_rest_is_told(crowded: str) -> None:
    with ThreadPoolExecutor(17) as crowd:
        asked = [crowd.submit(ask, f"{crowded}/{path}slow") for path in ("", "api/v1/") for _ in range(8)]
        health = crowd.submit(ask, f"{crowded}/healthz")
        statuses = [one.result() for one in asked]
    assert health.result() == 200
    assert set(statuses) == {200, 503}
    assert 2 <= statuses.count(200) <= 8, "those who came within the longest wait, and a few more"
    assert ask(f"{crowded}/slow") == 200, "and all is well afterwards"
