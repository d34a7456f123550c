"""Draws by page: what the rule is, the hash, the files, how anybody checks them, and the figures afterwards."""

import flask
from flask.typing import ResponseReturnValue

from services.booking import answers, store
from services.booking.pages import wording
from shared import web

blueprint = flask.Blueprint("draw_pages", __name__, template_folder="../templates")
wording.register(blueprint)


@blueprint.get("/draws")
def listed() -> ResponseReturnValue:
    windows = store.windows.newest(web.db())
    names = {one.id: one for one in store.pathways(web.db())}
    return flask.render_template("public/draws.html", windows=windows, pathways=names)


@blueprint.get("/draws/<draw_id>")
def get(draw_id: str) -> ResponseReturnValue:
    window = store.windows.get(web.db(), draw_id)
    found = store.draws.find(web.db(), draw_id)
    return flask.render_template(
        "public/draw.html",
        window=window,
        draw=answers.draw(window, found),
        found=found or {},
        figures=(found or {}).get("figures"),
        places=sum(slot.places for slot in store.draws.capacity(web.db(), window.id)),
        pathway=store.pathway(web.db(), window.pathway_id),
        offices={id: store.office(web.db(), id) for id in window.offices},
        zone_of=store.office(web.db(), window.offices[0]).timezone,
    )
