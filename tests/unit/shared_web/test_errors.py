"""The tree of refusals."""

import pytest

from shared import errors


class Taken(errors.Conflict):
    code = "taken"
    detail = "At %(office)s"


def test_a_refusal_keeps_its_parameters() -> None:
    refusal = Taken(office="north")
    assert (refusal.status, refusal.code, refusal.detail % refusal.params) == (409, "taken", "At north")


def test_every_status_has_one_refusal() -> None:
    assert sorted(errors.BY_STATUS) == [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429, 500, 503]


@pytest.mark.parametrize(("status", "kind"), [(418, errors.BadRequest), (502, errors.Refusal), (404, errors.NotFound)])
def test_a_status_without_words_of_its_own_keeps_its_number(status: int, kind: type[errors.Refusal]) -> None:
    refusal = errors.for_status(status)
    assert isinstance(refusal, kind)
    assert refusal.status == status
