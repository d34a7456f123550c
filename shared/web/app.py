"""Puts a service's web application together: everything that every service has, and its own routes and pages."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from shared import auth, clock, messages
from shared.settings import Settings
from shared.web import (
    bodies,
    caching,
    context,
    docs,
    health,
    language,
    limits,
    observe,
    origins,
    problems,
    protection,
    turns,
)

SHARED = Path(__file__).parent.parent


class Json(DefaultJSONProvider):
    """Instants as everywhere: RFC 3339 in UTC. Names in the order we give them."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        return clock.rfc3339(value) if isinstance(value, datetime) else DefaultJSONProvider.default(value)


def create_app(
    settings: Settings,
    import_name: str,
    *,
    apis: Iterable[Any] = (),
    pages: Iterable[Blueprint] = (),
    translations: str | Path | Iterable[str | Path] = (),
    after_sign_in: str = "/",
    message_check: str = "",
    asyncapi: dict[str, Any] | None = None,
    open_apis: Iterable[Any] = (),
) -> Flask:
    """`apis` are flask-smorest blueprints, `pages` plain ones; the login and its session route are always there.

    `translations`: the service's folder(s) of messages. `after_sign_in`: where a sign-in leads.
    `message_check`: the page that says whether a message is really from us; each page points there.
    `asyncapi`: the document of what the service announces. `open_apis`: those of `apis` that pages of other sites may
    call, if settings name their origins.
    Opens no connection: that is for the first request of each process.
    """
    app = Flask(import_name)
    folders = [translations] if isinstance(translations, str | Path) else translations
    app.extensions[context.NAME] = context.Service(settings, messages.Catalogue(folders), after_sign_in, asyncapi)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 300  # where no hash is asked for (caching.py)
    app.json = Json(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals |= {"type_of": docs.type_of, "message_check": message_check}
    if settings.trusted_proxies:  # each adds the address it saw; of what was asked for the nearest one speaks
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=1, x_host=1, x_prefix=1
        )
    with app.app_context():
        observe.init_app(app)
        language.init_app(app)
        turns.init_app(app)
        limits.init_app(app)
        bodies.init_app(app)
        protection.init_app(app)
        caching.init_app(app)
        origins.init_app(app, {api.name for api in open_apis})
        problems.register(app)
        api = docs.init_app(app)
        for blueprint in _once([auth.api, *apis]):
            api.register_blueprint(blueprint)
        own = Blueprint(
            "shared",
            __name__,
            root_path=str(SHARED),
            static_folder="static",
            static_url_path="/shared",
            template_folder="templates",
        )
        for page in _once([health.blueprint, docs.blueprint, auth.blueprint, auth.account_pages, *pages, own]):
            app.register_blueprint(page)
    return app


def _once(blueprints: Iterable[Any]) -> list[Any]:
    return list({blueprint.name: blueprint for blueprint in blueprints}.values())
