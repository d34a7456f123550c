"""Who may do what: by role and by office. Each refusal is audited."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from flask import redirect, request, url_for

from shared import audit, errors
from shared.auth import actors
from shared.auth.accounts import ROLES
from shared.auth.actors import Actor
from shared.web import context, docs, language


def require(*roles: str) -> Callable[[Any], Any]:
    """Only for accounts with one of these roles (none named: every account). Strangers get 401, or the login page."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"no such role: {unknown}")

    def decorate(view: Any) -> Any:
        @wraps(view)
        def allowed(*args: Any, **kwargs: Any) -> Any:
            who = actors.actor()
            if who is None:
                return _ask_to_sign_in()
            if roles and not set(roles) & set(who.roles):
                refuse(who)
            return view(*args, **kwargs)

        docs.document(allowed, 401, 403, security=docs.STAFF)
        return allowed

    return decorate


def may_see_office(who: Actor, office_id: str) -> bool:
    """Clerks, supervisors and caseworkers see the offices of their account; "*" there means all."""
    return office_id in who.offices or "*" in who.offices or "admin" in who.roles


def require_office(office_id: str) -> Actor:
    """The actor, who may see this office. Raises Forbidden, audited. To be called in a route that has `require`."""
    who = actors.actor()
    if who is None:
        raise actors.refusal()
    if not may_see_office(who, office_id):
        refuse(who, office_id=office_id)
    return who


def refuse(who: Actor | None, **ids: Any) -> NoReturn:
    """Records the refused request and raises Forbidden."""
    rule = request.url_rule.rule if request.url_rule else request.path
    audit.record(context.db(), who, f"{request.method} {rule}", request.path, outcome="refused", **ids)
    raise errors.Forbidden


def _ask_to_sign_in() -> Any:
    why = actors.refusal()
    if language.is_api():
        raise why
    ended = next((code for code, kind in actors.ENDED.items() if isinstance(why, kind)), None)
    # a form says where it stands; the login page follows it only within this service
    here = request.script_root + request.full_path.rstrip("?")
    target = here if request.method == "GET" else request.form.get("back")
    return redirect(url_for("auth.login", next=target, why=ended), 303)
