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
    mass_cancellations,
    offices,
    pilots,
    requests,
    staff,
    verifications,
)
from services.booking.pages import (
    appointment,
    ask_for,
    book_for,
    intake,
    lost_code,
    public,
    referral,
    rescheduling,
    verification,
)
from services.booking.pages import desk as desk_pages
from services.booking.pages import desk_requests as desk_request_pages
from services.booking.pages import draws as draw_pages
from services.booking.pages import mass_cancellations as mass_cancellation_pages
from services.booking.pages import pilots as pilot_pages
from services.booking.pages import requests as request_pages
from services.booking.pages import staff as staff_pages
from services.booking.pages.calendars import changing, seen
from services.booking.pages.windows import following, planning
from shared import asyncapi, operations, web

TRANSLATIONS = Path(__file__).parent / "translations"


def create_app(given: settings.Settings | None = None) -> Flask:
    using = given or settings.load()
    console_api, console = operations.blueprints(handlers.READING, store.case_of)
    public_apis = [
        offices.blueprint,
        holds.blueprint,
        appointments.blueprint,
        requests.blueprint,
        draws.blueprint,
        codes.blueprint,
        verifications.blueprint,
    ]
    return web.create_app(
        using,
        __name__,
        apis=[
            *public_apis,
            staff.blueprint,
            desk.blueprint,
            mass_cancellations.blueprint,
            pilots.blueprint,
            draws_staff.blueprint,
            console_api,
        ],
        pages=[
            public.blueprint,
            appointment.blueprint,
            rescheduling.blueprint,
            lost_code.blueprint,
            verification.blueprint,
            request_pages.blueprint,
            draw_pages.blueprint,
            staff_pages.blueprint,
            desk_pages.blueprint,
            desk_request_pages.blueprint,
            book_for.blueprint,
            ask_for.blueprint,
            intake.blueprint,
            seen.blueprint,
            changing.blueprint,
            referral.blueprint,
            mass_cancellation_pages.blueprint,
            pilot_pages.blueprint,
            planning.blueprint,
            following.blueprint,
            console,
        ],
        translations=TRANSLATIONS,
        asyncapi=asyncapi.document("booking", events.TOPICS, events.DEFINITIONS),
        after_sign_in="/staff",
        open_apis=public_apis,
        message_check=f"{using.notifications_public_url}/check" if using.notifications_public_url else "",
    )
