"""A named file made by `mkstemp()`: a path before there is a handle.

In: a subject, the `with` that makes the file. Out: how both are written, and what each `f.name` becomes; None where
the handle goes further than its `with`, or is made with what can't be told apart.

`NamedTemporaryFile(delete=False)` is `mkstemp()` and opening its descriptor. Written so, the file has its name above
the `try`, and the `with` stays a `with`. A file object that was opened by its descriptor is called by a number, so one
that is given to code which may ask for its name is opened by that.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from tmpleak_lint.fixing.names import bound_by, names_in, tail_of
from tmpleak_lint.fixing.source import Source
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.failures import NOT_WRITABLE
from tmpleak_lint.knowledge.likelihood import ONLY_WRITING
from tmpleak_lint.knowledge.model import Borrows, Creates, Reads, Shape

_PARAMETERS = ("mode", "buffering", "encoding", "newline", "suffix", "prefix", "dir", "delete")
_DELETE_AT, _DIR_AT = _PARAMETERS.index("delete"), _PARAMETERS.index("dir")
_OF_OPENING = ("mode", "buffering", "encoding", "newline", "errors")
_OF_MAKING = ("suffix", "prefix", "dir")
_SIMPLE = (
    ast.Constant, ast.Name, ast.Attribute, ast.IfExp, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.UnaryOp,
    ast.Not, ast.Load,
)  # fmt: skip
SAME_PATH = ("{}", "str({})", "Path({})", "pathlib.Path({})")  # a path, whatever it is made into
_OF_HANDLES = re.compile(r"_?(?:(?:te?mp)_?)?(?:file|handle|f|fp|fh|fd|out)?\Z")
_DEFAULT, _WRITING = "w+b", "wb"
_OF_FILES = frozenset({*dir(io.TextIOWrapper), *dir(io.BufferedRandom)})  # what any file object has


@dataclass(frozen=True, slots=True, eq=False)
class Remade:
    """`name` is the variable of the name, `making` and `opening` the arguments of both calls, `dropped` the statement
    that bound the variable, `names` each `f.name` that it stands for. `path` is what the code calls the file by: the
    same variable, or another one, bound by `below` of it; `said` the comment beside what was dropped. `by_name`: the
    descriptor is closed, and the file opened by its name; `is_guarded`: the handle's variable
    means nothing else, and the file opens by `with`;
    `inner`: each `f.file`, which is the handle itself then."""

    path: str
    name: str
    below: str
    said: str
    making: tuple[str, ...]
    opening: tuple[str, ...]
    dropped: ast.stmt | None
    names: tuple[ast.Attribute, ...]
    by_name: bool
    is_guarded: bool
    inner: tuple[ast.Attribute, ...] = ()


def remade(subject: Subject, statement: ast.With, name: str) -> Remade | None:
    """How the file of this `with` is made by `mkstemp()`; `name` is the variable of its handle."""
    row = subject.site.row
    if subject.site.handed is not None or row is None or subject.site.shape is not Shape.HANDLE:
        return None
    if row.awaited or (row.delete_position, row.dir_position) != (_DELETE_AT, _DIR_AT):
        return None  # it isn't the standard library's
    given = _given(subject.source, subject.call)
    reach = _reach(subject, statement, name)
    used = _uses(subject, name, reach) if reach else None
    if given is None or used is None:
        return None
    names, methods, by_name, inner = used
    if by_name and not _can_be_opened_by_name(subject, given):
        return None
    if any(subject.source.code(each) != f"{name}.name" for each in names):
        return None
    dropped = _naming(subject, statement, name, reach)
    quote = subject.source.quote
    writes = not by_name and methods <= ONLY_WRITING
    mode = given.get("mode", f"{quote}{_WRITING if writes else _DEFAULT}{quote}")
    opening = (mode, *(f"{key}={given[key]}" for key in _OF_OPENING[1:] if key in given))
    own, below, said = _path_name(subject, name), "", ""
    path = own
    if dropped is not None:
        (target,) = dropped.targets
        path = target.id  # type: ignore[attr-defined]
        beside = (
            subject.source.line(dropped.lineno).strip().removeprefix(subject.source.code(dropped)).strip()
        )
        said = f"  {beside}" if beside else ""
        if dropped.value in names:
            own = path
        else:
            own = subject.fresh("tmp_name" if "tmp_path" in subject.stores else "tmp_path")
            below = subject.source.code(dropped).replace(f"{name}.name", own)
            names = [each for each in names if each not in ast.walk(dropped)]
    making = tuple(f"{key}={given[key]}" for key in given if key in _OF_MAKING)
    kept = tuple(each for each in names if dropped is None or each is not dropped.value)
    once = subject.source.opens_by_with and len(subject.stores[name]) == 1
    return Remade(path, own, below, said, making, opening, dropped, kept, by_name, once, tuple(inner))


def _path_name(subject: Subject, handle: str) -> str:
    """`tmp_path`; where the scope makes several files, named after the handle."""
    makers = subject.knowledge.tails(Creates)
    made = [n for n in ast.walk(subject.scope) if isinstance(n, ast.Call) and tail_of(n.func) in makers]
    stem = _OF_HANDLES.sub("", handle)
    return subject.fresh(f"{stem}_path" if len(made) > 1 and len(stem) > 2 else "tmp_path")


def _given(source: Source, call: ast.Call) -> Mapping[str, str] | None:
    """The arguments by their names, as they are written; None where they can't be told apart, or the file goes by
    itself."""
    given: dict[str, ast.expr] = {}
    if len(call.args) > len(_PARAMETERS) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    given |= dict(zip(_PARAMETERS, call.args, strict=False))
    given |= {each.arg or "": each.value for each in call.keywords}
    delete = given.pop("delete", None)
    if not isinstance(delete, ast.Constant) or delete.value is not False:
        return None
    if not given.keys() <= {*_OF_OPENING, *_OF_MAKING} or "#" in source.code(call):
        return None
    for key, value in given.items():
        if value.lineno != value.end_lineno or (key in _OF_OPENING and not _is_simple(value)):
            return None
    return {key: source.code(value) for key, value in given.items()}


def _is_simple(value: ast.expr) -> bool:
    """Whether it asks nobody, so that it doesn't matter when it is asked for."""
    return all(isinstance(node, _SIMPLE) for node in ast.walk(value))


def _reach(subject: Subject, statement: ast.With, name: str) -> range:
    """The rows from a `with` to the end of its block, or to what binds the variable by a `with` there, where that
    means what this one made; none where it may mean that elsewhere, or something else there."""
    source, nothing = subject.source, range(0)
    reach = _to_the_end(subject, statement, name)
    others = [node for node in ast.walk(subject.scope) if node is not statement and _binds(node, name)]
    theirs = [_to_the_end(subject, each, name) for each in others]
    rows = [row for each in others for row in _rows_of(each, name)]
    stored = [row for row in subject.stores.get(name, ()) if row not in _rows_of(statement, name)]
    if any(row in reach or row not in rows for row in stored):
        return nothing
    if any(statement.lineno in range(each.lineno, (each.end_lineno or each.lineno) + 1) for each in others):
        return nothing
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            row = source.span(node).start.row
            if row not in reach and not any(row in each for each in theirs):
                return nothing
    return reach


def _to_the_end(subject: Subject, statement: ast.With, name: str) -> range:
    block = subject.source.blocks[statement]
    below = block.statements[block.index(statement) + 1 :]
    end = next((each.lineno for each in below if any(_binds(node, name) for node in ast.walk(each))), 0)
    return range(statement.lineno, end or subject.source.last_row_of(block.statements[-1]) + 1)


def _binds(node: ast.AST, name: str) -> TypeGuard[ast.With]:
    """Whether it is a `with` whose head binds a variable."""
    return isinstance(node, ast.With) and bool(_rows_of(node, name))


def _rows_of(statement: ast.With, name: str) -> list[int]:
    """The rows in the head of a `with` in which a variable is bound."""
    parts = [part for item in statement.items for part in ast.walk(item) if name in bound_by(part)]
    return [part.lineno for part in parts if isinstance(part, ast.Name)]


def _uses(
    subject: Subject, name: str, reach: range
) -> tuple[list[ast.Attribute], frozenset[str], bool, list[ast.Attribute]] | None:
    """Each `f.name`, the methods of the handle that are called, whether it is used for more than writing to it, each
    `f.file`; None where it goes further than the calls of its `with`, or isn't used."""
    names: list[ast.Attribute] = []
    inner: list[ast.Attribute] = []
    methods: set[str] = set()
    given = by_name = False
    known = subject.knowledge.method_tails(Reads, Borrows)
    parents = subject.source.parents
    for node in ast.walk(subject.scope):
        if not (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)):
            continue
        if node.lineno not in reach:
            continue
        above = parents[node]
        if isinstance(above, ast.Attribute) and above.attr == "name" and isinstance(above.ctx, ast.Load):
            names.append(above)
            continue
        if isinstance(above, ast.Attribute) and above.attr == "file" and _is_method(parents[above]):
            inner.append(above)
            above = parents[above]
        call = parents[above] if isinstance(above, ast.Attribute | ast.keyword) else above
        if isinstance(above, ast.Attribute):
            if not (isinstance(call, ast.Call) and call.func is above and above.attr in _OF_FILES):
                return None
            methods.add(above.attr)
            by_name |= above.attr not in known | {"fileno"}
        elif not isinstance(call, ast.Call) or call.func is node:
            return None
        else:
            given = True
            by_name |= not _writes(subject, call)
    return (names, frozenset(methods), by_name, inner) if methods or given else None


def _is_method(node: ast.AST) -> bool:
    """Whether it is a method of what lies within a handle; to close that, the handle doesn't delete its file."""
    return isinstance(node, ast.Attribute) and node.attr != "close"


def _can_be_opened_by_name(subject: Subject, given: Mapping[str, str]) -> bool:
    """Whether `open()` is the builtin there, and the mode one that takes a file which exists."""
    mode = ast.parse(given.get("mode", repr(_DEFAULT)), mode="eval").body
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str) or "x" in mode.value:
        return False
    return subject.knows_builtin("open")


def _writes(subject: Subject, call: ast.Call) -> bool:
    """Whether a call does no more with a handle than to write to it: it doesn't ask what it is called."""
    name = subject.source.code(call.func)
    if any(each.arg is None for each in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
        return False
    known = isinstance(call.func, ast.Attribute) and call.func.attr in subject.knowledge.method_tails(Borrows)
    return known or name == "print" or NOT_WRITABLE in subject.knowledge.model(name).fails


def _naming(subject: Subject, statement: ast.With, name: str, reach: range) -> ast.Assign | None:
    """The statement `path = f.name` of the `with`, or right below it, that can go: the last one that binds its
    variable, which nothing reads before."""
    source = subject.source
    below = subject.block.statements[subject.index + 1 : subject.index + 2]
    named = {form.format(f"{name}.name") for form in SAME_PATH}
    for each in (*statement.body, *below):
        if (
            isinstance(each, ast.Assign)
            and source.code(each.value) in named
            and len(each.targets) == 1
            and isinstance(each.targets[0], ast.Name)
            and not any(row in reach and row != each.lineno for row in subject.stores[each.targets[0].id])
            and not any(each.targets[0].id in names_in(other) for other in _above(statement, each))
            and source.alone(each)
            and each.lineno == each.end_lineno
            and (each in below or len(statement.body) > 1)
        ):
            return each
    return None


def _above(statement: ast.With, each: ast.stmt) -> list[ast.stmt]:
    """The statements of the `with` above one of them, all where it stands below."""
    return statement.body[: statement.body.index(each)] if each in statement.body else statement.body
