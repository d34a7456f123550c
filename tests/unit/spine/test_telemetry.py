"""What a process tells of errors, its own and those of libraries."""

import json
import subprocess
import sys
from typing import Any

import pytest

BEGIN = "import logging, threading, warnings\nfrom shared import telemetry\ntelemetry.configure('inn')\n"
QUOTED = "ana@example.test"


def told(program: str) -> dict[str, Any]:
    """The one line that it writes."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert QUOTED not in done.stdout
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("program", "event"),
    [
        (f"raise KeyError('{QUOTED}')", "ended by an error"),
        (f"def go(): raise KeyError('{QUOTED}')\nthreading.Thread(target=go).start()", "thread ended"),
        (f"try: raise KeyError('{QUOTED}')\nexcept KeyError: logging.getLogger('pymongo').exception('away')", "away"),
    ],
    ids=["the process", "a thread", "a library"],
)
def test_an_error_is_one_line_without_its_message(program: str, event: str) -> None:
    line = told(program)
    assert (line["event"], line["error"], line["service"]) == (event, "KeyError", "inn")
    assert line["timestamp"]
    assert line["level"] in ("critical", "error")


def test_a_warning_is_a_line_too() -> None:
    assert "old" in told("warnings.warn('old', UserWarning)")["event"]
