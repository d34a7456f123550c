"""The page for a lost code: whatever is given, the answer is the same."""

import flask
import marshmallow
from flask.typing import ResponseReturnValue

from services.booking import actions, schemas
from services.booking.pages import forms, wording
from shared import errors, web
from shared.errors import N_

blueprint = flask.Blueprint("lost_code_pages", __name__, template_folder="../templates")
wording.register(blueprint)

NEITHER = N_("Please write the reference, or a phone or email.")
ASKED = N_(
    "If there is an appointment or request with this, a message with its reference and a new code is on its way to the "
    "phone or email that it was made with. Nothing comes within an hour? Call the office or go there."
)


@blueprint.get("/lost-code")
def lost_code() -> ResponseReturnValue:
    return _page({}, [])


@blueprint.post("/lost-code")
@web.at_most("120/hour", "lost_code")
def ask() -> ResponseReturnValue:
    given = {name: flask.request.form.get(name, "").strip()[:254] for name in ("reference", "contact")}
    if not any(given.values()):
        return _page(given, [{"field": "reference", "message": web.gettext(NEITHER)}]), 422
    try:
        actions.ask_for_code(web.db(), schemas.LostCodeIn().load(_body(**given)))
    except marshmallow.ValidationError as failed:
        named = {"reference": "reference", "phone": "contact", "email": "contact"}
        return _page(given, [{**one, "field": named[one["field"]]} for one in forms.errors(failed)]), 422
    except errors.TooMany as refusal:
        return _page(given, [{"field": "reference", "message": web.gettext(refusal.detail)}]), refusal.status
    flask.flash(web.gettext(ASKED), "done")
    return flask.redirect(flask.url_for("appointment_pages.find"), 303)


def _body(reference: str, contact: str) -> dict[str, str]:
    """Who writes both has the reference, which says more."""
    if reference:
        return {"reference": reference}
    return {"email": contact} if "@" in contact else {"phone": contact}


def _page(given: dict[str, str], wrong: list[dict[str, str]]) -> str:
    return flask.render_template("public/lost_code.html", given=given, errors=wrong)
