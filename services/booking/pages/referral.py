"""Referring a person to partners: what for, how urgent, and the consent they gave, in the text they were shown."""

from typing import Any

import flask
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields, validate

from services.booking import access, actions, model, people, refusals, schemas, store
from services.booking.pages import consent, forms, staff, wording
from shared import errors, web
from shared.errors import N_

blueprint = flask.Blueprint(
    "referral_pages", __name__, url_prefix="/staff/appointments", template_folder="../templates"
)
wording.register(blueprint)

ORDER = ("service", "priority", "consent.partners", "consent.given_by", "agreed", "note")
EMPTY = {
    "service": N_("Please choose what the referral is for."),
    "priority": N_("Please choose how urgent it is."),
    "consent.partners": N_("Please tick the organisations that the person agreed to."),
    "consent.given_by": N_("Please say who gave the consent."),
    "agreed": N_("Without consent there is no referral. Tick this only if the person agreed."),
    "consent.text_version": N_("The text of the consent has changed. Please go through it again with the person."),
}
GIVEN_BY = {"person": N_("The person"), "guardian": N_("A parent or guardian")}


class ReferralForm(schemas.ReferralIn):
    """The body of the API and, on top, the tick that the text was gone through and agreed to."""

    agreed = fields.String(required=True, validate=validate.Equal("yes"), load_only=True)


@blueprint.get("/<reference>/refer")
@access.require("appointment.refer")
def refer(reference: str) -> ResponseReturnValue:
    appointment = actions.look(web.db(), reference, staff.somebody())
    return _page(appointment, {"service": appointment.pathway_id, "priority": "normal"}, [])


@blueprint.post("/<reference>/refer")
@access.require("appointment.refer")
def ask(reference: str) -> ResponseReturnValue:
    appointment = actions.look(web.db(), reference, staff.somebody())
    values = _typed()
    try:
        asked = ReferralForm().load(_body(values))
    except ValidationError as failed:
        return _page(appointment, values, _wrong(values, failed)), 422
    who = staff.somebody()
    try:
        actions.refer(web.db(), reference, asked, web.idempotency_key(who.id), who)
    except refusals.UnknownPartner as refusal:
        message = web.gettext(refusal.detail)
        return _page(appointment, values, [{"field": "consent.partners", "message": message}]), 422
    except errors.Conflict as refusal:
        message = web.gettext(refusal.detail, **refusal.params)
        return _page(appointment, values, [{"field": "", "message": message}]), 409
    flask.flash(web.gettext("%(reference)s: the referral has been asked for.", reference=reference), "done")
    return flask.redirect(staff.day_of(appointment), 303)


def _typed() -> dict[str, Any]:
    form = flask.request.form
    single = ("service", "priority", "consent.given_by", "consent.text_version", "agreed", "note")
    values: dict[str, Any] = {name: form.get(name, "").strip() for name in single}
    return values | {"consent.partners": form.getlist("consent.partners")}


def _body(values: dict[str, Any]) -> dict[str, Any]:
    told = {name: values[f"consent.{name}"] for name in ("partners", "text_version", "given_by")}
    if told["text_version"] != consent.CURRENT:
        told["text_version"] = ""
    single = {name: values[name] for name in ("service", "priority", "agreed", "note")}
    return {**forms.filled(single), "consent": forms.filled(told)}


def _wrong(values: dict[str, Any], failed: ValidationError) -> list[dict[str, str]]:
    found = [{**one, "message": _in_words(values, **one)} for one in forms.errors(failed)]
    return sorted(found, key=lambda one: ORDER.index(one["field"]) if one["field"] in ORDER else len(ORDER))


def _in_words(values: dict[str, Any], field: str, message: str) -> str:
    if field in EMPTY and (field == "consent.text_version" or not values[field]):
        empty = EMPTY[field]
        return web.gettext(empty)
    return message


def _page(appointment: model.Appointment, values: dict[str, Any], wrong: list[dict[str, str]]) -> str:
    language = consent.language(appointment.language)
    return flask.render_template(
        "staff/refer.html",
        appointment=appointment,
        person=people.get(web.db(), appointment.person_id),
        back=staff.day_of(appointment),
        values=values,
        errors=wrong,
        services=[(one.id, wording.own(one.name)) for one in store.pathways(web.db())],
        priorities=[(name, web.gettext(said)) for name, said in wording.PRIORITIES.items()],
        partners=_partners(),
        given_by=[(name, web.gettext(said)) for name, said in GIVEN_BY.items()],
        language=language,
        same_language=language == appointment.language,
        version=consent.CURRENT,
        text=consent.text(language),
        key=flask.request.form.get("idempotency_key"),
    )


def _partners() -> list[tuple[str, str, str]]:
    """Id, name, and what they help with."""
    names = {one.id: wording.own(one.name) for one in store.pathways(web.db())}
    return [
        (one.id, one.name, ", ".join(str(names.get(service, service)) for service in one.services))
        for one in store.partners(web.db())
    ]
