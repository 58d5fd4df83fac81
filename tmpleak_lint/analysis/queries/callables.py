"""Callables that a function of the module is passed: by those who call it, and which of them it runs for its caller.

Comes in: a function, the text of its module. Goes out: what a parameter is, as far as the calls in the module say it by
name; the position of a parameter whose result the function gives (`def call(f, *a): return f(*a)`). Not handled: who
calls it from elsewhere, and methods.
"""

from __future__ import annotations

import ast
import re
import textwrap

from tmpleak_lint.analysis.domain.values import UNKNOWN, Func, Value, one_of
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.bounds import MOST_IN_TABLE
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.reading.skeleton import DefOutline, dotted

_RUNS = re.compile(r"^[ \t]+return[ \t]+(\w+)\((?:\*\w+)?(?:,?[ \t]*\*\*\w+)?\)[ \t]*(?:#.*)?$", re.MULTILINE)
_RETURNS = re.compile(r"^[ \t]+return\b", re.MULTILINE)
# A bracket; strings and comments are passed over in one.
_BRACKETS = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[()\[\]{}]""")
_HEAD = re.compile(r"\bdef[ \t]+\w+[ \t]*\(([^)]*)")
_WORD = re.compile(r"[A-Za-z_]\w*")


def passed(project: Project, module: Module, code: Code) -> dict[str, Value]:
    """What the parameters of a body are passed that it calls."""
    is_whole = code.kind is Kind.FUNCTION and code.qualname in module.source.skeleton.defs
    calls = bool(code.params) and is_whole and _calls_a_parameter(project, code)
    return passed_to(project, Func(module.key, code.qualname)) if calls else {}


@question()
def _calls_a_parameter(project: Project, code: Code) -> bool:
    names = {param.name for param in code.params}
    loaded = {node.op.dest for node in code.nodes if isinstance(node.op, g.Load) and node.op.name in names}
    return any(isinstance(node.op, g.Call) and node.op.func in loaded for node in code.nodes)


def may_be_passed(func: Func, known: DefOutline) -> bool:
    """Whether it is told what a function is passed: for plain functions of a module alone."""
    return known.owner is None and func.code is None and not known.decorators


@question(lambda func: {})
def passed_to(project: Project, func: Func) -> dict[str, Value]:
    """The callables that the calls in the module pass for a function's parameters; `UNKNOWN` is among the options of
    one for which some call passes something else."""
    module = project.module(func.module)
    known = module.source.skeleton.defs.get(func.qualname)
    if known is None or not may_be_passed(func, known):
        return {}
    text = _text(module, known)
    head = _HEAD.search(text)
    if head is None or not any(f"{word}(" in text[head.end() :] for word in _WORD.findall(head[1])):
        return {}
    calls = _calls_of(module, known)
    definition = _definition(module, known) if calls else None
    if definition is None or len(calls) > MOST_IN_TABLE:
        return {}
    names = [each.arg for each in (*definition.args.posonlyargs, *definition.args.args)]
    every = [*names, *(each.arg for each in definition.args.kwonlyargs)]
    run = _called_in(definition)
    found: dict[str, list[Value]] = {name: [] for name in every if name in run}
    for call in calls:
        given = dict(zip(names, call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
        for name, values in found.items():
            text = dotted(given[name]) if isinstance(given.get(name), ast.Name | ast.Attribute) else ""
            value = project.resolve_text(module, text) if text else UNKNOWN
            values.append(value if project.is_callable(value) else UNKNOWN)
    return {name: one_of(values) for name, values in found.items() if any(v != UNKNOWN for v in values)}


@question(lambda func: None)
def run_for_caller(project: Project, func: Func) -> int | None:
    """The position of the parameter that a function calls, to give what that gives; None for one that doesn't."""
    module = project.module(func.module)
    known = module.source.skeleton.defs.get(func.qualname)
    if known is None or not may_be_passed(func, known):
        return None
    text = _text(module, known)
    runs = _RUNS.findall(text)
    definition = _definition(module, known) if len(runs) == 1 == len(_RETURNS.findall(text)) else None
    if not isinstance(definition, ast.FunctionDef):
        return None
    names = [each.arg for each in (*definition.args.posonlyargs, *definition.args.args)]
    return names.index(runs[0]) if runs[0] in names else None


def _text(module: Module, known: DefOutline) -> str:
    return "\n".join(module.source.lines[known.first_row - 1 : known.last_row])


def _definition(module: Module, known: DefOutline) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(_text(module, known)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # newer syntax than this interpreter knows
        return None
    first = tree.body[0] if tree.body else None
    return first if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _called_in(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names that a function calls."""
    return {
        node.func.id
        for node in ast.walk(definition)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def _calls_of(module: Module, known: DefOutline) -> list[ast.Call]:
    """The calls of a function by its name in the text of its module, as far as they can be read by themselves."""
    text, begins = module.source.text, f"{known.name}("
    if text.count(begins) < 2:
        return []  # its own def
    found = []
    start = text.find(begins)
    while start >= 0:
        opened = start + len(begins)
        before = text[text.rfind("\n", 0, start) + 1 : start]
        is_whole = not (before[-1:] in ("_", ".") or before[-1:].isalnum())
        if is_whole and not before.rstrip(" \t").endswith("def"):
            call = _call_at(text, start, opened)
            if call is not None:
                found.append(call)
        start = text.find(begins, opened)
    return found


def _call_at(text: str, start: int, opened: int) -> ast.Call | None:
    """The call that begins here, up to the bracket that closes it; None where it can't be read by itself."""
    depth = 1
    for match in _BRACKETS.finditer(text, opened):
        depth += (match[0] in "([{") - (match[0] in ")]}")
        if depth == 0:
            try:
                tree = ast.parse(text[start : match.end()], mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None
            return tree if isinstance(tree, ast.Call) else None
    return None
