"""Places claimed for several at once: each its own, as if each had come alone."""

from pymongo.database import Database

from services.booking import model, places, refusals
from tests.integration.booking.conftest import add_slot, run_out, states


def test_each_of_several_gets_the_next_place_and_who_is_left_over_hears_that_there_is_none(
    db: Database, office: model.Office
) -> None:
    small, large = add_slot(db, capacity=1), add_slot(db, capacity=3, hours=3)
    wanted = [(large, "a"), (small, "b"), (large, "c"), (small, "d")]
    *got, refused = places.claim_all(db, wanted)
    assert got == [f"{large}.001", f"{small}.001", f"{large}.002"]
    assert isinstance(refused, refusals.SlotTaken)
    assert (states(db, small), states(db, large)) == (["held"], ["free", "held", "held"])


def test_a_holder_who_comes_again_among_others_gets_the_same_place(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=3)
    mine = places.claim(db, slot, "again")
    assert places.claim_all(db, [(slot, "new"), (slot, "again")]) == [f"{slot}.002", mine]
    assert states(db, slot) == ["free", "held", "held"]


def test_one_holder_twice_among_several_holds_one_place(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=3)
    assert places.claim_all(db, [(slot, "me"), (slot, "me")]) == [f"{slot}.001"] * 2
    assert states(db, slot) == ["free", "free", "held"]


def test_among_several_a_claim_that_ran_out_is_given_on(db: Database, office: model.Office) -> None:
    slot = add_slot(db, capacity=2)
    late = places.claim(db, slot, "late")
    run_out(db, late)
    got, other = places.claim_all(db, [(slot, "a"), (slot, "b")])
    assert {got, other} == {late, f"{slot}.002"}
    late_again, full = places.claim_all(db, [(slot, "late"), (slot, "c")])
    assert isinstance(late_again, refusals.SlotTaken)
    assert isinstance(full, refusals.SlotTaken)


def test_who_has_taken_a_place_by_another_try_is_told_to_look_and_the_others_get_theirs(
    db: Database, office: model.Office
) -> None:
    slot = add_slot(db, capacity=3)
    places.confirm(db, (places.claim(db, slot, "done"), "done", "appointment"))
    lost, got = places.claim_all(db, [(slot, "done"), (slot, "new")])
    assert isinstance(lost, places.HoldLost)
    assert got == f"{slot}.002"
