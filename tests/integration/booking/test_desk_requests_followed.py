"""Staff come back to a request that names an office of theirs: they find it, look at it, withdraw it for its person."""

import json
from typing import Any

import pytest
from pymongo.database import Database

from services.booking import actions, model, refusals, store
from shared import auth
from tests.integration.booking import between, windows
from tests.integration.booking.conftest import CLERK, a_key, announced

HOTLINE = auth.Actor("hotline-1", roles=("clerk",), offices=("*",))
ELSEWHERE = auth.Actor("clerk-2", roles=("clerk",), offices=("izabal",))
ASKS = {
    "request.see": lambda db, reference, who: actions.look_at_request(db, reference, who),
    "request.withdraw": lambda db, reference, who: actions.withdraw_request(db, reference, "office", who, "hotline"),
}


@pytest.fixture
def mine(db: Database, office: model.Office) -> model.Request:
    """Asked for by staff."""
    windows.an_open_one(db, verified=True)
    return actions.ask_for(db, windows.asked(), "at_the_office", a_key(), CLERK)[0]


def audited(db: Database, action: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [(row["actor"]["id"], row["outcome"], row["ids"]) for row in db.audit.find({"action": action})]


def test_it_is_withdrawn_once_with_who_and_why(db: Database, mine: model.Request) -> None:
    for _ in range(2):
        withdrawn = actions.withdraw_request(db, mine.reference, "office", CLERK, "hotline")
        assert (withdrawn.status, withdrawn.entered) == ("withdrawn", False)
    last = windows.again(db, mine).history[-1]
    assert (last["by"], last["account"], last["why"]) == ("office", "clerk-1", "hotline")
    (told,) = announced(db, "request.withdrawn.v1")
    assert json.loads(told["value"])["by"] == "office"
    assert "hotline" not in str(told)
    noted = {"office_id": "guatemala", "why": "hotline"}
    assert audited(db, "request.withdraw") == [("clerk-1", "allowed", noted)]


@pytest.mark.parametrize("action", ASKS)
def test_of_other_offices_alone_it_does_not_exist_and_the_refusal_is_noted(
    db: Database, mine: model.Request, action: str
) -> None:
    with pytest.raises(refusals.UnknownRequest):
        ASKS[action](db, mine.reference, ELSEWHERE)
    assert audited(db, action) == [("clerk-2", "refused", {"office_id": "guatemala"})]
    assert windows.again(db, mine) == mine
    ASKS[action](db, mine.reference, HOTLINE)
    db.requests.update_one({"_id": mine.id}, {"$set": {"offices": ["guatemala", "izabal"]}})
    ASKS["request.see"](db, mine.reference, ELSEWHERE)
    assert ("clerk-2", "allowed", {"office_id": "izabal"}) in audited(db, "request.see")


def test_what_is_found_by_a_reference_is_the_request_until_it_is_an_appointment(
    db: Database, mine: model.Request
) -> None:
    typed = mine.reference.lower().replace("-", " ")
    assert actions.find(db, typed, CLERK) == mine
    with pytest.raises(refusals.UnknownAppointment):
        actions.find(db, typed, ELSEWHERE)
    with pytest.raises(refusals.UnknownAppointment):
        actions.find(db, "SND-0000-0000", CLERK)
    windows.drawn(db)
    actions.confirm_request(db, mine.reference)
    assert actions.find(db, typed, CLERK) == store.appointment(db, mine.reference)


def test_a_place_that_was_drawn_is_the_next_ones_when_staff_withdraw_it(db: Database, mine: model.Request) -> None:
    for _ in range(3):
        actions.ask_for(db, windows.asked(), "hotline", a_key(), CLERK)
    windows.drawn(db)
    first = windows.with_status(db, "allocated")[0]
    actions.withdraw_request(db, first.reference, "office", CLERK, "hotline")
    windows.run_due(db, "offer_places")
    windows.must_agree(db)
    assert windows.statuses(db) == {"allocated": 2, "waitlisted": 1, "withdrawn": 1}


def test_who_dies_while_withdrawing_it_has_done_noted_and_told_all_or_nothing(
    db: Database, mine: model.Request
) -> None:
    for number in range(1, 60):
        died = between.die(
            db, lambda own: actions.withdraw_request(own, mine.reference, "office", CLERK, "hotline"), number
        )
        done = int(windows.again(db, mine).status == "withdrawn")
        assert len(audited(db, "request.withdraw")) == len(announced(db, "request.withdrawn.v1")) == done
        if not died:
            assert done
            return
    pytest.fail("it has more commands than were tried")


def test_staff_withdraw_it_while_its_person_confirms_and_one_of_them_has_done_it(
    db: Database, mine: model.Request
) -> None:
    windows.drawn(db)
    before = {name: list(db[name].find()) for name in db.list_collection_names()}
    became = set()
    for number in range(1, 60):
        refused: list[type[Exception]] = []

        def withdraw(own: Database, refused: list = refused) -> None:
            try:
                actions.withdraw_request(own, mine.reference, "office", CLERK, "hotline")
            except (refusals.NotWithdrawable, refusals.Changed) as error:
                refused.append(type(error))

        def confirm(refused: list = refused) -> None:
            try:
                actions.confirm_request(db, mine.reference)
            except (refusals.NotOffered, refusals.Changed) as error:
                refused.append(type(error))

        happened = between.run(db, withdraw, number, confirm)
        status = windows.again(db, mine).status
        became.add(status)
        assert (store.find(db, mine.reference) is not None) == (status == "confirmed"), number
        assert len(audited(db, "request.withdraw")) == (status == "withdrawn")
        assert len(refused) == happened
        windows.must_agree(db)
        if not happened:
            break
        for name, rows in before.items():
            db[name].delete_many({})
            if rows:
                db[name].insert_many(rows)
        db.appointments.delete_many({})
    assert became == {"confirmed", "withdrawn"}
