"""A helper that makes the file for others, made to see to the deletion itself.

In: a subject whose file comes from such a function of the same file. Out: candidates. One change there ends the
findings of all who call it; none is safe, for nobody deleted the file before. Handled: the helpers of a TestCase, and
functions that keep what they make in a variable of the module, for whoever asks next.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from tmpleak_lint.analysis.domain.values import Role
from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.fixing.binding import bind
from tmpleak_lint.fixing.candidate import UNSAFE, Candidate, candidate
from tmpleak_lint.fixing.deleting import MISSING_OK_SINCE
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import names_in, tail_of
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.rewrites.lifetimes import AT_THE_END
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.starts import hands
from tmpleak_lint.fixing.subject import Subject
from tmpleak_lint.knowledge.model import Creates, Shape
from tmpleak_lint.model import Event

AFTER_THE_TEST = "who keeps what the helper gives beyond the test would find it deleted"
_NAMES = {True: "tmp_dir", False: "tmp_path"}


def cleanup_in_helper(subject: Subject) -> Iterator[Candidate]:
    """`self.addCleanup(...)` in the helper, right after it has made the file."""
    source, function = subject.source, subject.call.func
    if subject.site.handed is None or subject.deletions or subject.is_descriptor:
        raise Unfit("no helper makes it", Telling.OTHER_SHAPE)
    if not subject.is_test_case or not isinstance(function, ast.Attribute) or subject.owner is None:
        raise Unfit("no helper of the test's class makes it", Telling.OTHER_SHAPE)
    helper = next(
        (n for n in subject.owner.body if isinstance(n, ast.FunctionDef) and n.name == function.attr), None
    )
    if (
        helper is None
        or helper.decorator_list
        or not helper.args.args
        or source.code(function.value) != subject.self_name
    ):
        raise Unfit("no helper of the test's class makes it", Telling.OTHER_SHAPE)
    by_name = subject.site.shape is Shape.HANDLE and hands(subject.site.handed.value, Role.PATH)
    if subject.site.shape not in (Shape.DIRECTORY, Shape.PATH) and not by_name:
        raise Unfit("no helper of the test's class makes it", Telling.OTHER_SHAPE)
    call, statement = _creation(subject, helper)
    if not source.alone(statement) or call.lineno != call.end_lineno:
        raise Unfit("the creation shares its line with another statement", Telling.SHARES_ROW)
    draft = Draft(source)
    indent = source.indentation(statement)
    bound = statement.value if isinstance(statement, ast.Assign) else None
    if by_name:
        _register_handle(subject, draft, helper, call, statement)
    elif bound is call and isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        name = statement.targets[0].id
        draft.after_row(source.last_row_of(statement), [indent + _register(subject, draft, helper, name)])
    elif isinstance(statement, ast.Return | ast.Assign):
        name = _fresh(helper, _NAMES[subject.is_directory])
        lines = [f"{name} = {source.code(call)}", _register(subject, draft, helper, name)]
        draft.before_row(source.first_row(statement), [indent + line for line in lines])
        span = source.span(call)
        draft.replace(span.start, span.end, name)
    else:
        raise Unfit("the helper makes it within another statement")
    yield candidate(
        "helper-cleanup",
        f"let addCleanup() in {helper.name}() delete it",
        UNSAFE,
        draft,
        AFTER_THE_TEST,
        elsewhere=True,
    )


def at_exit_in_helper(subject: Subject) -> Iterator[Candidate]:
    """`atexit.register(...)` in a function that keeps its file in a `global` variable, right after it has made it."""
    source, function = subject.source, subject.call.func
    if subject.site.handed is None or subject.is_descriptor or not isinstance(function, ast.Name):
        raise Unfit("no helper makes it", Telling.OTHER_SHAPE)
    helper = next(
        (n for n in source.tree.body if isinstance(n, ast.FunctionDef) and n.name == function.id), None
    )
    if helper is None or helper.decorator_list:
        raise Unfit("no helper of the file makes it", Telling.OTHER_SHAPE)
    call, statement = _creation(subject, helper)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not source.alone(statement):
        raise Unfit("the helper makes it within another statement")
    bound = bind(source, statement, call, _made_here(subject, call))
    if bound is None or bound.optional or bound.when or not _is_cached(helper, bound.name):
        raise Unfit("the helper doesn't keep it in a variable of the module")
    draft = Draft(source)
    register = use(subject, draft, "atexit", "register")
    if subject.is_directory:
        deletion = f"{use(subject, draft, 'shutil', 'rmtree')}, {bound.path}, ignore_errors=True"
    elif subject.target < MISSING_OK_SINCE:
        raise Unfit("the file may be gone by then, and a callback that deletes it would fail")
    else:
        deletion = f"{use(subject, draft, 'pathlib', 'Path')}({bound.path}).unlink, missing_ok=True"
    line = f"{source.indentation(statement)}{register}({deletion})"
    draft.after_row(source.last_row_of(statement), [line])
    message = f"let {helper.name}() delete it when the process ends"
    yield candidate("helper-atexit", message, UNSAFE, draft, AT_THE_END, elsewhere=True)


def _made_here(subject: Subject, call: ast.Call) -> Site:
    """The site of the helper's own creating call."""
    row = subject.knowledge.model(subject.source.code(call.func)).effect(Creates)
    shape = row.shape if row is not None else subject.site.shape
    return replace(subject.site, handed=None, shape=shape)


def _is_cached(helper: ast.FunctionDef, name: str) -> bool:
    """Whether the helper puts what a variable holds into one of the module, and into nothing else."""
    declared = {n for node in own_nodes(helper) if isinstance(node, ast.Global) for n in node.names}
    if name in declared:
        return True
    stored = [
        target.id if isinstance(target, ast.Name) else ""
        for node in own_nodes(helper)
        if isinstance(node, ast.Assign) and name and name in names_in(node.value)
        for target in node.targets
    ]
    return bool(declared) and any(each in declared for each in stored)


def _creation(subject: Subject, helper: ast.FunctionDef) -> tuple[ast.Call, ast.stmt]:
    """The call in the helper that makes the directory or file, given as a path. Raises `Unfit`."""
    made = {step.span.start for step in subject.finding.steps if step.event is Event.CREATED}
    creators = subject.knowledge.tails(Creates)
    for node in own_nodes(helper):
        if (
            isinstance(node, ast.Call)
            and subject.source.span(node).start in made
            and tail_of(node.func) in creators
        ):
            at: ast.AST = node
            while not isinstance(at, ast.stmt):
                at = subject.source.parents[at]
                if isinstance(at, ast.IfExp | ast.BoolOp | ast.comprehension | ast.Lambda):
                    raise Unfit("the helper makes it under a condition")
            return node, at
    raise Unfit("no helper of the test's class makes it", Telling.OTHER_SHAPE)


def _register_handle(
    subject: Subject, draft: Draft, helper: ast.FunctionDef, call: ast.Call, statement: ast.stmt
) -> None:
    """The registration where the helper has a handle, and gives its name. Raises `Unfit`."""
    source = subject.source
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call:
            row, indent = source.last_row_of(statement) + 1, source.indentation(statement)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(value=value, attr="name")) if (
            value is call
        ):
            line = source.indentation(statement) + _register(subject, draft, helper, name)
            draft.after_row(source.last_row_of(statement), [line])
            return
        case ast.With(items=[ast.withitem(context_expr=value, optional_vars=ast.Name(id=name))]) if (
            value is call
        ):
            first = statement.body[0]
            row = source.first_row(first) - len(draft.comments_above(source.first_row(first)))
            indent = source.indentation(first)
        case _:
            raise Unfit("the helper makes it within another statement")
    draft.before_row(row, [indent + _register(subject, draft, helper, f"{name}.name")])


def _register(subject: Subject, draft: Draft, helper: ast.FunctionDef, name: str) -> str:
    own = helper.args.args[0].arg
    if subject.is_directory:
        return f"{own}.addCleanup({use(subject, draft, 'shutil', 'rmtree')}, {name}, ignore_errors=True)"
    if subject.target < MISSING_OK_SINCE:
        raise Unfit("the file may be gone by then, and a callback that deletes it would fail")
    return f"{own}.addCleanup({use(subject, draft, 'pathlib', 'Path')}({name}).unlink, missing_ok=True)"


def _fresh(helper: ast.FunctionDef, wanted: str) -> str:
    taken = {node.id for node in ast.walk(helper) if isinstance(node, ast.Name)}
    taken |= {node.arg for node in ast.walk(helper) if isinstance(node, ast.arg)}
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name
