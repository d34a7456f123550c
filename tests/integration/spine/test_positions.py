"""How old the oldest unread record is, as a member of the group notes it and whoever watches reads it."""

from collections import deque
from datetime import timedelta

from kafka import TopicPartition
from pymongo.database import Database

from shared import clock, consumer
from shared.consumer import positions

HERE = TopicPartition("things", 0)


class Log:
    """Where a member stands in a log and where that ends."""

    def __init__(self) -> None:
        self.at = self.end = 0

    def position(self, partition: TopicPartition) -> int:
        return self.at

    def highwater(self, partition: TopicPartition) -> int:
        return self.end


def noted(db: Database, log: Log, marks: positions.Marks, at: int, end: int) -> dict[str, object]:
    log.at, log.end = at, end
    positions.note(db, log, [HERE], {}, marks)  # type: ignore[arg-type]
    (row,) = consumer.health(db)
    return row


def pass_by(marks: positions.Marks, seconds: float) -> None:
    marks[HERE] = deque((end, seen - seconds) for end, seen in marks[HERE])


def test_a_reader_that_always_has_some_unread_but_none_for_long_is_not_slow(db: Database) -> None:
    log, marks = Log(), positions.Marks()
    for turn in range(5):
        row = noted(db, log, marks, at=turn * 10, end=turn * 10 + 10)
        assert (row["state"], row["lag"]) == ("working", 10)
        pass_by(marks, 20)


def test_a_record_that_stays_unread_makes_the_reader_slow_however_much_comes_after_it(db: Database) -> None:
    log, marks = Log(), positions.Marks()
    for end in (1, 50, 90):
        row = noted(db, log, marks, at=0, end=end)
        pass_by(marks, 20)
    assert row["state"] == "slow"
    assert 40 <= float(str(row["oldest_unread_age_s"])) < 60


def test_a_record_is_no_younger_for_having_changed_hands(db: Database) -> None:
    log, marks = Log(), positions.Marks()
    noted(db, log, marks, at=0, end=5)
    pass_by(marks, 100)
    noted(db, log, marks, at=0, end=5)
    row = noted(db, log, positions.Marks(), at=0, end=9)
    assert float(str(row["oldest_unread_age_s"])) >= 100
    assert noted(db, log, positions.Marks(), at=9, end=9)["state"] == "idle"


def test_a_log_that_was_made_anew_has_no_old_records(db: Database) -> None:
    log, marks = Log(), positions.Marks()
    noted(db, log, marks, at=90, end=100)
    pass_by(marks, 100)
    assert noted(db, log, marks, at=0, end=4)["state"] == "working"


def test_a_partition_of_which_nobody_says_where_it_stands_is_dead_and_its_records_grow_old(db: Database) -> None:
    noted(db, Log(), positions.Marks(), at=0, end=4)
    db.consumer_positions.update_one({}, {"$set": {"at": clock.now() - timedelta(seconds=60)}})
    (row,) = consumer.health(db)
    assert (row["state"], row["lag"]) == ("dead", 4)
    assert row["oldest_unread_age_s"] >= 60


def test_a_topic_that_nobody_has_read_for_a_day_is_read_no_more(db: Database) -> None:
    noted(db, Log(), positions.Marks(), at=0, end=4)
    old = {"_id": "gone:0", "topic": "gone", "partition": 0, "position": 1, "high_water": 1, "lag": 0}
    db.consumer_positions.insert_one(old | {"unread_s": None, "at": clock.now() - timedelta(days=2)})
    assert [row["topic"] for row in consumer.health(db)] == ["things"]
