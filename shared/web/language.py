"""The language of an answer: `?lang=` (kept in a cookie), else that cookie, else Accept-Language, else Spanish."""

import secrets
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import dates
from flask import Flask, Response, current_app, g, has_request_context, request

from shared import messages
from shared.web import context

COOKIE = "sendero_lang"
NAMES = {"es": "Español", "en": "English"}
_YEAR = 365 * 24 * 3600


def locale() -> str:
    if not has_request_context():
        return messages.DEFAULT
    if "locale" not in g:
        g.locale = _choose()
    return g.locale


def _choose() -> str:
    wanted = [request.args.get("lang"), None if is_api() else request.cookies.get(COOKIE)]
    # a regional variant counts as its language; werkzeug's own matching prefers an exact, lesser wish
    wanted += [tag.partition("-")[0].lower() for tag in request.accept_languages.values()]
    return next((choice for choice in wanted if choice in messages.LOCALES), messages.DEFAULT)


def is_api() -> bool:
    return request.path.startswith("/api/")


def gettext(message: str, **params: Any) -> str:
    return context.service().catalogue.gettext(locale(), message, **params)


def ngettext(singular: str, plural: str, n: int, **params: Any) -> str:
    return context.service().catalogue.ngettext(locale(), singular, plural, n, **params)


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.filters.update(datetime=_datetime, date=_date, time=_time)
    app.jinja_env.globals["new_idempotency_key"] = lambda: secrets.token_urlsafe(24)
    app.context_processor(_for_templates)
    app.after_request(_keep_choice)


def _for_templates() -> dict[str, Any]:
    return {
        "locale": locale(),
        "languages": _languages(),
        # as resolved by the route: a page that failed must not ask the database again
        "current_actor": g.get("actor"),
        "has_console": "operations" in current_app.blueprints,
    }


def _languages() -> list[dict[str, Any]]:
    """For the switch: each language with a link to the page one is on."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [
        {
            "code": code,
            "name": NAMES[code],
            "current": code == locale(),
            "href": f"{request.script_root}{request.path}?{urlencode([*kept, ('lang', code)])}",
        }
        for code in messages.LOCALES
    ]


def _keep_choice(response: Response) -> Response:
    choice = request.args.get("lang")
    if choice in messages.LOCALES and not is_api():
        secure = context.settings().secure_cookies
        response.set_cookie(COOKIE, choice, max_age=_YEAR, httponly=True, secure=secure, samesite="Lax")
    return response


def _zone(tz: str | tzinfo) -> tzinfo:
    return ZoneInfo(tz) if isinstance(tz, str) else tz


def _datetime(moment: datetime, tz: str | tzinfo = "UTC", format: str = "medium") -> str:
    """`{{ starts_at | datetime(office.timezone) }}`: date and time as read in that zone."""
    return dates.format_datetime(moment, format, tzinfo=_zone(tz), locale=locale())


def _date(moment: Any, tz: str | tzinfo = "UTC", format: str = "full") -> str:
    """An instant as the date in that zone; a plain date as it is."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(_zone(tz)).date()
    return dates.format_date(moment, format, locale=locale())


def _time(moment: datetime, tz: str | tzinfo = "UTC", format: str = "short") -> str:
    return dates.format_time(moment, format, tzinfo=_zone(tz), locale=locale())
