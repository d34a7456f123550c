"""Which codes open an appointment, and how often a new one is made."""

from datetime import timedelta

import pytest

from services.booking import refusals
from shared import codes
from tests import builders
from tests.builders import NOW


def test_a_new_code_leaves_the_old_one_good_until_it_is_used() -> None:
    renewed = builders.an_appointment().renew_code(NOW)
    assert list(renewed.good_codes) == [1, 2]
    assert list(renewed.code_used(2).good_codes) == [2]
    assert list(renewed.renew_code(NOW + timedelta(hours=1)).code_used(2).good_codes) == [2, 3]


def test_a_double_click_is_one_and_there_are_three_a_day() -> None:
    appointment = builders.an_appointment().renew_code(NOW)
    with pytest.raises(refusals.CodeRenewedLately):
        appointment.renew_code(NOW + timedelta(minutes=1))
    appointment = appointment.renew_code(NOW + timedelta(minutes=2)).renew_code(NOW + timedelta(hours=1))
    with pytest.raises(refusals.CodeRenewedLately):
        appointment.renew_code(NOW + timedelta(hours=23))
    assert appointment.renew_code(NOW + timedelta(hours=24)).code_number == 5


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("SND-7K3M-Q2XA", True),
        ("SND-7K3MQ2XA", False),
        ("snd-7k3m-q2xa", False),
        ("SND-7K3M-Q2XAA", False),
        ("SND-7K3M-Q2XU", False),
        ("Ana Pérez", False),
        ("", False),
    ],
)
def test_a_reference_is_told_from_anything_else_that_people_type(text: str, is_one: bool) -> None:
    assert codes.is_reference(text) is is_one
    assert codes.is_reference(codes.read_reference("snd 7k3m q2xa"))
