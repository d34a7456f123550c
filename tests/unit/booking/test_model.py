"""The rules of appointments."""

from datetime import UTC, datetime, timedelta

import pytest

from services.booking import model, refusals
from tests import builders

START = builders.an_appointment().starts_at
ON_ITS_DAY = START - timedelta(hours=3)
THE_DAY_BEFORE = START - timedelta(days=1)


def fits(now: datetime = builders.NOW, office: model.Office | None = None, **changes: object) -> None:
    request = builders.a_booking_request(**changes)
    request.must_fit(builders.a_slot(), office or builders.an_office(), builders.a_pathway(max_party=2), now)


def test_a_request_fits_its_slot() -> None:
    fits()


def test_a_slot_that_has_begun_is_past() -> None:
    with pytest.raises(refusals.SlotPast):
        fits(now=START)


def test_a_slot_of_another_pathway_or_office_is_refused() -> None:
    with pytest.raises(refusals.WrongPathway):
        fits(pathway_id="protection")
    with pytest.raises(refusals.WrongOffice):
        fits(office_id="izabal")


@pytest.mark.parametrize(
    "intake",
    [
        model.Intake(open=False),
        model.Intake(opens_at=builders.NOW + timedelta(seconds=1)),
        model.Intake(closes_at=builders.NOW),
    ],
)
def test_a_closed_intake_takes_nobody(intake: model.Intake) -> None:
    with pytest.raises(refusals.IntakeClosed):
        fits(office=builders.an_office(intake=intake))


def test_a_party_beyond_what_the_pathway_takes_is_refused_at_its_field() -> None:
    companions = (model.Companion("Luis", builders.a_person().birth_date),) * 2
    with pytest.raises(refusals.PartyTooLarge) as refused:
        fits(companions=companions)
    assert list(refused.value.errors) == ["companions"]
    assert refused.value.params == {"most": 2}


def test_a_person_cancels_until_the_start() -> None:
    cancelled = builders.an_appointment().cancel(START - timedelta(seconds=1), "person")
    assert (cancelled.status, cancelled.live, cancelled.version) == ("cancelled", False, 2)
    assert [entry["status"] for entry in cancelled.history] == ["booked", "cancelled"]
    with pytest.raises(refusals.TooLate):
        builders.an_appointment().cancel(START, "person")


def test_notice_binds_the_person_and_not_the_office() -> None:
    late = START - timedelta(minutes=59)
    with pytest.raises(refusals.TooLate):
        builders.an_appointment().cancel(late, "person", notice_minutes=60)
    assert builders.an_appointment().cancel(late, "office", notice_minutes=60).status == "cancelled"


def moved(one: model.Appointment, now: datetime = builders.NOW, by: str = "person", **rules: int) -> model.Appointment:
    number = one.version
    to = builders.a_slot(id=f"slot-{number}", starts_at=START + timedelta(days=number))
    return one.reschedule(now, to, (f"slot-{number}.001",), by, builders.a_pathway(**rules))


def test_another_time_takes_the_place_of_the_first_which_is_not_forgotten() -> None:
    first = builders.an_appointment()
    twice = moved(moved(first))
    assert (twice.slot_id, twice.place_ids, twice.starts_at) == ("slot-2", ("slot-2.001",), START + timedelta(days=2))
    assert (twice.status, twice.version, twice.changes) == ("booked", 3, 2)
    assert (twice.as_booked.starts_at, twice.as_booked.slot_id) == (START, first.slot_id)
    assert (first.was_changed_to, twice.was_changed_to) == (None, "slot-2")


def test_a_person_changes_the_time_so_often_and_so_late_at_most_the_office_as_it_must() -> None:
    once, late = moved(builders.an_appointment()), START - timedelta(minutes=59)
    with pytest.raises(refusals.TooManyChanges):
        moved(once, max_changes=1)
    with pytest.raises(refusals.TooLate):
        moved(builders.an_appointment(), late, change_notice_minutes=60)
    by_office = moved(moved(once, by="office", max_changes=1), START, "office", change_notice_minutes=60)
    assert (by_office.changes, by_office.history[-1]["by"]) == (1, "office")
    with pytest.raises(refusals.NotBooked):
        moved(builders.an_appointment(status="arrived"), by="office")


@pytest.mark.parametrize(("capacity", "share", "left"), [(1, 50, 0), (2, 50, 1), (5, 50, 2), (4, 0, 4), (3, 100, 0)])
def test_holds_have_a_share_of_a_time_rounded_up(capacity: int, share: int, left: int) -> None:
    assert builders.a_pathway(hold_share=share).left_by_holds(capacity) == left


@pytest.mark.parametrize("status", ["arrived", "attended", "missed", "cancelled"])
def test_only_what_is_still_to_come_can_be_cancelled(status: str) -> None:
    with pytest.raises(refusals.NotBooked):
        builders.an_appointment(status=status).cancel(builders.NOW, "person")


def test_arrival_and_attendance_are_noted_on_the_day_and_not_before() -> None:
    for status in ("arrived", "attended"):
        assert builders.an_appointment().becomes(status, ON_ITS_DAY, "office").status == status
        with pytest.raises(refusals.NotYet):
            builders.an_appointment().becomes(status, THE_DAY_BEFORE, "office")


def test_the_day_is_the_offices_and_not_that_of_utc() -> None:
    evening = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # still the 24th in Guatemala
    appointment = builders.an_appointment(starts_at=evening)
    assert appointment.arrive(datetime(2026, 11, 24, 6, 0, tzinfo=UTC), "office").status == "arrived"
    with pytest.raises(refusals.NotYet):
        appointment.arrive(datetime(2026, 11, 24, 5, 59, tzinfo=UTC), "office")


def test_who_comes_before_midnight_for_a_time_after_it_has_come() -> None:
    after_midnight = datetime(2026, 11, 24, 6, 15, tzinfo=UTC)
    appointment = builders.an_appointment(starts_at=after_midnight)
    assert appointment.arrive(after_midnight - timedelta(hours=1), "office").status == "arrived"


def test_attendance_implies_arrival() -> None:
    attended = builders.an_appointment().attend(START, "office")
    assert [entry["status"] for entry in attended.history] == ["booked", "arrived", "attended"]
    noted_before = builders.an_appointment().arrive(START, "office").attend(START, "office")
    assert [entry["status"] for entry in noted_before.history] == ["booked", "arrived", "attended"]


def test_a_person_is_missed_only_after_the_start() -> None:
    assert not builders.an_appointment().miss(START, "office").live
    with pytest.raises(refusals.NotYet):
        builders.an_appointment().miss(START - timedelta(seconds=1), "office")


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("cancelled", "arrived"),
        ("cancelled", "attended"),
        ("cancelled", "missed"),
        ("missed", "arrived"),
        ("missed", "attended"),
        ("attended", "missed"),
        ("attended", "arrived"),
        ("arrived", "missed"),
    ],
)
def test_what_does_not_fit_the_state_is_refused(status: str, becomes: str) -> None:
    with pytest.raises(refusals.WrongState):
        builders.an_appointment(status=status).becomes(becomes, START, "office")


def a_referral(**changes: object) -> model.Referral:
    asked = builders.a_referral_request(**changes)
    return asked.made(builders.NOW, "clerk-1", "es", {"scope": "s", "body": "b"})


def test_only_who_has_come_is_referred() -> None:
    for status in ("arrived", "attended"):
        assert builders.an_appointment(status=status).refer(a_referral()).referrals[0].status == "requested"
    for status in ("booked", "missed", "cancelled"):
        with pytest.raises(refusals.WrongState):
            builders.an_appointment(status=status).refer(a_referral())


def test_one_open_referral_per_service() -> None:
    referred = builders.an_appointment(status="attended").refer(a_referral())
    with pytest.raises(refusals.AlreadyReferred):
        referred.refer(a_referral())
    assert len(referred.refer(a_referral(service="orientation")).referrals) == 2


def test_a_referral_that_has_ended_may_be_asked_for_again() -> None:
    referred = builders.an_appointment(status="attended").refer(a_referral())
    ended = referred.referral_is(START, {"referral_id": referred.referrals[0].id, "status": "unplaced"})
    assert [one.status for one in ended.refer(a_referral()).referrals] == ["unplaced", "requested"]


def test_a_referral_speaks_the_appointments_language_unless_told() -> None:
    assert a_referral().languages == ("es",)
    assert a_referral(languages=("quc", "es")).languages == ("quc", "es")


def test_what_was_told_of_a_referral_finds_it_by_id_or_by_service() -> None:
    referred = builders.an_appointment(status="attended").refer(a_referral())
    opened = referred.referral_is(START, {"referral_id": "r1", "service": "protection", "status": "opened"})
    partner = {"id": "unhcr", "name": "UNHCR (sample)"}
    accepted = opened.referral_is(START, {"referral_id": "r1", "status": "accepted", "partner": partner})
    assert (accepted.referrals[0].status, accepted.referrals[0].partner) == ("accepted", partner)
    with pytest.raises(LookupError):
        accepted.referral_is(START, {"referral_id": "r2", "service": "protection", "status": "opened"})


def test_the_last_problem_of_a_channel_is_shown() -> None:
    appointment = builders.an_appointment().contact_failed("sms", "rejected", START)
    appointment = appointment.contact_failed("email", "bounced", START).contact_failed("sms", "opted_out", START)
    assert {one["channel"]: one["reason"] for one in appointment.contact_problems} == {
        "email": "bounced",
        "sms": "opted_out",
    }


def test_nothing_of_the_person_stays_in_an_erased_appointment() -> None:
    appointment = builders.an_appointment(cancel_reason={"box": "…"}, status="attended").refer(a_referral()).erased()
    assert appointment.fingerprints == (f"erased:{appointment.id}",)
    assert appointment.request == {"scope": "scope", "body": ""}
    assert appointment.referrals[0].request == {"scope": "s", "body": ""}
    assert appointment.cancel_reason is None
