"""What is published of draws: all that a stranger needs to hold one again. The bytes are those of DRAW.md."""

from collections.abc import Iterable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.booking import answers, refusals, store
from shared import web

blueprint = Blueprint("draws", __name__, url_prefix="/api/v1/draws", description="Draws that anybody can hold again")


@blueprint.route("")
@blueprint.arguments(web.ListQuery(), location="query")
@blueprint.response(200, answers.list_of(answers.DrawOut))
@web.problems(422)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Request windows and their draws, the newest first"""
    shown = [answers.draw(one, store.draws.find(web.db(), one.id)) for one in store.windows.newest(web.db())]
    return answers.paged(shown, query, lambda row: row["id"])


@blueprint.route("/<draw_id>")
@blueprint.response(200, answers.DrawOut)
@web.problems(404)
def get(draw_id: str) -> dict[str, Any]:
    """One window and its draw: rule, source of the seed, hash, and which files are published by now"""
    return answers.draw(store.windows.get(web.db(), draw_id), store.draws.find(web.db(), draw_id))


@blueprint.route("/<draw_id>/rule")
@blueprint.response(200, {"type": "object"}, content_type="application/json")
@web.problems(404)
def rule(draw_id: str) -> Response:
    """`rule.json`: shares and minimums, published before the window opens"""
    return _file(draw_id, "rule")


@blueprint.route("/<draw_id>/capacity")
@blueprint.response(200, {"type": "string"}, content_type="application/x-ndjson")
@web.problems(404)
def capacity(draw_id: str) -> Response:
    """`capacity.jsonl`: the slots and their places"""
    return _file(draw_id, "capacity")


@blueprint.route("/<draw_id>/entries")
@blueprint.response(200, {"type": "string"}, content_type="application/x-ndjson")
@web.problems(404)
def entries(draw_id: str) -> Response:
    """`entries.jsonl`: who asks, by opaque ids, as fixed at the close"""
    store.draws.get(web.db(), draw_id)
    return _file(draw_id, "entries")


@blueprint.route("/<draw_id>/commitment")
@blueprint.response(200, {"type": "object"}, content_type="application/json")
@web.problems(404)
def commitment(draw_id: str) -> Response:
    """`commitment.json`: what is fixed at the close; its SHA-256 is the hash of the draw"""
    return _sent(draw_id, "commitment", [store.draws.get(web.db(), draw_id)["commitment"]])


@blueprint.route("/<draw_id>/seed")
@blueprint.response(200, {"type": "object"}, content_type="application/json")
@web.problems(404)
def seed(draw_id: str) -> Response:
    """`seed.json`: the seed, and what lets anyone check it"""
    return _sent(draw_id, "seed", [_held(draw_id)["seed"]])


@blueprint.route("/<draw_id>/result")
@blueprint.response(200, {"type": "string"}, content_type="application/x-ndjson")
@web.problems(404)
def result(draw_id: str) -> Response:
    """`result.jsonl`: of each entry its slot, or its number on the waitlist"""
    _held(draw_id)
    return _file(draw_id, "result")


def _held(id: str) -> dict[str, Any]:
    found = store.draws.get(web.db(), id)
    if "seed" not in found:
        raise refusals.NotPublished()
    return found


def _file(id: str, name: str) -> Response:
    store.windows.get(web.db(), id)
    return _sent(id, name, store.draws.pieces(web.db(), id, name))


def _sent(id: str, name: str, content: Iterable[str]) -> Response:
    """In pieces, as it is kept: nothing of it is built whole in memory."""
    file, kind = answers.FILES[name]
    answer = Response(content, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer
