"""Booking's web application: `gunicorn 'services.booking.app:create_app()'`."""

from pathlib import Path

from flask import Flask

from services.booking import events, handlers, settings, store
from services.booking.api import appointments, draws, draws_staff, offices, requests, staff
from services.booking.pages import appointment, public, referral
from services.booking.pages import draws as draw_pages
from services.booking.pages import requests as request_pages
from services.booking.pages import staff as staff_pages
from shared import asyncapi, operations, web

TRANSLATIONS = Path(__file__).parent / "translations"


def create_app(given: settings.Settings | None = None) -> Flask:
    console_api, console = operations.blueprints(handlers.READING, store.case_of)
    return web.create_app(
        given or settings.load(),
        __name__,
        apis=[
            offices.blueprint,
            appointments.blueprint,
            requests.blueprint,
            draws.blueprint,
            staff.blueprint,
            draws_staff.blueprint,
            console_api,
        ],
        pages=[
            public.blueprint,
            appointment.blueprint,
            request_pages.blueprint,
            draw_pages.blueprint,
            staff_pages.blueprint,
            referral.blueprint,
            console,
        ],
        translations=TRANSLATIONS,
        asyncapi=asyncapi.document("booking", events.TOPICS, events.DEFINITIONS),
        after_sign_in="/staff",
    )
