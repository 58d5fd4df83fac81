"""The model table is the one list of names: a module that needs one asks the table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tmpleak_lint.knowledge.table import TABLE

ROOT = Path(__file__).parents[2] / "tmpleak_lint"
MOST = 2  # names of the table in one literal: so many may well be there for themselves
KNOWN = {name for row in TABLE.values() for name in (row.name, row.tail)}
# What is no list of what calls mean, though the words are the same.
OTHERS = {
    "reading/gitignore.py": "classes of characters",
    "explaining/plain_values.py": "what a value is called in JSON",
    "reporting/paint.py": "parts of a report",
    "analysis/domain/values.py": "kinds of objects",
    "flow/graph.py": "kinds of displays",
    "flow/printing.py": "kinds of displays",
    "fixing/rewrites/containers.py": "containers that have a literal",
    "simulation/drafts.py": "methods that are written",
}


def lists() -> Iterator[tuple[str, list[str]]]:
    """Modules outside of the table with a literal that lists names of it."""
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if where.startswith("knowledge/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [name for name in _listed(node) if name in KNOWN]
            if len(names) > MOST:
                yield where, names


def _listed(node: ast.AST) -> list[str]:
    """The texts that a literal lists, or a pattern has as alternatives."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        groups = re.findall(r"\((?:\?:)?(\w+(?:\|\w+)+)\)", node.value)
        # Calls and modules that a pattern has as alternatives: `\bopen\(|\.write\(`.
        called = (
            re.findall(r"(\w+)\\[(.]", re.sub(r"\\[bBswd]", " ", node.value)) if "|" in node.value else []
        )
        return [*(word for group in groups for word in group.split("|")), *dict.fromkeys(called)]
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        parts = list(node.elts)
    elif isinstance(node, ast.Dict):
        parts = list(node.keys)
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_no_module_has_a_list_of_its_own() -> None:
    assert [(where, names) for where, names in lists() if where not in OTHERS] == []


def test_what_is_excepted_is_there() -> None:
    assert OTHERS.keys() <= {where for where, _ in lists()}


def test_pattern_of_calls_is_a_list() -> None:
    pattern = ast.Constant(r"^\s*raise\b|\bopen\(|\.write\(|\.read\(|\brequests\.")
    assert [name for name in _listed(pattern) if name in KNOWN] == ["open", "write", "read"]


WORDS_ALONE = {
    "SAYING_WORDS",
    "QUIET_WORDS",
}  # of names that have no row, though each of the words has one, too


def test_general_words_are_not_only_names_of_rows() -> None:
    """What is said of names that have rows stands there: a list of nothing else belongs into the table."""
    tree = ast.parse((ROOT / "knowledge/words.py").read_text(encoding="utf-8"))
    alone = set()
    for each in tree.body:
        listed = [names for node in ast.walk(each) if len(names := _listed(node)) > 1]
        if any(KNOWN.issuperset(names) for names in listed):
            assert isinstance(each, ast.Assign)
            alone |= {target.id for target in each.targets if isinstance(target, ast.Name)}
    assert alone == WORDS_ALONE
