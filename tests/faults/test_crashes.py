"""Each promise, with the process that has to keep it killed at the worst moment (SIGKILL, once), and started again."""

import urllib3

from tests.faults.conftest import Person
from tests.stack import Stack
from tests.wait import wait_until


def appointments_of(stack: Stack, reference: str) -> int:
    return stack.database("booking").appointments.count_documents({"reference": reference})


def events_handled(stack: Stack, service: str, case: str) -> dict[str, int]:
    """How often each event of the case is in the service's inbox."""
    rows = stack.database(service).inbox.find({"key": case, "topic": "booking"})
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["type"]] = counts.get(row["type"], 0) + 1
    return counts


def case_of(stack: Stack, reference: str) -> str:
    return stack.database("booking").appointments.find_one({"reference": reference})["case_id"]


def test_killed_between_the_commit_and_the_answer_the_repeated_request_gets_the_one_appointment(
    stack: Stack, person: Person
) -> None:
    slot = person.free_slot()
    stack.stop("booking web")
    flag = stack.start_deadly("booking web", "after", "services.booking.actions.book")
    body = person.request(slot)
    try:
        stack.post("booking", "/api/v1/appointments", body, headers=person.headers)
        raise AssertionError("it was to die before it answered")
    except urllib3.exceptions.HTTPError:
        assert flag.exists()
    wait_until(lambda: stack.by_name["booking web"].ready(stack.settings), 120, "another process answers")
    answer = person.book(slot)
    assert appointments_of(stack, answer["reference"]) == 1
    person.waits_for_messages()
    assert len(person.mails()) == 1
    assert len(person.texts()) == 1


def test_killed_between_sending_and_marking_every_event_has_one_effect(stack: Stack, person: Person) -> None:
    stack.stop("booking worker")
    answer = person.book()
    flag = stack.start_deadly("booking worker", "after", "shared.relay.Relay._deliver")
    stack.died("booking worker", flag)
    assert stack.get("booking", "/readyz", expect=200)
    stack.start("booking worker")
    person.waits_for_messages()
    case = case_of(stack, answer["reference"])
    outbox = stack.database("booking").outbox
    wait_until(lambda: outbox.find_one({"key": case, "expires_at": {"$exists": True}}), 120, "the event is marked")
    assert events_handled(stack, "notifications", case) == {"appointment.booked.v1": 1}
    assert len(person.mails()) == 1
    assert len(person.texts()) == 1


def test_killed_between_the_effect_and_the_offset_the_event_comes_again_and_has_no_second_effect(
    stack: Stack, person: Person
) -> None:
    stack.stop("notifications worker")
    answer = person.book()
    flag = stack.start_deadly("notifications worker", "before", "shared.consumer.member._commit")
    stack.died("notifications worker", flag)
    stack.start("notifications worker")
    person.waits_for_messages()
    case = case_of(stack, answer["reference"])
    assert events_handled(stack, "notifications", case) == {"appointment.booked.v1": 1}
    assert stack.database("notifications").messages.count_documents({"case_id": case}) == 2
    assert len(person.mails()) == 1
    assert len(person.texts()) == 1


def test_killed_between_handing_a_mail_over_and_noting_it_the_second_copy_has_the_same_message_id(
    stack: Stack, person: Person
) -> None:
    stack.stop("notifications worker")
    person.book()
    flag = stack.start_deadly("notifications worker", "after", "services.notifications.channels.email._hand_over")
    stack.died("notifications worker", flag)
    assert len(person.mails()) == 1
    stack.start("notifications worker")
    wait_until(lambda: person.texts(), 120, "the SMS arrived")
    wait_until(lambda: len(person.mails()) == 2, 120, "the mail was handed over again when the lease had run out")
    wait_until(lambda: stack.database("notifications").messages.count_documents({"status": "sending"}) == 0, 120)
    assert len({mail["message_id"] for mail in person.mails()}) == 1
    assert len(person.texts()) == 1


def test_killed_between_delivering_a_webhook_and_noting_it_the_partner_sees_one_id(
    stack: Stack, person: Person
) -> None:
    stack.stop("referrals worker")
    flag = stack.start_deadly("referrals worker", "after", "services.referrals.webhooks.deliver")
    referral = person.is_referred()
    stack.died("referrals worker", flag)
    assert [one["attempts"] for one in person.webhooks(referral)] == [1]
    stack.start("referrals worker")
    wait_until(lambda: person.webhooks(referral)[0]["attempts"] == 2, 120, "the webhook came again")
    (received,) = person.webhooks(referral)
    assert received["signature_valid"]
