"""Whether the process goes on in a directory: a deletion would leave it, or whoever comes next, nowhere.

In: a subject. Out: yes where its scope changes into the directory, and nothing there, or in its class, changes back.
"""

from __future__ import annotations

import ast

from tmpleak_lint.fixing.names import name_of, names_in, tail_of
from tmpleak_lint.fixing.source import own_nodes
from tmpleak_lint.fixing.subject import Subject

_CHANGING = "chdir"
_UNDONE = frozenset({"monkeypatch", "mp"})  # what pytest's fixture changes it changes back


def goes_on_in(subject: Subject) -> bool:
    """Whether the scope changes into the directory for good."""
    if not subject.is_directory:
        return False
    given = [node for node in own_nodes(subject.scope) if _changes(node) and names_in(node) & subject.aliases]
    if not given:
        return False
    around = subject.owner if subject.owner is not None else subject.scope
    named = [
        node for node in ast.walk(around) if isinstance(node, ast.Name | ast.Attribute) and _is_change(node)
    ]
    return len(named) <= len(given)


def _changes(node: ast.AST) -> bool:
    """`os.chdir(...)`; `with contextlib.chdir(...)` changes back."""
    match node:
        case ast.Call(func=ast.Attribute(value=of)):
            return tail_of(node.func) == _CHANGING and name_of(of) not in _UNDONE | {"contextlib"}
        case ast.Call(func=ast.Name(id=name)):
            return name == _CHANGING
    return False


def _is_change(node: ast.expr) -> bool:
    return tail_of(node) == _CHANGING
