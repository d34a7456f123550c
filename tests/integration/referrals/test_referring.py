"""From the request to a partner's answer: what is saved, announced and counted."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pymongo.database import Database

from services.referrals import actions, model, store
from shared import mongo
from tests.integration.referrals.conftest import (
    CLERK,
    IOM,
    UNHCR,
    announced,
    let_time_run_out,
    opened,
    work,
)
from tests.referrals import a_consent, a_partner, a_referral


def places(db: Database) -> dict[str, int]:
    return {partner.id: partner.open for partner in store.partners(db)}


def test_opening_announces_the_referral_and_then_the_offer_and_takes_a_place(db):
    referral = opened(db)
    assert referral.status == "offered"
    assert referral.current.partner_id == "unhcr"  # it speaks the language that the person speaks best
    assert announced(db) == ["referral.opened.v1", "referral.offered.v1"]
    assert places(db) == {"unhcr": 1, "iom": 0}


def test_the_same_request_again_opens_nothing_more(db):
    asked = a_referral()
    first = actions.open_referral(db, asked)
    again = actions.open_referral(db, replace(asked, id="another"))
    assert again.id == first.id
    assert announced(db) == ["referral.opened.v1", "referral.offered.v1"]


def test_nobody_can_take_it_and_why_is_kept_and_announced(db):
    referral = opened(db, consent=a_consent(partners=("iom", "ngo")), service="resettlement")
    assert referral.status == "unplaced"
    told = json.loads(db.outbox.find_one({"type": "referral.unplaced.v1"})["value"])
    assert {reason["partner_id"]: reason["why"] for reason in told["reasons"]} == {
        "unhcr": "no_consent",
        "iom": "service",
        "ngo": "unknown",
    }


def test_an_unplaced_referral_can_be_looked_at_again(db):
    referral = opened(db, consent=a_consent(partners=("ngo",)))
    store.save_partner(db, a_partner("ngo"))
    assert actions.route_again(db, referral.id, CLERK).current.partner_id == "ngo"
    with pytest.raises(model.WrongState):
        actions.route_again(db, referral.id, CLERK)


def test_two_cases_racing_for_the_last_place_do_not_both_get_it(db):
    store.save_partner(db, a_partner("unhcr", capacity=1))
    cases = [a_referral(case_id=f"case-{n}", consent=a_consent(partners=("unhcr",))) for n in range(6)]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda one: actions.open_referral(db, one), cases))
    assert sorted(referral.status for referral in found) == ["offered"] + ["unplaced"] * 5
    assert places(db)["unhcr"] == 1


def test_a_decline_passes_it_on_to_the_next_partner(db):
    referral = opened(db)
    passed_on = actions.decline(db, referral.id, "capacity", UNHCR)
    assert passed_on.current.partner_id == "iom"
    assert dict(passed_on.reasons[1]) == {"iom": "chosen", "unhcr": "already_asked"}
    assert announced(db)[2:] == ["referral.declined.v1", "referral.offered.v1"]
    assert places(db) == {"unhcr": 0, "iom": 1}


def test_declined_by_the_last_one_left_it_is_unplaced(db):
    referral = opened(db)
    actions.decline(db, referral.id, "capacity", UNHCR)
    assert actions.decline(db, referral.id, "not_eligible", IOM).status == "unplaced"
    assert announced(db)[-2:] == ["referral.declined.v1", "referral.unplaced.v1"]
    assert places(db) == {"unhcr": 0, "iom": 0}


def test_an_unanswered_offer_runs_out_and_goes_to_the_next_partner(db, webhook):
    referral = opened(db)
    work(db)
    let_time_run_out(db, referral)
    work(db)
    passed_on = store.referral(db, referral.id)
    assert [(offer.partner_id, offer.status) for offer in passed_on.offers] == [
        ("unhcr", "no_answer"),
        ("iom", "offered"),
    ]
    told = json.loads(db.outbox.find_one({"type": "referral.declined.v1"})["value"])
    assert told["reason"] == "no_answer"
    work(db)
    assert [json.loads(body)["type"] for _, body in webhook.received] == [
        "referral.offered.v1",
        "referral.expired.v1",
    ]


def test_accepted_in_time_its_deadline_does_nothing_more(db):
    referral = opened(db)
    actions.accept(db, referral.id, UNHCR)
    assert db.due.count_documents({"kind": "expire_offer"}) == 0
    let_time_run_out(db, referral)
    assert actions.expire(db, referral.id, 0).status == "accepted"


def test_completed_the_place_is_free_again_and_the_note_is_sealed(db):
    referral = opened(db)
    actions.accept(db, referral.id, UNHCR)
    actions.complete(db, referral.id, "helped", "Her story", UNHCR)
    assert places(db)["unhcr"] == 0
    assert "Her story" not in str(db.referrals.find_one())
    offer = store.referral(db, referral.id).offers[0]
    assert mongo.settings(db).seal_keys.open(offer.note, referral.id) == {"note": "Her story"}
    assert announced(db)[-1] == "referral.completed.v1"
    assert actions.complete(db, referral.id, "helped", "Her story", UNHCR).version == 3
    with pytest.raises(model.WrongState):
        actions.complete(db, referral.id, "helped", "Another story", UNHCR)


def race(*calls) -> list:
    """Each call in a thread of its own, begun together: results and refusals."""
    start = threading.Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except (model.WrongState, model.AnswerTooLate, model.AlreadyWithdrawn) as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_one_answer_given_by_many_at_once_is_taken_once(db):
    referral = opened(db)
    found = race(*[lambda: actions.accept(db, referral.id, UNHCR)] * 8)
    assert {one.status for one in found} == {"accepted"}
    assert announced(db).count("referral.accepted.v1") == 1
    assert store.referral(db, referral.id).version == 2


@pytest.mark.parametrize("turn", range(5))
def test_accept_and_decline_at_once_leave_one_of_them(db, turn):
    referral = opened(db)
    race(
        lambda: actions.accept(db, referral.id, UNHCR),
        lambda: actions.decline(db, referral.id, "other", UNHCR),
    )
    outcomes = announced(db)[2:]
    assert outcomes in (["referral.accepted.v1"], ["referral.declined.v1", "referral.offered.v1"])
    assert sum(places(db).values()) == 1


@pytest.mark.parametrize("turn", range(5))
def test_an_answer_and_its_deadline_at_once_leave_one_of_them(db, turn):
    referral = opened(db)
    let_time_run_out(db, referral)
    answer, _ = race(lambda: actions.accept(db, referral.id, UNHCR), lambda: actions.expire(db, referral.id, 0))
    assert isinstance(answer, model.AnswerTooLate)
    assert store.referral(db, referral.id).current.partner_id == "iom"


@pytest.mark.parametrize("turn", range(5))
def test_two_workers_that_run_one_deadline_pass_it_on_once(db, turn):
    referral = opened(db)
    let_time_run_out(db, referral)
    race(*[lambda: actions.expire(db, referral.id, 0)] * 2)
    assert announced(db)[2:] == ["referral.declined.v1", "referral.offered.v1"]
    assert places(db) == {"unhcr": 0, "iom": 1}


@pytest.mark.parametrize("turn", range(5))
def test_an_answer_and_a_withdrawal_at_once_end_withdrawn(db, turn):
    referral = opened(db)
    race(lambda: actions.accept(db, referral.id, UNHCR), lambda: actions.withdraw(db, referral.id, CLERK))
    assert store.referral(db, referral.id).status == "withdrawn"
    assert places(db) == {"unhcr": 0, "iom": 0}
    assert db.due.count_documents({"kind": "expire_offer"}) == 0
