"""Requests made up from each service's own OpenAPI document, right and wrong ones, by everybody who may and may not:
not one error of ours, and every answer as the document says."""

import json
from collections import Counter
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.generated.inhabited import SIGNED, Headers, Inhabited

ENOUGH = 500
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
SERVICES = ("booking", "referrals", "notifications")
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
STRANGERS, RIGHTFUL = 8, 24  # requests for each operation and caller
LOCAL = "https://127.0.0.1/hook"  # instead of names that would be looked up


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Inhabited:
    return request.getfixturevalue(request.param)


def test_no_made_up_request_is_an_error_of_ours(service: Inhabited) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    answered: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        security = operation.definition.raw.get("security", [])
        callers: dict[str, Headers] = {name: service.callers[name] for name in service.rightful(security)}
        answered += _requests(service, operation, {}, STRANGERS if callers else RIGHTFUL)
        for headers in callers.values():
            answered += _requests(service, operation, headers, RIGHTFUL)
    print(service.name, answered.total(), dict(sorted(answered.items())))
    assert answered.total() >= ENOUGH
    assert answered[200] + answered[201] + answered[202] + answered[204] >= ENOUGH / 10, "too few got anywhere"


def test_a_method_that_is_not_offered_is_refused_with_those_that_are(service: Inhabited) -> None:
    client = service.client()
    paths = client.get("/openapi.json").json["paths"]
    for path, operations in paths.items():
        offered = {name.upper() for name in operations} & METHODS
        for method in METHODS - offered:
            answer = client.open(path.replace("{", "").replace("}", ""), method=method)
            assert (answer.status_code, answer.json["type"]) == (405, "urn:sendero:method-not-allowed"), (method, path)
            assert offered <= set(answer.headers["Allow"].split(", ")), (method, path)


def _requests(service: Inhabited, operation: Any, headers: Headers, most: int) -> Counter[int]:
    """Half of them right by the document and half wrong; half of them about things that exist."""
    answered: Counter[int] = Counter()
    client = service.client()
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if _can_be_wrong(operation) else [GenerationMode.POSITIVE]
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
    def ask(case: Case, about: Any, exists: bool) -> None:
        service.db.throttles.delete_many({})  # wrong codes slow a network down, which is tested elsewhere
        if exists:
            _about_what_exists(case, service.known, about)
        if isinstance(case.body, dict) and str(case.body.get("url", "")).startswith("https"):
            case.body["url"] = LOCAL
        sent = case.as_transport_kwargs(headers=headers)
        if operation.path.startswith(SIGNED) and exists:
            body = json.dumps(case.body).encode()
            sent = {**sent, "json": None, "data": body, "headers": service.signed(body)}
        answer = client.open(**sent)
        answered[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    ask()
    return answered


def _can_be_wrong(operation: Any) -> bool:
    return bool(operation.body or operation.query or operation.headers or operation.path_parameters)


def _about_what_exists(case: Case, known: dict[str, list[str]], about: Any) -> None:
    for name in case.path_parameters or {}:
        case.path_parameters[name] = about.choice(known[name])
    if isinstance(case.body, dict):
        for name in set(case.body) & set(known):
            case.body[name] = about.choice(known[name])
