"""Who could take a case, and why."""

from datetime import timedelta

import pytest

from services.referrals import model, routing
from tests.referrals import NOW, a_case, a_partner


def choose(case: model.Case, *partners: model.Partner) -> model.Decision:
    return routing.choose(case, partners, NOW)


@pytest.mark.parametrize(
    ("partner", "case", "why"),
    [
        ({}, {}, "chosen"),
        ({"id": "stranger"}, {}, "no_consent"),
        ({}, {"asked": ("unhcr",)}, "already_asked"),
        ({"paused_until": NOW + timedelta(hours=1)}, {}, "paused"),
        ({"paused_until": NOW}, {}, "chosen"),
        ({"services": ("orientation",)}, {}, "service"),
        ({"priorities": ("normal",)}, {}, "priority"),
        ({"regions": ("Izabal", "Chiquimula")}, {}, "region"),
        ({"regions": ("Guatemala",)}, {}, "chosen"),
        ({"languages": ("en", "kek")}, {}, "languages"),
        ({"languages": ("es",)}, {}, "chosen"),
        ({"capacity": 3, "open": 3}, {}, "capacity"),
        ({"capacity": 3, "open": 2}, {}, "chosen"),
        ({"capacity": 0}, {}, "capacity"),
    ],
)
def test_each_partner_gets_the_first_reason_that_stands_in_the_way(partner, case, why):
    decision = choose(a_case(**case), a_partner(**partner))
    assert decision.reasons[0].why == why
    assert (decision.chosen is not None) == (why == "chosen")


def test_consent_comes_before_every_other_reason():
    full_stranger = a_partner("stranger", capacity=0, services=(), languages=())
    assert dict(choose(a_case(), full_stranger).reasons)["stranger"] == "no_consent"


def test_who_speaks_the_language_that_the_person_speaks_best_comes_first():
    decision = choose(a_case(languages=("mam", "es")), a_partner("iom", languages=("es",)), a_partner("unhcr"))
    assert decision.chosen == "unhcr"
    assert dict(decision.reasons) == {"unhcr": "chosen", "iom": "ranked_below", "ngo": "unknown"}


def test_who_works_in_the_region_by_name_comes_before_who_works_everywhere():
    decision = choose(a_case(), a_partner("iom"), a_partner("ngo", regions=("Guatemala",), capacity=1))
    assert decision.chosen == "ngo"


def test_more_free_places_come_first_and_then_the_id():
    assert choose(a_case(), a_partner("iom", open=9), a_partner("unhcr", open=8)).chosen == "unhcr"
    assert choose(a_case(), a_partner("unhcr"), a_partner("iom")).chosen == "iom"


def test_a_partner_named_in_the_consent_and_not_known_here_is_said_to_be_unknown():
    decision = choose(a_case(consented=("nobody",)), a_partner())
    assert decision.chosen is None
    assert dict(decision.reasons) == {"unhcr": "no_consent", "nobody": "unknown"}


def test_every_partner_gets_exactly_one_reason():
    partners = [a_partner(id) for id in ("unhcr", "iom", "ngo", "stranger")]
    told = [reason.partner_id for reason in choose(a_case(), *partners).reasons]
    assert sorted(told) == sorted(partner.id for partner in partners)


def test_the_order_of_the_partners_does_not_matter():
    partners = [a_partner("unhcr"), a_partner("iom", open=3), a_partner("ngo", languages=("es",))]
    assert choose(a_case(), *partners) == choose(a_case(), *reversed(partners))
