"""A user's browser, as far as the demo needs one: cookies, forms, JSON."""

import html.parser
import http.cookies
import ssl
from dataclasses import dataclass
from typing import Any

import urllib3

from deploy.demo import settings


def trusting() -> ssl.SSLContext:
    """The authorities that this machine knows, and the installations' own."""
    context = ssl.create_default_context()
    for authority in settings.AUTHORITIES:
        if authority.exists():
            context.load_verify_locations(authority)
    return context


HTTP = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(15), ssl_context=trusting())


class Failed(Exception):
    """A step did not go as expected."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.got = got


@dataclass(frozen=True)
class Answer:
    asked: str
    status: int
    headers: Any
    text: str
    body: Any

    def must(self, *statuses: int) -> "Answer":
        if self.status not in statuses:
            wanted = " or ".join(str(status) for status in statuses)
            raise Failed(f"{self.asked} answers {wanted}", f"{self.status} {self.text[:600]}")
        return self


class Form(html.parser.HTMLParser):
    """The hidden fields of the page's first form with a password field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._form: dict[str, str] = {}
        self._signs_in = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form, self._signs_in = {}, False
        elif tag == "input":
            self._signs_in |= given.get("type") == "password"
            if given.get("type") == "hidden":
                self._form[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._signs_in and not self.fields:
            self.fields = self._form


class Site:
    """One service, as one visitor sees it."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.headers = {"Accept": "application/json", "Accept-Language": "en", **headers}
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        return self._ask("POST", path, json=body or {}, headers=headers)

    def submit(self, path: str, fields: dict[str, str]) -> Answer:
        return self._ask("POST", path, fields=fields, encode_multipart=False)

    def sign_in(self, email: str, password: str) -> None:
        """By the form, as staff do; calls after it carry the session and the token against forged requests."""
        page = self._ask("GET", "/login", headers={"Accept": "text/html"}).must(200)
        fields = {**Form(page.text).fields, "email": email, "password": password}
        self._ask("POST", "/login", fields=fields, encode_multipart=False, headers={"Accept": "text/html"}).must(303)
        self.headers["X-CSRFToken"] = self.get("/api/v1/session").must(200).body["csrf_token"]

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = self.url + path
        try:
            response = HTTP.request(method, url, headers=sent, redirect=False, **more)
        except urllib3.exceptions.HTTPError as error:
            raise Failed(f"an answer from {url}", f"{type(error).__name__}: {error}") from error
        for line in response.headers.getlist("Set-Cookie"):
            self.cookies.update({name: morsel.value for name, morsel in http.cookies.SimpleCookie(line).items()})
        return Answer(f"{method} {url}", response.status, response.headers, *_read(response))


def _read(response: urllib3.BaseHTTPResponse) -> tuple[str, Any]:
    text = response.data.decode("utf-8", "replace")
    return text, response.json() if "json" in response.headers.get("Content-Type", "") and text else None
