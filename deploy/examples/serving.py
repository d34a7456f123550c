"""Runs one of the demo programs: its settings, its threaded server, its pages' common parts."""

import os
import pathlib
import signal
import socket
import threading
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

import flask
import werkzeug.serving

from deploy.examples import words

FOLDER = pathlib.Path(__file__).parent
LANGUAGES = ("es", "en")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def setting(name: str, default: str | None = None) -> str:
    """The environment variable, or the content of the file that NAME_FILE points to."""
    if path := os.environ.get(f"{name}_FILE"):
        return pathlib.Path(path).read_text(encoding="utf-8").strip()
    value = os.environ.get(name) or default
    if value is None:
        raise SystemExit(f"{name} is not set (nor {name}_FILE)")
    return value


def listening(host: str, port: int, variable: str) -> socket.socket:
    """A socket that listens; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP: only then does asyncio send each line of an answer at once, instead of 40 ms after the first
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise SystemExit(f"cannot listen on {host}:{port}: {error.strerror}; {variable} changes it") from error
    taken.listen(128)
    return taken


@dataclass
class Running:
    port: int
    stopping: list[Callable[[], object]] = field(default_factory=list)

    def stop(self) -> None:
        while self.stopping:
            self.stopping.pop()()


class Handler(werkzeug.serving.WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # one request per connection, so that stopping leaves nothing open

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Pages that refresh themselves would fill the log."""


def serve(app: flask.Flask, host: str, port: int, variable: str) -> Running:
    listener = listening(host, port, variable)
    with listener:
        server = werkzeug.serving.make_server(
            host, port, app, threaded=True, request_handler=Handler, fd=listener.fileno()
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=app.name, daemon=True)
    thread.start()
    return Running(server.port, [thread.join, server.shutdown])


def run(start: Callable[[], Running], name: str) -> None:
    """Until Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    running = start()
    print(f"{name} is ready on port {running.port}", flush=True)
    stop.wait()
    running.stop()


def language() -> str:
    chosen = flask.request.args.get("lang") or flask.request.cookies.get("demo_lang")
    return chosen if chosen in LANGUAGES else flask.request.accept_languages.best_match(LANGUAGES) or "es"


def same_origin_only() -> flask.typing.ResponseReturnValue | None:
    """Browsers say where a form was sent from; a page of another site may not press our buttons."""
    if flask.request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    origin = flask.request.headers.get("Origin")
    foreign = origin is not None and urllib.parse.urlsplit(origin).netloc != flask.request.host
    if foreign or flask.request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return {"error": "other_origin"}, 403
    return None


def page(template: str, refresh: int | None, **shown: object) -> flask.Response:
    """A page that, given seconds, loads itself anew: a header does it, no script needed."""
    response = flask.make_response(flask.render_template(template, refresh=refresh, **shown))
    if refresh:
        response.headers["Refresh"] = str(refresh)
    return response


def create_app(name: str) -> flask.Flask:
    """What both programs' pages share: templates, languages, headers, the same-origin check, /healthz."""
    app = flask.Flask(
        name,
        template_folder=str(FOLDER / "templates"),
        static_folder=str(FOLDER / "static"),
    )
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(same_origin_only)

    @app.context_processor
    def texts() -> dict[str, object]:
        lang = language()
        return {"lang": lang, "_": lambda english: words.say(lang, english)}

    @app.after_request
    def headers(response: flask.Response) -> flask.Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(["Accept-Language", "Cookie"])
        if flask.request.args.get("lang") in LANGUAGES:
            response.set_cookie("demo_lang", flask.request.args["lang"], max_age=31536000, samesite="Lax")
        return response

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
