"""Where many are cancelled at once, everyone in the range is, and nobody else; and no appointment is cancelled or
changed that nobody asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.proof.checker.evidence import Asked, Evidence, Rows
from tests.proof.checker.findings import ANSWERS, EFFECTS, NOT_ASKED, Found


@dataclass(frozen=True)
class Range:
    """As it was proposed, and when its approval was sent: from then on people may be cancelled."""

    job: str
    pathway: str
    first: datetime
    last: datetime
    approved: float

    def has(self, row: dict[str, Any]) -> bool:
        return row["pathway_id"] == self.pathway and self.first <= row["starts_at"] < self.last

    def has_slot(self, slot: str) -> bool:
        """By its name."""
        begin = datetime.strptime(f"{slot.rpartition('.')[2]}+0000", "%Y%m%dT%H%M%SZ%z")
        return f".{self.pathway}." in slot and self.first <= begin < self.last


def ranges(e: Evidence) -> list[Range]:
    approved: dict[str, float] = {}
    for one in e.asked:
        if one.what == "approve":
            approved.setdefault(one.url.split("/")[-2], one.begun)
    proposed = {one.body["id"]: one for one in e.accepted("propose") if one.body["id"] in approved}
    return [
        Range(
            id,
            one.sent["pathway"],
            datetime.fromisoformat(one.sent["from"]),
            datetime.fromisoformat(one.sent["to"]),
            approved[id],
        )
        for id, one in proposed.items()
    ]


def left_out(e: Evidence) -> Iterator[Found]:
    jobs = {row["_id"]: row for row in e.rows("booking", "mass_cancellations")}
    for one in ranges(e):
        job = jobs.get(one.job, {"state": None, "failed": ()})
        if job["state"] != "finished" or job["failed"]:
            yield Found(ANSWERS, f"mass cancellation {one.job} is {job['state']}, {len(job['failed'])} of it failed")
        rows = [row for row in e.rows("booking", "appointments") if one.has(row)]
        yield from (
            Found(ANSWERS, f"{row['reference']} is in the range of {one.job}, and is {row['status']}")
            for row in rows
            if row["status"] != "cancelled"
        )
        done = [row for row in rows if _by(row) == one.job]
        if job.get("done") != len(done):
            yield Found(EFFECTS, f"mass cancellation {one.job} has counted {job.get('done')}, and {len(done)} are")


def _by(row: dict[str, Any]) -> str | None:
    """The mass cancellation that has cancelled it."""
    return next((step["mass_cancellation"] for step in row["history"] if "mass_cancellation" in step), None)


def unasked(e: Evidence) -> Iterator[Found]:
    """What became of an appointment was asked for: by its person, or for all in a range."""
    asked = {what: _about(e.asked, what) for what in ("cancel", "change", "attend")}
    of_many = {one.job: one for one in ranges(e)}
    for row in e.rows("booking", "appointments"):
        reference, job = row["reference"], _by(row)
        steps = {step["status"] for step in row["history"]}
        if job is not None and (job not in of_many or not of_many[job].has(row)):
            yield Found(NOT_ASKED, f"{reference} was cancelled with many, and is in no range that was")
        elif "cancelled" in steps and job is None and reference not in asked["cancel"]:
            yield Found(NOT_ASKED, f"{reference} was cancelled")
        if "rescheduled" in steps and reference not in asked["change"]:
            yield Found(NOT_ASKED, f"{reference} was changed to another time")
        if steps & {"arrived", "attended", "missed"} and reference not in asked["attend"]:
            yield Found(NOT_ASKED, f"{reference} is {row['status']}")


def _about(asked: list[Asked], what: str) -> set[str | None]:
    return {one.reference() for one in asked if one.what == what}


def cancelled_with_many(e: Evidence) -> Rows:
    return [row for row in e.rows("booking", "appointments") if _by(row) is not None]
