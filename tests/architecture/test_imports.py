"""Who may import whom."""

import re

from importlinter.cli import lint_imports

from tests.architecture import sources

MAY_SEE_ALL_SERVICES = (
    "tests/contracts/",
    "tests/integration/contracts/",
    "tests/integration/front/",
    "tests/e2e/",
    "tests/generated/",
    "tests/browser/",
    "tests/faults/",
    "tests/load/",
)
# persons, partners and offices are what an account can be or be bound to (decision 13)
OF_AUTH = ("shared/auth/", "shared/web/__init__.py", "shared/web/docs.py")
KNOWN_TO_AUTH = ("person", "partner", "office", "clerk", "caseworker", "supervisor")
TRADE = re.compile(
    r"(?<![a-z])(appointment|referral|pathway|booking|notification|migrant|refugee|intake|slot|consent|companion"
    rf"|{'|'.join(KNOWN_TO_AUTH)})(?:e?s)?(?![a-z])"
)
SERVICE = re.compile(r"^services\.(\w+)")


def test_services_never_import_each_other_and_shared_knows_none(monkeypatch, capsys):
    monkeypatch.chdir(sources.ROOT)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0, capsys.readouterr().out


def test_only_tests_of_contracts_and_of_the_whole_look_at_two_services():
    crossing = {
        file: services
        for file in sources.files("tests")
        if not file.startswith(MAY_SEE_ALL_SERVICES)
        and len(services := {found[1] for name in sources.imports(file) if (found := SERVICE.match(name))}) > 1
    }
    assert not crossing


def test_the_product_imports_neither_its_tests_nor_its_deployment():
    wrong = [
        f"{file} imports {name}"
        for file in sources.files("shared", "services")
        for name in sources.imports(file)
        if name.split(".")[0] in ("tests", "deploy")
    ]
    assert not wrong


def test_services_share_no_code_at_their_own_level():
    full = [
        file
        for file in sources.files("services")
        if file.count("/") <= 2 and file.endswith("__init__.py") and sources.text(file).strip()
    ]
    assert not full, "services/__init__.py and services/x/__init__.py stay empty"


def test_shared_has_no_word_of_the_trade():
    """A tool that knows a word of the trade belongs to a service. Docstrings may take examples from it."""
    found = [
        f"{file}:{line}: {word}"
        for file in sources.files("shared")
        for text, line in sources.words(file)
        for word in TRADE.findall(text.lower())
        if word not in KNOWN_TO_AUTH or not file.startswith(OF_AUTH)
    ]
    assert not found
