"""Signing in and out."""

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_smorest import Blueprint as ApiBlueprint
from flask_wtf.csrf import generate_csrf
from marshmallow import Schema, fields
from pymongo.database import Database

from shared import audit, clock
from shared.auth import accounts, actors, roles
from shared.auth.actors import Actor
from shared.errors import N_
from shared.web import context, language, limits, throttling

blueprint = Blueprint("auth", __name__)
api = ApiBlueprint("session", __name__, url_prefix="/api/v1", description="Who is signed in")

_KNOWN_NETWORKS = 10
_NOT_MATCHING = N_("Email and password do not match an account. Please check both.")
_SLOWER = N_("Too many wrong tries. Please wait %(seconds)s seconds, then try again.")


@blueprint.get("/login")
def login() -> Any:
    ended = actors.ENDED.get(request.args.get("why", ""))
    notice = language.gettext(ended.detail) if ended else None
    return _form(notice=notice)


@blueprint.post("/login")
@limits.at_most("60/minute")
def sign_in() -> Any:
    db, email = context.db(), request.form.get("email", "")[:254]
    scopes = _scopes(db, email)
    try:
        for scope in scopes:
            throttling.throttle(db, scope)
    except throttling.SlowDown as slow:
        page = _form(error=language.gettext(_SLOWER, **slow.params))
        return page, slow.status, {"Retry-After": str(slow.params["seconds"])}
    account = accounts.verified(db, email, request.form.get("password", "")[:1024])
    if account is None:
        _failed(db, email, scopes)
        return _form(error=language.gettext(_NOT_MATCHING)), 401
    for scope in scopes[:-1]:  # the network's own tries stay: one right password must not cover many wrong ones
        throttling.throttle_passed(db, scope)
    who = actors.sign_in(account)
    _remember_network(db, account)
    audit.record(db, who, "sign in", who.id)
    return redirect(_target(request.form.get("next", ""), who), 303)


@blueprint.post("/logout")
def logout() -> Any:
    who = actors.actor()
    if who:
        audit.record(context.db(), who, "sign out", who.id)
    actors.sign_out()
    return redirect(url_for("auth.login"), 303)


class _Session(Schema):
    id = fields.String()
    kind = fields.String()
    roles = fields.List(fields.String())
    offices = fields.List(fields.String())
    csrf_token = fields.String(metadata={"description": "for the header X-CSRFToken of calls made with the cookie"})


@api.route("/session")
@roles.require()
@api.response(200, _Session)
def current() -> dict[str, Any]:
    """The account that this cookie or key belongs to."""
    who = actors.actor() or Actor("")
    return {"id": who.id, "kind": who.kind, "roles": who.roles, "offices": who.offices, "csrf_token": generate_csrf()}


def _form(error: str | None = None, notice: str | None = None) -> str:
    target = request.values.get("next", "")
    return render_template("login.html", error=error, notice=notice, target=target, email=request.form.get("email", ""))


def _scopes(db: Database, email: str) -> list[str]:
    """What a wrong try slows down: this account from this network, and the network. From a network where the account
    was never used, also all such tries for it: guessing from many places is slow, and the owner is not held up."""
    settings = context.settings()
    address = accounts.normal(email)
    who = hmac.new(settings.secret_key.encode(), f"account|{address}".encode(), sha256).hexdigest()[:24]
    network = limits.network()
    known = db.accounts.count_documents({"email": address, "known_networks": network}, limit=1)
    elsewhere = [] if known else [f"login|{who}|elsewhere"]
    return [f"login|{who}|{network}", *elsewhere, f"login|{network}"]


def _failed(db: Database, email: str, scopes: list[str]) -> None:
    *of_account, of_network = scopes
    for scope in of_account:
        throttling.throttle_failed(db, scope)
    throttling.throttle_failed(db, of_network, free=20, longest=60, window=timedelta(hours=1))
    account = db.accounts.find_one({"email": accounts.normal(email)}, {"_id": 1})
    audit.record(db, None, "sign in", account["_id"] if account else "unknown account", outcome="refused")


def _remember_network(db: Database, account: dict[str, Any]) -> None:
    known = [network for network in account.get("known_networks", []) if network != limits.network()]
    change = {"known_networks": [limits.network(), *known][:_KNOWN_NETWORKS], "signed_in_at": clock.now()}
    db.accounts.update_one({"_id": account["_id"]}, {"$set": change})


def _target(given: str, who: Actor) -> str:
    """Only a path of our own: browsers drop control characters and read `\\` as `/`, so neither may be in it."""
    ours = given.startswith("/") and given.isprintable() and "\\" not in given and not given.startswith("//")
    return given if ours else context.home(who.roles)
