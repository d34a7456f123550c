"""No form of any page does anything without the token of the page it stands on."""

import re
from typing import Any

import pytest
from werkzeug.routing import Rule

from tests.generated.inhabited import Inhabited

BY_ITS_ADDRESS = {"/unsubscribe/<message_id>/<token>"}  # mail programs send it: the token in the address is the proof
SERVICES = ("booking", "referrals", "notifications")


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Inhabited:
    return request.getfixturevalue(request.param)


def forms(service: Inhabited) -> list[Rule]:
    rules = [rule for rule in service.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    return [rule for rule in rules if not rule.rule.startswith("/api/") and rule.rule not in BY_ITS_ADDRESS]


def test_a_form_without_the_token_of_its_page_is_refused_whoever_sends_it(service: Inhabited) -> None:
    before, client = service.content(), service.client()
    session = {"Cookie": service.callers["session"]["Cookie"]}
    found = forms(service)
    assert found
    for rule in found:
        path = re.sub(r"<(?:any\(([a-z]+)[^>]*\):)?[^>]*>", lambda named: named.group(1) or "known", rule.rule)
        for headers in ({}, session):
            for wrong in ({}, {"csrf_token": "made-up"}):
                answer: Any = client.post(path, data=wrong, headers={"Accept": "application/json", **headers})
                assert (answer.status_code, answer.json["type"]) == (400, "urn:sendero:csrf"), path
    assert service.content() == before
