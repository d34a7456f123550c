"""What is said of a queue, from what was counted now and a moment ago; and what of it needs a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import mongo
from shared.figures import needs, queues

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WELL = {"state": "working", "seen_at": NOW, "failing": None, "missing": 0, "instances": []}
DEAD = WELL | {"state": "dead"}


def found(**changes: Any) -> dict[str, Any]:
    """A service's figures: nothing waits, everybody works."""
    return {
        "checked_at": NOW,
        "outbox": {"waiting": 0, "oldest_age_s": None, "sent": 0},
        "consumers": [],
        "due": [],
        "worker": dict.fromkeys(("consumer", "relay", "timers"), WELL),
        "broker": "up",
        "dead_letters": {"dead_letters": 0, "parked": 0, "oldest_age_s": None},
        "gone": {"events_gone": 0, "oldest_age_s": None},
    } | changes


def outbox(waiting: int, age: float | None = None, sent: int = 0) -> dict[str, Any]:
    return {"waiting": waiting, "oldest_age_s": age, "sent": sent}


def lane(overdue: int, age: float | None = None, **more: Any) -> dict[str, Any]:
    row = {"lane": "sms", "waiting": overdue, "overdue": overdue, "running": 0, "failed": 0, "oldest_age_s": age}
    return row | more


def partition(lag: int, age: float | None = None, **more: Any) -> dict[str, Any]:
    row = {"topic": "booking", "partition": 0, "position": 100, "high_water": 100 + lag, "lag": lag}
    return row | {"oldest_unread_age_s": age, "state": "working", "why": None, "at": NOW} | more


def shown(now: dict[str, Any], *before: tuple[float, dict[str, Any]]) -> dict[str, Any]:
    """The first queue; `before`: so many seconds ago it was so."""
    samples = [{"at": NOW - timedelta(seconds=ago), "queues": queues.counted(past)} for ago, past in before]
    row, *_ = [one for one in queues.states(now, samples, NOW) if one["kind"] == _kind(now)]
    return row


def _kind(now: dict[str, Any]) -> str:
    return "lane" if now["due"] else "topic" if now["consumers"] else "outbox"


def codes(figures: dict[str, Any], *before: tuple[float, dict[str, Any]]) -> list[str]:
    samples = [{"at": NOW - timedelta(seconds=ago), "queues": queues.counted(past)} for ago, past in before]
    return [need["code"] for need in needs.of(figures | {"queues": queues.states(figures, samples, NOW)})]


# --- states


def test_a_queue_in_which_nothing_waits_is_idle_and_one_with_young_things_works() -> None:
    assert shown(found())["state"] == "idle"
    assert shown(found(outbox=outbox(3, 29)))["state"] == "working"


def test_a_full_queue_that_moves_is_slow_and_says_when_it_will_be_empty() -> None:
    row = shown(found(outbox=outbox(600, 300, sent=1200)), (60, found(outbox=outbox(1200, 290, sent=600))))
    assert (row["state"], row["trend"], row["per_second"]) == ("slow", "shrinking", -10)
    assert row["empty_in_s"] == pytest.approx(60)


def test_a_queue_that_nothing_leaves_for_half_a_minute_stands_still() -> None:
    row = shown(found(outbox=outbox(7, 300)), (40, found(outbox=outbox(5, 260))))
    assert (row["state"], row["trend"]) == ("stopped", "growing")
    assert row["empty_in_s"] is None


def test_a_queue_that_was_not_watched_long_enough_is_not_said_to_stand_still() -> None:
    row = shown(found(outbox=outbox(7, 300)), (5, found(outbox=outbox(7, 295))))
    assert (row["state"], row["trend"]) == ("slow", None)


def test_a_queue_that_is_as_long_as_before_but_has_other_things_in_it_moves() -> None:
    row = shown(found(outbox=outbox(7, 60, sent=50)), (40, found(outbox=outbox(7, 60, sent=10))))
    assert (row["state"], row["trend"]) == ("slow", "steady")


def test_a_lane_moves_while_something_of_it_runs_or_its_oldest_is_another() -> None:
    before = (40, found(due=[lane(9, 60)]))
    assert shown(found(due=[lane(9, 100, running=1)]), before)["state"] == "slow"
    assert shown(found(due=[lane(9, 45)]), before)["state"] == "slow"
    assert shown(found(due=[lane(9, 100)]), before)["state"] == "stopped"


def test_what_is_due_later_waits_for_nobody() -> None:
    assert shown(found(due=[lane(0, waiting=5000)]))["state"] == "idle"


def test_a_queue_without_hands_is_dead_even_if_nothing_waits_in_it() -> None:
    worker = {"consumer": DEAD, "relay": WELL, "timers": DEAD}
    assert shown(found(worker=worker, due=[lane(0)]))["state"] == "dead"
    assert shown(found(worker=worker, outbox=outbox(0)))["state"] == "idle"


def test_the_lag_of_a_dead_reader_is_at_least_what_was_known_when_it_was_last_seen() -> None:
    last = NOW - timedelta(minutes=5)
    worker = {"consumer": DEAD, "relay": WELL, "timers": WELL}
    row = shown(found(worker=worker, consumers=[partition(4, 310, state="dead", at=last)]))
    assert (row["state"], row["waiting"], row["at_least_since"], row["trend"]) == ("dead", 4, last, None)


def test_a_reader_that_lives_but_has_no_word_of_the_log_is_stopped_not_dead() -> None:
    worker = {"consumer": WELL | {"state": "in_trouble", "failing": "KafkaConnectionError"}, "relay": WELL}
    row = shown(found(worker=worker | {"timers": WELL}, consumers=[partition(4, 60, state="dead")]))
    assert (row["state"], row["why"]) == ("stopped", "KafkaConnectionError")


def test_a_topic_is_told_as_a_whole_with_its_oldest_and_all_that_is_unread() -> None:
    rows = [partition(4, 10), partition(3, 50, partition=1), partition(0, partition=2)]
    row = shown(found(consumers=rows))
    assert (row["name"], row["waiting"], row["oldest_age_s"], row["state"]) == ("booking", 7, 50, "slow")


def test_a_queue_too_long_to_be_counted_is_timed_by_its_oldest() -> None:
    most = mongo.MOST_COUNTED
    row = shown(found(outbox=outbox(most, 500, sent=9)), (100, found(outbox=outbox(most, 600, sent=1))))
    assert (row["trend"], row["per_second"]) == ("shrinking", None)
    assert row["empty_in_s"] == pytest.approx(500)


def test_one_more_or_less_is_no_trend_while_things_move() -> None:
    row = shown(found(outbox=outbox(101, 60, sent=50)), (60, found(outbox=outbox(100, 60, sent=10))))
    assert row["trend"] == "steady"


# --- what needs a person


def test_nothing_needs_a_person_when_nothing_is_wrong() -> None:
    assert codes(found()) == []


def test_a_slow_queue_that_shrinks_needs_nobody_and_one_that_does_not_needs_somebody_soon() -> None:
    before = (60, found(outbox=outbox(100, 60, sent=1)))
    assert codes(found(outbox=outbox(50, 60, sent=90)), before) == []
    assert codes(found(outbox=outbox(500, 60, sent=90)), before) == ["queue_slow"]


def test_a_dead_part_is_told_and_not_its_queues_besides() -> None:
    worker = {"consumer": WELL, "relay": DEAD, "timers": WELL}
    assert codes(found(worker=worker, outbox=outbox(9, 400)), (60, found(outbox=outbox(9, 340)))) == ["worker_dead"]


def test_a_broker_that_is_away_is_told_once_whatever_stands_still_for_it() -> None:
    trouble = WELL | {"state": "in_trouble", "failing": "KafkaConnectionError"}
    away = {"worker": {"consumer": trouble, "relay": trouble, "timers": WELL}, "broker": "down"}
    figures = found(outbox=outbox(9, 400), consumers=[partition(3, 400, state="dead")], **away)
    assert codes(figures, (60, found(outbox=outbox(9, 340)))) == ["broker_down"]


def test_what_holds_up_everybody_comes_before_what_holds_up_a_case() -> None:
    figures = found(
        worker={"consumer": WELL, "relay": WELL, "timers": DEAD},
        dead_letters={"dead_letters": 2, "parked": 1, "oldest_age_s": 60.0},
        gone={"events_gone": 1, "oldest_age_s": 5.0},
        consumers=[partition(1, 50, state="stopped", why="10 cases in a row failed")],
        due=[lane(0, failed=3)],
    )
    assert codes(figures) == ["worker_dead", "reading_stopped", "dead_letters", "work_failed", "events_gone"]


def test_of_several_processes_one_that_vanished_is_missed_until_another_came() -> None:
    gone = {"state": "dead", "replaced": False, "seen_at": NOW - timedelta(minutes=1)}
    one_missing = WELL | {"missing": 1, "instances": [gone]}
    assert codes(found(worker={"consumer": one_missing, "relay": WELL, "timers": WELL})) == ["worker_missing"]


def test_a_clock_that_is_off_is_called_by_its_name() -> None:
    off = WELL | {"state": "in_trouble", "failing": "ClockOff"}
    assert codes(found(worker={"consumer": WELL, "relay": WELL, "timers": off})) == ["clock_off"]


def test_a_need_of_a_newer_release_is_sorted_behind_those_that_are_known() -> None:
    assert needs.rank("something_new", "now") > needs.rank("queue_stopped", "now")
    assert needs.rank("something_new", "now") < needs.rank("dead_letters", "soon")
