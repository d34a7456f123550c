"""Rules of a pathway: what a file may say."""

from typing import Any

import pytest
from marshmallow import ValidationError

from services.booking import pathway_schemas


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"place_per": "family"}, "place_per"),
        ({"rest_minutes_least": -1}, "rest_minutes_least"),
        ({"rest_minutes_least": 31}, "rest_minutes_most"),
        ({"rest_minutes_most": 1}, "rest_minutes_most"),
        ({"hold_minutes": 61}, "hold_minutes"),
        ({"hold_share": 101}, "hold_share"),
        ({"rebook_hours": 169}, "rebook_hours"),
        ({"rebook_days": 367}, "rebook_days"),
        ({"max_changes": "three"}, "max_changes"),
        ({"change_notice_minutes": 1.5}, "change_notice_minutes"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(said: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        pathway_schemas.RULES.load(said)
    assert list(refused.value.messages_dict) == [field]


def test_what_is_left_out_is_as_usual_and_other_rows_of_the_file_are_no_matter() -> None:
    assert pathway_schemas.RULES.load({"id": "orientation", "name": {}}) == {}
    off = {"rest_minutes_least": 0, "rest_minutes_most": 0, "hold_minutes": 0}
    assert pathway_schemas.RULES.load(off) == off
