"""What a service can be asked and what it announces: /openapi.json, /asyncapi.json, and a readable page at /docs."""

import http
from copy import deepcopy
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, current_app, render_template
from flask_smorest import Api
from flask_smorest.utils import prepare_response
from marshmallow import Schema, fields

from shared import errors
from shared.web import context

STAFF: list[dict[str, list[str]]] = [{"session": [], "csrf": []}, {"bearer": []}]
PERSON: list[dict[str, list[str]]] = [{"basic": []}]
PARTNER: list[dict[str, list[str]]] = [{"bearer": []}]

blueprint = Blueprint("docs", __name__)


class FieldError(Schema):
    field = fields.String(metadata={"description": "dotted, such as person.phone; empty for the whole"})
    message = fields.String()


class Problem(Schema):
    """RFC 9457."""

    type = fields.String(required=True, metadata={"description": "a stable URN such as urn:sendero:not-found"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "in the language of Accept-Language (es, en)"})
    errors = fields.List(fields.Nested(FieldError))
    correlation_id = fields.String()


class SenderoApi(Api):
    """flask-smorest with our errors: their documentation here, their answers in problems.py."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """Left to problems.py, which keeps the headers (Allow) and writes problem+json."""

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            self._respond(status.name, status.phrase, described=status >= 400)
        self._respond("DEFAULT_ERROR", "Whatever else went wrong", described=True)

    def _respond(self, name: str, description: str, described: bool) -> None:
        response: dict[str, Any] = {"description": description}
        if described:
            response["schema"] = self.ERROR_SCHEMA
        prepare_response(response, self.spec, "application/problem+json")
        self.spec.components.response(name, response, lazy=True)


def problems(*statuses: int) -> Any:
    """Documents the refusals of a route: `@web.problems(404, 409)` under `@blueprint.route`."""

    def decorate(view: Any) -> Any:
        @wraps(view)
        def documented(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        document(documented, *statuses)
        return documented

    return decorate


def document(view: Any, *statuses: int, **more: Any) -> None:
    """Adds problem responses and further parts of the operation to what flask-smorest knows of a (wrapped) view."""
    doc = deepcopy(getattr(view, "_apidoc", {}))
    manual = doc.setdefault("manual_doc", {})
    manual.setdefault("responses", {}).update({status: http.HTTPStatus(status).name for status in statuses})
    view._apidoc = doc | {"manual_doc": more | manual}


def init_app(app: Flask) -> SenderoApi:
    service = context.service().settings.service
    app.config.update(
        API_TITLE=f"Sendero {service}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = SenderoApi(app)
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": f"sendero_{service}"},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
        "bearer": {"type": "http", "scheme": "bearer"},
        "basic": {"type": "http", "scheme": "basic", "description": "a person: reference and code"},
    }
    for name, scheme in schemes.items():
        api.spec.components.security_scheme(name, scheme)
    return api


@blueprint.get("/docs")
def page() -> str:
    spec = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    announces = context.service().asyncapi is not None
    return render_template("docs.html", spec=spec, operations=_operations(spec), announces=announces)


@blueprint.get("/asyncapi.json")
def asyncapi() -> dict[str, Any]:
    document = context.service().asyncapi
    if document is None:
        raise errors.NotFound
    return document


def _operations(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for path, methods in spec.get("paths", {}).items():
        common = methods.get("parameters", [])
        for method, operation in methods.items():
            if method == "parameters":
                continue
            found.append(
                {
                    "id": f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
                    "method": method.upper(),
                    "path": path,
                    "tag": (operation.get("tags") or [""])[0],
                    "summary": operation.get("summary", ""),
                    "description": operation.get("description", ""),
                    "parameters": [_resolved(spec, one) for one in [*common, *operation.get("parameters", [])]],
                    "body": _content(operation.get("requestBody")),
                    "responses": _responses(spec, operation),
                    "security": [" + ".join(option) for option in operation.get("security", [])],
                }
            )
    return found


def _responses(spec: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for status, response in operation.get("responses", {}).items():
        whole = _resolved(spec, response)
        rows.append({"status": status, "description": whole.get("description", ""), "schema": _content(whole)})
    return rows


def _content(holder: dict[str, Any] | None) -> dict[str, Any] | None:
    for content in ((holder or {}).get("content") or {}).values():
        return content.get("schema")
    return None


def _resolved(spec: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = spec
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def type_of(schema: dict[str, Any] | None) -> str:
    """A schema in a few words: `string (date-time)`, `list of Slot`, `Problem`."""
    if not schema:
        return ""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(type_of(one) for one in schema[several])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if kind == "array":
        return f"list of {type_of(schema.get('items')) or 'any'}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind
