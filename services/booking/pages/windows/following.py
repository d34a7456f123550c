"""A request window as the staff follows it; and what its draw needs of people: a look at rows that are alone in their
class, and the seed where it is entered or revealed by hand."""

from collections.abc import Callable

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from services.booking import access, actions, model, schemas, store
from services.booking.model import window as states
from services.booking.pages import forms, wording
from services.booking.pages.staff import may, somebody
from services.booking.pages.windows import timeline
from shared import clock, errors, web

blueprint = flask.Blueprint("window_pages", __name__, url_prefix="/staff/windows", template_folder="../../templates")
wording.register(blueprint)

SHOWN = 100  # rows on one page


@blueprint.get("")
@access.require("window.see")
def listed() -> ResponseReturnValue:
    return flask.render_template(
        "staff/windows.html",
        windows=store.windows.newest(web.db()),
        pathways={one.id: one for one in store.pathways(web.db())},
        next_of=lambda window: timeline.next_of(window, _zone(window)),
        may=may,
    )


@blueprint.get("/<draw_id>")
@access.require("window.see")
def one(draw_id: str) -> ResponseReturnValue:
    return _page(store.windows.get(web.db(), draw_id), "", [])


@blueprint.get("/<draw_id>/alone")
@access.require("draw.alone")
def alone(draw_id: str) -> ResponseReturnValue:
    """As they would be published; that they were seen is noted."""
    found = actions.look_at_alone(web.db(), draw_id, somebody())
    after = flask.request.args.get("after", "")
    rows = [row for row in found if row.id > after]
    return flask.render_template(
        "staff/window_alone.html",
        window=store.windows.get(web.db(), draw_id),
        rows=rows[:SHOWN],
        number=len(found),
        more=rows[SHOWN - 1].id if len(rows) > SHOWN else None,
        choice=_choice(),
        may=may,
    )


@blueprint.post("/<draw_id>/release")
@access.require("draw.release")
def release(draw_id: str) -> ResponseReturnValue:
    return _done(draw_id, actions.release, web.gettext("Released: the list of requests and its hash are published."))


@blueprint.post("/<draw_id>/seed")
@access.require("draw.seed")
def seed(draw_id: str) -> ResponseReturnValue:
    typed = flask.request.form.get("value", "").strip()[:200]
    window = store.windows.get(web.db(), draw_id)
    try:
        value = schemas.SeedIn().load(forms.filled({"value": typed}))["value"]
        return _done(
            draw_id, lambda db, id, who: actions.tell_seed(db, id, value, who), web.gettext("Noted what you told.")
        )
    except ValidationError as failed:
        return _page(window, typed, forms.errors(failed)), 422
    except errors.Invalid as refusal:
        wrong = [{"field": "value", "message": web.gettext(text)} for text in refusal.errors.values()]
        return _page(window, typed, wrong[:1]), 422


def _done(draw_id: str, action: Callable[..., model.Window], said: str) -> ResponseReturnValue:
    try:
        action(web.db(), draw_id, somebody())
    except errors.Conflict as refusal:
        flask.flash(web.gettext(refusal.detail, **refusal.params), "problem")
    else:
        flask.flash(said, "done")
    return flask.redirect(flask.url_for(".one", draw_id=draw_id), 303)


def _page(window: model.Window, typed: str, wrong: list[dict[str, str]]) -> str:
    found, zone = store.draws.find(web.db(), window.id) or {}, _zone(window)
    looked_at = len(actions.alone(web.db(), window.id)) if window.state == states.REVIEW else 0
    many = store.requests.how_many(web.db(), window.id)
    return flask.render_template(
        "staff/window.html",
        window=window,
        pathway=store.pathway(web.db(), window.pathway_id),
        offices=[store.office(web.db(), id) for id in window.offices],
        places=sum(slot.places for slot in store.draws.capacity(web.db(), window.id)),
        steps=list(timeline.steps(window, found, many, looked_at, zone)),
        next_of=timeline.next_of(window, zone),
        zone_of=zone,
        goes_on=window.state in (states.CLOSING, states.DRAWN),
        source=window.source.row(),
        where=window.source.where,
        told=window.told,
        mine=any(one["by"] == somebody().id for one in window.told),
        can_tell=window.state == states.COMMITTED and clock.now() >= window.seed_comes_at(),
        value=typed,
        errors=wrong,
        may=may,
    )


def _zone(window: model.Window) -> str:
    return store.office(web.db(), window.offices[0]).timezone


def _choice() -> Callable[[str], str]:
    names = {office.id: office.name for office in store.offices(web.db())}

    def named(choice: str) -> str:
        office, _, part = choice.partition("/")
        return f"{names.get(office, office)}, {wording.part(part)}" if part else names.get(office, office)

    return named
