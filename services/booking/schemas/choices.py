"""What may be chosen from, and how ids look."""

import re

from marshmallow import RAISE, Schema, validate

from shared.errors import N_

LANGUAGES = ("es", "en")
CHANNELS = ("email", "sms")
SERVICES = ("resettlement", "family_reunification", "temporary_work", "orientation", "protection", "reintegration")
PRIORITIES = ("urgent", "high", "normal")
NEEDS = ("wheelchair", "hearing", "sight", "companion_help")
LANGUAGE_CODE = validate.Regexp(re.compile(r"[a-z]{2,3}\Z", re.ASCII), error=N_("This is not a code of a language."))
ID = validate.Regexp(re.compile(r"[\w.-]{1,120}\Z", re.ASCII), error=N_("This is not an identifier."))
ONE_OF_THESE = N_("Please choose one of these.")


class Strict(Schema):
    class Meta:
        unknown = RAISE


class NothingIn(Strict):
    """A body that may be left out or be {}."""
