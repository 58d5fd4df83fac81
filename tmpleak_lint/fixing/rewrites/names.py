"""mktemp() gives a name and no file; here it becomes a creator that makes what it names.

In: a subject of TML501 (no verdict). Out: candidates, unsafe: the file is there earlier than before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tmpleak_lint.fixing.candidate import UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Makes

EARLIER = "it is there earlier than before, and readable by its owner alone"


def make_directory(subject: Subject) -> Iterator[Candidate]:
    """`d = mktemp(); os.mkdir(d)` becomes `d = mkdtemp()`."""
    source = subject.source
    name = _name(subject)
    makers = subject.knowledge.tails_where(Makes, lambda makes: makes.directory and makes.at <= 0)
    block, index = subject.block, subject.index
    for statement in block.statements[index + 1 :]:
        value = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(value, ast.Call) or tail_of(value.func) not in makers or not value.args:
            continue
        if source.code(value.args[0]) == name and source.alone(statement):
            draft = Draft(source)
            _call(subject, draft, "mkdtemp")
            draft.delete_rows(source.first_row(statement), source.last_row_of(statement))
            yield candidate("mkdtemp", "let mkdtemp() make the directory at once", UNSAFE, draft, EARLIER)
            return
    raise Unfit("no os.mkdir() makes it a directory", Telling.OTHER_SHAPE)


def make_file(subject: Subject) -> Iterator[Candidate]:
    """`p = mktemp()` becomes `fd, p = mkstemp()` and `os.close(fd)`."""
    source = subject.source
    if not _is_written(subject, _name(subject)):
        raise Unfit("nothing here writes the file that mktemp() names: it may have to be missing")
    _must_not_exist(subject)
    statement = subject.statement
    assert isinstance(statement, ast.Assign)
    draft = Draft(source)
    fd = subject.fresh("fd")
    place = source.span(statement.targets[0]).start
    draft.replace(place, place, f"{fd}, ")
    _call(subject, draft, "mkstemp")
    indent = source.indentation(statement)
    draft.after_row(source.last_row_of(statement), [f"{indent}{use(subject, draft, 'os', 'close')}({fd})"])
    yield candidate("mkstemp", "let mkstemp() make the file at once", UNSAFE, draft, EARLIER)


def _name(subject: Subject) -> str:
    statement = subject.statement
    if (
        isinstance(statement, ast.Assign)
        and statement.value is subject.call
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
        and subject.source.alone(statement)
    ):
        return statement.targets[0].id
    raise Unfit("mktemp() doesn't stand in a plain assignment")


def _is_written(subject: Subject, name: str) -> bool:
    """Whether the scope opens the name for writing."""
    for node in own_nodes(subject.scope):
        if isinstance(node, ast.Call) and tail_of(node.func) == "open" and len(node.args) > 1:
            mode = node.args[1]
            if (
                subject.source.code(node.args[0]) == name
                and isinstance(mode, ast.Constant)
                and "w" in str(mode.value)
            ):
                return True
    return False


def _must_not_exist(subject: Subject) -> None:
    """Refuse unless the very next thing is that the file is opened for writing: what comes in between could see it, and
    what makes it in another way may have to be the first."""
    name = _name(subject)
    for statement in subject.block.statements[subject.index + 1 :]:
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        if not calls:
            continue
        first = min(calls, key=lambda call: (call.lineno, call.col_offset))
        if not (isinstance(statement, ast.With | ast.Assign | ast.Try) and _opens(subject, first, name)):
            break
        return
    raise Unfit(
        "the file would be there earlier, and something may ask for it or make it before it is opened"
    )


def _opens(subject: Subject, call: ast.Call, name: str) -> bool:
    """Whether a call opens the name for writing, be it there or not."""
    mode = (
        call.args[1]
        if len(call.args) > 1
        else next((k.value for k in call.keywords if k.arg == "mode"), None)
    )
    return (
        tail_of(call.func) == "open"
        and bool(call.args)
        and subject.source.code(call.args[0]) == name
        and isinstance(mode, ast.Constant)
        and "w" in str(mode.value)
    )


def _call(subject: Subject, draft: Draft, creator: str) -> None:
    function = subject.source.span(subject.call.func)
    draft.replace(function.start, function.end, use(subject, draft, "tempfile", creator))
