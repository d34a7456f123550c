"""Booking's web application: `gunicorn 'services.booking.app:create_app()'`."""

from pathlib import Path

from flask import Flask

from services.booking import events, handlers, settings, store
from services.booking.api import (
    appointments,
    codes,
    desk,
    draws,
    draws_staff,
    holds,
    offices,
    requests,
    staff,
    verifications,
)
from services.booking.pages import (
    appointment,
    book_for,
    intake,
    lost_code,
    public,
    referral,
    rescheduling,
    verification,
)
from services.booking.pages import desk as desk_pages
from services.booking.pages import draws as draw_pages
from services.booking.pages import requests as request_pages
from services.booking.pages import staff as staff_pages
from shared import asyncapi, operations, web

TRANSLATIONS = Path(__file__).parent / "translations"


def create_app(given: settings.Settings | None = None) -> Flask:
    using = given or settings.load()
    console_api, console = operations.blueprints(handlers.READING, store.case_of)
    return web.create_app(
        using,
        __name__,
        apis=[
            offices.blueprint,
            requests.blueprint,
            draws.blueprint,
            draws_staff.blueprint,
            holds.blueprint,
            appointments.blueprint,
            codes.blueprint,
            verifications.blueprint,
            staff.blueprint,
            desk.blueprint,
            console_api,
        ],
        pages=[
            public.blueprint,
            appointment.blueprint,
            request_pages.blueprint,
            draw_pages.blueprint,
            rescheduling.blueprint,
            lost_code.blueprint,
            verification.blueprint,
            staff_pages.blueprint,
            desk_pages.blueprint,
            book_for.blueprint,
            intake.blueprint,
            referral.blueprint,
            console,
        ],
        translations=TRANSLATIONS,
        asyncapi=asyncapi.document("booking", events.TOPICS, events.DEFINITIONS),
        after_sign_in="/staff",
        message_check=f"{using.notifications_public_url}/check" if using.notifications_public_url else "",
    )
