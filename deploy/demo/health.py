"""What an operator sees in the end: nothing waits, nothing failed."""

from typing import Any

from deploy.demo import client, state


def booking(walk: state.Walk) -> str:
    return _green(walk, walk.given.booking_staff)


def referrals(walk: state.Walk) -> str:
    return _green(walk, walk.given.referrals_staff)


def notifications(walk: state.Walk) -> str:
    return _green(walk, walk.given.notifications_staff)


def _green(walk: state.Walk, url: str) -> str:
    operator = client.Site(url)
    operator.sign_in("operator@sendero.test", walk.given.password)
    faults: list[str] = []

    def look() -> bool:
        faults[:] = unhealthy(operator.get("/api/v1/operations/health").must(200).body)
        return not faults

    try:
        state.until("outbox empty, all events read, no dead letters", look)
    except client.Failed as failure:
        raise client.Failed(failure.expected, "; ".join(faults) or failure.got) from failure
    return "outbox empty, all events read, no dead letters"


def unhealthy(health: dict[str, Any]) -> list[str]:
    """What keeps a service from being green."""
    faults = []
    if health["outbox"]["waiting"]:
        faults.append(f"{health['outbox']['waiting']} events wait in the outbox")
    for each in health["consumers"]:
        if each["state"] in ("stopped", "dead") or each["lag"]:
            faults.append(f"{each['topic']}/{each['partition']} is {each['state']}, lag {each['lag']}")
    letters = health["dead_letters"]
    if letters["dead_letters"] or letters["parked"]:
        faults.append(f"{letters['dead_letters']} dead letters, {letters['parked']} parked")
    parts = health["worker"].items()
    return faults + [f"{name} is {part['state']}" for name, part in parts if part["state"] != "working"]
