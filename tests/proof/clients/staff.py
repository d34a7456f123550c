"""A clerk of the office: signs in by the form, again whenever the session has ended."""

import http.cookies
from typing import Any

from deploy.demo.client import Form
from tests.proof.clients.asking import Answer, Asker, Request

PASSWORD = "sendero-demo"


class Account:
    """Somebody who works in a service, in a browser of their own. Of one thread."""

    def __init__(self, asker: Asker, url: str, email: str) -> None:
        self.asker = asker
        self.url = url
        self.email = email
        self._headers: dict[str, str] = {}

    def post(self, case: int, what: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self._ask(case, what, "POST", path, {} if body is None else body, headers)

    def get(self, case: int, what: str, path: str) -> Answer:
        return self._ask(case, what, "GET", path, None, {})

    def _ask(self, case: int, what: str, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        """A session may end at any moment, by a clock that jumped for one."""
        for _ in range(5):
            if not self._headers:
                self.sign_in(case)
            sent = {**self._headers, **headers}
            answer = self.asker.ask(Request(case, what, method, self.url + path, body, sent))
            if answer.status not in (401, 403):
                return answer
            self._headers = {}
        return answer

    def sign_in(self, case: int = -1) -> None:
        cookies: dict[str, str] = {}
        page = self._step(case, "GET", "/login", cookies)
        fields = {**Form(page.text).fields, "email": self.email, "password": PASSWORD}
        self._step(case, "POST", "/login", cookies, fields)
        session = self._step(case, "GET", "/api/v1/session", cookies)
        if session.status == 200:
            self._headers = {"Cookie": _line(cookies), "X-CSRFToken": session.body["csrf_token"]}

    def _step(
        self, case: int, method: str, path: str, cookies: dict[str, str], fields: dict[str, str] | None = None
    ) -> Answer:
        headers = {"Accept": "application/json" if path.startswith("/api/") else "text/html"}
        if cookies:
            headers["Cookie"] = _line(cookies)
        answer = self.asker.ask(Request(case, "sign_in", method, self.url + path, headers=headers, fields=fields))
        for line in answer.headers.getlist("Set-Cookie"):
            cookies.update({name: morsel.value for name, morsel in http.cookies.SimpleCookie(line).items()})
        return answer


def _line(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
