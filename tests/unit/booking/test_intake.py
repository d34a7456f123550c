"""Intake of an office and of one of its pathways, together."""

import dataclasses
from datetime import timedelta

import pytest

from services.booking import model, refusals
from tests import builders

NOW, HOUR = builders.NOW, timedelta(hours=1)
OPEN, CLOSED = model.Intake(), model.Intake(open=False)


def an_office(whole: model.Intake = OPEN, own: model.Intake | None = None) -> model.Office:
    return builders.an_office(intake=whole, intakes={"orientation": own} if own else {})


@pytest.mark.parametrize(
    ("whole", "own", "state"),
    [
        (OPEN, None, "open"),
        (CLOSED, None, "closed"),
        (OPEN, CLOSED, "closed"),
        (CLOSED, OPEN, "closed"),
        (OPEN, model.Intake(opens_at=NOW + HOUR), "not_yet"),
        (model.Intake(opens_at=NOW + HOUR), OPEN, "not_yet"),
        (OPEN, model.Intake(closes_at=NOW), "over"),
        (model.Intake(opens_at=NOW - HOUR, closes_at=NOW + HOUR), OPEN, "open"),
    ],
)
def test_a_pathway_is_open_where_both_are(whole: model.Intake, own: model.Intake | None, state: str) -> None:
    assert an_office(whole, own).intake_of("orientation", NOW).state(NOW) == state


def test_of_two_times_the_narrower_counts() -> None:
    whole = model.Intake(opens_at=NOW - HOUR, closes_at=NOW + 2 * HOUR)
    own = model.Intake(opens_at=NOW - 2 * HOUR, closes_at=NOW + HOUR)
    both = an_office(whole, own).intake_of("orientation", NOW)
    assert (both.opens_at, both.closes_at) == (NOW - HOUR, NOW + HOUR)


def test_who_is_closed_says_why() -> None:
    own, whole = {"es": "el servicio", "en": "the service"}, {"es": "la oficina", "en": "the office"}

    def says(office: model.Office) -> object:
        return office.intake_of("orientation", NOW).message

    shut = dataclasses.replace(CLOSED, message=whole)
    assert says(an_office(shut, model.Intake(message=own))) == whole
    assert says(an_office(model.Intake(message=whole), dataclasses.replace(CLOSED, message=own))) == own
    assert says(an_office(model.Intake(message=whole), model.Intake(message=own))) == own
    assert says(an_office(model.Intake(message=whole), OPEN)) == whole


def test_another_pathway_goes_by_the_office_alone() -> None:
    assert an_office(OPEN, CLOSED).intake_of("protection", NOW).is_open(NOW)


def test_each_limit_is_counted_by_itself() -> None:
    office = an_office(model.Intake(most_per_day=30), model.Intake(most_per_day=10))
    assert office.caps_of("orientation") == {model.ALL: 30, "orientation": 10}
    assert office.caps_of("protection") == {model.ALL: 30}
    assert an_office(OPEN, OPEN).caps_of("orientation") == {}


DESK = model.AtTheDesk(account="clerk-1", why=model.WALK_IN)


def test_staff_book_whether_intake_is_open_or_not_and_without_notice() -> None:
    request = builders.a_booking_request(desk=DESK)
    pathway = builders.a_pathway(min_notice_minutes=10_000, horizon_days=0)
    request.must_fit(builders.a_slot(), an_office(CLOSED), pathway, NOW)
    with pytest.raises(refusals.IntakeClosed):
        dataclasses.replace(request, desk=None).must_fit(builders.a_slot(), an_office(CLOSED), pathway, NOW)


def test_staff_book_a_time_that_has_begun_until_it_is_over() -> None:
    request, slot = builders.a_booking_request(desk=DESK), builders.a_slot()
    request.must_fit(slot, an_office(), builders.a_pathway(), slot.ends_at - timedelta(seconds=1))
    with pytest.raises(refusals.SlotPast):
        request.must_fit(slot, an_office(), builders.a_pathway(), slot.ends_at)


def test_only_a_missed_one_is_put_right() -> None:
    missed = builders.an_appointment(status=model.MISSED)
    corrected = missed.correct(model.ATTENDED, NOW, "supervisor-1", "came_late")
    assert (corrected.status, corrected.version) == (model.ATTENDED, missed.version + 1)
    assert corrected.history[-1]["account"] == "supervisor-1"
    for status in (model.BOOKED, model.CANCELLED, model.ARRIVED, model.ATTENDED):
        with pytest.raises(refusals.NotMissed):
            builders.an_appointment(status=status).correct(model.ARRIVED, NOW, "supervisor-1", "came_late")
    with pytest.raises(refusals.NotMissed):
        missed.correct(model.CANCELLED, NOW, "supervisor-1", "came_late")
