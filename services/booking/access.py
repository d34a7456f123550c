"""Who may do what in booking: one table, asked by every route by the name of its action; `/staff/roles` shows it.

Clerks, supervisors and caseworkers do it at the offices of their account only; `*` there means all. Queues and dead
letters (operator) and accounts (admin) are guarded by the same roles in every service: shared/operations, shared/auth.
"""

from collections.abc import Callable
from typing import Any

from shared import auth
from shared.errors import N_

EVERYBODY = auth.ROLES
AT_THE_DESK = ("clerk", "supervisor", "caseworker", "admin")
IN_CHARGE = ("supervisor", "programme_lead", "admin")

ROLES_OF: dict[str, tuple[str, ...]] = {
    "roles.see": EVERYBODY,
    "office.list": (*AT_THE_DESK, "programme_lead", "privacy_officer"),
    "office.day": AT_THE_DESK,
    "office.slots": AT_THE_DESK,
    "appointment.see": AT_THE_DESK,
    "appointment.book": AT_THE_DESK,
    "request.ask": AT_THE_DESK,
    "request.see": AT_THE_DESK,
    "request.withdraw": AT_THE_DESK,
    "appointment.code": AT_THE_DESK,
    "request.code": AT_THE_DESK,
    "appointment.reschedule": AT_THE_DESK,
    "appointment.arrive": AT_THE_DESK,
    "appointment.attend": AT_THE_DESK,
    "appointment.miss": AT_THE_DESK,
    "appointment.correct": ("supervisor", "admin"),
    "appointment.note": AT_THE_DESK,
    "appointment.refer": AT_THE_DESK,
    "intake.see": IN_CHARGE,
    "intake.change": IN_CHARGE,
    "window.see": EVERYBODY,
    "window.plan": ("programme_lead", "admin"),
    "calendar.see": IN_CHARGE,
    "calendar.change": IN_CHARGE,
    "draw.alone": ("privacy_officer",),
    "draw.release": ("privacy_officer",),
    "draw.seed": ("privacy_officer", "programme_lead", "admin"),
    "cancellations.see": IN_CHARGE,
    "cancellations.decide": IN_CHARGE,
    "pilots": ("programme_lead", "admin"),
}
WORDS: dict[str, str] = {
    "roles.see": N_("See this page"),
    "office.list": N_("See their offices"),
    "office.day": N_("See and search the day's list"),
    "office.slots": N_("See free times, whether intake is open or not"),
    "appointment.see": N_("Open an appointment"),
    "appointment.book": N_("Book for somebody, and walk-ins"),
    "request.ask": N_("Ask for a place that is drawn, for somebody"),
    "request.see": N_("Open a request for a place that is drawn"),
    "request.withdraw": N_("Withdraw such a request for somebody"),
    "appointment.code": N_("Hand over a new code of an appointment, to who cannot be written to"),
    "request.code": N_("Hand over a new code of such a request, to who cannot be written to"),
    "appointment.reschedule": N_("Move an appointment to another time"),
    "appointment.arrive": N_("Note that somebody arrived"),
    "appointment.attend": N_("Note that an appointment took place"),
    "appointment.miss": N_("Note that somebody did not come"),
    "appointment.correct": N_("Put right that somebody was noted as missed"),
    "appointment.note": N_("Read and write case notes"),
    "appointment.refer": N_("Refer with consent"),
    "intake.see": N_("See an office's intake"),
    "intake.change": N_("Open, limit and close an office's intake"),
    "window.see": N_("See request windows and how far their draws are"),
    "window.plan": N_("Plan request windows"),
    "calendar.see": N_("See an office's opening hours and exceptions"),
    "calendar.change": N_("Change an office's opening hours and exceptions"),
    "draw.alone": N_("See entries of a draw that nobody else is like"),
    "draw.release": N_("Release the list of a draw to be published"),
    "draw.seed": N_("Enter or reveal the seed of a draw"),
    "cancellations.see": N_("See mass cancellations of an office"),
    "cancellations.decide": N_("Propose, approve, stop mass cancellations, two people together"),
    "pilots": N_("Plan pilots, and read the reports on them"),
}


def require(action: str) -> Callable[[Any], Any]:
    """Guards a route: strangers are asked to sign in, other roles are refused, and that is audited."""
    guard = auth.require(*ROLES_OF[action])

    def decorate(view: Any) -> Any:
        guarded = guard(view)
        guarded.action = action
        return guarded

    return decorate


def may(who: auth.Actor | None, action: str) -> bool:
    return who is not None and bool(set(who.roles) & set(ROLES_OF[action]))
