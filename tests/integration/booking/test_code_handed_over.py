"""A new code for who has lost theirs and cannot be written to: from the office's hand, and no other way."""

import json

import pytest
from pymongo.database import Database

from services.booking import actions, model, refusals, store
from shared import auth, codes, mongo
from tests import builders
from tests.integration.booking import between, windows
from tests.integration.booking.conftest import CLERK, a_key, add_slot, announced
from tests.integration.booking.test_lost_code import half_a_day_later, opens

ELSEWHERE = auth.Actor("clerk-2", roles=("clerk",), offices=("izabal",))


def booked(db: Database, *channels: str) -> model.Appointment:
    contact = {} if channels else {"phone": None, "email": None}
    person = builders.a_person(name=f"Ana {a_key().scope}", **contact)
    request = builders.a_booking_request(slot_id=add_slot(db), person=person, channels=channels)
    return actions.book(db, request, a_key())[0]


def handed(db: Database) -> list[tuple[str, str]]:
    actions_of = {"action": {"$in": ["appointment.code", "request.code"]}}
    return [(row["actor"]["id"], row["outcome"]) for row in db.audit.find(actions_of)]


def test_it_opens_the_appointment_and_the_lost_one_is_void_once_it_has(db: Database, office: model.Office) -> None:
    appointment = booked(db)
    code = actions.newest_code(db, actions.hand_code(db, appointment.reference, CLERK))
    assert code == codes.code(mongo.settings(db).access_key, appointment.reference, 2)
    assert opens(db, appointment, 1)
    assert opens(db, appointment, 2)
    assert not opens(db, appointment, 1)
    (told,) = announced(db, "appointment.code_renewed.v1")
    assert (json.loads(told["value"])["code_number"], json.loads(told["value"])["channels"]) == (2, [])
    assert handed(db) == [("clerk-1", "allowed")]


def test_a_double_click_and_a_fifth_time_in_a_day_show_the_newest_again(db: Database, office: model.Office) -> None:
    appointment = booked(db)
    numbers = []
    for _ in range(5):
        numbers += [actions.hand_code(db, appointment.reference, CLERK).code_number for _ in "ab"]
        db.appointments.update_one({}, [{"$set": {"codes_renewed_at": {"$map": MINUTES_EARLIER}}}])
    assert numbers == sorted(numbers)
    assert numbers[0] == numbers[1] == 2
    assert numbers[-1] == numbers[-2] == numbers[-3]
    assert len(announced(db, "appointment.code_renewed.v1")) == numbers[-1] - 1
    half_a_day_later(db)
    half_a_day_later(db)
    assert actions.hand_code(db, appointment.reference, CLERK).code_number == numbers[-1] + 1
    assert len(handed(db)) == 11


MINUTES_EARLIER = {
    "input": "$codes_renewed_at",
    "in": {"$dateSubtract": {"startDate": "$$this", "unit": "minute", "amount": 20}},
}


def test_who_can_be_written_to_is_written_to(db: Database, office: model.Office) -> None:
    with pytest.raises(refusals.CanBeWrittenTo):
        actions.hand_code(db, booked(db, "sms").reference, CLERK)
    assert not announced(db, "appointment.code_renewed.v1")


def test_of_another_office_it_does_not_exist_and_the_refusal_is_noted(db: Database, office: model.Office) -> None:
    appointment = booked(db)
    with pytest.raises(refusals.UnknownAppointment):
        actions.hand_code(db, appointment.reference, ELSEWHERE)
    windows.an_open_one(db, verified=True)
    request = actions.ask_for(db, windows.asked(channels=()), "hotline", a_key(), CLERK)[0]
    with pytest.raises(refusals.UnknownRequest):
        actions.hand_request_code(db, request.reference, ELSEWHERE)
    assert handed(db) == [("clerk-2", "refused"), ("clerk-2", "refused")]


def test_of_a_request_as_of_an_appointment(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, verified=True)
    mine, other = (
        actions.ask_for(db, windows.asked(channels=channels), "hotline", a_key(), CLERK)[0]
        for channels in ((), ("sms",))
    )
    with pytest.raises(refusals.CanBeWrittenTo):
        actions.hand_request_code(db, other.reference, CLERK)
    code = actions.newest_code(db, actions.hand_request_code(db, mine.reference, CLERK))
    assert code == codes.code(mongo.settings(db).access_key, mine.reference, 2)
    assert actions.hand_request_code(db, mine.reference, CLERK).code_number == 2
    assert actions.identify_request(db, mine.reference, code, "network").oldest_code == 2
    assert len(announced(db, "request.code_renewed.v1")) == 1


def test_who_dies_while_handing_it_over_has_noted_and_told_all_or_nothing(db: Database, office: model.Office) -> None:
    appointment = booked(db)
    for number in range(1, 60):
        died = between.die(db, lambda own: actions.hand_code(own, appointment.reference, CLERK), number)
        done = store.appointment(db, appointment.reference).code_number - 1
        assert len(handed(db)) == len(announced(db, "appointment.code_renewed.v1")) == done
        if not died:
            assert done == 1
            return
    pytest.fail("it has more commands than were tried")
