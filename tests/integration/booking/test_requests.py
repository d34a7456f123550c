"""A place asked for in a request window: once per person, changed, withdrawn, confirmed."""

import json
from datetime import timedelta

import pytest
from pymongo.database import Database

from services.booking import actions, live, model, people, places, refusals, store
from services.booking.actions import windows as steps
from services.booking.model import requests as rules
from shared import clock, mongo, web
from tests import builders
from tests.integration.booking import between, windows
from tests.integration.booking.conftest import CLERK, a_key, add_slot, announced, race, states


@pytest.fixture
def window(db: Database, office: model.Office) -> model.Window:
    return windows.an_open_one(db)


def types(db: Database, request: model.Request) -> list[str]:
    return [row["type"] for row in announced(db) if row["key"] == request.case_id]


def test_a_request_is_received_and_announced_without_a_name(db: Database, window: model.Window) -> None:
    request, was_there = actions.ask(db, windows.asked(person=builders.a_person(name="Ixchel Tzunux")), a_key())
    assert not was_there
    assert request.status == "received"
    assert types(db, request) == ["request.received.v1"]
    assert [row["key"] for row in announced(db, "person.changed.v1")] == [request.person_id]
    everything = "".join(repr(list(db[name].find())) for name in db.list_collection_names())
    assert "Tzunux" not in everything


def test_the_same_request_again_has_one_effect(db: Database, window: model.Window) -> None:
    asked, key = windows.asked(), a_key()
    first, _ = actions.ask(db, asked, key)
    again, was_there = actions.ask(db, asked, key)
    assert was_there
    assert again == first
    with pytest.raises(web.KeyReused):
        actions.ask(db, asked, a_key(key.scope, "other"))
    assert len(announced(db, "request.received.v1")) == 1


def test_the_same_request_many_times_at_once_has_one_effect(db: Database, window: model.Window) -> None:
    asked, key = windows.asked(), a_key()
    answers = race(6, lambda _: actions.ask(db, asked, key)[0].reference)
    assert len({one for one in answers if isinstance(one, str)}) == 1
    assert db.requests.count_documents({}) == db.people.count_documents({}) == 1


def test_places_that_are_drawn_are_not_booked_by_the_public_and_not_shown(
    db: Database, window: model.Window, office: model.Office
) -> None:
    slot = db.slots.find_one({})["_id"]
    with pytest.raises(refusals.AskInWindow):
        actions.book(db, builders.a_booking_request(slot_id=slot), a_key())
    today = office.today(clock.now())
    assert store.free_slots(db, "guatemala", "orientation", today, today + timedelta(days=9)) == []
    assert states(db, slot) == ["reserved", "reserved"]
    assert store.slot(db, slot).free == 0


def test_a_person_has_one_live_request(db: Database, window: model.Window) -> None:
    person = builders.a_person()
    first = windows.ask(db, person=person)
    for _ in range(2):
        with pytest.raises(refusals.NotPossible):
            windows.ask(db, person=builders.a_person(name="Another Name", phone=person.phone, email=None))
    assert types(db, first) == ["request.received.v1", "request.requested_again.v1"]  # told once a day
    actions.withdraw_request(db, first.reference, "person")
    assert windows.ask(db, person=person).status == "received"


def test_a_person_asks_many_times_at_once_and_has_one_request(db: Database, window: model.Window) -> None:
    person = builders.a_person()
    answers = race(6, lambda _: windows.ask(db, person=person))
    assert sum(isinstance(one, model.Request) for one in answers) == 1
    assert answers.count(refusals.NotPossible) == 5
    assert db.requests.count_documents({}) == 1


def a_live_appointment(db: Database, person: model.Person) -> model.Appointment:
    """As an office makes one in such a service: a free place, and the person's fingerprints."""
    confirmed = windows.ask(db, person=person)
    windows.drawn(db)
    actions.confirm_request(db, confirmed.reference)
    return store.appointment(db, confirmed.reference)


def test_who_has_an_appointment_of_that_service_cannot_ask(db: Database, window: model.Window) -> None:
    person = builders.a_person()
    appointment = a_live_appointment(db, person)
    with pytest.raises(live.AlreadyLive):
        live.hold(db, "orientation", appointment.fingerprints[:1], "another case")
    actions.cancel(db, appointment.reference, "person")
    live.hold(db, "orientation", appointment.fingerprints, "another case")


@pytest.mark.parametrize("end", [actions.attend, actions.miss])
def test_who_has_been_there_may_ask_again(db: Database, window: model.Window, end) -> None:
    appointment = a_live_appointment(db, builders.a_person())
    db.appointments.update_one({}, {"$set": {"starts_at": clock.now() - timedelta(hours=1)}})
    end(db, appointment.reference, CLERK)
    assert db.live_fingerprints.count_documents({}) == 0


def test_appointments_from_before_count_when_the_first_window_opens(db: Database, office: model.Office) -> None:
    person = builders.a_person()
    booked, _ = actions.book(db, builders.a_booking_request(slot_id=add_slot(db), person=person), a_key())
    windows.an_open_one(db)
    with pytest.raises(refusals.NotPossible):
        windows.ask(db, person=person)
    assert "appointment.requested_again.v1" in [row["type"] for row in announced(db) if row["key"] == booked.case_id]


def test_a_request_and_an_appointment_of_one_person_at_the_same_moment(db: Database, window: model.Window) -> None:
    """Whichever commits first refuses the other, wherever the second comes in between."""
    for number in range(1, 30):
        person = builders.a_person(name=f"Ana {number}")
        other: list[object] = []

        def appoint(person: model.Person = person, other: list = other) -> None:
            key = mongo.settings(db).fingerprint_key
            other.append(race(1, lambda _: _hold(db, people.fingerprints(key, person)))[0])

        mine: list[object] = []

        def ask(db: Database, person: model.Person = person, mine: list = mine) -> None:
            mine.append(race(1, lambda _: windows.ask(db, person=person))[0])

        happened = between.run(db, ask, number, appoint)
        if not happened:
            assert isinstance(mine[0], model.Request)
            break
        won = [isinstance(mine[0], model.Request), other[0] is True]
        assert sum(won) == 1, (number, mine, other)
    else:
        pytest.fail("it has more commands than were tried")


@mongo.transactional
def _hold(db: Database, fingerprints: tuple[str, ...]) -> bool:
    """What a booking for a drawn service does in its transaction."""
    try:
        live.hold(db, "orientation", fingerprints, "an appointment's case")
    except live.AlreadyLive:
        raise refusals.NotPossible from None
    return True


def test_a_request_is_changed_until_the_close(db: Database, window: model.Window) -> None:
    request = windows.ask(db)
    child = model.Companion("Luis", builders.a_person().birth_date)
    wish = model.Wish((windows.OFFICE,), availability=("morning",), companions=(child,))
    changed = actions.change_request(db, request.reference, wish)
    assert (changed.choices, changed.party_size) == (("guatemala/morning",), 2)
    assert len(changed.adults) == 2
    told = json.loads(announced(db, "person.changed.v1")[-1]["value"])
    known = mongo.settings(db).people_keys.open(told["sealed"], request.person_id)
    assert [one["name"] for one in known["companions"]] == ["Luis"]
    windows.close(db)
    with pytest.raises(refusals.WindowClosed):
        actions.change_request(db, request.reference, wish)


def sealed_of(db: Database, request: model.Request) -> tuple[list[str], str | None]:
    """Needs and interpreter as they are kept, and as readers of `people` were told last."""
    known = people.get(db, request.person_id) or {}
    told = json.loads(announced(db, "person.changed.v1")[-1]["value"])
    assert mongo.settings(db).people_keys.open(told["sealed"], request.person_id) == known
    return known["needs"], known["interpreter"]


def test_what_the_office_prepares_is_changed_until_the_close_and_what_is_not_named_stays(
    db: Database, window: model.Window
) -> None:
    request = windows.ask(db)
    wish = model.Wish((windows.OFFICE,))
    actions.change_request(db, request.reference, wish, {"needs": ["wheelchair", "hearing"], "interpreter": "mam"})
    assert sealed_of(db, request) == (["wheelchair", "hearing"], "mam")
    actions.change_request(db, request.reference, wish, {"needs": []})
    assert sealed_of(db, request) == ([], "mam")
    actions.change_request(db, request.reference, wish, {"interpreter": None})
    actions.change_request(db, request.reference, wish)
    assert sealed_of(db, request) == ([], None)
    assert types(db, request) == ["request.received.v1", *["request.changed.v1"] * 4]
    assert "wheelchair" not in str([*db.requests.find(), *db.outbox.find()])
    windows.close(db)
    with pytest.raises(refusals.WindowClosed):
        actions.change_request(db, request.reference, wish, {"interpreter": "kek"})
    assert sealed_of(db, request) == ([], None)


def test_who_dies_while_changing_has_changed_all_of_it_or_nothing(db: Database, window: model.Window) -> None:
    wish = model.Wish((windows.OFFICE,), availability=("morning",))
    for number in range(1, 60):
        request = windows.ask(db)
        died = between.die(
            db,
            lambda own, one=request: actions.change_request(own, one.reference, wish, {"interpreter": "mam"}),
            number,
        )
        changed = windows.again(db, request).availability == ("morning",)
        assert (people.get(db, request.person_id) or {})["interpreter"] == ("mam" if changed else None)
        assert ("request.changed.v1" in types(db, request)) == changed
        if not died:
            assert changed
            return
    pytest.fail("it has more commands than were tried")


def test_a_change_while_the_window_closes_is_in_the_draw_or_refused(db: Database, window: model.Window) -> None:
    """Wherever the close comes in between: what the office prepares is that of the request as it is drawn."""
    request, wish = windows.ask(db), model.Wish((windows.OFFICE,), availability=("morning",))
    for number in range(1, 60):
        before = windows.again(db, request)
        db.requests.update_one({"_id": request.id}, {"$set": {"availability": []}})
        db.windows.update_one({"_id": window.id}, {"$set": {"state": "open"}})
        db.window_gates.update_many({}, {"$set": {"open": True}})
        refused: list[object] = []

        def change(own: Database, number: int = number, refused: list = refused) -> None:
            try:
                actions.change_request(own, request.reference, wish, {"interpreter": f"x{number}"})
            except refusals.WindowClosed as refusal:
                refused.append(refusal)

        happened = between.run(db, change, number, lambda: steps._shut(db, window.id))
        after = windows.again(db, request)
        assert (after.availability == ("morning",)) == (not refused)
        assert after.version == before.version + (not refused)
        spoken = (people.get(db, request.person_id) or {})["interpreter"]
        assert (spoken == f"x{number}") == (not refused)
        if not happened:
            return
    pytest.fail("it has more commands than were tried")


def test_what_the_window_does_not_give_cannot_be_asked_for(db: Database, window: model.Window) -> None:
    with pytest.raises(refusals.UnfitWish) as refused:
        windows.ask(db, offices=("xela",), needs=("medical",))
    assert set(refused.value.errors) == {"offices", "needs"}
    children = tuple(model.Companion(f"C {n}", builders.a_person().birth_date) for n in range(4))
    with pytest.raises(refusals.PartyTooLarge):
        windows.ask(db, companions=children)


def test_before_and_after_the_window_nothing_can_be_asked(db: Database, office: model.Office) -> None:
    windows.be_drawn(db)
    window = windows.plan(db)
    with pytest.raises(refusals.NoWindow):
        windows.ask(db)
    actions.open_window(db, window.id)
    windows.ask(db)
    windows.close(db)
    with pytest.raises(refusals.NoWindow):
        windows.ask(db)


def test_a_request_while_the_window_closes_is_in_or_refused(db: Database, window: model.Window) -> None:
    """Wherever the close comes in between: an entry of its own, or none at all."""
    number = 0
    while True:
        number += 1
        db.windows.update_one({"_id": window.id}, {"$set": {"state": "open"}})
        db.window_gates.update_many({}, {"$set": {"open": True}})
        mine: list[object] = []

        def ask(db: Database, mine: list = mine) -> None:
            try:
                mine.append(windows.ask(db))
            except refusals.NoWindow as refused:
                mine.append(refused)

        happened = between.run(db, ask, number, lambda: steps._shut(db, window.id))
        entered = db.requests.count_documents({"entered": True})
        assert entered == (1 if isinstance(mine[0], model.Request) else 0)
        db.requests.delete_many({})
        if not happened:
            return


def test_a_withdrawn_request_is_not_drawn(db: Database, window: model.Window) -> None:
    mine, others = windows.ask(db), windows.ask_many(db, 2)
    withdrawn = actions.withdraw_request(db, mine.reference, "person")
    assert actions.withdraw_request(db, mine.reference, "person") == withdrawn
    windows.drawn(db)
    assert store.draws.get(db, "w-1")["asked"] == 2
    assert {windows.again(db, one).status for one in others} == {"allocated"}
    assert types(db, mine) == ["request.received.v1", "request.withdrawn.v1"]


def test_a_confirmed_place_is_an_appointment_with_the_same_reference_and_code(
    db: Database, window: model.Window
) -> None:
    mine = windows.ask(db)
    windows.drawn(db)
    confirmed = actions.confirm_request(db, mine.reference)
    assert confirmed.status == "confirmed"
    assert actions.confirm_request(db, mine.reference) == confirmed
    appointment = store.appointment(db, mine.reference)
    assert (appointment.case_id, appointment.person_id) == (mine.case_id, mine.person_id)
    assert actions.code(db, appointment) == actions.request_code(db, mine)
    assert states(db, appointment.slot_id) == ["reserved", "taken"]
    assert types(db, mine) == [
        "request.received.v1",
        "request.allocated.v1",
        "request.confirmed.v1",
        "appointment.booked.v1",
    ]


def test_a_place_is_confirmed_many_times_at_once_and_booked_once(db: Database, window: model.Window) -> None:
    mine = windows.ask(db)
    windows.drawn(db)
    race(6, lambda _: actions.confirm_request(db, mine.reference))
    assert db.appointments.count_documents({}) == 1
    assert len(announced(db, "appointment.booked.v1")) == 1


def test_what_was_not_offered_or_is_over_cannot_be_confirmed(db: Database, window: model.Window) -> None:
    mine = windows.ask(db)
    with pytest.raises(refusals.NotOffered):
        actions.confirm_request(db, mine.reference)
    windows.drawn(db)
    windows.let_run_out(db, mine)
    with pytest.raises(refusals.OfferExpired):
        actions.confirm_request(db, mine.reference)


def test_confirming_at_the_moment_of_expiry_is_one_or_the_other(db: Database, office: model.Office) -> None:
    window = windows.an_open_one(db, (40,))
    mine = windows.ask_many(db, 30)
    windows.drawn(db)
    for number, request in enumerate(mine, start=1):

        def confirm(db: Database, request: model.Request = request) -> None:
            try:
                actions.confirm_request(db, request.reference)
            except (refusals.OfferExpired, refusals.NotOffered, refusals.Changed):
                return

        def expire(request: model.Request = request) -> None:
            windows.let_run_out(db, request)
            actions.expire(db, request.id, 1)

        happened = between.run(db, confirm, number, expire)
        ended = windows.again(db, request)
        booked = db.appointments.count_documents({"_id": request.id})
        assert booked == (1 if ended.status == "confirmed" else 0)
        assert len([one for one in types(db, request) if one in ("request.expired.v1", "request.confirmed.v1")]) == 1
        if not happened:
            break
    else:
        pytest.fail("it has more commands than were tried")
    with_somebody = db.places.count_documents({"window_id": window.id, "state": places.TAKEN})
    assert with_somebody == db.appointments.count_documents({})


def test_erasing_who_asked_withdraws_it_and_forgets_their_waiting(db: Database, office: model.Office) -> None:
    windows.an_open_one(db, (1,))
    mine, _ = windows.ask_many(db, 2)
    windows.drawn(db)
    actions.erase(db, mine.reference)
    ended = windows.again(db, mine)
    assert ended.status == "withdrawn"
    assert not ended.adults
    assert ended.fingerprints == (f"erased:{mine.id}",)
    assert db.live_fingerprints.count_documents({"case_id": mine.case_id}) == 0
    assert db.waiting.count_documents({"_id": {"$in": [f"orientation|{one}" for one in mine.adults[0]]}}) == 0


def test_a_part_of_the_day_is_the_offices() -> None:
    noon = builders.NOW.replace(hour=18)
    assert rules.part_of_day(builders.NOW, builders.GUATEMALA) == "morning"
    assert rules.part_of_day(noon, builders.GUATEMALA) == "afternoon"
