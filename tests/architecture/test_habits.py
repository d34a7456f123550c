"""What a reviewer would otherwise say again and again."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import sources

LONGEST = 400  # lines; past 250 a file wants a reason, past this one there is none
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
# file -> how many may go on after anything: the worker's three loops and what they are made of
BROAD = {
    "shared/worker.py": 2,  # each part's loop: logged, tried again; and what it throws away then
    "shared/consumer/settling.py": 2,  # a slice of records, then one alone: what is the record's own is set aside
    "shared/inbox/taking.py": 1,  # a parked event that fails becomes the case's dead letter
    "shared/due/runner.py": 2,  # the work: noted and tried again; its noting: logged, the lease runs out
}


def test_no_test_sleeps():
    """tests/wait.py waits until something is true."""
    found = [
        f"{file}:{line}"
        for file in sources.files("tests")
        if file != "tests/wait.py"
        for name, line in sources.calls(file)
        if name in ("time.sleep", "sleep", "asyncio.sleep")
    ]
    assert not found


def test_there_is_one_clock():
    found = [
        f"{file}:{line}: {name}"
        for file in sources.files("shared", "services")
        if file != "shared/clock.py"
        for name, line in sources.calls(file)
        if any(name == clock or name.endswith(f".{clock}") for clock in CLOCKS)
    ]
    assert not found, "use shared.clock.now()"


def test_only_the_workers_loops_go_on_after_anything():
    """Elsewhere what can be told apart is caught, and the rest fails. What raises again at its end is no matter."""
    found = {file: _broad(file) for file in sources.files("shared", "services", "deploy")}
    assert {
        file: [one.lineno for one in broad] for file, broad in found.items() if len(broad) > BROAD.get(file, 0)
    } == {}


@pytest.mark.parametrize("file", BROAD)
def test_what_is_caught_whole_is_logged_or_kept(file):
    broad = _broad(file)
    assert len(broad) == BROAD[file], "the list above has more than there is"
    for handler in broad:
        assert handler.name, f"{file}:{handler.lineno}: the error needs a name"
        assert handler.name in {node.id for node in ast.walk(handler) if isinstance(node, ast.Name)}


def test_no_page_has_inline_code_or_style():
    """The Content-Security-Policy allows none. Emails alone have styles, since most mail programs read nothing else."""
    inline = re.compile(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
    assert not [str(page) for page in _pages("shared", "services", "deploy") if inline.search(page.read_text())]


def test_no_page_forgets_that_it_may_stand_under_a_prefix():
    """Behind the front door staff find booking under /booking: an address that begins at the root leads elsewhere."""
    from_the_root = re.compile(r"(?:href|action|src)=\"/|(?<!script_root ~ )request\.(?:full_)?path")
    assert not [str(page) for page in _pages("shared", "services") if from_the_root.search(page.read_text())]


def _pages(*rooms: str) -> list[Path]:
    """Those that a browser shows: emails are read elsewhere."""
    found = [page for room in rooms for page in Path(sources.ROOT, room).rglob("*.html")]
    assert found
    return [page for page in found if "services/notifications/messages" not in page.as_posix()]


def _broad(file: str) -> list[ast.ExceptHandler]:
    handlers = sources.nodes(file, ast.ExceptHandler)
    return [one for one in handlers if _catches_all(one.type) and not isinstance(one.body[-1], ast.Raise)]


def _catches_all(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_catches_all(one) for one in kind.elts)
    return kind is None or ast.unparse(kind) in ("Exception", "BaseException")


@pytest.mark.parametrize("folder", ["shared", "services", "deploy", "tests"])
def test_no_file_is_too_long(folder):
    long = {file: size for file in sources.files(folder) if (size := len(sources.text(file).splitlines())) > LONGEST}
    assert not long, f"more than {LONGEST} lines: split it by the things of the trade"


def test_every_module_says_in_one_line_what_lives_there():
    silent = [
        file
        for file in sources.files("shared", "services", "deploy")
        if sources.text(file).strip() and not ast.get_docstring(sources.tree(file))
    ]
    assert not silent


def test_locks_hold_hashes_and_no_address():
    for lock in sorted((sources.ROOT / "requirements").glob("*.txt")):
        content = lock.read_text()
        assert "--hash=sha256:" in content
        assert "://" not in content, f"{lock.name}: renew it with `make lock`"
