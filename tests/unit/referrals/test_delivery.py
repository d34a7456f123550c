"""When a delivery is tried again, and when it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.referrals import model
from tests.referrals import NOW

OK, DOWN, GONE = model.Answer(204, None, 3), model.Answer(503, None, 3), model.Answer(410, None, 3)


def a_delivery() -> model.Delivery:
    return model.Delivery("d1", "unhcr", "e1", "referral.offered.v1", 1, "r1", NOW)


def after(delivery: model.Delivery, answer: model.Answer, times: int) -> model.Delivery:
    for _ in range(times):
        delivery = delivery.attempted(answer, NOW)
    return delivery


@pytest.mark.parametrize(("answer", "state"), [(OK, "delivered"), (DOWN, "waiting"), (GONE, "failed")])
def test_an_attempt_ends_it_or_leaves_it_waiting(answer, state):
    delivery = a_delivery().attempted(answer, NOW)
    assert delivery.state == state
    assert [attempt.status for attempt in delivery.attempts] == [answer.status]


def test_a_redirect_is_no_success():
    assert a_delivery().attempted(model.Answer(302, None, 3), NOW).state == "waiting"


def test_it_is_tried_for_more_than_three_days_and_then_given_up():
    waits = [model.retry_delay(attempts, None, 0) for attempts in range(1, 12)]
    assert waits == sorted(waits)
    assert sum(waits, timedelta(0)) > timedelta(days=3)
    assert after(a_delivery(), DOWN, 11).state == "waiting"
    assert after(a_delivery(), DOWN, 12).state == "failed"


def test_the_wait_the_partner_asks_for_is_kept_within_a_day():
    assert model.retry_delay(1, timedelta(minutes=7), 0.5) == timedelta(minutes=7)
    assert model.retry_delay(1, timedelta(days=30), 0) == timedelta(hours=24)
    assert model.retry_delay(1, timedelta(seconds=-5), 0) == timedelta(seconds=1)


def test_an_attempt_that_was_under_way_when_it_was_cancelled_is_kept_and_changes_nothing():
    cancelled = a_delivery().cancel(NOW).attempted(OK, NOW)
    assert cancelled.state == "cancelled"
    assert len(cancelled.attempts) == 1


def test_an_operator_may_have_a_failed_one_tried_again():
    assert replace(a_delivery(), state="failed").attempted(OK, NOW).state == "delivered"
