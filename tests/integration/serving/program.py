"""A web application of the least kind, to be served by gunicorn as services are: says how long a body was."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

LARGEST = 64 * 1024


def create_app() -> Callable[..., Any]:
    return _answer


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if int(environ.get("CONTENT_LENGTH") or 0) > LARGEST:
        start_response("413 Content Too Large", [("Content-Length", "0")])
        return [b""]
    if environ["PATH_INFO"] == "/breaks":
        start_response("200 OK", [("Content-Length", "10")])
        return _broken()
    said = b"%d" % len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


def _broken() -> Iterator[bytes]:
    yield b"half"
    raise RuntimeError("made up")
