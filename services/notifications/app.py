"""Notifications' web application: `gunicorn 'services.notifications.app:create_app()'`."""

from pathlib import Path

from flask import Flask

from services.notifications import api, events, handlers, pages, settings
from shared import asyncapi, auth, operations, web

TRANSLATIONS = Path(__file__).parent / "translations"


def create_app(given: settings.Settings | None = None) -> Flask:
    using = given or settings.load()
    operations_api, operations_pages = operations.blueprints(handlers.READING)
    return web.create_app(
        using,
        __name__,
        apis=[*api.BLUEPRINTS, operations_api],
        pages=[auth.blueprint, pages.blueprint, operations_pages],
        translations=TRANSLATIONS,
        asyncapi=asyncapi.document("notifications", events.TOPICS, events.DEFINITIONS),
        after_sign_in="/operations",
        message_check=f"{using.public_url}/check",
        open_apis=[api.people],
    )
