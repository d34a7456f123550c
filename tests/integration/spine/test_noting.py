"""What was done outside the system is noted, whatever befalls the database meanwhile."""

import pytest
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from shared import due, leases, mongo


class Outside:
    """A provider, and a database that is away at the first few notes."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.done = 0

    def send(self, db: Database, work: due.Work) -> None:
        self.done += 1
        due.insist(db, work, lambda: self._note(db, work))

    def _note(self, db: Database, work: due.Work) -> None:
        if self.away:
            self.away -= 1
            raise AutoReconnect("the database is away")
        note(db, work)


@mongo.transactional
def note(db: Database, work: due.Work) -> None:
    db.noted.insert_one({"by": work.token})
    due.finish(db, work)


def claimed(db: Database) -> due.Work:
    due.add(db, "mail", "email", {}, id="one")
    work = due.claim(db, "email", ["mail"])
    assert work is not None
    return work


def state(db: Database) -> str:
    return (db.due.find_one({"_id": "one"}) or {})["state"]


def test_while_the_database_is_away_it_is_noted_again_and_not_done_again(db: Database) -> None:
    outside = Outside(away=3)
    due.run(db, claimed(db), outside.send)
    assert outside.done == 1
    assert state(db) == "done"
    assert db.noted.count_documents({}) == 1


def test_who_lost_the_lease_meanwhile_notes_nothing(db: Database) -> None:
    outside, late = Outside(away=1), claimed(db)
    db.due.update_one({"_id": "one"}, [{"$set": {"leased_until": {"$subtract": ["$$NOW", 1]}}}])
    due.give_back_expired(db)
    due.run(db, late, outside.send)
    assert db.noted.count_documents({}) == 0
    assert state(db) == "waiting"


def test_it_insists_no_longer_than_the_lease_lasts(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.due.noting.LEASE_SECONDS", 0.1)
    outside, work = Outside(away=1000), claimed(db)
    with pytest.raises(leases.Lost):
        outside.send(db, work)
    assert outside.away > 900


def test_a_mistake_in_the_note_itself_is_told_at_once(db: Database) -> None:
    def mistaken() -> None:
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        due.insist(db, claimed(db), mistaken)
