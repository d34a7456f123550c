"""The independent checker: goes by the clients' own logs, the datastores, postbox, partner, topics, logs and metrics.
It imports nothing of the product but what unseals a box, and trusts no count that the product gives."""

from typing import Any

from tests.proof.checker import (
    bookings,
    called_off,
    draws,
    effects,
    messages,
    order,
    personal,
    places,
    stuck,
    waiting,
    webhooks,
)
from tests.proof.checker.evidence import Evidence
from tests.proof.checker.evidence.reading import read
from tests.proof.checker.findings import PROMISES, Findings, Found

CHECKS = (
    bookings.missing,
    bookings.other_answers,
    bookings.unfit,
    called_off.left_out,
    called_off.unasked,
    draws.missing,
    draws.otherwise,
    draws.twice,
    places.given_twice,
    places.lost,
    effects.twice,
    order.in_logs,
    order.not_in_logs,
    order.in_inboxes,
    order.at_the_partner,
    order.in_the_end,
    webhooks.handled_as_two,
    webhooks.missing,
    messages.missing,
    messages.astray,
    messages.twice,
    stuck.stuck,
    personal.found,
)


def check(system: Any) -> Findings:
    return judge(read(system))


def judge(e: Evidence) -> Findings:
    findings = Findings(looked_at=looked_at(e), waits=waiting.by_fault(e))
    for one in CHECKS:
        findings.add(one(e))
    return findings


def looked_at(e: Evidence) -> dict[str, int]:
    return {
        "accepted bookings": len(e.accepted("book")),
        "accepted cancellations": len(e.accepted("cancel")),
        "accepted changes of time": len(e.accepted("change")),
        "times held, and booked": sum("hold" in one.sent for one in e.accepted("book")),
        "holds that ran out": sum(one.problem() == "hold-expired" for one in e.asked if one.what == "book"),
        "families": sum(bool(one.sent["companions"]) for one in e.accepted("book")),
        "cancelled with many": len(called_off.cancelled_with_many(e)),
        "places asked for in a window": len(e.accepted("ask")),
        "places drawn and confirmed": len(e.accepted("confirm")),
        "places offered on a waitlist": sum(
            row["waitlist"] is not None and row["offers"] > 0 for row in e.rows("booking", "requests")
        ),
        "accepted referrals": len(e.accepted("refer")),
        "requests": len(e.asked),
        "events announced": sum(len(e.rows(service, "outbox")) for service in e.data),
        "events handled": sum(len(e.rows(service, "inbox")) for service in e.data),
        "records in the topics": len(e.records),
        "mails and SMS that arrived": len(e.received),
        "webhooks that arrived": len(e.webhooks),
        "persons in sealed boxes": sum(len(of_service) for of_service in e.persons.values()),
    }


__all__ = ["CHECKS", "PROMISES", "Evidence", "Findings", "Found", "check", "judge", "read"]
