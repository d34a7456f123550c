"""What a person decides of a dead letter: in the order of its case, once, and all or nothing."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pymongo.database import Database

from shared import clock, due, events, inbox
from shared.inbox import letters
from shared.inbox.dead_letters import jobs, settling
from tests.integration.spine.conftest import OPERATOR, Heard, made

WHY = "never meant"


def unreadable(topic: str, case: str, n: int) -> inbox.Record:
    """A record whose headers tell its place, and whose value is no JSON."""
    return replace(made(topic, case, n), value=b"not json")


def set_aside(db: Database, record: inbox.Record) -> str:
    inbox.set_aside(db, record, events.Unreadable("no"), attempts=3)
    return record.id()


def work(db: Database, reading: inbox.Reading) -> int:
    """What the worker would do, to the end; how many slices it took."""
    kinds, slices = letters.due_work(reading), 0
    while found := due.claim(db, "operations", list(kinds)):
        due.run(db, found, kinds[found.kind])
        slices += 1
    return slices


# order


def test_of_two_dead_letters_of_a_case_the_later_waits_for_the_earlier(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    first, second = made(heard.topic, "case", 1), made(heard.topic, "case", 2)
    for one in (second, first):
        inbox.set_aside(db, one, ValueError(), attempts=3)
    with pytest.raises(letters.NotItsTurn) as refused:
        inbox.retry(db, second.id(), reading, OPERATOR)
    assert refused.value.params == {"first": 1}
    with pytest.raises(letters.NotItsTurn):
        letters.edit(db, second.id(), letters.Change({"n": 9}, {}, WHY), reading, OPERATOR)
    inbox.retry(db, first.id(), reading, OPERATOR)
    inbox.retry(db, second.id(), reading, OPERATOR)
    assert heard.of(db, "case") == [1, 2]


def test_a_dead_letter_ahead_of_its_turn_does_not_block_what_comes_before_it(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    ahead = set_aside(db, unreadable(heard.topic, "case", 3))
    taken = inbox.take(db, reading, [made(heard.topic, "case", n) for n in (4, 1, 2)])
    for case in taken.cases:
        inbox.release(db, reading, case)
    assert heard.of(db, "case") == [1, 2]
    letters.edit(db, ahead, letters.Change({"n": 3}, {}, WHY), reading, OPERATOR)
    assert heard.of(db, "case") == [1, 2, 3, 4]


def test_a_dead_letter_behind_a_gap_waits_as_the_reader_waits_and_then_the_gap_is_passed_over(
    db: Database, heard: Heard
) -> None:
    reading, ahead = heard.reading(), made(heard.topic, "case", 3)
    set_aside(db, ahead)
    with pytest.raises(letters.Awaited):
        inbox.retry(db, ahead.id(), reading, OPERATOR)
    db.inbox.update_one({"_id": ahead.id()}, {"$set": {"at": clock.now() - timedelta(minutes=16)}})
    assert inbox.retry(db, ahead.id(), reading, OPERATOR) == 1
    assert heard.of(db, "case") == [3]
    with pytest.raises(inbox.Late):
        inbox.take(db, reading, [made(heard.topic, "case", 2)])


def test_a_gap_before_a_dead_letter_is_passed_over_only_up_to_it(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    inbox.take(db, reading, [made(heard.topic, "case", 1)])
    letter = set_aside(db, unreadable(heard.topic, "case", 3))
    inbox.take(db, reading, [made(heard.topic, "case", 4)])
    assert inbox.pass_over_gaps(db, reading, patience=timedelta(0)) == 1
    assert heard.of(db, "case") == [1]
    assert inbox.discard(db, letter, WHY, reading, OPERATOR) == 1
    assert heard.of(db, "case") == [1, 4]


def test_one_discarded_ahead_of_its_turn_is_passed_when_the_case_gets_there(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    first = made(heard.topic, "case", 1)
    inbox.set_aside(db, first, ValueError(), attempts=3)
    second = set_aside(db, unreadable(heard.topic, "case", 2))
    inbox.take(db, reading, [made(heard.topic, "case", 3)])
    assert inbox.discard(db, second, WHY, reading, OPERATOR) == 0
    assert inbox.retry(db, first.id(), reading, OPERATOR) == 2
    assert heard.of(db, "case") == [1, 3]


def test_a_record_that_cannot_be_read_takes_its_place_from_its_headers(db: Database, heard: Heard) -> None:
    reading = heard.reading()
    letter = set_aside(db, unreadable(heard.topic, "case", 1))
    row = inbox.get(db, letter)
    assert (row["type"], row["sequence"], row["correlation"]) == ("thing.done.v1", 1, "case")
    inbox.take(db, reading, [made(heard.topic, "case", 2)])
    assert inbox.discard(db, letter, WHY, reading, OPERATOR) == 1
    assert heard.of(db, "case") == [2]


# restore


def test_restored_before_its_case_went_on_it_has_its_old_turn(db: Database, heard: Heard) -> None:
    reading, letter = heard.reading(), made(heard.topic, "case", 1)
    set_aside(db, letter)
    inbox.discard(db, letter.id(), WHY, reading, OPERATOR)
    assert inbox.restore(db, letter.id(), reading, OPERATOR) is False
    inbox.take(db, reading, [made(heard.topic, "case", 2)])
    assert heard.of(db, "case") == [], "it waits behind the dead letter"
    inbox.retry(db, letter.id(), reading, OPERATOR)
    assert heard.of(db, "case") == [1, 2]


def test_restored_after_its_case_went_on_it_is_late_and_blocks_the_case_until_it_is_settled(
    db: Database, heard: Heard
) -> None:
    reading, letter = heard.reading(), made(heard.topic, "case", 1)
    set_aside(db, letter)
    inbox.discard(db, letter.id(), WHY, reading, OPERATOR)
    inbox.take(db, reading, [made(heard.topic, "case", 2)])
    assert inbox.restore(db, letter.id(), reading, OPERATOR) is True
    assert inbox.get(db, letter.id())["late"] is True
    inbox.take(db, reading, [made(heard.topic, "case", 3)])
    assert heard.of(db, "case") == [2]
    inbox.retry(db, letter.id(), reading, OPERATOR)
    assert heard.of(db, "case") == [2, 1, 3]


def test_one_that_was_discarded_ahead_of_its_turn_is_restored_into_it(db: Database, heard: Heard) -> None:
    reading, second = heard.reading(), made(heard.topic, "case", 2)
    set_aside(db, second)
    inbox.discard(db, second.id(), WHY, reading, OPERATOR)
    assert inbox.restore(db, second.id(), reading, OPERATOR) is False
    taken = inbox.take(db, reading, [made(heard.topic, "case", n) for n in (1, 3)])
    for case in taken.cases:
        inbox.release(db, reading, case)
    assert inbox.retry(db, second.id(), reading, OPERATOR) == 2
    assert heard.of(db, "case") == [1, 2, 3]


def test_in_a_compacted_topic_a_state_that_was_replaced_is_not_restored(db: Database, heard: Heard) -> None:
    reading, old = heard.reading(compacted=True), made(heard.topic, "case", 1)
    set_aside(db, old)
    inbox.discard(db, old.id(), WHY, reading, OPERATOR)
    inbox.take(db, reading, [made(heard.topic, "case", 2)])
    with pytest.raises(letters.CaseWentOn):
        inbox.restore(db, old.id(), reading, OPERATOR)
    assert db.inbox.find_one({"_id": old.id()})["state"] == "discarded"


def test_in_a_compacted_topic_the_newest_state_is_restored_and_then_has_its_effect(db: Database, heard: Heard) -> None:
    reading, letter = heard.reading(compacted=True), made(heard.topic, "case", 4)
    set_aside(db, letter)
    inbox.discard(db, letter.id(), WHY, reading, OPERATOR)
    inbox.restore(db, letter.id(), reading, OPERATOR)
    inbox.retry(db, letter.id(), reading, OPERATOR)
    assert heard.of(db, "case") == [4]


# all or nothing


def test_a_failed_retry_leaves_no_trace_but_the_attempt(db: Database, heard: Heard) -> None:
    letter = made(heard.topic, "case", 1, poison=True)
    set_aside(db, letter)
    with pytest.raises(letters.StillFailing):
        inbox.retry(db, letter.id(), heard.reading(), OPERATOR)
    assert [row["outcome"] for row in db.audit.find()] == ["failed"]
    row = inbox.get(db, letter.id())
    assert [one["how"] for one in row["tries"]] == ["read", "retry"]
    assert row["group"].startswith("ValueError in _handle")
    assert db.inbox_cases.find_one({"_id": letter.case()})["dead"] == 1


def test_a_check_of_an_edit_has_no_effect_at_all(db: Database, heard: Heard) -> None:
    letter = made(heard.topic, "case", 1, poison=True)
    set_aside(db, letter)
    before = list(db.inbox.find()), list(db.inbox_cases.find())
    letters.check(db, letter.id(), letters.Change({"n": 1}, {}), heard.reading(), OPERATOR)
    assert (list(db.inbox.find()), list(db.inbox_cases.find())) == before
    assert heard.of(db, "case") == []
    assert (db.dead_letter_edits.count_documents({}), db.audit.count_documents({})) == (0, 0)


def test_an_event_that_was_edited_and_comes_again_has_no_second_effect(db: Database, heard: Heard) -> None:
    reading, letter = heard.reading(), made(heard.topic, "case", 1, poison=True)
    set_aside(db, letter)
    letters.edit(db, letter.id(), letters.Change({"n": 5}, {}, WHY), reading, OPERATOR)
    inbox.take(db, reading, [letter])
    assert heard.of(db, "case") == [5]


@pytest.mark.parametrize("other", ["retry", "discard", "edit"])
def test_of_two_operators_at_once_one_wins_and_the_other_is_told(db: Database, heard: Heard, other: str) -> None:
    reading = heard.reading()
    acts: dict[str, Callable[[str], object]] = {
        "retry": lambda id: inbox.retry(db, id, reading, OPERATOR),
        "discard": lambda id: inbox.discard(db, id, WHY, reading, OPERATOR),
        "edit": lambda id: letters.edit(db, id, letters.Change({"n": 1}, {}, WHY), reading, OPERATOR),
    }
    for n in range(8):
        letter = made(heard.topic, f"case-{n}", 1)
        set_aside(db, letter)
        told, gate = [], threading.Barrier(2)

        def act(what: str, id: str = letter.id(), told: list[str] = told, gate: threading.Barrier = gate) -> None:
            gate.wait()
            try:
                acts[what](id)
                told.append("won")
            except letters.NoSuchDeadLetter:
                told.append("told")

        threads = [threading.Thread(target=act, args=(what,)) for what in ("retry", other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == ["told", "won"]
        assert len(heard.of(db, f"case-{n}")) == (db.inbox.find_one({"_id": letter.id()})["state"] == "done")
        assert db.inbox_cases.find_one({"_id": letter.case()})["dead"] == 0


def test_killed_between_a_retry_and_what_waits_behind_it_the_worker_goes_on_with_the_case(
    db: Database, heard: Heard
) -> None:
    reading, letter = heard.reading(), made(heard.topic, "case", 1)
    set_aside(db, letter)
    inbox.take(db, reading, [made(heard.topic, "case", 2)])
    settling.handle_again(db, letter.id(), reading, OPERATOR, lambda *_: None)
    assert heard.of(db, "case") == [1]
    db.due.update_many({}, {"$set": {"due_at": clock.now()}})
    assert work(db, reading) == 1
    assert heard.of(db, "case") == [1, 2]


def test_an_erased_persons_edits_go_with_the_letters(db: Database, heard: Heard) -> None:
    reading, letter = heard.reading(), made(heard.topic, "person-1", 1, poison=True)
    set_aside(db, letter)
    letters.edit(db, letter.id(), letters.Change({"n": 5}, {}, WHY), reading, OPERATOR)
    inbox.forget(db, heard.topic, "person-1")
    assert db.dead_letter_edits.count_documents({}) == 0


# many


def many(db: Database, heard: Heard, cases: int) -> str:
    """Dead letters of as many cases, two each; their cause."""
    for n in range(cases):
        for number in (1, 2):
            inbox.set_aside(db, made(heard.topic, f"case-{n}", number), ValueError("cannot"), attempts=3)
    return str(db.inbox.find_one({"state": "dead_letter"})["group"])


def begin(db: Database, group: str, key: str = "k" * 20) -> str:
    job, _ = letters.begin(db, {"group": group}, OPERATOR, {"scope": key, "body": ""})
    return str(job["_id"])


def test_a_retry_of_a_cause_keeps_the_order_of_each_case(db: Database, heard: Heard) -> None:
    job = begin(db, many(db, heard, 5))
    work(db, heard.reading())
    assert [heard.of(db, f"case-{n}") for n in range(5)] == [[1, 2]] * 5
    found = letters.get_retry(db, job)
    assert (found["state"], found["tried"], found["counts"]["handled"]) == ("finished", 10, 10)
    assert db.audit.count_documents({"action": "retry dead letter", "actor.id": OPERATOR.id}) == 10


def test_where_one_fails_again_those_behind_it_in_its_case_wait_and_other_cases_go_on(
    db: Database, heard: Heard
) -> None:
    group = many(db, heard, 3)
    heard.poison.add(db.inbox.find_one({"key": "case-1", "sequence": 1})["_id"])
    job = begin(db, group)
    work(db, heard.reading())
    assert letters.get_retry(db, job)["counts"] == {"handled": 4, "failed": 1, "waits": 1}
    assert heard.of(db, "case-1") == []
    rows, _ = letters.results(db, job)
    of_case = [(row["outcome"], row["sequence"]) for row in rows if row["key"] == "case-1"]
    assert of_case == [("failed", 1), ("waits", 2)]


def test_a_worker_that_dies_in_the_middle_of_a_retry_is_followed_by_another_that_goes_on(
    db: Database, heard: Heard
) -> None:
    job, reading = begin(db, many(db, heard, 3)), heard.reading()
    row = db.dead_letter_retries.find_one({"_id": job})
    first = due.claim(db, "operations", list(letters.due_work(reading)))
    assert first is not None
    jobs.try_one(db, row, db.inbox.find_one({"key": "case-0", "sequence": 1})["_id"], reading)
    db.due.update_one({"_id": first.id}, {"$set": {"leased_until": clock.now() - timedelta(seconds=1)}})
    due.give_back_expired(db)
    work(db, reading)
    letters.due_work(reading)[first.kind](db, first)  # the first was only paused, and wakes up
    found = letters.get_retry(db, job)
    assert (found["state"], found["counts"]["handled"]) == ("finished", 6)
    assert [heard.of(db, f"case-{n}") for n in range(3)] == [[1, 2]] * 3
    assert db.dead_letter_results.count_documents({"job": job}) == 6


def test_of_two_who_begin_the_same_retry_at_once_one_is_told_of_the_others(db: Database, heard: Heard) -> None:
    group, told, gate = many(db, heard, 2), [], threading.Barrier(2)

    def act(key: str) -> None:
        gate.wait()
        try:
            told.append(begin(db, group, key))
        except letters.RetryRunning as refusal:
            told.append(refusal.params["job"])

    threads = [threading.Thread(target=act, args=(key * 20,)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.dead_letter_retries.count_documents({}) == 1
    assert told == [db.dead_letter_retries.find_one()["_id"]] * 2


def test_a_stop_in_the_middle_ends_it_before_the_next_letter(db: Database, heard: Heard) -> None:
    job, reading = begin(db, many(db, heard, 3)), heard.reading()
    row = db.dead_letter_retries.find_one({"_id": job})
    ids = [one["_id"] for one in db.inbox.find({"sequence": 1})]
    jobs.try_one(db, row, ids[0], reading)
    letters.stop(db, job, OPERATOR)
    with pytest.raises(settling.Abandoned):
        jobs.try_one(db, row, ids[1], reading)
    assert db.heard.count_documents({}) == 1
    assert inbox.get(db, ids[1])["attempts"] == 3
    assert work(db, reading) == 0


def test_a_retry_that_has_ended_can_be_begun_again(db: Database, heard: Heard) -> None:
    group = many(db, heard, 1)
    heard.poison |= {one["_id"] for one in db.inbox.find()}
    begin(db, group)
    work(db, heard.reading())
    heard.poison.clear()
    changed = db.inbox.find_one({"sequence": 1})["group"]
    job = begin(db, changed, "m" * 20)
    work(db, heard.reading())
    assert letters.get_retry(db, job)["counts"]["handled"] == 1
