"""What the rules are checked on: the project's Python files, read and parsed once."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


@functools.cache
def files(*folders: str) -> tuple[str, ...]:
    """Paths from the root, of all Python files in these folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found))


@functools.cache
def text(file: str) -> str:
    return (ROOT / file).read_text()


@functools.cache
def tree(file: str) -> ast.Module:
    return ast.parse(text(file), file)


def nodes(file: str, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, kinds))


def calls(file: str) -> Iterator[tuple[str, int]]:
    """Each call as it is written, `time.sleep`, and its line."""
    for node in nodes(file, ast.Call):
        yield ast.unparse(node.func), node.lineno


def imports(file: str) -> set[str]:
    found: set[str] = set()
    for node in nodes(file, ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def words(file: str) -> Iterator[tuple[str, int]]:
    """Names and strings of the code, without docstrings and comments."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documents = {id(node.body[0].value) for node in nodes(file, *documented) if ast.get_docstring(node)}
    for node in ast.walk(tree(file)):
        line = getattr(node, "lineno", 0)
        for name in ("id", "attr", "arg", "name"):
            if isinstance(getattr(node, name, None), str):
                yield getattr(node, name), line
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value, line
