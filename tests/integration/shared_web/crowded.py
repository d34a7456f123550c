"""A service with one slow page, to be run by gunicorn: what it needs comes in the environment."""

import os
import threading

import flask

from shared import web
from shared.settings import Settings
from tests import builders

pages = flask.Blueprint("crowded", __name__)


@pages.get("/slow")
@pages.get("/api/v1/slow")
def slow() -> str:
    threading.Event().wait(0.4)
    return "served"


def create_app() -> flask.Flask:
    known = builders.common_settings("crowded", os.environ["CROWDED_MONGO_URI"], longest_wait=1.6)
    return web.create_app(Settings(**known), __name__, pages=[pages])
