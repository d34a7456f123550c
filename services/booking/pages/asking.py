"""A place that is drawn, as its form asks for it: typed, read, put right, kept while its contact is verified, sent."""

from dataclasses import replace
from typing import Any

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import actions, model, schemas, store
from services.booking.model import requests as rules
from services.booking.pages import appointment, details, draft, wording
from shared import errors, web

CHOICES = ("first", "second", "third")  # offices, the best first
TICKED = ("offices", "availability", "needs", "access_needs", "channels")
WHO = ("pathway", "person", "companions", "language", "channels", "interpreter")


def typed() -> dict[str, Any]:
    """As it was typed; `key` came with the form."""
    form = flask.request.form
    values = details.typed(details.without(form, form["remove"]) if "remove" in form else form)
    chosen = {name: form.get(f"offices.{name}", "")[:120] for name in CHOICES}
    several = {name: form.getlist(name)[:20] for name in ("availability", "needs", "access_needs")}
    return values | several | {"offices": chosen, "key": form.get("idempotency_key", "")}


def where_and_when(values: dict[str, Any]) -> dict[str, Any]:
    offices = [office for office in values["offices"].values() if office]
    return {"offices": offices, "availability": list(values["availability"]), "needs": list(values["needs"])}


def change(values: dict[str, Any], pathway: str) -> tuple[model.Wish, dict[str, Any]]:
    """What is asked for from now on, as a form says all of it, but for offices it has no room for, which stay. Raises
    ValidationError."""
    who = {"companions": details.body(draft.Draft("", pathway, values, ""))["companions"]}
    prepared = {"access_needs": list(values["access_needs"]), "interpreter": values["interpreter"] or None}
    wish, comes = schemas.WishIn().load(where_and_when(values) | who | prepared)
    return replace(wish, listed=len(CHOICES)), comes


def kept(mine: model.Request, values: dict[str, Any]) -> list[str]:
    """Names of the offices that stay, whatever the form says."""
    chosen = set(values["offices"].values())
    return [store.office(web.db(), id).name for id in mine.offices[len(CHOICES) :] if id not in chosen]


def load(kept: draft.Draft) -> model.Asked:
    """Raises ValidationError."""
    return schemas.RequestIn().load(body(kept))


def body(kept: draft.Draft) -> dict[str, Any]:
    """As a program would send it."""
    who = {name: value for name, value in details.body(kept).items() if name in WHO}
    prepared = {"access_needs": list(kept.values["access_needs"])}
    return who | where_and_when(kept.values) | prepared


def wrong(typed: draft.Draft, failed: marshmallow.ValidationError) -> list[dict[str, str]]:
    return [_at_field(one) for one in details.wrong(typed, failed)]


def told(refusal: errors.Refusal) -> list[dict[str, str]]:
    if not refusal.errors:
        return [{"field": "", "message": web.gettext(refusal.detail, **refusal.params)}]
    return [
        _at_field({"field": field, "message": web.gettext(text, **refusal.params)})
        for field, text in refusal.errors.items()
    ]


def _at_field(one: dict[str, str]) -> dict[str, str]:
    """Offices are three fields of the form; what is ticked is one, whichever tick is wrong."""
    name = one["field"].partition(".")[0]
    return one | {"field": "offices.first" if name == "offices" else name} if name in TICKED else one


def fields(
    window: model.Window | None, values: dict[str, Any], wrong: list[dict[str, str]], rows: int
) -> dict[str, Any]:
    """Of the form, `rows` of them for who comes along."""
    companions = [*values.get("companions", [])]
    companions += [{}] * (min(rows, schemas.MOST_COMPANIONS) - len(companions))
    offices = [store.office(web.db(), id) for id in window.offices] if window else []
    return {
        "offices": [(one.id, f"{one.name}, {one.city}") for one in offices],
        "parts": [(part, web.gettext(wording.PART_NAMES[part])) for part in rules.PARTS],
        "needs": [(need, wording.need(need)) for need in (window.rule.minimums if window else {})],
        "values": values,
        "companions": companions,
        "most": schemas.MOST_COMPANIONS,
        "errors": wrong,
        "key": values.get("key") or None,
    }


def under_key(kept: draft.Draft) -> draft.Draft:
    """With the key of this very form, which stays its key when it is sent only after a code. Raises KeyMissing."""
    return replace(kept, values=kept.values | {"request": web.idempotency_key("public").document()})


def keep(kept: draft.Draft) -> None:
    """Raises TooMuchText."""
    draft.keep("", kept.pathway, kept.values)


def kept_for(pathway_id: str) -> dict[str, Any] | None:
    """What was typed so far to ask for a place of this pathway."""
    kept = draft.read()
    return kept.values if kept and kept.is_asking and kept.pathway == pathway_id else None


def send(kept: draft.Draft, asked: model.Asked) -> ResponseReturnValue:
    """Twice the same is once. Raises what the request is refused with."""
    request, _ = actions.ask(web.db(), asked, web.IdempotencyKey(**kept.values["request"]))
    if (before := draft.read()) and before.is_asking:
        draft.forget()
    appointment.open_here(request.reference, key=kept.values["key"])
    return flask.redirect(flask.url_for("request_pages.status"), 303)
