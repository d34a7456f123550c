"""One case's way: what was announced, heard, parked, sent and done for it, by time; ids, types and states, no data."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote

from shared import audit, due, errors, inbox, outbox
from shared.errors import N_
from shared.operations import access, peers, schemas
from shared.web import context

FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{2,99}")
UNKNOWN = "an unknown case"  # what was typed may be anything, a name too: it is not kept


class NotAnId(errors.BadRequest):
    code = "not-an-id"
    title = N_("This is not an id")
    detail = N_("Give the id of a case, or a reference: letters, digits and dashes.")


def here(given: str) -> dict[str, Any]:
    """This service's part of it. `given` may be a reference, where the service knows references. Raises NotAnId."""
    found = _here(given)
    _audit(found["correlation"], found["items"])
    return found


def everywhere(given: str) -> dict[str, Any]:
    """The whole way, with the `services` that know of the case, and those that did not answer. Raises NotAnId."""
    own = _here(given)
    answers = _ask(own["correlation"])
    named = _as_another_named_it(own["correlation"], answers)
    if named != own["correlation"]:
        silent = [one for one in answers if one.problem]  # asked once: they would only make us wait again
        own, answers = _here(named), silent + _ask(named, but=[one.service for one in silent])
    service = context.settings().service
    steps = [step | {"service": service} for step in own["items"]]
    steps += [step | {"service": one.service} for one in answers if one.body for step in one.body["items"]]
    _audit(named, steps)
    shown = [{"service": service, "problem": None, "steps": len(own["items"])}, *map(_followed, answers)]
    return {"correlation": named, "services": shown, "items": sorted(steps, key=lambda step: step["at"]), "next": None}


def _as_another_named_it(case: str, answers: list[peers.Answer]) -> str:
    """The case that a reference stands for, if one of the others knows it."""
    named = (one.body["correlation"] for one in answers if one.body)
    return next((one for one in named if one != case), case)


def _ask(case: str, but: Collection[str] = ()) -> list[peers.Answer]:
    return peers.ask(f"/traces/{quote(case, safe='')}", schemas.Trace(), but)


def _followed(answer: peers.Answer) -> dict[str, Any]:
    steps = len(answer.body["items"]) if answer.body else 0
    return {"service": answer.service, "problem": answer.problem, "steps": steps}


def _here(given: str) -> dict[str, Any]:
    named = given.replace(" ", "")  # as it is read out on the phone
    if not FORM.fullmatch(named):
        raise NotAnId
    case = access.case_of(named) or named
    db = context.db()
    said = [_step(row, "announced") for row in outbox.trace(db, case)]
    heard = [_step(row, "heard") for row in inbox.trace(db, case)]
    done = [_step(row, "work") | {"at": row["created_at"], "type": row["kind"]} for row in due.trace(db, case)]
    return {"correlation": case, "items": sorted([*said, *heard, *done], key=lambda step: step["at"]), "next": None}


def _step(row: dict[str, Any], direction: str) -> dict[str, Any]:
    names = ("at", "state", "topic", "sequence", "type", "lane", "attempts", "error", "due_at", "ended_at")
    return {"id": str(row["_id"]), "direction": direction} | {name: row[name] for name in names if name in row}


def _audit(case: str, steps: list[dict[str, Any]]) -> None:
    audit.record(context.db(), access.actor(), "follow case", case if steps else UNKNOWN)
