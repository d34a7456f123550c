"""Kinds of field: what people write about themselves, checked for its shape and brought into one form."""

import re
import unicodedata
from datetime import date
from typing import Any

import phonenumbers
from marshmallow import ValidationError, fields

from shared import clock
from shared.errors import N_

HOME_REGION = "GT"  # a number without a country's code is read as one of here
_OLDEST_YEARS = 120
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9](-*[A-Za-z0-9]){0,62}\.)+[A-Za-z]{2,63}")
_JOINERS = "\u200c\u200d"  # some scripts need them; all other format characters could disguise a name


class Line(fields.String):
    """One line of text as people write it: composed, single spaces, nothing invisible."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        self.longest = longest
        kwargs["metadata"] = {"minLength": 1, "maxLength": longest, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))
        if any(_invisible(one) for one in text):
            raise ValidationError(N_("Please use letters, digits and punctuation only, on one line."))
        text = " ".join(text.split())
        if not any(one.isalnum() for one in text):
            raise ValidationError(N_("Please fill this in."))
        if len(text) > self.longest:
            raise ValidationError(N_("This is too long."))
        return text


def _invisible(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "C" and letter not in _JOINERS or letter in "\u2028\u2029"


class Phone(fields.String):
    """Any way of writing a number; read into E.164."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            number = phonenumbers.parse(text if len(text) <= 40 else "", HOME_REGION)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or number.extension or not text.isprintable() or not phonenumbers.is_valid_number(number):
            raise ValidationError(N_("This is not a phone number we can call. Example: +502 5123 4567."))
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Email(fields.String):
    """The shape of an address, safe in a mail header; whether it takes mail is seen when mail is sent."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip(" ")
        local = text.partition("@")[0]
        dots = local.startswith(".") or local.endswith(".") or ".." in local
        if len(text) > 254 or dots or not _EMAIL.fullmatch(text):
            raise ValidationError(N_("This is not an email address. Example: ana@example.org."))
        return text


class BirthDate(fields.Date):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {})["invalid"] = N_("Please give the date of birth as year-month-day.")
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        born = super()._deserialize(value, attr, data, **kwargs)
        today = clock.now().date()
        if born > today:
            raise ValidationError(N_("The date of birth is in the future."))
        if born.year < today.year - _OLDEST_YEARS:
            raise ValidationError(N_("The date of birth is too long ago. Please check the year."))
        return born


class Words(fields.String):
    """A few sentences, which may be none: line breaks are kept, other control characters are not allowed."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        self.longest = longest
        kwargs["metadata"] = {"maxLength": longest, **kwargs.get("metadata", {})}
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).replace("\r\n", "\n").strip()
        if len(text) > self.longest:
            raise ValidationError(N_("This is too long."))
        if any(_invisible(one) and one not in "\n\t" for one in text):
            raise ValidationError(N_("Please use letters, digits and punctuation only."))
        return text
