"""The page "your details": what was typed, as a draft keeps it and as the schema reads it, and what is wrong."""

from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from services.booking import model, schemas
from services.booking.pages import forms
from services.booking.pages.draft import Draft
from shared import web
from shared.errors import N_

PERSON = ("person.name", *forms.date_fields("person.birth_date"), "person.phone", "person.email")
NEITHER = "none"  # ticked by who has no phone and no email
COMPANION = ("name", *forms.date_fields("birth_date"))
LONGEST = 254

EMPTY = {
    "why": N_("Please choose how the person asked."),
    "person.name": N_("Please write your name."),
    "person.birth_date": N_("Please give your date of birth."),
    "language": N_("Please choose a language."),
    "channels": N_("Please choose how we may write to you."),
    "name": N_("Please write this person's name."),
    "birth_date": N_("Please give this person's date of birth."),
}
NO_DATE = N_("Please give day, month and year in numbers, for example 17, 5 and 1990.")


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """As it was typed; `companions` is a list of rows, empty rows left out."""
    texts = (*PERSON, "language", "interpreter")
    values: dict[str, Any] = {name: form.get(name, "").strip()[:LONGEST] for name in texts}
    values["channels"] = form.getlist("channels")[: len(schemas.CHANNELS) + 1]
    values["needs"] = form.getlist("needs")[: len(schemas.NEEDS)]
    rows = [
        {field: form.get(f"companions.{number}.{field}", "").strip()[:LONGEST] for field in COMPANION}
        for number in range(schemas.MOST_COMPANIONS)
    ]
    values["companions"] = [row for row in rows if any(row.values())]
    return values


def without(form: MultiDict[str, str], number: str) -> MultiDict[str, str]:
    """The form without the row of one companion."""
    kept = [(name, value) for name, value in form.items(multi=True) if not name.startswith(f"companions.{number}.")]
    return MultiDict(kept)


def load(draft: Draft) -> model.BookingRequest:
    """Raises ValidationError."""
    return schemas.BookingIn().load(body(draft))


def wrong(draft: Draft, failed: ValidationError) -> list[dict[str, str]]:
    """What is wrong, by field, from top to bottom of the page, in its words where the schema's are for programs."""
    found = [{**one, "message": _in_words(draft.values, **one)} for one in forms.errors(failed)]
    return sorted(found, key=lambda one: _place(one["field"]))


def _in_words(values: dict[str, Any], field: str, message: str) -> str:
    value = _value(values, field)
    if not value:
        empty = EMPTY.get(field) or EMPTY.get(field.rpartition(".")[2])
        return web.gettext(empty) if empty else message
    if field.endswith("birth_date") and not forms.is_date(value):
        return web.gettext(NO_DATE)
    return message


def _place(field: str) -> tuple[int, str]:
    order = ["why", "person.name", "person.birth_date", "person.phone", "person.email", "channels", "language"]
    order += ["needs", "access_needs", "interpreter"]
    return (order.index(field) if field in order else len(order), field)


def body(draft: Draft) -> dict[str, Any]:
    """Who asks for what, as a program would send it."""
    values = typed(MultiDict()) | draft.values  # a draft kept by another release may lack a field
    person = {
        "name": values["person.name"],
        "birth_date": forms.iso_date(values, "person.birth_date"),
        "phone": values["person.phone"],
        "email": values["person.email"],
    }
    companions = [
        {"name": row.get("name"), "birth_date": forms.iso_date(row, "birth_date")} for row in values["companions"]
    ]
    return {
        "slot": draft.slot,
        "pathway": draft.pathway,
        "person": forms.filled(person),
        "companions": [forms.filled(row) for row in companions],
        **forms.filled({name: values[name] for name in ("language", "needs", "interpreter")}),
        **_channels(values["channels"]),
    }


def _channels(ticked: list[str]) -> dict[str, list[str]]:
    """None ticked is left out, for the schema to ask; "none" ticked means that there is none."""
    return {"channels": [one for one in ticked if one != NEITHER]} if ticked else {}


def _value(values: dict[str, Any], name: str) -> Any:
    if name.startswith("companions."):
        _, number, field = name.split(".", 2)
        return _value(values["companions"][int(number)], field)
    return forms.iso_date(values, name) if name.endswith("birth_date") else values.get(name)
