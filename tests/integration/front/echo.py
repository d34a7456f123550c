"""A service of the least kind: it says what it was asked, and by which of its ports."""

import json
from collections.abc import Callable, Iterable
from typing import Any

LONG = "/long"


def create_app() -> Callable[..., Any]:
    return answer


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] == LONG:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("ETag", '"of-the-service"')])
        return [b"again " * 1000]
    heard = {
        "port": int(environ["SERVER_PORT"]),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "root": environ["SCRIPT_NAME"],
        "body": len(environ["wsgi.input"].read()),
        "headers": {name: value for name, value in environ.items() if name.startswith("HTTP_")},
    }
    start_response("200 OK", [("Content-Type", "application/json"), ("Server", "gunicorn")])
    return [json.dumps(heard).encode()]
