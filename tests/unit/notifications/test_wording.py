"""What no message may say, in any language and any part: why somebody comes."""

import re

import pytest

from services.notifications import render
from services.notifications.model.contact import LANGUAGES
from services.notifications.model.message import TEMPLATES
from tests.notifications import a_message, facts, some_settings

SAYS_WHY = re.compile(
    r"asil|asyl|protec|refug|migra|reasent|resettl|reunif|retorn|reinteg|deport|visa|persec|violen|victim|víctim"
    r"|threat|amenaz|humanit|frontera|border(?![-:])|unhcr|acnur|\boim\b|\biom\b|embaj|embass|trabajo|\bwork\b",
    re.IGNORECASE,
)
FILES = sorted(path for path in render.FOLDER.rglob("*") if path.is_file())
PARTS = ["sms.txt", "subject.txt", "email.txt", "email.html"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(render.FOLDER)))
def test_no_file_says_why_somebody_comes(path):
    assert SAYS_WHY.findall(path.read_text()) == []


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_each_part_in_each_language(template, language):
    assert sorted(path.name for path in (render.FOLDER / language / template).iterdir()) == sorted(PARTS)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_no_rendered_message_says_why_even_where_the_event_would_tell(template, language, channel):
    told = facts(service="protection", partner={"name": "UNHCR (sample)"}, pathway_id="protection")
    one = a_message(template, channel, facts=told)
    made = render.outgoing(some_settings(), one, "a@example.org", language, one.created_at)
    everything = " ".join([made.subject, made.text, made.html, (made.calendar or b"").decode()])
    assert SAYS_WHY.findall(everything) == []


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_email_says_that_it_is_free_how_to_check_it_and_how_to_stop_it(template, language):
    one = a_message(template, "email")
    made = render.outgoing(some_settings(), one, "a@example.org", language, one.created_at)
    for text in (made.text, made.html):
        assert {"es": "gratuito", "en": "free of charge"}[language] in text
        assert "/check?message=ABCD1234" in text
        assert made.unsubscribe_url in text
        assert "/preferences?lang=" in text


def test_values_are_escaped_in_html_and_left_alone_in_text():
    one = a_message(facts=facts(office=facts()["office"] | {"name": "<b>Oficina & Co</b>"}))
    made = render.outgoing(some_settings(), one, "a@example.org", "es", one.created_at)
    assert "&lt;b&gt;Oficina &amp; Co&lt;/b&gt;" in made.html
    assert "<b>Oficina & Co</b>" in made.text
