"""What the pages of referrals hang on."""

from flask import Blueprint

from services.referrals.pages import words

blueprint = Blueprint("pages", __name__, template_folder="../templates")


@blueprint.app_template_filter("word")
def word(code: str | None) -> str:
    """A code as people read it, in their language."""
    return words.of(code)
