"""The page of free times, and where its links lead: the same for who books and for who changes a time."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby

import flask

from services.booking import intakes, model, store
from services.booking.pages import forms, wording
from shared import clock, web

AHEAD = timedelta(days=60)  # how far a week without free times looks for the next one
WEEK = timedelta(days=7)
BOOKING = {"offices": "booking_pages.offices", "times": "booking_pages.times", "chosen": "booking_pages.details"}


def page(
    pathway: model.Pathway,
    office: model.Office,
    leads: Mapping[str, str] = BOOKING,
    mine: model.Appointment | None = None,
) -> str:
    """Free times of a week. `leads`: to other offices, to other times of this one, and on with the time chosen. `mine`:
    the appointment whose time is to be changed; without one, who comes is not known yet."""
    asked = flask.request.args
    today = office.today(clock.now())
    first = max(forms.asked_date(asked.get("from")) or today, today)
    slots = store.free_slots(web.db(), office.id, pathway.id, first, first + AHEAD)
    needed = pathway.places_for(mine.party_size) if mine else 1
    days = [(on, list(found)) for on, found in groupby((one for one in slots if one.free >= needed), key=local_day)]
    if "from" not in asked and days:
        first = days[0][0]
    end, free = first + WEEK, dict(days)
    week = [(on, free.get(on, [])) for on in (first + timedelta(days=number) for number in range(7))]
    asked_day = forms.asked_date(asked.get("day"))
    on = next((on for on, found in week if found and on == (asked_day or on)), None)
    return flask.render_template(
        "public/times.html",
        pathway=pathway,
        office=office,
        leads=leads,
        mine=mine,
        first=first,
        last=end - timedelta(days=1),
        week=week,
        on=on,
        parts_of_day=wording.parts_of_day(free[on] if on else []),
        next_free=next((on for on, _ in days if on >= end), None),
        before=max(first - WEEK, today) if first > today else None,
        after=end if any(on >= end for on, _ in days) else None,
    )


def offices(pathway: model.Pathway, leads: Mapping[str, str] = BOOKING, mine: model.Appointment | None = None) -> str:
    """Those that offer the pathway; who takes nobody at the moment is named without a link."""
    there, now = store.offices(web.db(), pathway=pathway.id), clock.now()
    found = [(office, intakes.shown(web.db(), office, pathway.id), now) for office in there]
    return flask.render_template("public/offices.html", pathway=pathway, offices=found, leads=leads, mine=mine)


def local_day(slot: model.Slot) -> date:
    return wording.local_day(slot.starts_at, slot.timezone)
