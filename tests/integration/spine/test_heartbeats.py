"""Processes of the worker and their signs of life, in a real database."""

from datetime import timedelta

from pymongo.database import Database

from shared import clock, figures, heartbeats

ALL_WELL = dict.fromkeys(heartbeats.PARTS)


def beats(db: Database, **failing: str) -> heartbeats.Beats:
    one = heartbeats.Beats(db)
    one.write({**ALL_WELL, **failing})
    return one


def vanish(db: Database, one: heartbeats.Beats, ago: timedelta = timedelta(seconds=20)) -> None:
    """Its last sign was so long ago."""
    change = {"at": clock.now() - ago, "since": clock.now() - ago - timedelta(hours=1)}
    db.heartbeats.update_many({"instance": one.instance}, {"$set": change})


def settle(db: Database, one: heartbeats.Beats) -> None:
    """It began five minutes ago, and looks after the rows of others."""
    db.heartbeats.update_many({"instance": one.instance}, {"$set": {"since": clock.now() - timedelta(minutes=5)}})
    one._tidied = None
    one.write(ALL_WELL)


def states(db: Database, part: str = "relay") -> list[tuple[str, bool]]:
    return [(one["state"], one["replaced"]) for one in heartbeats.health(db)[part]["instances"]]


def test_a_part_works_while_one_of_its_processes_does_and_the_dead_one_is_seen(db: Database) -> None:
    first, second = beats(db), beats(db)
    vanish(db, first)
    db.heartbeats.update_many({"instance": second.instance}, {"$set": {"since": clock.now() - timedelta(hours=1)}})
    part = heartbeats.health(db)["relay"]
    assert (part["state"], part["missing"]) == ("working", 1)
    assert sorted(one["state"] for one in part["instances"]) == ["dead", "working"]
    assert [need["code"] for need in figures.health(db)["needs"]] == ["worker_missing"] * 3


def test_a_part_of_which_nobody_gives_signs_is_dead_since_the_last_one(db: Database) -> None:
    assert heartbeats.health(db)["relay"]["state"] == "dead"
    one = beats(db)
    vanish(db, one, timedelta(days=3))
    part = heartbeats.health(db)["relay"]
    assert part["state"] == "dead"
    assert clock.now() - part["seen_at"] > timedelta(days=2)


def test_a_process_that_leaves_by_itself_leaves_nothing_behind(db: Database) -> None:
    first, second = beats(db), beats(db)
    first.leave()
    assert states(db) == [("working", False)]
    second.leave()
    assert heartbeats.health(db)["relay"]["state"] == "dead"


def test_a_process_that_began_after_a_dead_one_replaces_it_and_takes_its_row_when_it_has_settled(db: Database) -> None:
    first = beats(db)
    vanish(db, first, timedelta(minutes=10))
    second = beats(db)
    assert states(db) == [("working", False), ("dead", True)]
    assert heartbeats.health(db)["relay"]["missing"] == 0
    settle(db, second)
    assert states(db) == [("working", False)]


def test_who_leaves_as_told_takes_along_the_row_of_the_one_in_whose_place_it_began(db: Database) -> None:
    first, old = beats(db), beats(db)
    vanish(db, first, timedelta(seconds=8))
    second = beats(db)
    second.leave()
    vanish(db, old, timedelta(seconds=20))
    beats(db)
    assert states(db) == [("working", False), ("dead", True)]
    assert heartbeats.health(db)["relay"]["missing"] == 0


def test_of_two_that_vanished_one_stays_missing_until_two_came(db: Database) -> None:
    for one in (beats(db), beats(db)):
        vanish(db, one, timedelta(minutes=10))
    third = beats(db)
    assert heartbeats.health(db)["relay"]["missing"] == 1
    for _ in range(2):
        settle(db, third)
    assert heartbeats.health(db)["relay"]["missing"] == 1
    settle(db, beats(db))
    assert heartbeats.health(db)["relay"]["missing"] == 0


def test_a_process_that_dies_at_each_start_is_missed_however_often_it_starts(db: Database) -> None:
    for n in range(25):
        vanish(db, beats(db), timedelta(minutes=30 - n))
    beats(db)
    part = heartbeats.health(db)["relay"]
    assert len(part["instances"]) == heartbeats.MOST_DEAD + 1
    assert part["missing"] == heartbeats.MOST_DEAD - 1


def test_only_a_dead_process_can_be_dismissed(db: Database) -> None:
    living, dead = beats(db), beats(db)
    vanish(db, dead)
    assert not heartbeats.dismiss(db, f"relay:{living.instance}")
    assert heartbeats.dismiss(db, f"relay:{dead.instance}")
    assert not heartbeats.dismiss(db, f"relay:{dead.instance}")
    assert states(db) == [("working", False)]


def test_after_a_day_nobody_looks_for_a_process_any_more(db: Database) -> None:
    old, new = beats(db), beats(db)
    vanish(db, old, timedelta(days=1, minutes=1))
    new._tidied = None
    new.write(ALL_WELL)
    assert states(db) == [("working", False)]


def test_the_row_of_a_release_before_is_read_and_goes_when_a_new_process_has_settled(db: Database) -> None:
    db.heartbeats.insert_one({"_id": "relay", "at": clock.now(), "pid": 7, "failing": None})
    assert states(db) == [("working", False)]
    db.heartbeats.update_one({"_id": "relay"}, {"$set": {"at": clock.now() - timedelta(minutes=10)}})
    settle(db, beats(db))
    assert states(db) == [("working", False)]


def test_what_is_wrong_in_a_part_is_said_by_each_process(db: Database) -> None:
    beats(db, relay="KafkaConnectionError")
    beats(db)
    found = figures.parts(db)
    assert (found["worker"]["relay"]["state"], found["worker"]["relay"]["failing"]) == (
        "in_trouble",
        "KafkaConnectionError",
    )
    assert (found["worker"]["consumer"]["state"], found["broker"]) == ("working", "down")


def test_a_paused_process_that_wakes_up_gives_signs_again(db: Database) -> None:
    one, other = beats(db), beats(db)
    vanish(db, one)
    assert heartbeats.dismiss(db, f"relay:{one.instance}")
    one.write(ALL_WELL)
    other.write(ALL_WELL)
    assert states(db) == [("working", False), ("working", False)]


def test_samples_are_written_once_in_ten_seconds_by_whoever_comes_first_and_say_how_full_each_queue_is(
    db: Database,
) -> None:
    for _ in range(3):
        figures.sample(db)
    rows = list(db.queue_samples.find())
    assert 1 <= len(rows) <= 2
    assert [(one["kind"], one["waiting"]) for one in rows[0]["queues"]] == [("outbox", 0)]
    assert db.queue_samples.index_information()["retention"]["expireAfterSeconds"] == 900
