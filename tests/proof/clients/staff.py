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
        self._cookies: dict[str, str] = {}
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
            sent = {**self._headers, "Cookie": _line(self._cookies), **headers}
            answer = self.asker.ask(Request(case, what, method, self.url + path, body, sent))
            if not answer.signed_out:
                self._keep(answer)
                return answer
            self._headers = {}
        return answer

    def sign_in(self, case: int = -1) -> None:
        self._cookies = {}
        page = self._step(case, "GET", "/login")
        fields = {**Form(page.text).fields, "email": self.email, "password": PASSWORD}
        self._step(case, "POST", "/login", fields)
        session = self._step(case, "GET", "/api/v1/session")
        if session.status == 200:
            self._headers = {"X-CSRFToken": session.body["csrf_token"]}

    def _step(self, case: int, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        headers = {"Accept": "application/json" if path.startswith("/api/") else "text/html"}
        if self._cookies:
            headers["Cookie"] = _line(self._cookies)
        answer = self.asker.ask(Request(case, "sign_in", method, self.url + path, headers=headers, fields=fields))
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        """A session that is used goes on, by a cookie that is renewed."""
        for line in answer.headers.getlist("Set-Cookie"):
            self._cookies.update({name: one.value for name, one in http.cookies.SimpleCookie(line).items()})


def _line(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
