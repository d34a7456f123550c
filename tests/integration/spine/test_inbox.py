"""Each event once, each case in order, and nothing dropped."""

from datetime import timedelta

import pytest
from pymongo.database import Database

from shared import events, inbox
from shared.inbox.dead_letters import StillFailing
from tests.integration.spine.conftest import OPERATOR, Heard, made


def test_the_same_event_twice_has_one_effect(db: Database, heard: Heard) -> None:
    one = made(heard.topic, "case", 1)
    inbox.take(db, heard.reading(), [one])
    inbox.take(db, heard.reading(), [one])
    assert heard.of(db, "case") == [1]


def test_a_slice_that_fails_has_no_effect_at_all(db: Database, heard: Heard) -> None:
    with pytest.raises(ValueError, match="cannot"):
        inbox.take(db, heard.reading(), [made(heard.topic, "a", 1), made(heard.topic, "b", 1, poison=True)])
    assert db.heard.count_documents({}) == 0
    assert db.inbox.count_documents({}) == 0


def test_an_event_that_is_ahead_of_its_case_waits_for_its_turn(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    inbox.take(db, reading, [made(heard.topic, "case", 3), made(heard.topic, "case", 2)])
    assert heard.of(db, "case") == []
    for case in inbox.take(db, reading, [made(heard.topic, "case", 1)]).cases:
        inbox.release(db, reading, case)
    assert heard.of(db, "case") == [1, 2, 3]
    assert inbox.health(db)["parked"] == 0


def test_events_behind_a_dead_letter_wait_in_order_and_other_cases_go_on(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    bad = made(heard.topic, "case", 1, poison=True)
    inbox.set_aside(db, bad, ValueError("cannot"), attempts=3)
    inbox.take(db, reading, [made(heard.topic, "case", 2), made(heard.topic, "other", 1), made(heard.topic, "case", 3)])
    assert heard.of(db, "other") == [1]
    assert heard.of(db, "case") == []
    assert inbox.health(db) | {"oldest_age_s": 0} == {"dead_letters": 1, "parked": 2, "oldest_age_s": 0}


def test_a_discarded_dead_letter_lets_its_case_go_on(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    bad = made(heard.topic, "case", 1, poison=True)
    inbox.set_aside(db, bad, ValueError("cannot"), attempts=3)
    inbox.take(db, reading, [made(heard.topic, "case", 2), made(heard.topic, "case", 3)])
    assert inbox.discard(db, bad.id(), "never meant", reading, OPERATOR) == 2
    assert heard.of(db, "case") == [2, 3]
    inbox.take(db, reading, [bad])
    assert heard.of(db, "case") == [2, 3]


def test_a_retried_dead_letter_that_can_be_handled_now_goes_before_those_behind_it(db: Database, heard: Heard) -> None:
    bad = made(heard.topic, "case", 1)
    heard.poison.add(bad.id())
    inbox.set_aside(db, bad, ValueError("cannot"), attempts=3)
    inbox.take(db, heard.reading(), [made(heard.topic, "case", 2)])
    with pytest.raises(StillFailing):
        inbox.retry(db, bad.id(), heard.reading(), OPERATOR)
    assert inbox.get(db, bad.id())["attempts"] == 4
    heard.poison.clear()
    assert inbox.retry(db, bad.id(), heard.reading(), OPERATOR) == 2
    assert heard.of(db, "case") == [1, 2]


def test_a_dead_letter_is_kept_whole_but_its_error_tells_no_content(db: Database, heard: Heard) -> None:
    bad = made(heard.topic, "case", 1, poison=True, secret="Ixchel")
    inbox.set_aside(db, bad, ValueError("Ixchel cannot"), attempts=3)
    row = inbox.get(db, bad.id())
    assert inbox.Record.of(row) == bad
    assert "Ixchel" not in str({name: row[name] for name in ("error", "group", "trace", "fields")})


def test_a_record_that_is_no_event_can_be_set_aside(db: Database, heard: Heard) -> None:
    bad = inbox.Record(heard.topic, 0, 7, b"case", [], b"not json")
    with pytest.raises(events.Unreadable):
        inbox.take(db, heard.reading(), [bad])
    inbox.set_aside(db, bad, events.Unreadable("no"), attempts=3)
    assert inbox.dead_letters(db, key="case")[0][0]["error"] == "Unreadable"


def test_an_unknown_version_of_a_known_type_is_refused_and_an_unknown_type_is_passed_over(
    db: Database, heard: Heard
) -> None:
    with pytest.raises(inbox.UnknownVersion):
        heard.reading().handler("thing.done.v9")
    assert heard.reading().handler("other.done.v1") is None


def test_of_a_compacted_topic_a_lower_sequence_is_ignored_and_a_gap_is_natural(db: Database, heard: Heard) -> None:
    reading = heard.reading(compacted=True)
    inbox.take(db, reading, [made(heard.topic, "case", 5)])
    inbox.take(db, reading, [made(heard.topic, "case", 3)])
    inbox.take(db, reading, [made(heard.topic, "case", 9)])
    assert heard.of(db, "case") == [5, 9]


def test_a_gap_that_nobody_fills_is_passed_over_after_a_while(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    inbox.take(db, reading, [made(heard.topic, "case", 7), made(heard.topic, "case", 8)])
    assert inbox.pass_over_gaps(db, reading) == 0
    assert inbox.pass_over_gaps(db, reading, patience=timedelta(0)) == 1
    assert heard.of(db, "case") == [7, 8]


def test_an_event_that_comes_after_its_gap_was_passed_over_is_kept_for_a_person_and_can_have_its_effect(
    db: Database, heard: Heard
) -> None:
    reading = heard.reading()
    inbox.take(db, reading, [made(heard.topic, "case", 1), made(heard.topic, "case", 3)])
    inbox.pass_over_gaps(db, reading, patience=timedelta(0))
    late = made(heard.topic, "case", 2)
    with pytest.raises(inbox.Late) as refused:
        inbox.take(db, reading, [late])
    inbox.set_aside(db, late, refused.value, attempts=3)
    inbox.retry(db, late.id(), reading, OPERATOR)
    assert heard.of(db, "case") == [1, 3, 2]


def test_killed_between_an_event_and_those_parked_behind_it_the_repeated_record_sets_them_going(
    db: Database, heard: Heard
) -> None:
    reading = heard.reading()
    first = made(heard.topic, "case", 1)
    inbox.take(db, reading, [made(heard.topic, "case", 2)])
    inbox.take(db, reading, [first])
    assert heard.of(db, "case") == [1]
    assert inbox.take(db, reading, [first]).cases == [first.case()]
    assert inbox.pass_over_gaps(db, reading, patience=timedelta(0)) == 0
    assert heard.of(db, "case") == [1, 2]


def test_a_sequence_that_no_database_can_hold_makes_a_dead_letter_not_a_loop(db: Database, heard: Heard) -> None:
    good = made(heard.topic, "case", 1)
    headers = [(name, b"1180591620717411303424" if name == "ce_sequence" else value) for name, value in good.headers]
    bad = inbox.Record(good.topic, 0, 1, good.key, headers, good.value)
    with pytest.raises(events.Unreadable):
        inbox.take(db, heard.reading(), [bad])
    inbox.set_aside(db, bad, events.Unreadable("no"), attempts=3)
    assert inbox.health(db)["dead_letters"] == 1


def test_of_several_late_events_none_is_lost_behind_another(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    inbox.take(db, reading, [made(heard.topic, "case", 1), made(heard.topic, "case", 4)])
    inbox.pass_over_gaps(db, reading, patience=timedelta(0))
    second, third = made(heard.topic, "case", 2), made(heard.topic, "case", 3)
    inbox.set_aside(db, second, inbox.Late(), attempts=3)
    inbox.take(db, reading, [third])
    inbox.retry(db, second.id(), reading, OPERATOR)
    assert [row["_id"] for row in inbox.dead_letters(db)[0]] == [third.id()]
    inbox.retry(db, third.id(), reading, OPERATOR)
    assert heard.of(db, "case") == [1, 4, 2, 3]
