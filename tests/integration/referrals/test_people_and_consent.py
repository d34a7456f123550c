"""A person's copy, its erasure, and what a consent opens and closes."""

import json
import threading

import pytest
from pymongo.errors import WriteError

import shared.mongo
from services.referrals import actions, handlers, model, store
from shared import due
from shared.events import Event
from tests.integration.referrals.conftest import CLERK, UNHCR, announced, opened, work
from tests.referrals import CASE_ID, PERSON_ID, a_consent, a_referral, person_details


def changed(db, sequence: int, **details) -> Event:
    sealed = shared.mongo.settings(db).people_keys.seal(person_details(**details), PERSON_ID)
    return Event("person.changed.v1", PERSON_ID, {"person_id": PERSON_ID, "sealed": sealed}, sequence=sequence)


def test_the_copy_is_sealed_with_this_services_own_key(db):
    handlers.person_changed(db, changed(db, 1))
    kept = db.people.find_one()
    assert "Ana" not in str(kept)
    assert shared.mongo.settings(db).seal_keys.open(kept["sealed"], PERSON_ID)["name"] == "Ana Pérez"


def test_an_older_copy_that_arrives_late_is_ignored(db):
    handlers.person_changed(db, changed(db, 2, name="Ana María"))
    handlers.person_changed(db, changed(db, 1, name="Ana"))
    assert shared.mongo.settings(db).seal_keys.open(db.people.find_one()["sealed"], PERSON_ID)["name"] == "Ana María"


@pytest.mark.parametrize("is_known", [True, False])
def test_an_erasure_at_the_moment_of_the_opening_withdraws_it(db, is_known):
    if is_known:
        actions.change_person(db, PERSON_ID, 1, person_details())
    asked = a_referral()
    erasing = threading.Thread(target=lambda: actions.erase_person(db, PERSON_ID, 2))

    @shared.mongo.transactional
    def opening(db):
        actions.open_referral(db, asked)
        if not erasing.ident:
            erasing.start()
            erasing.join(1)  # what does not conflict is done by then, and has overlooked what is not committed

    opening(db)
    erasing.join()
    assert store.referral(db, asked.id).status == "withdrawn"


def test_somebody_who_was_only_asked_for_is_not_known_yet(db):
    actions.open_referral(db, a_referral())
    assert store.person(db, PERSON_ID) is None
    assert actions.change_person(db, PERSON_ID, 1, person_details())
    assert "sealed" in store.person(db, PERSON_ID)


def test_a_note_is_shown_to_the_partner_of_its_case_only(db, person):
    actions.change_person(db, PERSON_ID, 2, person_details(notes={CASE_ID: "this", "another": "that"}))
    details = actions.show(db, opened(db).id, UNHCR)
    assert (details.note, details.person["name"]) == ("this", "Ana Pérez")
    assert "notes" not in details.person


def test_the_audit_row_is_there_before_the_details_leave(db, person, mongo):
    """With the audit out of order nothing is shown."""
    referral = opened(db)
    actions.show(db, referral.id, UNHCR)
    row = db.audit.find_one({"action": "read_details"})
    assert (row["actor"]["id"], row["subject"], row["outcome"]) == ("unhcr", referral.id, "allowed")
    admin = mongo.admin[db.name]
    admin.command("collMod", "audit", validator={"never": True})
    try:
        with pytest.raises(WriteError):
            actions.show(db, referral.id, UNHCR)
    finally:
        admin.command("collMod", "audit", validator={})


def test_withdrawn_between_offer_and_fetch_nothing_is_shown_and_the_try_is_noted(db, person):
    referral = opened(db)
    actions.withdraw(db, referral.id, CLERK)
    with pytest.raises(model.ConsentWithdrawn):
        actions.show(db, referral.id, UNHCR)
    assert db.audit.find_one({"action": "read_details"})["outcome"] == "refused"


def test_a_withdrawal_reaches_every_referral_of_the_consent(db):
    consent = a_consent()
    first, second = (opened(db, consent=consent, case_id=f"case-{n}") for n in range(2))
    other = opened(db, case_id="other")
    actions.withdraw(db, first.id, CLERK)
    states = [store.referral(db, one.id).status for one in (first, second, other)]
    assert states == ["withdrawn", "withdrawn", "offered"]
    told = json.loads(db.outbox.find_one({"type": "consent.withdrawn.v1"})["value"])
    assert sorted(told["referral_ids"]) == sorted([first.id, second.id])
    assert db.audit.count_documents({"action": "withdraw_consent", "actor.id": "clerk-1"}) == 1


def test_after_a_withdrawal_the_feed_tells_of_the_case_no_more_than_its_id(db):
    referral = opened(db)
    actions.withdraw(db, referral.id, CLERK)
    feed = store.partner_events(db, "unhcr", 0, None, 10)
    assert [(one["n"], one["type"]) for one in feed] == [(1, "referral.offered.v1"), (2, "referral.withdrawn.v1")]
    assert all(one["body"]["data"] == {"referral": referral.id} for one in feed)


def test_an_erased_person_leaves_nothing_behind(db, webhook, person):
    declined = opened(db, case_id="old")
    actions.accept(db, declined.id, UNHCR)
    actions.complete(db, declined.id, "helped", "Her story", UNHCR)
    referral = opened(db)
    key = {"topic": "people", "key": PERSON_ID, "state": "dead_letter"}
    db.inbox.insert_one({"_id": "dead", **key})
    handlers.person_erased(db, Event("person.erased.v1", PERSON_ID, None, sequence=5))
    assert "sealed" not in store.person(db, PERSON_ID)
    assert db.inbox.count_documents(key) == 0
    assert db.due.count_documents({"data.person_id": PERSON_ID}) == 0
    assert store.referral(db, referral.id).status == "withdrawn"
    assert all(offer.note is None for one in store.of_person(db, PERSON_ID) for offer in one.offers)
    assert "referral.withdrawn.v1" in announced(db)
    work(db)
    assert {json.loads(body)["type"] for _, body in webhook.received} == {"referral.withdrawn.v1"}


def test_after_erasure_neither_an_old_copy_nor_an_old_request_brings_the_person_back(db):
    handlers.person_erased(db, Event("person.erased.v1", PERSON_ID, None, sequence=5))
    handlers.person_changed(db, changed(db, 4))
    assert "sealed" not in store.person(db, PERSON_ID)
    assert actions.open_referral(db, a_referral()) is None
    assert db.due.count_documents({}) == 0
    assert due.health(db) == []
