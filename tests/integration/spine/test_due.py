"""Work that falls due: under a lease, per lane, and noted only by who still holds it."""

import threading
import time
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from pymongo.database import Database

from shared import clock, due, leases, mongo
from tests.wait import wait_until


def claimed(db: Database, kind: str = "mail", lane: str = "email") -> due.Work:
    work = due.claim(db, lane, [kind])
    assert work is not None
    return work


def state(db: Database, id: str) -> dict:
    return db.due.find_one({"_id": id})


def test_a_row_is_claimed_by_one_of_many(db: Database) -> None:
    due.add(db, "mail", "email", {"n": 1})
    found: list[due.Work | None] = []
    threads = [threading.Thread(target=lambda: found.append(due.claim(db, "email", ["mail"]))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([work for work in found if work]) == 1


def test_the_same_id_adds_no_second_row(db: Database) -> None:
    assert due.add(db, "mail", "email", {}, id="x") == due.add(db, "mail", "email", {}, id="x")
    assert db.due.count_documents({}) == 1


def test_what_is_not_due_yet_is_left_alone(db: Database) -> None:
    due.add(db, "mail", "email", {}, due_at=clock.now() + timedelta(hours=1))
    assert due.claim(db, "email", ["mail"]) is None


def test_a_function_that_returns_ends_its_row(db: Database) -> None:
    id = due.add(db, "mail", "email", {})
    due.run(db, claimed(db), lambda db, work: None)
    assert state(db, id)["state"] == "done"


def test_the_figures_tell_when_a_lane_was_last_served_and_last_refused(db: Database) -> None:
    """Of which `ProviderAway` is made: work that is put off for a reason of its own is no refusal."""

    def last(outcome: str) -> float | None:
        return REGISTRY.get_sample_value("sendero_due_last_seconds", {"lane": "figures", "outcome": outcome})

    def refused(db: Database, work: due.Work) -> None:
        raise due.Unavailable("no_connection", after=timedelta(0))

    def later(db: Database, work: due.Work) -> None:
        raise due.Later("quiet_hours", after=timedelta(0))

    id, begun = due.add(db, "mail", "figures", {}), time.time()
    due.run(db, claimed(db, lane="figures"), later)
    assert (last("done"), last("unavailable")) == (0, 0)
    due.run(db, claimed(db, lane="figures"), refused)
    assert state(db, id)["state"] == "waiting"
    assert last("done") == 0
    assert (last("unavailable") or 0) >= begun
    due.add(db, "mail", "figures", {})
    due.run(db, claimed(db, lane="figures"), lambda db, work: due.NEEDLESS)
    assert last("done") == 0, "nobody was asked"
    due.run(db, claimed(db, lane="figures"), lambda db, work: None)
    assert (last("done") or 0) >= (last("unavailable") or 0)


def test_later_waits_and_give_up_fails_for_good_with_a_reason(db: Database) -> None:
    id = due.add(db, "mail", "email", {})

    def later(db: Database, work: due.Work) -> None:
        raise due.Later("busy", after=timedelta(minutes=5))

    def never(db: Database, work: due.Work) -> None:
        raise due.GiveUp("no_such_number")

    due.run(db, claimed(db), later)
    assert state(db, id)["state"] == "waiting"
    assert state(db, id)["error"] == "busy"
    assert state(db, id)["due_at"] > clock.now() + timedelta(minutes=4)
    db.due.update_one({"_id": id}, {"$set": {"due_at": clock.now()}})
    due.run(db, claimed(db), never)
    assert (state(db, id)["state"], state(db, id)["error"]) == ("failed", "no_such_number")
    assert due.retry(db, id)
    assert claimed(db).id == id


def test_an_unforeseen_error_is_tried_again(db: Database) -> None:
    id = due.add(db, "mail", "email", {})
    due.run(db, claimed(db), lambda db, work: 1 / 0)
    assert (state(db, id)["state"], state(db, id)["error"]) == ("waiting", "ZeroDivisionError")


def test_who_lost_the_lease_notes_nothing(db: Database) -> None:
    id = due.add(db, "mail", "email", {})
    late = claimed(db)
    db.due.update_one({"_id": id}, [{"$set": {"leased_until": {"$subtract": ["$$NOW", 1]}}}])
    due.give_back_expired(db)
    again = claimed(db)

    @mongo.transactional
    def note(db: Database, work: due.Work) -> None:
        db.noted.insert_one({"by": work.token})
        due.finish(db, work)

    with pytest.raises(leases.Lost):
        note(db, late)
    note(db, again)
    assert [row["by"] for row in db.noted.find()] == [again.token]
    assert again.attempts == 2


def test_a_slow_lane_does_not_delay_another(db: Database) -> None:
    for _ in range(due.LANE_CAP + 2):
        due.add(db, "stuck", "slow", {})
    due.add(db, "mail", "email", {}, id="quick")
    go_on = threading.Event()
    runner = due.Runner(db, {"stuck": lambda db, work: go_on.wait(120) and None, "mail": lambda db, work: None})
    runner.turn()
    wait_until(lambda: state(db, "quick")["state"] == "done", 60, "the quick lane's work is done")
    assert db.due.count_documents({"lane": "slow", "state": "running"}) == due.LANE_CAP
    go_on.set()
    runner.close()


def test_a_cancelled_row_cannot_be_finished(db: Database) -> None:
    id = due.add(db, "mail", "email", {"person_id": "p"})
    work = claimed(db)
    assert due.cancel(db, id)
    with pytest.raises(leases.Lost):
        due.finish(db, work)


def test_health_counts_by_lane(db: Database) -> None:
    due.add(db, "mail", "email", {})
    due.add(db, "mail", "email", {}, due_at=clock.now() + timedelta(hours=1))
    (row,) = due.health(db)
    assert (row["lane"], row["waiting"], row["overdue"], row["running"], row["failed"]) == ("email", 2, 1, 0, 0)


def test_only_what_a_thread_is_free_for_is_claimed_and_every_lane_gets_its_turn(db: Database) -> None:
    for lane in range(12):
        for _ in range(due.LANE_CAP):
            due.add(db, "stuck", f"lane{lane}", {})
    go_on = threading.Event()
    runner = due.Runner(db, {"stuck": lambda db, work: go_on.wait(120) and None})
    runner.turn()
    running = [row["running"] for row in due.health(db)]
    go_on.set()
    runner.close()
    assert sum(running) == due.THREADS
    assert min(running) >= 2


def test_a_thread_that_is_free_again_says_so(db: Database) -> None:
    free = threading.Event()
    due.add(db, "mail", "email", {})
    runner = due.Runner(db, {"mail": lambda db, work: None}, free.set)
    runner.turn()
    assert free.wait(60)
    runner.close()


def test_being_put_off_often_is_no_error(db: Database) -> None:
    id = due.add(db, "mail", "email", {})

    def later(db: Database, work: due.Work) -> None:
        raise due.Later("busy", at=clock.now())

    for _ in range(30):
        due.run(db, claimed(db), later)
    due.run(db, claimed(db), lambda db, work: 1 / 0)
    assert (state(db, id)["state"], state(db, id)["errors"]) == ("waiting", 1)
    assert due.backoff(5000) <= timedelta(hours=1, minutes=9)


def test_what_fails_in_an_unforeseen_way_again_and_again_is_kept_for_a_person(db: Database) -> None:
    id = due.add(db, "mail", "email", {})
    for _ in range(20):
        db.due.update_one({"_id": id}, {"$set": {"due_at": clock.now()}})
        due.run(db, claimed(db), lambda db, work: 1 / 0)
    ((row,), after) = due.failed(db)
    assert (row["_id"], row["error"], after) == (id, "ZeroDivisionError", None)
    assert due.retry(db, id)
    assert due.failed(db) == ([], None)
