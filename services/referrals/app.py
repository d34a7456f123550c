"""The web application of referrals: the partners' API, the staff's pages, the operators' console."""

from pathlib import Path

from flask import Flask

from services.referrals import api, events, handlers, pages
from services.referrals.settings import Settings, load
from shared import asyncapi, operations, web

TRANSLATIONS = Path(__file__).parent / "translations"


def create_app(settings: Settings | None = None) -> Flask:
    console_api, console_pages = operations.blueprints(handlers.READING)
    return web.create_app(
        settings or load(),
        __name__,
        apis=[*api.BLUEPRINTS, console_api],
        pages=[pages.blueprint, console_pages],
        translations=TRANSLATIONS,
        asyncapi=asyncapi.document("referrals", events.TOPICS, events.DEFINITIONS),
        after_sign_in="/referrals",
    )
