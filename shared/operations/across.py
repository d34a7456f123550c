"""What needs a person now, over all services: this one's own figures, and what the others answer."""

from datetime import datetime
from typing import Any

from shared import figures
from shared.operations import access, peers, schemas
from shared.web import context


def health() -> dict[str, Any]:
    """This service's figures, with its name and where its console is."""
    settings = context.settings()
    found = figures.health(context.db())
    return found | {"service": settings.service, "console": f"{settings.for_staff}/operations"}


def everywhere() -> dict[str, Any]:
    """`needs` of all services, most urgent first, and the `services` themselves, this one before the others."""
    own = health()
    answers = peers.ask("/health", schemas.Health())
    rows = [_answered(own, own["checked_at"]), *map(_of_other, answers)]
    access.viewed("see all services", own["service"])
    return {"checked_at": own["checked_at"], "needs": _needs(rows), "services": rows}


def _answered(found: dict[str, Any], heard_at: datetime) -> dict[str, Any]:
    heard = {"heard_at": heard_at, "console": found["console"]}
    return {"service": found["service"], "problem": None, "health": found} | heard


def _of_other(answer: peers.Answer) -> dict[str, Any]:
    if answer.body is not None:
        heard_now = peers.remember(answer.service, answer.body["console"])
        return _answered(answer.body | {"service": answer.service}, heard_now)
    heard_at, console = peers.last_heard(answer.service)
    problem = answer.problem or "not_understood"
    return {"service": answer.service, "problem": problem, "heard_at": heard_at, "console": console, "health": None}


def _needs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A service that is away comes first: nobody can say what else waits there."""
    away = [_away(row) for row in rows if row["health"] is None]
    told = [
        need | {"service": row["service"], "link": f"{row['console']}{need['path']}"}
        for row in rows
        if row["health"] is not None
        for need in row["health"]["needs"]
    ]
    return away + sorted(told, key=lambda need: figures.needs.rank(need["code"], need["urgency"]))


def _away(row: dict[str, Any]) -> dict[str, Any]:
    about = {"part": None, "queue": None, "name": None, "n": None, "path": ""}
    code = "service_away" if row["problem"] == "no_answer" else f"service_{row['problem']}"
    return about | {
        "code": code,
        "urgency": figures.needs.NOW,
        "since": row["heard_at"],
        "service": row["service"],
        "link": row["console"],
    }
