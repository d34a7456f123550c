"""Serves the site's files and tells them where Sendero's API is."""

from dataclasses import dataclass
from pathlib import Path

import flask

from deploy.examples import serving

SITE = Path(__file__).with_name("site")


@dataclass(frozen=True)
class Settings:
    api: str
    host: str = "127.0.0.1"
    port: int = 8027


def load() -> Settings:
    read = serving.setting
    return Settings(
        api=read("BOOKING_API_URL").rstrip("/"), host=read("HOST", "127.0.0.1"), port=int(read("WEBSITE_PORT", "8027"))
    )


def policy(api: str) -> str:
    """Our own files, no inline code, and calls to the one API."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {api}; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )


def start(given: Settings) -> serving.Running:
    app = flask.Flask("deploy.examples.website", static_folder=str(SITE), static_url_path="")

    @app.get("/")
    def page() -> flask.Response:
        return app.send_static_file("index.html")

    @app.get("/settings.json")
    def settings() -> dict[str, str]:
        return {"api": given.api}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.after_request
    def headers(response: flask.Response) -> flask.Response:
        response.headers["Content-Security-Policy"] = policy(given.api)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-cache"
        return response

    return serving.serve(app, given.host, given.port, "WEBSITE_PORT")
