"""The words of the demo programs' pages: English in the templates, Spanish in words.es.json."""

import functools
import json
import pathlib


@functools.cache
def spanish() -> dict[str, str]:
    words: dict[str, str] = json.loads(pathlib.Path(__file__).with_name("words.es.json").read_text("utf-8"))
    return words


def say(lang: str, english: str) -> str:
    shown = spanish().get(english, english) if lang == "es" else english
    return shown.replace("_", " ") if english.isidentifier() else shown
