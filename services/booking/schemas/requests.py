"""A place asked for in a request window: as a person sends it, and as they change it; the seed of its draw."""

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates

from services.booking import model
from services.booking.model import requests
from services.booking.schemas.booking import MOST_COMPANIONS, CompanionIn, WhoIn
from services.booking.schemas.choices import ID, LANGUAGE_CODE, NEEDS, ONE_OF_THESE, Strict
from shared.errors import N_

MOST_OFFICES, MOST_NEEDS = 10, 10
TOO_LONG = N_("This is too long.")


class WhereAndWhen(Strict):
    """The part of it that is published; it may be changed until the close."""

    offices = fields.List(
        fields.String(validate=ID),
        required=True,
        validate=validate.Length(max=MOST_OFFICES, error=TOO_LONG),
        metadata={"description": "where it suits, the best first", "example": ["guatemala"], "minItems": 1},
    )
    availability = fields.List(
        fields.String(validate=validate.OneOf(requests.PARTS, error=ONE_OF_THESE)),
        load_default=list,
        validate=validate.Length(max=len(requests.PARTS), error=TOO_LONG),
        metadata={
            "description": "parts of the day that suit, the best first; any, when left out",
            "example": ["morning"],
        },
    )
    needs = fields.List(
        fields.String(validate=ID),
        load_default=list,
        validate=validate.Length(max=MOST_NEEDS, error=TOO_LONG),
        metadata={"description": "of those that places are kept for in this window: `minimums` of its rule"},
    )

    @validates("offices")
    def _somewhere(self, value: list[str], **_: Any) -> None:
        if not value:
            raise ValidationError(N_("Please choose an office."))


def _access_needs(said: str, **how: Any) -> fields.List:
    return fields.List(
        fields.String(validate=validate.OneOf(NEEDS, error=ONE_OF_THESE)),
        validate=validate.Length(max=len(NEEDS), error=TOO_LONG),
        metadata={"description": f"what the office prepares for whoever comes; {said}"},
        **how,
    )


class WishIn(WhereAndWhen):
    """What is asked for from now on; loads into (model.Wish, what the office prepares, as far as it is named)."""

    companions = fields.List(
        fields.Nested(CompanionIn),
        load_default=list,
        validate=validate.Length(max=MOST_COMPANIONS, error=N_("At most nine people can come with you.")),
    )

    access_needs = _access_needs("left out, it stays as it was")
    interpreter = fields.String(
        allow_none=True,
        validate=LANGUAGE_CODE,
        metadata={"description": "ISO 639; null: none is needed; left out, it stays as it was", "example": "mam"},
    )

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> tuple[model.Wish, dict[str, Any]]:
        needs = {"needs": list(dict.fromkeys(data["access_needs"]))} if "access_needs" in data else {}
        interpreter = {"interpreter": data["interpreter"]} if "interpreter" in data else {}
        return wish(data), needs | interpreter


class RequestIn(WhereAndWhen, WhoIn):
    """What a person sends to ask for a place; loads into model.Asked."""

    pathway = fields.String(required=True, validate=ID, metadata={"example": "resettlement"})
    access_needs = _access_needs("sealed with the person, not published", load_default=list)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> model.Asked:
        return model.Asked(
            pathway_id=data["pathway"],
            wish=wish(data),
            language=data["language"],
            channels=tuple(dict.fromkeys(data["channels"])),
            person=data["person"],
            needs=tuple(dict.fromkeys(data["access_needs"])),
            interpreter=data["interpreter"],
            verification=data["verification"],
        )


class SeedIn(Strict):
    value = fields.String(
        required=True,
        validate=validate.Length(min=64, max=64),
        metadata={"description": "64 hexadecimal digits in small letters"},
    )


def wish(data: dict[str, Any]) -> model.Wish:
    return model.Wish(
        offices=tuple(dict.fromkeys(data["offices"])),
        availability=tuple(dict.fromkeys(data["availability"])),
        needs=tuple(sorted(set(data["needs"]))),
        companions=tuple(data["companions"]),
    )
