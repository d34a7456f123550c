"""Asking for a place that is drawn for somebody, at the desk or on the phone: all on one page, without a code."""

from typing import Any

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import access, actions, model, refusals, schemas, store
from services.booking.model import window as states
from services.booking.pages import asking, draft, forms, staff, wording
from shared import auth, errors, web

blueprint = flask.Blueprint(
    "ask_for_pages", __name__, url_prefix="/staff/offices/<office_id>/ask", template_folder="../templates"
)
wording.register(blueprint)


@blueprint.get("")
@access.require("request.ask")
def ask(office_id: str) -> ResponseReturnValue:
    office, pathway = _asked(office_id)
    return _form(office, pathway, {"language": "es", "offices": {"first": office.id}}, [])


@blueprint.post("")
@access.require("request.ask")
def send(office_id: str) -> ResponseReturnValue:
    """The answer shows reference and code to hand over: sent again, it answers the same."""
    (office, pathway), form, who = _asked(office_id), flask.request.form, staff.somebody()
    values = asking.typed() | {"why": form.get("why", "")[:40]}
    if "add" in form or "remove" in form:
        return _form(office, pathway, values, [], len(values["companions"]) + ("add" in form))
    typed = draft.Draft("", pathway.id, values, "")
    try:
        body = asking.body(typed) | forms.filled({"why": values["why"]})
        asked, why = schemas.DeskRequestIn().load(body)
        made, _ = actions.ask_for(web.db(), asked, why, web.idempotency_key(who.id), who)
    except marshmallow.ValidationError as failed:
        return _form(office, pathway, values, asking.wrong(typed, failed)), 422
    except errors.Refusal as refusal:
        if refusal.status >= 500 or isinstance(refusal, errors.NotFound):
            raise
        return _form(office, pathway, values, asking.told(refusal)), refusal.status
    return handed_over(office, made, actions.request_code(web.db(), made)), 201


def _asked(office_id: str) -> tuple[model.Office, model.Pathway]:
    """Raises UnknownPathway for a service that this office does not give, or whose places are not drawn."""
    office = store.office(web.db(), office_id)
    auth.require_office(office.id)
    pathway = store.pathway(web.db(), flask.request.values.get("pathway", ""))
    if pathway.id not in office.pathways or pathway.mode != model.REQUEST_WINDOW:
        raise refusals.UnknownPathway()
    return office, pathway


def _form(
    office: model.Office, pathway: model.Pathway, values: dict[str, Any], wrong: list[dict[str, str]], rows: int = 0
) -> str:
    windows = [one for one in store.windows.of_pathway(web.db(), pathway.id) if office.id in one.offices]
    window = next((one for one in windows if one.state == states.OPEN), None)
    return flask.render_template(
        "staff/ask.html",
        office=office,
        pathway=pathway,
        window=window,
        next=next((one for one in windows if one.state == states.PLANNED), None),
        whys=[(code, wording.why(code)) for code in model.ON_BEHALF],
        **asking.fields(window, values, wrong, rows),
    )


def handed_over(office: model.Office, made: model.Request, code: str, again: bool = False) -> str:
    """`office`: of whoever hands it over. `again`: it was made before, and the code is a new one."""
    return flask.render_template(
        "staff/asked_for.html",
        again=again,
        asked=made,
        office=office,
        pathway=store.pathway(web.db(), made.pathway_id),
        window=store.windows.get(web.db(), made.window_id),
        offices=[store.office(web.db(), id) for id in made.offices],
        code=code,
    )
