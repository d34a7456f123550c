"""The checker's rules by themselves: what each takes for a breach and what it lets pass, without a system."""

import base64
import dataclasses
import string

import pytest

from services.notifications import render
from services.notifications.model import contact
from tests import notifications as letters
from tests.proof.checker import bookings, findings, messages, order, places, waiting
from tests.proof.checker.evidence import Asked, Evidence, Fault, Record, asked, databases, post
from tests.proof.checker.evidence.leaks import Search
from tests.proof.clients import people
from tests.proof.clients.people import Words

SEED = 5
WORDS = Words.of(SEED)


def booked(reference: str, slot: str, at: float, case: int = 0) -> Asked:
    body = {"reference": reference, "code": "AAAA1111"}
    sent = {"slot": slot, "pathway": "orientation", "companions": []}
    return Asked(reference, case, "book", at - 1, at, key=reference, sent=sent, status=201, body=body)


def cancelled(reference: str, at: float) -> Asked:
    return Asked(
        f"{reference} off", 0, "cancel", at, at + 1, url=f"/api/v1/appointments/{reference}/cancellation", status=200
    )


def a_fault(kind: str, target: str, began: float = 100, ended: float = 110) -> Fault:
    return Fault(1, kind, target, began, ended)


# people


def test_nobody_shares_a_word_with_anybody() -> None:
    cases = [people.case(SEED, number) for number in range(3000)]
    for field in ("name", "email", "phone", "document"):
        words = {getattr(case, field).split()[-1] for case in cases}
        assert len(words) == len(cases)


def test_whose_a_word_is_can_be_told_from_it() -> None:
    for number in (0, 7, 998, 999, 1997, 9999, 54321):
        case = people.case(SEED, number)
        known = {"email": case.email, "phone": case.phone}
        assert databases.whose(known, WORDS) == number
        assert not case.phone.endswith("000")
    mixed = {"email": people.case(SEED, 1).email, "phone": people.case(SEED, 2).phone}
    assert databases.whose(mixed, WORDS) == -1


def test_the_same_seed_makes_the_same_people_and_another_seed_others() -> None:
    assert people.case(SEED, 3) == people.case(SEED, 3)
    assert people.case(SEED, 3).email != people.case(SEED + 1, 3).email


# personal data


def found_in(content: bytes) -> list[tuple[str, int | None]]:
    return list(Search(WORDS).inside(content))


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("field", ["name", "email", "phone", "document"])
def test_a_word_is_found_in_base64_at_every_alignment(before: int, field: str) -> None:
    case = people.case(SEED, 42)
    plain = b"x" * before + getattr(case, field).encode() + b"tail"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert 42 in [whose for _, whose in found_in(b'{"box": "' + encode(plain) + b'"}')]


def test_words_in_capitals_and_small_letters_are_one() -> None:
    name = people.case(SEED, 7).name
    assert [whose for _, whose in found_in(f"{name} {name.upper()} {name.lower()}".encode())] == [7, 7, 7]


@pytest.mark.parametrize("written", ["+502{0}{1}", "502 {0} {1}", "{0}-{1}", "{0}{1}", '"{0} {1}"'])
def test_a_phone_is_found_as_people_write_it(written: str) -> None:
    local = people.case(SEED, 9).phone.removeprefix("+502")
    assert 9 in [whose for _, whose in found_in(f"tel {written.format(local[:4], local[4:])} ".encode())]


def test_ids_and_long_numbers_are_no_phones() -> None:
    local = people.case(SEED, 9).phone.removeprefix("+502")
    assert found_in(f"id {local}-1234-4abc 1{local} {local}7 0.{local} a{local}".encode()) == []


def test_what_is_sealed_holds_nobodys_words() -> None:
    assert found_in(string.printable.encode() * 50 + base64.b64encode(bytes(range(256)) * 20)) == []


# what the clients were told


def test_a_request_is_followed_over_all_its_tries() -> None:
    found: dict[str, Asked] = {}
    lines = [
        {
            "at": 1,
            "ask": "a",
            "case": 3,
            "what": "book",
            "try": 1,
            "method": "POST",
            "url": "u",
            "key": "k",
            "sent": {},
        },
        {"at": 2, "ask": "a", "case": 3, "what": "book", "try": 1, "error": "ProtocolError"},
        {
            "at": 3,
            "ask": "a",
            "case": 3,
            "what": "book",
            "try": 2,
            "method": "POST",
            "url": "u",
            "key": "k",
            "sent": {},
        },
        {"at": 4, "ask": "a", "case": 3, "what": "book", "try": 2, "status": 503, "body": {}},
    ]
    asked.follow(found, lines)
    one = found["a"]
    assert (one.status, one.tries, one.failures) == (None, 2, ["ProtocolError", "status 503"])
    assert [breach.promise for breach in bookings.unfit(Evidence(SEED, asked=[one]))] == [findings.UNFIT]
    asked.follow(found, [{"at": 5, "ask": "a", "case": 3, "what": "book", "try": 3, "status": 201, "body": {}}])
    assert (one.status, one.begun, one.ended) == (201, 1, 5)
    assert list(bookings.unfit(Evidence(SEED, asked=[one]))) == []


def test_a_booking_may_be_refused_for_want_of_places_and_for_nothing_else() -> None:
    one = Asked("a", 0, "book", 0, 1, status=409, body={"type": "urn:sendero:slot-taken"})
    assert list(bookings.unfit(Evidence(SEED, asked=[one]))) == []
    one.body = {"type": "urn:sendero:not-possible"}
    assert len(list(bookings.unfit(Evidence(SEED, asked=[one])))) == 1


def test_being_sent_to_the_login_page_is_no_yes() -> None:
    url = "/referrals/r1/withdrawal"
    one = Asked("w", 0, "withdraw", 1, 2, url=url, status=303, signed_out=True)
    assert not bookings.withdrawn(Evidence(SEED, asked=[one]))
    assert [breach.promise for breach in bookings.unfit(Evidence(SEED, asked=[one]))] == [findings.UNFIT]
    signed_in = dataclasses.replace(one, id="w2", signed_out=False)
    assert bookings.withdrawn(Evidence(SEED, asked=[one, signed_in])) == {"r1"}
    assert list(bookings.unfit(Evidence(SEED, asked=[one, signed_in]))) == []


# places


def evidence_of_slot(capacity: int, *requests: Asked) -> Evidence:
    rows = [{"_id": f"s.{n}", "slot_id": "s", "state": "free"} for n in range(capacity)]
    slots = [{"_id": "s", "capacity": capacity}]
    return Evidence(SEED, asked=list(requests), data={"booking": {"places": rows, "slots": slots}})


def test_as_many_as_there_are_places_may_hold_one_at_a_time() -> None:
    e = evidence_of_slot(2, booked("SND-A", "s", 10), booked("SND-B", "s", 11), booked("SND-C", "s", 12))
    assert [one.promise for one in places.given_twice(e)] == [findings.PLACES]


def test_a_place_that_was_left_may_be_somebody_elses() -> None:
    e = evidence_of_slot(1, booked("SND-A", "s", 10), cancelled("SND-A", 20), booked("SND-B", "s", 21))
    assert list(places.given_twice(e)) == []
    e = evidence_of_slot(1, booked("SND-A", "s", 10), cancelled("SND-A", 20), booked("SND-B", "s", 15))
    assert len(list(places.given_twice(e))) == 1


# order


def records(*sequences: int, at: float = 50) -> Evidence:
    rows = [{"_id": f"e{n}", "topic": "booking", "key": "c", "sequence": n} for n in set(sequences)]
    return Evidence(
        SEED,
        data={"booking": {"outbox": rows}},
        records=[Record("booking", 0, offset, "c", at, f"e{n}", "t", n) for offset, n in enumerate(sequences)],
    )


@pytest.mark.parametrize("sequences", [(1, 2, 3), (1, 2, 1, 2, 3), (1, 1, 2, 3, 2)])
def test_a_log_that_repeats_is_in_order(sequences: tuple[int, ...]) -> None:
    assert list(order.in_logs(records(*sequences))) == []


@pytest.mark.parametrize("sequences", [(2, 1), (1, 3, 2), (2, 3, 1)])
def test_a_log_in_which_one_comes_before_its_predecessor_is_not(sequences: tuple[int, ...]) -> None:
    found = list(order.in_logs(records(*sequences)))
    assert found
    assert {(one.promise, one.explained) for one in found} == {(findings.ORDER, None)}


def test_a_log_that_was_lost_may_begin_in_the_middle_shortly_after() -> None:
    for at, lawful in ((105, True), (190, True), (50, False), (900, False)):
        e = records(2, 1, at=at)
        e.faults = [a_fault("broker-wipe", "broker")]
        assert [one.explained is not None for one in order.in_logs(e)] == [lawful]
        e.faults = [a_fault("broker-kill", "broker")]
        assert [one.explained for one in order.in_logs(e)] == [None]


def test_what_was_planted_in_a_log_is_not_judged() -> None:
    e = records(1, 2)
    e.records.append(Record("booking", 0, 2, "c", 50, "proof-poison-1", "t", 0))
    e.records.append(Record("booking", 0, 3, "c", 50, "a stranger", "t", 9))
    assert list(order.in_logs(e)) == []


# mails twice


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("kill-at", "notifications mail-unnoted"),
        ("kill", "notifications worker-1"),
        ("group-reset", "notifications"),
        ("provider-reset_after", "email"),
    ],
)
def test_what_parts_a_hand_over_from_its_note_explains_a_second_one(kind: str, target: str) -> None:
    fault = a_fault(kind, target)
    assert messages.why_again(101, 170, 170.5, [fault]) == fault.name
    assert messages.why_again(50, 60, 60.5, [fault]) is None, "it had not begun"
    assert messages.why_again(200, 260, 260.5, [fault]) is None, "it was long over"
    assert messages.why_again(101, 170, 101.2, [fault]) is None, "the first one had been noted"


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("kill", "notifications web"),
        ("kill", "booking worker-1"),
        ("group-reset", "booking"),
        ("database-kill", "booking"),
        ("network-cut", "notifications-kafka"),
        ("provider-500", "email"),
        ("provider-slow", "email"),
        ("provider-reset_after", "sms"),
        ("broker-kill", "broker"),
    ],
)
def test_what_has_nothing_to_do_with_it_explains_nothing(kind: str, target: str) -> None:
    assert messages.why_again(101, 170, 170.5, [a_fault(kind, target)]) is None


@pytest.mark.parametrize(
    ("kind", "target"), [("database-kill", "notifications"), ("network-cut", "notifications-mongo")]
)
def test_a_database_explains_it_only_when_it_was_away_for_longer_than_noting_is_tried(kind: str, target: str) -> None:
    assert messages.why_again(101, 170, 170.5, [a_fault(kind, target, 100, 140)]) is not None
    assert messages.why_again(101, 170, 170.5, [a_fault(kind, target, 100, 120)]) is None


def test_only_a_process_that_was_paused_may_hand_over_what_another_has_noted() -> None:
    pause = a_fault("pause", "notifications sending", 100, 163)
    assert messages.why_again(161, 164, 161.3, [pause]) == pause.name
    assert messages.why_again(161, 164, 161.3, [a_fault("kill", "notifications worker-1", 100, 163)]) is None


@pytest.mark.parametrize("template", post.SAYS)
def test_every_phrase_is_of_one_message_only(template: str) -> None:
    for phrase in post.SAYS[template]:
        item = {"id": "i", "channel": "sms", "to": "+1", "text": phrase, "received_at": "2026-11-23T10:00:00Z"}
        assert post.received(item).template == template
    assert post.received({**item, "text": "Hello"}).template is None


@pytest.mark.parametrize("template", messages.DUE)
@pytest.mark.parametrize("language", contact.LANGUAGES)
@pytest.mark.parametrize("channel", contact.CHANNELS)
def test_each_message_that_is_due_is_known_by_what_it_says(template: str, language: str, channel: str) -> None:
    """As notifications writes it today."""
    for status in ("waitlisted", "not_allocated", "booked", "cancelled"):
        facts = letters.facts(status=status, reason_code="office_closed", first_until=letters.facts()["confirm_by"])
        one = letters.a_message(template, channel, facts=facts)
        written = render.outgoing(letters.some_settings(), one, "x", language, one.created_at)
        item = {"id": "i", "channel": channel, "to": "x", "text": written.text, "received_at": "2026-11-23T10:00:00Z"}
        assert post.received(item).template == template, written.text


def test_who_was_offered_a_place_that_the_office_took_away_again_must_be_told_both() -> None:
    steps = [
        {"status": "received"},
        {"status": "allocated"},
        {"status": "waitlisted", "by": "office", "mass_cancellation": "job-1"},
    ]
    asked_for = dataclasses.replace(booked("B", "s", 10, case=1), what="ask")
    e = Evidence(SEED, asked=[booked("A", "s", 10), asked_for])
    e.data = {
        "booking": {
            "appointments": [{"case_id": "case-a", "reference": "A", "history": []}],
            "requests": [{"reference": "B", "history": steps}],
            "outbox": [{"key": "case-a", "type": type} for type in messages.OF_WHO_COMES_FIRST],
        }
    }
    due = {(one.reference, one.template, one.unless) for one in messages.due(e)}
    assert {("A", "place_kept", True), ("A", "kept_withdrawn", True), ("B", "offer_withdrawn", False)} <= due
    assert not any(template == "request_waitlisted" for _, template, _ in due)


# how long people waited


def test_a_fault_is_charged_with_the_longest_request_that_was_open_meanwhile() -> None:
    during = dataclasses.replace(booked("A", "s", 112), begun=98, tries=4)
    after = dataclasses.replace(booked("B", "s", 500), begun=150)
    e = Evidence(SEED, asked=[during, after], faults=[a_fault("kill", "booking web")])
    e.received = [post.Received("m", "sms", "+1", "x", messages.CONFIRMED, "A", 130.0)]
    shown = waiting.by_fault(e)[0]
    assert (shown["longest_answer"], shown["requests"], shown["repeated"]) == (14, 1, 1)
    assert shown["longest_message"] == 0, "it was answered when the fault was over"
    e.faults = [a_fault("kill", "booking web", 100, 115)]
    assert waiting.by_fault(e)[0]["longest_message"] == 18
    table = findings.Findings(looked_at={"requests": 2}, waits=waiting.by_fault(e)).table()
    assert "14.0   18.0    1 kill: booking web, which lasted 15.0" in table
