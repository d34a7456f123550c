"""A web application of the least kind, to be served by gunicorn as services are."""

from collections.abc import Callable, Iterable
from typing import Any


def create_app() -> Callable[..., Any]:
    return _answer


def _answer(_: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
