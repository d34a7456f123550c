"""A window as a line of steps: what has happened, what happens now, what is still to come; and what comes next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.booking import model
from services.booking.model import draw
from services.booking.model import requests as rules
from services.booking.model import window as states
from services.booking.pages import wording
from shared import web

DONE, NOW, TO_COME = "done", "now", "to_come"


@dataclass(frozen=True)
class Step:
    title: str
    at: datetime | None
    said: tuple[str, ...]
    when: str  # done, now, to_come
    hash: str = ""


def steps(
    window: model.Window, found: Mapping[str, Any], many: Mapping[str, int], alone: int, zone: str
) -> Iterator[Step]:
    """`found`: what was committed to, if anything is; `many`: requests by status; `alone`: rows to be looked at."""
    entered = found.get("asked") or sum(many.values()) - many.get(rules.WITHDRAWN, 0)
    asked = web.ngettext("%(num)s request", "%(num)s requests", entered)
    yield _step(window, states.OPEN, web.gettext("Opens"), window.opens_at)
    closed = window.state not in (states.PLANNED, states.OPEN)
    yield Step(
        web.gettext("Closes"),
        window.closed_at or window.closes_at,
        () if window.state == states.PLANNED else (asked,),
        DONE if closed else NOW if window.state == states.OPEN else TO_COME,
    )
    yield _listed(window, found, alone)
    yield _seed(window, zone)
    drawn = _is_past(window, states.COMMITTED)
    yield Step(web.gettext("Drawn"), None, (), DONE if drawn else TO_COME)
    yield _applied(window, entered, many)
    yield _confirmed(window, many)
    yield _waitlist(window, many)


def next_of(window: model.Window, zone: str) -> str:
    """In a sentence."""
    waits = window.state == states.COMMITTED
    at = wording.moment(window.seed_comes_at(), zone) if waits else ""
    if window.state == states.PLANNED:
        return web.gettext("It opens on %(when)s.", when=wording.moment(window.opens_at, zone))
    if window.state == states.OPEN:
        return web.gettext("It closes on %(when)s.", when=wording.moment(window.closes_at, zone))
    if window.state == states.CLOSING:
        return web.gettext("The list of requests is being made.")
    if window.state == states.REVIEW:
        return web.gettext(
            "An officer of privacy looks at the rows that are alone in their class, and releases the list."
        )
    if waits and isinstance(window.source, draw.Officers):
        return web.gettext("Two officers reveal their values, from %(when)s on.", when=at)
    if waits:
        return web.gettext("The seed comes on %(when)s.", when=at)
    if window.state == states.DRAWN:
        return web.gettext("Everybody is being told what came of it.")
    if window.state == states.APPLIED:
        until = wording.moment(window.waitlist_until, zone)
        return web.gettext("Places that are not confirmed go to the waitlist, until %(when)s.", when=until)
    return web.gettext("Nothing more: it has ended.")


def _is_past(window: model.Window, state: str) -> bool:
    return states.STATES.index(window.state) > states.STATES.index(state)


def _step(window: model.Window, state: str, title: str, at: datetime | None) -> Step:
    reached = states.STATES.index(window.state) >= states.STATES.index(state)
    return Step(title, at, (), DONE if reached else TO_COME)


def _listed(window: model.Window, found: Mapping[str, Any], alone: int) -> Step:
    title = web.gettext("The list is fixed and its hash is published")
    if found:
        return Step(title, window.committed_at, (), DONE, found["hash"])
    if window.state == states.REVIEW:
        said = web.ngettext("%(num)s row is alone in its class", "%(num)s rows are alone in their class", alone)
        return Step(title, None, (said,), NOW)
    return Step(title, None, (), NOW if window.state == states.CLOSING else TO_COME)


def _seed(window: model.Window, zone: str) -> Step:
    title, source = web.gettext("The seed comes"), window.source
    at = source.comes_at if isinstance(source, draw.Drand) else window.committed_at and window.seed_comes_at()
    said = [
        web.gettext("Round %(number)s of drand, a public beacon", number=source.round)
        if isinstance(source, draw.Drand)
        else web.gettext("Two officers, who committed to their values before")
    ]
    if window.state == states.COMMITTED and window.told:
        said.append(web.gettext("One person has told it; a second one is missing."))
    when = DONE if _is_past(window, states.COMMITTED) else NOW if window.state == states.COMMITTED else TO_COME
    return Step(title, at or None, tuple(said), when)


def _applied(window: model.Window, entered: int, many: Mapping[str, int]) -> Step:
    title = web.gettext("Everybody is told what came of it")
    if not _is_past(window, states.COMMITTED):
        return Step(title, None, (), TO_COME)
    done = max(entered - many.get(rules.RECEIVED, 0), 0)
    said = web.gettext("%(done)s of %(total)s", done=done, total=entered)
    return Step(title, None, (said,), NOW if window.state == states.DRAWN else DONE)


def _confirmed(window: model.Window, many: Mapping[str, int]) -> Step:
    title = web.gettext("Places are confirmed")
    if not _is_past(window, states.COMMITTED):
        most = web.ngettext("within %(num)s hour", "within %(num)s hours", window.confirm_hours)
        return Step(title, None, (most,), TO_COME)
    told = [
        web.gettext("confirmed: %(number)s", number=many.get(rules.CONFIRMED, 0)),
        web.gettext("offered, not answered yet: %(number)s", number=many.get(rules.ALLOCATED, 0)),
        web.gettext("not confirmed in time: %(number)s", number=many.get(rules.EXPIRED, 0)),
    ]
    return Step(title, None, tuple(told), DONE if window.state == states.ENDED else NOW)


def _waitlist(window: model.Window, many: Mapping[str, int]) -> Step:
    title = web.gettext("The waitlist ends")
    said: tuple[str, ...] = ()
    if _is_past(window, states.COMMITTED):
        said = (web.gettext("on the waitlist: %(number)s", number=many.get(rules.WAITLISTED, 0)),)
    when = DONE if window.state == states.ENDED else NOW if window.state == states.APPLIED else TO_COME
    return Step(title, window.waitlist_until, said, when)
