"""Pages for the staff of offices: the referrals, one of them, withdrawing a consent."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from services.referrals import actions, model, store
from services.referrals.pages.blueprint import blueprint
from shared import audit, auth, errors, web
from shared.errors import N_

STAFF = ("clerk", "supervisor", "caseworker", "privacy_officer", "admin")
STATES = (
    model.OFFERED,
    model.ACCEPTED,
    model.UNPLACED,
    model.COMPLETED,
    model.WITHDRAWN,
)
PAGE = 50
_WITHDRAWN = N_("The consent is withdrawn. Nothing more is delivered or shown to the partner.")
_PLACED = N_("A partner was found; the referral is offered to it.")
_STILL_UNPLACED = N_("Still nobody can take it. The reasons are below.")


@blueprint.get("/")
def home() -> Any:
    return redirect(url_for("pages.list_referrals"), 303)


@blueprint.get("/referrals")
@auth.require(*STAFF, "operator")
def list_referrals() -> str:
    status = request.args.get("status") or None
    if status and status not in STATES:
        abort(404)
    offices = _offices()
    found = store.referrals(web.db(), status, offices, request.args.get("before"), PAGE + 1)
    return render_template(
        "referrals/list.html",
        referrals=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        counts=store.count_by_status(web.db(), offices),
        states=STATES,
        status=status,
        names=_names(),
    )


@blueprint.get("/referrals/<referral_id>")
@auth.require(*STAFF, "operator")
def show_referral(referral_id: str) -> str:
    referral = _seen(referral_id)
    return render_template("referrals/one.html", referral=referral, names=_names(), may_change=_is_staff())


@blueprint.get("/referrals/<referral_id>/withdrawal")
@auth.require(*STAFF)
def ask_withdrawal(referral_id: str) -> Any:
    referral = _seen(referral_id)
    if not referral.consent.stands:
        return redirect(url_for("pages.show_referral", referral_id=referral.id), 303)
    return render_template("referrals/withdrawal.html", referral=referral, names=_names())


@blueprint.post("/referrals/<referral_id>/withdrawal")
@auth.require(*STAFF)
def withdraw(referral_id: str) -> Any:
    referral = _visible(referral_id)
    if referral.consent.stands:  # a second click finds it done
        actions.withdraw(web.db(), referral.id, _actor())
    flash(web.gettext(_WITHDRAWN), "done")
    return redirect(url_for("pages.show_referral", referral_id=referral.id), 303)


@blueprint.post("/referrals/<referral_id>/routing")
@auth.require(*STAFF)
def route_again(referral_id: str) -> Any:
    referral = actions.route_again(web.db(), _visible(referral_id).id, _actor())
    is_placed = referral.status == model.OFFERED
    flash(web.gettext(_PLACED if is_placed else _STILL_UNPLACED), "done" if is_placed else "problem")
    return redirect(url_for("pages.show_referral", referral_id=referral.id), 303)


def _visible(referral_id: str) -> model.Referral:
    """Raises NotFound also for another office's, and notes it: that it exists is not told."""
    referral = store.referral(web.db(), referral_id)
    offices = _offices()
    if offices is not None and referral.office["id"] not in offices:
        _note(referral, "refused")
        raise store.NoSuchReferral()
    return referral


def _seen(referral_id: str) -> model.Referral:
    """That it is looked at is noted first."""
    referral = _visible(referral_id)
    _note(referral, "allowed")
    return referral


def _note(referral: model.Referral, outcome: str) -> None:
    action = "see_referral" if request.method == "GET" else "change_referral"
    audit.record(web.db(), _actor(), action, referral.id, outcome, office_id=referral.office["id"])


def _offices() -> list[str] | None:
    """Those the account may see; None means all."""
    who = _actor()
    if {"admin", "operator", "privacy_officer"} & set(who.roles) or "*" in who.offices:
        return None
    return list(who.offices)


def _actor() -> auth.Actor:
    who = auth.actor()
    if who is None:
        raise errors.Unauthorised()
    return who


def _is_staff() -> bool:
    return bool(set(STAFF) & set(_actor().roles))


def _names() -> dict[str, str]:
    return {partner.id: partner.name for partner in store.partners(web.db())}
