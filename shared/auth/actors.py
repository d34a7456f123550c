"""Who is asking: resolved once per request, from the Authorization header or else the session, against the database."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import g, request, session

from shared import clock, errors
from shared.auth import accounts
from shared.errors import N_
from shared.web import context


@dataclass(frozen=True)
class Actor:
    """`id` is an opaque id; `name` is for the page's header only, never for logs."""

    id: str
    roles: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    kind: str = "staff"  # staff | partner | person | script
    name: str = ""


class WrongKey(errors.Unauthorised):
    code = "wrong-key"
    title = N_("This key is not valid")
    detail = N_("It is unknown, has run out or was withdrawn.")


class SignedOut(errors.Unauthorised):
    code = "session-ended"
    title = N_("You have been signed out")


class SessionTooOld(SignedOut):
    detail = N_("A sign-in lasts for one working day. Please sign in again.")


class SessionIdle(SignedOut):
    detail = N_("You were away for a while. Please sign in again.")


class SessionRevoked(SignedOut):
    detail = N_("The account or its password was changed. Please sign in again.")


ENDED: dict[str, type[SignedOut]] = {"old": SessionTooOld, "idle": SessionIdle, "revoked": SessionRevoked}


def actor() -> Actor | None:
    """None when nobody is known; `refusal()` then tells why."""
    if "actor" not in g:
        g.actor, g.unauthorised = _resolve()
    return g.actor


def act_as(who: Actor) -> Actor:
    """For the ways in that only one service knows (a partner's key, a person's code): it has checked them."""
    g.actor, g.unauthorised = who, errors.Unauthorised()
    return who


def refusal() -> errors.Unauthorised:
    return g.get("unauthorised") or errors.Unauthorised()


def bearer() -> str | None:
    """The key of `Authorization: Bearer`."""
    given = request.authorization
    return given.token if given and given.type == "bearer" else None


def basic() -> tuple[str, str] | None:
    """User and password of `Authorization: Basic`: for a person, reference and code."""
    given = request.authorization
    if given is None or given.type != "basic":
        return None
    return given.username or "", given.password or ""


def _resolve() -> tuple[Actor | None, errors.Unauthorised]:
    if "Authorization" in request.headers:  # a header is meant; a cookie may only happen to be there
        key = bearer()
        account = accounts.by_key(context.db(), key) if key else None
        return (_actor(account, "script") if account else None), WrongKey()
    if "account" not in session:
        return None, errors.Unauthorised()
    account = context.db().accounts.find_one({"_id": session["account"]})
    why = _ended(account)
    if why:
        session.clear()
        return None, ENDED[why]()
    now = int(clock.now().timestamp())
    if now - session["seen"] > 60:  # not at each request: it costs a cookie
        session["seen"] = now
    return _actor(account, "staff"), errors.Unauthorised()


def _actor(account: Any, kind: str) -> Actor:
    return Actor(account["_id"], tuple(account["roles"]), tuple(account["offices"]), kind, account["name"])


def _ended(account: dict[str, Any] | None) -> str | None:
    settings = context.settings()
    now = clock.now().timestamp()
    if account is None or account.get("disabled") or account["credentials_version"] != session.get("version"):
        return "revoked"
    if now - session.get("since", 0) > timedelta(hours=settings.session_hours).total_seconds():
        return "old"
    if now - session.get("seen", 0) > timedelta(minutes=settings.session_idle_minutes).total_seconds():
        return "idle"
    return None


def sign_in(account: dict[str, Any]) -> Actor:
    """A new session: nothing of the one before survives."""
    now = int(clock.now().timestamp())
    session.clear()
    session.update(account=account["_id"], version=account["credentials_version"], since=now, seen=now)
    return act_as(_actor(account, "staff"))


def sign_out() -> None:
    session.clear()
    g.actor = None
