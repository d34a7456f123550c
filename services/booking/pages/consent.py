"""The consent texts that people are shown. A version never changes once used: a new wording is a new version."""

import flask
from markupsafe import Markup

from services.booking import model

CURRENT = max(model.CONSENT_TEXTS)
FALLBACK = "es"  # for who speaks another language: read out and interpreted


def language(of_person: str) -> str:
    """The language that a person is shown the current text in."""
    return of_person if of_person in model.CONSENT_TEXTS[CURRENT] else FALLBACK


def text(language: str) -> Markup:
    return Markup(flask.render_template(f"consent/{CURRENT}.{language}.html"))  # noqa: S704 - our own template
