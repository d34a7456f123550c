"""Dead letters on pages: found by cause, edited with the difference shown first, reviewed, tried again in numbers."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pymongo.database import Database

from shared import inbox
from shared.inbox import Reading
from tests.integration.shared_web.conftest import Poison, sign_in
from tests.integration.shared_web.test_dead_letters import letter, reading, set_aside, work
from tests.integration.shared_web.test_operations import record

__all__ = ["letter", "reading"]
EN = {"Accept-Language": "en"}
LETTERS = "/operations/dead-letters"


class Console:
    """The pages as somebody sees them who is signed in."""

    def __init__(self, client: FlaskClient, role: str) -> None:
        self.client = client
        sign_in(client, role)
        self.csrf = client.get("/api/v1/session").json["csrf_token"]

    def see(self, path: str) -> str:
        answer = self.client.get(path, headers=EN)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def send(self, path: str, **form: str) -> Any:
        return self.client.post(path, data={"csrf_token": self.csrf, **form}, headers=EN)

    def did(self, path: str, **form: str) -> str:
        """The page that it leads to."""
        answer = self.send(path, **form)
        assert answer.status_code == 303, answer.text
        return self.see(answer.location)


@pytest.fixture
def console(client: FlaskClient, accounts: Path) -> Console:
    return Console(client, "operator")


def given(page: str, name: str) -> str:
    """What stands in a text field of a page."""
    found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    assert found, name
    text = found[1]
    for code, char in (("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(code, char)
    return text


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_of_dead_letters_stands_in_both_languages_without_what_is_sealed(
    client: FlaskClient, console: Console, letter: str, poison: Poison, reading: Reading, db: Database, language: str
) -> None:
    edited = set_aside(db, reading, record(1, case="case-2"))
    poison.cured = True
    inbox.letters.edit(db, edited, inbox.letters.Change({"n": 2}, {}, "why"), reading, inbox.letters.By("a", "staff"))
    dropped = set_aside(db, reading, inbox.Record("things", 0, 9, b"case-3", [], b"\xff<b>"))
    inbox.discard(db, dropped, "never meant", reading, inbox.letters.By("a", "staff"))
    job = console.send("/operations/dead-letter-retries", topic="things", key="case-1", idempotency_key="k" * 20)
    edit = db.dead_letter_edits.find_one()["_id"]
    paths = ["", "?state=dead_letter", "?state=discarded", "?key=case-1&topic=things", f"/{letter}", f"/{edited}"]
    paths = [LETTERS + path for path in [*paths, f"/{dropped}", f"/{letter}/edit"]]
    paths += ["/operations/dead-letter-edits", "/operations/dead-letter-edits?reviewed=true"]
    paths += [f"/operations/dead-letter-edits/{edit}", "/operations/dead-letter-retries", job.location]
    for path in paths:
        page = client.get(path, headers={"Accept-Language": language})
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert ("Eventos apartados" in page.text) == (language == "es"), path
        assert "Ana" not in page.text
        assert "<b>" not in page.text


def test_the_first_page_groups_by_cause_and_leads_to_an_example(console: Console, letter: str) -> None:
    page = console.see(LETTERS)
    assert "1 dead letter" in page
    assert "ValueError in handle" in page
    assert f'href="{LETTERS}/{letter}"' in page


def test_with_no_dead_letter_the_first_page_says_so(console: Console) -> None:
    assert "every event that came has been handled" in console.see(LETTERS)


def test_a_retry_that_fails_leads_back_to_the_letter_and_one_that_works_to_the_list(
    console: Console, letter: str, poison: Poison
) -> None:
    failed = console.send(f"{LETTERS}/{letter}/retry")
    assert failed.location == f"{LETTERS}/{letter}"
    assert "ValueError" in console.see(failed.location)
    poison.cured = True
    assert "2 events" in console.did(f"{LETTERS}/{letter}/retry")
    assert console.client.post(f"{LETTERS}/{letter}/retry").status_code == 400, "without the token of a form"


def test_an_edit_shows_the_difference_before_anything_is_done(
    console: Console, letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    form = console.see(f"{LETTERS}/{letter}/edit")
    assert '"n": 1' in given(form, "value")
    assert "ce_type: thing.done.v1" in given(form, "headers")
    assert "ce_id" not in given(form, "headers")
    changed = {
        "value": given(form, "value").replace('"n": 1', '"n": 7'),
        "headers": given(form, "headers"),
        "reason": "n was wrong",
    }
    check = console.send(f"{LETTERS}/{letter}/edit/check", **changed)
    assert check.status_code == 200
    lines = re.findall(r"<(del|ins)>.*?</span> ([^<]*)</", check.text)
    assert [(sign, text.replace("&#34;", '"').strip()) for sign, text in lines] == [
        ("del", '"n": 1,'),
        ("ins", '"n": 7,'),
    ]
    assert db.handled.count_documents({}) == 0
    sent = {name: given(check.text, name) for name in ("value", "headers", "reason")}
    assert "2 events" in console.did(f"{LETTERS}/{letter}/edit", **sent)
    assert db.handled.find_one({"_id": letter})["data"]["n"] == 7
    assert db.handled.find_one({"_id": letter})["data"]["phone"]["box"] == "Ana"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": '{"n": "seven"}'}, "Not a valid integer"),
        ({"value": "{"}, "This is not JSON"),
        ({"value": "[1]"}, "one JSON object"),
        ({"headers": "no colon"}, "Each line is a name"),
        ({"headers": "ce_id: other"}, "stays as it is"),
        ({"reason": ""}, "Please write a few words"),
        ({}, "Nothing has been changed"),
    ],
)
def test_an_edit_that_does_not_fit_comes_back_with_what_was_written(
    console: Console, letter: str, poison: Poison, db: Database, changes: dict[str, str], says: str
) -> None:
    poison.cured = True
    form = console.see(f"{LETTERS}/{letter}/edit")
    sent = {name: given(form, name) for name in ("value", "headers")} | {"reason": "n was wrong"} | changes
    for path in ("edit/check", "edit"):
        answer = console.send(f"{LETTERS}/{letter}/{path}", **sent)
        assert answer.status_code == 422
        assert says in answer.text
        assert given(answer.text, "value") == sent["value"]
    assert db.handled.count_documents({}) == 0


def test_the_one_who_edited_is_not_asked_for_the_review_and_another_is(
    console: Console, client: FlaskClient, letter: str, poison: Poison, reading: Reading, db: Database
) -> None:
    poison.cured = True
    who = db.accounts.find_one({"email": "operator@sendero.test"})["_id"]
    by = inbox.letters.By(who, "staff")
    edit, _ = inbox.letters.edit(db, letter, inbox.letters.Change({"n": 2}, {}, "why"), reading, by)
    path = f"/operations/dead-letter-edits/{edit}"
    assert "Another person has to look at it" in console.see(path)
    assert "Who edited an event does not review" in console.did(f"{path}/review", verdict="approved")
    other = Console(client, "admin")
    assert other.send(f"{path}/review", verdict="").status_code == 422
    assert "Reviewed." in other.did(f"{path}/review", verdict="approved")
    assert "Sample admin" in other.see(path)


def test_a_discard_without_a_reason_comes_back_and_with_one_it_can_be_restored(
    console: Console, letter: str, poison: Poison, db: Database
) -> None:
    poison.cured = True
    refused = console.send(f"{LETTERS}/{letter}/discard", reason=" ")
    assert refused.status_code == 422
    assert "Please write a few words" in refused.text
    assert "<details open>" in refused.text
    page = console.did(f"{LETTERS}/{letter}/discard", reason="never meant")
    assert "never meant" in page
    late = console.did(f"{LETTERS}/{letter}/restore")
    assert "It comes late: later events of its case have been handled" in late


def test_of_two_who_settle_the_same_letter_the_second_is_told(
    console: Console, letter: str, poison: Poison, reading: Reading, db: Database
) -> None:
    poison.cured = True
    inbox.retry(db, letter, reading, inbox.letters.By("somebody", "staff"))
    page = console.did(f"{LETTERS}/{letter}/discard", reason="never meant")
    assert "It may have been handled or discarded meanwhile" in page
    assert "handled as it was by somebody" in page


def test_a_retry_of_a_cause_is_followed_on_a_page_that_refreshes_itself_until_it_has_ended(
    console: Console, letter: str, poison: Poison, reading: Reading, db: Database
) -> None:
    poison.cured = True
    group = db.inbox.find_one({"_id": letter})["group"]
    begun = console.send("/operations/dead-letter-retries", group=group, idempotency_key="k" * 20)
    page = console.see(begun.location)
    assert '<progress id="progress" max="1" value="0">' in page
    assert 'http-equiv="refresh"' in page
    assert "The worker gives no sign" in page
    assert "Being tried again: 0 of 1." in console.see(LETTERS)
    again = console.send("/operations/dead-letter-retries", group=group, idempotency_key="l" * 20)
    assert again.location == begun.location
    assert "follow it here" in console.see(again.location)
    work(db, reading)
    page = console.see(begun.location)
    assert '<progress id="progress" max="1" value="1">' in page
    assert "refresh" not in page
    assert "data-live" not in page


def test_a_running_retry_is_stopped_on_its_page(console: Console, letter: str, db: Database) -> None:
    begun = console.send("/operations/dead-letter-retries", topic="things", key="case-1", idempotency_key="k" * 20)
    assert "Not tried: 1." in console.did(f"{begun.location}/stop")
    assert db.dead_letter_retries.find_one()["state"] == "stopped"


def test_a_note_stands_on_the_letter_with_the_colleagues_name(console: Console, letter: str) -> None:
    page = console.did(f"{LETTERS}/{letter}/notes", text="<i>look</i> tomorrow", idempotency_key="k" * 20)
    assert "&lt;i&gt;look&lt;/i&gt; tomorrow" in page
    assert "Sample operator" in page


def test_only_operators_and_administrators_see_dead_letters(client: FlaskClient, accounts: Path, letter: str) -> None:
    clerk = Console(client, "clerk")
    for path in (LETTERS, f"{LETTERS}/{letter}", "/operations/dead-letter-edits", "/operations/dead-letter-retries"):
        assert clerk.client.get(path).status_code == 403
    assert clerk.send(f"{LETTERS}/{letter}/edit", value="{}", reason="x").status_code == 403


def test_each_view_and_each_refusal_is_audited(
    console: Console, client: FlaskClient, letter: str, db: Database
) -> None:
    for path in (LETTERS, f"{LETTERS}?state=dead_letter", f"{LETTERS}/{letter}", "/operations/dead-letter-edits"):
        console.see(path)
    seen = {row["action"] for row in db.audit.find()}
    assert {"see dead letters", "see dead letter", "see edits"} <= seen
    Console(client, "clerk").client.get(f"{LETTERS}/{letter}")
    assert db.audit.find_one({"outcome": "refused"})["subject"] == f"{LETTERS}/{letter}"
    assert "Ana" not in str(list(db.audit.find()))
