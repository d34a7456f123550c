"""The states of a referral, and what each partner may do when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.referrals import model
from tests.referrals import NOW, a_placed_referral, a_referral

HOUR = timedelta(hours=1)
NOBODY = model.Decision(None, (model.Reason("unhcr", "capacity"),))
TO_IOM = model.Decision("iom", (model.Reason("iom", "chosen"),))


def completed(referral: model.Referral, outcome: str = "helped", mark: str | None = None) -> model.Referral:
    offer = replace(referral.offer_to("unhcr"), outcome=outcome, note_mark=mark)
    return referral.complete("unhcr", offer, NOW + HOUR)


@pytest.mark.parametrize(("priority", "hours"), [("urgent", 24), ("high", 72), ("normal", 336)])
def test_the_time_to_answer_follows_the_priority(priority, hours):
    assert a_placed_referral(priority=priority).offers[0].answer_by == NOW + timedelta(hours=hours)


def test_a_referral_that_nobody_can_take_is_unplaced_and_keeps_why():
    unplaced = a_referral().place(NOBODY, NOW)
    assert unplaced.status == "unplaced"
    assert unplaced.reasons == (NOBODY.reasons,)
    assert unplaced.current is None


def test_an_offer_is_accepted_and_then_completed():
    accepted = a_placed_referral().accept("unhcr", NOW + HOUR)
    assert (accepted.status, accepted.offers[0].status) == ("accepted", "accepted")
    done = completed(accepted)
    assert (done.status, done.offers[0].outcome) == ("completed", "helped")
    assert [step.what for step in done.history] == ["offered", "accepted", "completed"]


def test_every_change_raises_the_version():
    referral = a_placed_referral()
    assert referral.accept("unhcr", NOW).version == referral.version + 1


def test_the_same_answer_again_changes_nothing():
    accepted = a_placed_referral().accept("unhcr", NOW)
    assert accepted.accept("unhcr", NOW + HOUR) is accepted
    declined = a_placed_referral().decline("unhcr", "capacity", NOW)
    assert declined.decline("unhcr", "capacity", NOW + HOUR) is declined
    done = completed(accepted, mark="note")
    assert completed(done, mark="note") is done


def test_the_same_decline_after_it_went_on_to_another_changes_nothing():
    passed_on = a_placed_referral().decline("unhcr", "capacity", NOW).place(TO_IOM, NOW)
    assert passed_on.decline("unhcr", "capacity", NOW + HOUR) is passed_on


@pytest.mark.parametrize(
    "answer",
    [
        lambda declined: declined.accept("unhcr", NOW),
        lambda declined: declined.decline("unhcr", "other", NOW),
        lambda declined: completed(declined),
    ],
)
def test_another_answer_after_a_decline_is_refused(answer):
    with pytest.raises(model.WrongState):
        answer(a_placed_referral().decline("unhcr", "capacity", NOW))


def test_another_outcome_or_note_after_completion_is_refused():
    done = completed(a_placed_referral().accept("unhcr", NOW))
    for other in ({"outcome": "not_reached"}, {"mark": "another note"}):
        with pytest.raises(model.WrongState):
            completed(done, **other)


def test_an_offer_that_was_not_accepted_cannot_be_completed():
    with pytest.raises(model.WrongState):
        completed(a_placed_referral())


def test_an_answer_at_the_deadline_is_too_late():
    referral = a_placed_referral()
    deadline = referral.offers[0].answer_by
    assert referral.accept("unhcr", deadline - timedelta(milliseconds=1)).status == "accepted"
    with pytest.raises(model.AnswerTooLate):
        referral.accept("unhcr", deadline)
    with pytest.raises(model.AnswerTooLate):
        referral.expire(0, deadline).decline("unhcr", "capacity", deadline)


def test_only_an_unanswered_offer_runs_out_and_only_at_its_deadline():
    referral = a_placed_referral()
    deadline = referral.offers[0].answer_by
    assert referral.expire(0, deadline - timedelta(milliseconds=1)) is referral
    accepted = referral.accept("unhcr", NOW)
    assert accepted.expire(0, deadline) is accepted
    expired = referral.expire(0, deadline)
    assert (expired.offers[0].status, expired.offers[0].reason) == ("no_answer", "no_answer")
    assert expired.expire(0, deadline + HOUR) is expired


def test_a_partner_that_it_was_never_offered_to_is_told_nothing():
    for ask in (lambda one: one.accept("iom", NOW), lambda one: one.show_to("iom", NOW)):
        with pytest.raises(model.NotOffered):
            ask(a_placed_referral())


def test_details_are_shown_while_it_is_the_partners():
    referral = a_placed_referral()
    assert referral.show_to("unhcr", NOW)
    assert referral.accept("unhcr", NOW).show_to("unhcr", NOW + timedelta(days=365))
    with pytest.raises(model.OfferEnded):
        referral.show_to("unhcr", referral.offers[0].answer_by)
    with pytest.raises(model.OfferEnded):
        referral.decline("unhcr", "capacity", NOW).show_to("unhcr", NOW)


def test_withdrawn_consent_ends_everything():
    withdrawn = a_placed_referral().withdraw("clerk-1", NOW)
    assert (withdrawn.status, withdrawn.offers[0].status) == ("withdrawn", "withdrawn")
    assert withdrawn.case.consented == ()
    with pytest.raises(model.ConsentWithdrawn):
        withdrawn.show_to("unhcr", NOW)
    with pytest.raises(model.WrongState):
        withdrawn.accept("unhcr", NOW)
    with pytest.raises(model.WrongState):
        withdrawn.place(TO_IOM, NOW)
    with pytest.raises(model.AlreadyWithdrawn):
        withdrawn.withdraw("clerk-1", NOW)
    assert withdrawn.expire(0, NOW + timedelta(days=30)) is withdrawn


def test_withdrawn_after_completion_it_stays_completed_and_closed():
    withdrawn = completed(a_placed_referral().accept("unhcr", NOW)).withdraw("clerk-1", NOW)
    assert withdrawn.status == "completed"
    with pytest.raises(model.ConsentWithdrawn):
        withdrawn.show_to("unhcr", NOW)


def test_details_are_not_shown_to_a_partner_that_the_consent_does_not_name():
    with pytest.raises(model.ConsentWithdrawn):
        a_placed_referral("ngo").show_to("ngo", NOW)
