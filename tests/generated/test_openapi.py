"""Requests made up from each service's own OpenAPI document, right and wrong ones, by everybody who may and may not:
not one error of ours, every answer as the document says, and nothing wrong taken."""

import json
import random
from collections import Counter
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
)

from tests.generated.inhabited import SIGNED, Headers, Inhabited

ENOUGH = 500
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, negative_data_rejection]
SERVICES = ("booking", "referrals", "notifications")
NONSENSE = {"Authorization": "Bearer nonsense"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
RIGHT = (1.0, 1.0, 0.9)  # so much of the fields of a body about things that exist
STRANGERS, RIGHTFUL = 8, 24  # requests for each operation and caller
LETTERS = "/api/v1/operations/dead-letters/"
LOCAL = "https://127.0.0.1/hook"  # instead of names that would be looked up


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Inhabited:
    return request.getfixturevalue(request.param)


def test_no_made_up_request_is_an_error_of_ours(service: Inhabited) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    schema.config.generation.update(with_security_parameters=False)  # who asks is said here
    answered: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        security = operation.definition.raw.get("security", [])
        rightful = service.rightful(security)
        for headers in ({}, NONSENSE):
            answered += _requests(service, operation, headers, STRANGERS if rightful else RIGHTFUL)
        for name in rightful:
            answered += _requests(service, operation, service.callers[name], RIGHTFUL)
    print(service.name, answered.total(), dict(sorted(answered.items())))
    assert answered.total() >= ENOUGH
    assert answered[200] + answered[201] + answered[202] + answered[204] >= ENOUGH / 10, "too few got anywhere"


def test_a_method_that_is_not_offered_is_refused_with_those_that_are(service: Inhabited) -> None:
    client = service.client()
    paths = client.get("/openapi.json").json["paths"]
    for path, operations in paths.items():
        offered = {name.upper() for name in operations} & METHODS
        for method in METHODS - offered:
            if path.startswith(LETTERS) and method == "GET":
                continue  # read as a letter whose id has a slash in it: ids of events are their publishers' choice
            answer = client.open(path.replace("{", "").replace("}", ""), method=method)
            assert (answer.status_code, answer.json["type"]) == (405, "urn:sendero:method-not-allowed"), (method, path)
            assert offered <= set(answer.headers["Allow"].split(", ")), (method, path)


def _requests(service: Inhabited, operation: Any, headers: Headers, most: int) -> Counter[int]:
    """Half of them right by the document and half wrong; half of them about things that exist."""
    answered: Counter[int] = Counter()
    client = service.client()
    modes = [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if _can_be_wrong(operation) else [])]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @hypothesis.settings(
        max_examples=most,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases, about=st.randoms(use_true_random=False), exists=st.booleans())
    def ask(case: Case, about: random.Random, exists: bool) -> None:
        service.db.throttles.delete_many({})  # wrong codes slow a network down, which is tested elsewhere
        if exists:
            _about_what_exists(case, service, about)
        if isinstance(case.body, dict) and str(case.body.get("url", "")).startswith("https"):
            case.body["url"] = LOCAL
        sent, checks = case.as_transport_kwargs(headers=headers), CHECKS
        if operation.path.startswith(SIGNED) and exists:
            sent = _signed(service, sent)
            checks = CHECKS[:-1]  # schemathesis misses the signature in what it made
        answer = client.open(**sent)
        answered[answer.status_code] += 1
        case.validate_response(answer, checks=checks)

    ask()
    return answered


def _can_be_wrong(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.headers or operation.path_parameters)


def _signed(service: Inhabited, sent: dict[str, Any]) -> dict[str, Any]:
    """The same request with a provider's signature over its very bytes."""
    text = json.dumps(sent.pop("json")) if "json" in sent else sent.get("data") or ""
    body = text.encode() if isinstance(text, str) else bytes(text)
    return {**sent, "data": body, "headers": service.signed(body)}


def _about_what_exists(case: Case, service: Inhabited, about: random.Random) -> None:
    """The ids in the path are those of real things, and the body is what it should be, or most of it."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = about.choice(service.known[name])  # KeyError: tests/generated/making.py lacks it
    if isinstance(case.body, dict) and case.operation.path in service.right:
        case.body = _mixed(case.body, service.right[case.operation.path](), about, about.choice(RIGHT))


def _mixed(given: dict[str, Any], right: dict[str, Any], about: random.Random, share: float) -> dict[str, Any]:
    mixed = dict(given)
    for name, value in right.items():
        if isinstance(value, dict) and isinstance(given.get(name), dict):
            mixed[name] = _mixed(given[name], value, about, share)
        elif about.random() <= share:
            mixed[name] = value
    return mixed
