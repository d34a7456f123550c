"""The accounts of those who work here, for administrators: listed, made, disabled and enabled, passwords set anew."""

import re
from collections.abc import Callable
from typing import Any

import marshmallow
from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import fields, validate

from shared import errors
from shared.auth import actors, administration, roles
from shared.auth.accounts import ROLES
from shared.auth.actors import Actor
from shared.errors import N_
from shared.web import context, language
from shared.web.problems import field_errors

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")
_administrators = roles.require("admin")

ROLE_WORDS = {
    "clerk": N_("clerk"),
    "supervisor": N_("supervisor"),
    "caseworker": N_("caseworker"),
    "operator": N_("operator"),
    "privacy_officer": N_("privacy officer"),
    "programme_lead": N_("programme lead"),
    "admin": N_("administrator"),
}
_OFFICE = re.compile(r"\*|[a-z0-9_-]{1,60}\Z")


class NewAccount(marshmallow.Schema):
    class Meta:
        unknown = marshmallow.EXCLUDE  # the token against forged requests

    email = fields.Email(required=True, validate=validate.Length(max=254))
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLES)),
        validate=validate.Length(min=1, error=N_("Please choose at least one role.")),
    )
    offices = fields.List(
        fields.String(validate=validate.Regexp(_OFFICE, error=N_("This is not the id of an office."))),
    )


@blueprint.get("")
@_administrators
def listed() -> str:
    found = administration.listed(context.db())
    return render_template("accounts/list.html", accounts=found, words=_words(), me=_me().id)


@blueprint.get("/new")
@_administrators
def new() -> str:
    return _form({}, [])


@blueprint.post("/new")
@_administrators
def make() -> Any:
    given = {
        "email": request.form.get("email", "").strip(),
        "name": " ".join(request.form.get("name", "").split()),
        "roles": request.form.getlist("roles"),
        "offices": request.form.get("offices", "").replace(",", " ").split(),
    }
    try:
        wanted: Any = NewAccount().load(given)
        password = administration.make(context.db(), **wanted, by=_me())
    except marshmallow.ValidationError as wrong:
        return _form(given, _by_field(field_errors(wrong))), 422
    except administration.AccountExists as refusal:
        return _form(given, [{"field": "email", "message": language.gettext(refusal.detail)}]), 409
    return _show_once(wanted["email"], password)


@blueprint.post("/<account_id>/disabling")
@_administrators
def disable(account_id: str) -> Any:
    return _change(account_id, administration.disable, N_("%(email)s is signed out everywhere and cannot sign in."))


@blueprint.post("/<account_id>/enabling")
@_administrators
def enable(account_id: str) -> Any:
    return _change(account_id, administration.enable, N_("%(email)s can sign in again."))


@blueprint.post("/<account_id>/password")
@_administrators
def reset_password(account_id: str) -> Any:
    email = administration.email_of(context.db(), account_id)
    return _show_once(email, administration.reset_password(context.db(), email, _me()))


def _change(account_id: str, change: Callable[..., None], said: str) -> Any:
    email = administration.email_of(context.db(), account_id)
    try:
        change(context.db(), email, _me())
    except errors.Conflict as refusal:
        flash(language.gettext(refusal.detail), "problem")
    else:
        flash(language.gettext(said, email=email), "done")
    return redirect(url_for(".listed"), 303)


def _show_once(email: str, password: str) -> str:
    """In the answer itself: a cookie or a second page would keep it."""
    return render_template("accounts/password.html", email=email, password=password)


def _form(values: dict[str, Any], wrong: list[dict[str, str]]) -> str:
    return render_template("accounts/new.html", values=values, errors=wrong, roles=list(_words().items()))


def _by_field(found: list[dict[str, str]]) -> list[dict[str, str]]:
    """What is wrong with one of a list is wrong with the field of the page."""
    return [{**one, "field": one["field"].partition(".")[0]} for one in found]


def _words() -> dict[str, str]:
    return {role: language.gettext(word) for role, word in ROLE_WORDS.items()}


def _me() -> Actor:
    who = actors.actor()
    if who is None:  # the guard has let somebody in
        raise RuntimeError("a page of accounts without its guard")
    return who
