"""An office's calendar of one service, and what is of all its services alike: all of it on one page."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import flask
from babel import Locale, dates
from flask.typing import ResponseReturnValue

from services.booking import access, model, store
from services.booking.model.calendar.opening import DAYS
from services.booking.pages import wording
from services.booking.pages.calendars import pieces
from shared import auth, clock, web

blueprint = flask.Blueprint("calendar_pages", __name__, url_prefix="/staff/offices", template_folder="../../templates")
wording.register(blueprint)

A_YEAR = 365
Fact = tuple[str, str]


@blueprint.get("/<office_id>/calendar")
@access.require("calendar.see")
def calendar(office_id: str) -> ResponseReturnValue:
    office, pathway = asked(office_id)
    found = [pieces.Piece(office, pathway, name) for name in pieces.KINDS]
    return flask.render_template(
        "staff/calendar.html",
        **of_page(office, pathway),
        pieces=[(one.name, one.kind, web.gettext(one.kind.title), *_shown(one)) for one in found],
        holidays=list(_holidays(office)),
        pathways=[(one.id, wording.own(one.name)) for one in store.pathways(web.db()) if one.id in office.pathways],
        may_change=access.may(auth.actor(), "calendar.change"),
    )


def asked(office_id: str) -> tuple[model.Office, str]:
    office = store.office(web.db(), office_id)
    auth.require_office(office.id)
    wanted = flask.request.values.get("pathway")
    return office, wanted if wanted in office.pathways else office.pathways[0]


def of_page(office: model.Office, pathway: str) -> dict[str, Any]:
    names = dates.get_day_names("abbreviated", locale=web.locale())
    return {
        "office": office,
        "pathway": pathway,
        "pathway_name": wording.own(store.pathway(web.db(), pathway).name),
        "days": [(code, names[number]) for number, code in enumerate(DAYS)],
    }


def _shown(piece: pieces.Piece) -> tuple[list[tuple[int, pieces.Row]], list[Fact]]:
    """Rows, or what is said once."""
    if not piece.kind.once:
        return piece.numbered(), []
    facts = {pieces.LIMITS: _limits, pieces.HOLIDAYS: _country, pieces.LANGUAGES: _languages}[piece.name]
    return [], list(facts(piece))


def _limits(piece: pieces.Piece) -> Iterator[Fact]:
    limits = piece.office.limits_of(store.pathway(web.db(), piece.pathway))
    notice = web.ngettext("%(num)s minute before", "%(num)s minutes before", limits.min_notice_minutes)
    ahead = web.ngettext("%(num)s day ahead", "%(num)s days ahead", limits.horizon_days)
    for name, label, said in (
        ("min_notice_minutes", web.gettext("Booked at the latest"), notice),
        ("horizon_days", web.gettext("Booked at the earliest"), ahead),
    ):
        yield label, said if name in piece.before else web.gettext("%(limit)s, as at every office", limit=said)


def _country(piece: pieces.Piece) -> Iterator[Fact]:
    said = piece.as_typed()
    names = Locale(web.locale()).territories
    code = said.get("country")
    yield web.gettext("Country"), names.get(code, code) if code else web.gettext("none")
    if "subdivision" in said:
        yield web.gettext("Part of the country"), said["subdivision"]
    if "categories" in said:
        yield web.gettext("Kinds of holidays"), said["categories"]


def _languages(piece: pieces.Piece) -> Iterator[Fact]:
    yield web.gettext("At the office"), wording.spoken(piece.office.languages)


def _holidays(office: model.Office) -> Iterator[tuple[date, str]]:
    """Those of the next year, as they count."""
    kept, today = office.calendar.holidays, office.today(clock.now())
    for day in (today + timedelta(days=number) for number in range(A_YEAR)):
        if name := kept.on(day):
            yield day, wording.own(name) or ""
