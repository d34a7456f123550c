"""Every text that people see exists in Spanish."""

import re

import pytest

from deploy import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.mark.parametrize("room", messages.ROOMS)
def test_every_text_has_its_spanish(room):
    lacking = [f"{one.id!r} ({one.locations[0][0]}:{one.locations[0][1]})" for one in messages.lacking(room)]
    assert not lacking, "run `make messages` and translate:\n" + "\n".join(lacking)


@pytest.mark.parametrize("room", messages.ROOMS)
def test_translations_keep_the_placeholders(room):
    for message in messages.catalogue(room):
        if message.id and message.string:
            originals = message.id if isinstance(message.id, tuple) else (message.id,)
            given = set(PLACEHOLDER.findall(originals[-1]))
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            for text in texts:
                assert set(PLACEHOLDER.findall(text)) <= given, message.id
            assert set(PLACEHOLDER.findall(texts[-1])) == given, message.id
