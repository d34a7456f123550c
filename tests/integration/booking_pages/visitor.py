"""What a browser would send, and what is read off the answer."""

import html
import re
import secrets
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

FORM = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def somebody(**changes: Any) -> dict[str, Any]:
    """The form of the page "your details", filled in."""
    name = f"Ana {secrets.token_hex(6)}"
    filled = {
        "person.name": name,
        "person.birth_date.day": "17",
        "person.birth_date.month": "5",
        "person.birth_date.year": "1990",
        "person.email": f"{secrets.token_hex(6)}@example.org",
        "channels": ["email"],
        "language": "es",
    }
    return filled | changes


def hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in FORM.findall(page)}


def shown(page: str) -> str:
    """What somebody sees of it: the token against forged forms in it is another one each second."""
    return FORM.sub("", page)


def post(client: FlaskClient, path: str, form: dict[str, Any], shown_at: str = "/find") -> TestResponse:
    token = hidden(client.get(shown_at).text)["csrf_token"]
    return client.post(path, data={"csrf_token": token, **form})


def say(client: FlaskClient, slot: str, **changes: Any) -> TestResponse:
    return post(client, "/details", {"slot": slot, "pathway": "orientation", **somebody(**changes)})


def book(client: FlaskClient, slot: str) -> str:
    """The reference."""
    assert say(client, slot).location == "/check"
    page = client.get("/check").text
    assert client.post("/book", data=hidden(page)).location == "/appointment"
    found = re.search(r"SND-\w{4}-\w{4}", client.get("/appointment").text)
    assert found
    return found.group()


def sign_in(client: FlaskClient, account: str = "clerk") -> None:
    form = {"email": f"{account}@sendero.test", "password": "sendero-demo"}
    assert post(client, "/login", form, shown_at="/login").status_code == 303
