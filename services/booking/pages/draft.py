"""What a person has typed so far: sealed in a cookie of their own for half an hour, so that no step loses it."""

import secrets
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any

import flask

from shared import clock, sealed, web
from shared.errors import N_

COOKIE = "booking_draft"
LIFETIME = timedelta(minutes=30)
LARGEST = 3800  # browsers drop a cookie above 4096 bytes without a word
OF_A_HOLD = 50  # room for its id, sealed
BOUND_TO = "booking draft"
TOO_MUCH = N_("That is too much text to keep. Please write less.")


class TooMuchText(Exception):
    """More was typed than a cookie can carry."""


@dataclass(frozen=True)
class Draft:
    """`key` is the idempotency key of exactly this content: other content, other key. `hold`: what its time is held
    with. No slot: a place is asked for that is drawn."""

    slot: str
    pathway: str
    values: dict[str, Any]
    key: str
    hold: str = ""

    @property
    def is_asking(self) -> bool:
        return not self.slot

    def same_content(self, other: "Draft") -> bool:
        return replace(self, key=other.key, hold=other.hold) == other


def read() -> Draft | None:
    """As this request keeps it, else as the cookie has it."""
    if "draft" in flask.g:
        return flask.g.draft
    cookie = flask.request.cookies.get(COOKIE, "")
    if cookie.count(".") < 2:
        return None
    kid, nonce, box = cookie.rsplit(".", 2)
    try:
        data = web.settings().seal_keys.open({"kid": kid, "nonce": nonce, "box": box}, BOUND_TO)
    except sealed.CannotOpen:  # cut short, tampered with, or of a key that is gone: the person begins afresh
        return None
    names = {one.name for one in fields(Draft)}
    if data.pop("until", 0) < clock.now().timestamp() or not names - {"hold"} <= set(data) <= names:
        return None  # run out, or kept by another release, whose draft had other fields
    return Draft(**data)


def keep(slot: str, pathway: str, values: dict[str, Any]) -> Draft:
    """Kept with the answer of this request. Raises TooMuchText."""
    draft = Draft(slot=slot, pathway=pathway, values=values, key=secrets.token_urlsafe(24))
    before = read()
    if before is not None and draft.same_content(before):
        draft = before
    elif before is not None and before.slot == slot:
        draft = replace(draft, hold=before.hold)
    _keep(draft)
    return draft


def hold(draft: Draft, id: str) -> None:
    """What its time is held with from now on."""
    if draft.hold != id:
        _keep(replace(draft, hold=id))


def _keep(draft: Draft) -> None:
    until = (clock.now() + LIFETIME).timestamp()
    box = web.settings().seal_keys.seal({**asdict(draft), "until": until}, BOUND_TO)
    cookie = f"{box['kid']}.{box['nonce']}.{box['box']}"
    if len(cookie) > (LARGEST if draft.hold else LARGEST - OF_A_HOLD):
        raise TooMuchText(f"{len(cookie)} bytes")
    flask.g.draft = draft
    is_first, flask.g.draft_cookie = "draft_cookie" not in flask.g, cookie
    if is_first:  # one cookie, however often it changed within this request
        _with_the_answer(
            lambda answer: answer.set_cookie(
                COOKIE,
                flask.g.draft_cookie,
                max_age=LIFETIME,
                secure=web.settings().secure_cookies,
                httponly=True,
                samesite="Lax",
            )
        )


def forget() -> None:
    flask.g.draft = None
    _with_the_answer(lambda answer: answer.delete_cookie(COOKIE, httponly=True, samesite="Lax"))


def _with_the_answer(change: Any) -> None:
    @flask.after_this_request
    def changed(answer: flask.Response) -> flask.Response:
        change(answer)
        return answer
