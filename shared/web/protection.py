"""Headers that keep browsers from doing harm, and the check that a form was sent from our own page."""

from flask import Flask, Response, request, session
from flask_wtf.csrf import CSRFProtect

from shared.web import context, language, origins

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}

csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    settings = context.service().settings
    app.secret_key = settings.secret_key
    app.config.update(
        SESSION_COOKIE_NAME=f"sendero_{settings.service}",  # ports do not part cookies
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: nobody loses a form by filling it in slowly
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our Referrer-Policy withholds
    )
    csrf.init_app(app)
    app.before_request(_from_our_page)
    app.after_request(_headers)


def _from_our_page() -> None:
    if request.method in _SAFE or not request.endpoint:
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and not origins.from_a_known_site():
        csrf._error_response("sent from another site")  # also guards credentials that a browser adds by itself (Basic)
    by_cookie = "account" in session and "Authorization" not in request.headers
    if not language.is_api() or by_cookie:
        csrf.protect(apply_exemptions=True)


def _headers(response: Response) -> Response:
    given = {name.lower() for name, _ in response.headers}
    response.headers.extend({name: value for name, value in HEADERS.items() if name.lower() not in given})
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint and request.endpoint.endswith("static"):
        return response
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if not response.headers["Cache-Control"].startswith("public"):  # which is for everyone alike
        response.vary.update(["Accept-Language", "Cookie"])
    return response
