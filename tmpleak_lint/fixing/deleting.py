"""The text of a deletion: strict where the file is surely there, forgiving where another way may have taken it.

In: a subject, a draft (for the import), what is known at that place. Out: lines without indentation.
"""

from __future__ import annotations

import ast
import io
import pathlib
from collections.abc import Mapping, Sequence

from tmpleak_lint.analysis.semantics.creating import is_name_alone
from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.imports import use
from tmpleak_lint.fixing.names import name_of, names_in, tail_of
from tmpleak_lint.fixing.outputs import is_output_of_command
from tmpleak_lint.fixing.source import Unfit, own_nodes
from tmpleak_lint.fixing.subject import Deletion, Subject
from tmpleak_lint.knowledge.model import PATH, Asks, Effect
from tmpleak_lint.knowledge.table import SHIPPED, deletes_empty_only

MISSING_OK_SINCE = (3, 8)  # Path.unlink(missing_ok=True)
# Attributes that a path object has, and neither a text nor a file.
_OF_PATHS = frozenset(
    {"stem", "suffix"}
    | {
        row.tail
        for row in SHIPPED.rows(Effect)
        if row.name.startswith(PATH) and hasattr(pathlib.Path, row.tail)
    }
    - {name for kind in (str, bytes, io.TextIOWrapper) for name in dir(kind)}
)
NEVER, MISSING, ANY = "", "FileNotFoundError", "OSError"
"""What the deletion forgives: nothing, that the file is gone, or any failure (another exception is in flight)."""


_BEARS = (NEVER, MISSING, ANY)


def deletion(subject: Subject, draft: Draft, path: str, forgive: str = NEVER) -> list[str]:
    """Lines that delete the file or directory at `path`; for a descriptor's finding, that close it. They bear what the
    deletions of the code bear."""
    own = max(
        (bears(subject, gone) for gone in subject.deletions if not gone.moves),
        key=_BEARS.index,
        default=NEVER,
    )
    forgive = max(forgive, own, key=_BEARS.index)
    binding = subject.binding
    if binding is not None and binding.path == path and (binding.optional or binding.when):
        lines = _lines(subject, draft, path, forgive)
        asked = binding.when or f"{binding.asks or path} is not None"
        if binding.keeps:
            top = subject.source.first_row(subject.statement)
            top -= len(draft.comments_above(top))
            draft.before_row_once(top, subject.source.indentation(subject.statement) + binding.keeps)
        return [f"if {asked}:", *(subject.source.unit + line for line in lines)]
    return _lines(subject, draft, path, forgive)


def _own_words(subject: Subject, path: str, forgive: str) -> str:
    """A deletion of the file that the code has, where it can stand anywhere in it and bears as much; else ""."""
    source = subject.source
    for gone in subject.deletions:
        unit, call = gone.unit, gone.call
        if gone.moves or gone.beside or not isinstance(unit, ast.Expr) or unit.value is not call:
            continue
        if not isinstance(call, ast.Call) or unit.lineno != unit.end_lineno or not _is_known(subject, call):
            continue
        if forgive and not forgives(gone):
            continue
        named = [*call.args, *(inner for inner in [getattr(call.func, "value", None)] if inner is not None)]
        others = names_in(unit) - {path.partition(".")[0]}
        if path in {source.code(each) for each in named} and not others & subject.stores.keys():
            return source.code(unit)
    return ""


def _is_known(subject: Subject, call: ast.Call) -> bool:
    """Whether a deletion is one of the standard library: of a helper it isn't known what it bears."""
    if not isinstance(call.func, ast.Attribute):
        name = name_of(call.func)
        return any(
            isinstance(each, ast.ImportFrom)
            and each.module in ("os", "shutil")
            and name in {alias.asname or alias.name for alias in each.names}
            for each in subject.source.tree.body
        )
    return name_of(call.func.value) in ("os", "shutil") or (
        call.func.attr in ("unlink", "rmdir") and not call.args
    )


def _lines(subject: Subject, draft: Draft, path: str, forgive: str) -> list[str]:
    if own_words := _own_words(subject, path, forgive):
        return [own_words]
    method = _method(subject)
    if subject.is_descriptor:
        call = f"{use(subject, draft, 'os', 'close')}({path})"
    elif method:
        call = f"{path}.{method}()"
    elif subject.is_directory and _only_empty(subject) and not forgive:
        call = f"{use(subject, draft, 'os', 'rmdir')}({path})"
    elif subject.is_directory:
        return [
            f"{use(subject, draft, 'shutil', 'rmtree')}({path}{', ignore_errors=True' if forgive else ''})"
        ]
    elif (own := _as_path(subject, draft, path)) is not None:
        if forgive == MISSING and subject.target >= MISSING_OK_SINCE:
            return [f"{own}.unlink(missing_ok=True)"]
        call = f"{own}.unlink()"
    else:
        call = f"{use(subject, draft, 'os', remover(subject))}({path})"
    if not forgive:
        return [call]
    return bearing(subject, draft, ANY if subject.is_descriptor else forgive, call)


def bearing(subject: Subject, draft: Draft, kind: str, call: str) -> list[str]:
    """Lines that do something, and bear that it fails in this way."""
    unit = subject.source.unit
    if subject.source.is_for_python_2:
        return ["try:", f"{unit}{call}", f"except {ANY}:", f"{unit}pass"]
    return [f"with {use(subject, draft, 'contextlib', 'suppress')}({kind}):", f"{unit}{call}"]


def callback(subject: Subject, draft: Draft, path: str, *, forgive: bool = False) -> str:
    """The same as arguments of a registrar: `shutil.rmtree, path`."""
    if subject.may_hold_another:
        raise Unfit("there may be no file, and a callback can't ask")
    if subject.is_descriptor:
        return f"{use(subject, draft, 'os', 'close')}, {path}"
    method = _method(subject)
    if method and forgive:
        raise Unfit("there may be no file, and a callback can't ask")
    if method:
        return f"{path}.{method}"
    if subject.is_directory and _only_empty(subject):
        return f"{use(subject, draft, 'os', 'rmdir')}, {path}"
    if subject.is_directory:
        quiet = ", ignore_errors=True" if forgive else ""
        return f"{use(subject, draft, 'shutil', 'rmtree')}, {path}{quiet}"
    own = _as_path(subject, draft, path)
    if own is not None and not forgive:
        return f"{own}.unlink"
    if forgive and subject.target >= MISSING_OK_SINCE and own is not None:
        return f"{own}.unlink, missing_ok=True"
    if forgive and subject.target >= MISSING_OK_SINCE:
        return f"{use(subject, draft, 'pathlib', 'Path')}({path}).unlink, missing_ok=True"
    if forgive:
        raise Unfit("the file may be gone by then, and a callback that deletes it would fail")
    return f"{use(subject, draft, 'os', remover(subject))}, {path}"


def _method(subject: Subject) -> str:
    """The method by which what was made is deleted, "" where a function does."""
    site = subject.site
    return site.row.deleted_by if site.row is not None and site.handed is None else ""


def _only_empty(subject: Subject) -> bool:
    """Whether the code deletes the directory by what refuses one that isn't empty: that refusal may be meant."""
    return bool(subject.deletions) and all(deletes_empty_only(tail_of(d.call)) for d in subject.deletions)


def is_only_a_name(subject: Subject) -> bool:
    """Whether the creation gives a name, or a helper at times no more than that, so that the file may not be there yet
    when something fails."""
    site = subject.site
    at_times = site.handed is not None and site.handed.at_times_named
    return (is_name_alone(site) or at_times) and not subject.is_descriptor


def may_be_missing(subject: Subject) -> bool:
    """Whether the file may not be there when something fails: all that there is may be a name, or a command was to
    write it, and may have taken away what it couldn't finish."""
    return is_only_a_name(subject) or is_output_of_command(subject)


def forgives(gone: Deletion) -> bool:
    """Whether a deletion, as it is written, bears that the file is missing."""
    if gone.unit is not gone.statement or not isinstance(gone.call, ast.Call):
        return not isinstance(gone.unit, ast.For)
    if tail_of(gone.call.func) == "rmtree" and len(gone.call.args) > 1:
        return True
    return any(
        k.arg in ("missing_ok", "ignore_errors")
        and not (isinstance(k.value, ast.Constant) and not k.value.value)
        for k in gone.call.keywords
    )


def bears(subject: Subject, gone: Deletion) -> str:
    """What a deletion forgives, as it is written, be it by what stands around it."""
    match gone.unit:
        case ast.With(items=[ast.withitem(context_expr=ast.Call(args=kinds))]) if (
            gone.unit is not gone.statement
        ):
            return _forgiving(kinds)
        case ast.Try(handlers=handlers) if handlers:
            return _forgiving([each.type for each in handlers])
        case ast.If(test=test):
            asks = subject.knowledge.tails(Asks)
            asked = any(isinstance(n, ast.Call) and tail_of(n.func) in asks for n in ast.walk(test))
            return MISSING if asked else NEVER
        case ast.Expr() if forgives(gone):
            return (
                ANY if any(k.arg == "ignore_errors" for k in getattr(gone.call, "keywords", ())) else MISSING
            )
    return NEVER


def _forgiving(kinds: Sequence[ast.expr | None]) -> str:
    """What is forgiven where these exceptions are caught."""
    names = {tail_of(each) if each is not None else "" for each in kinds}
    return MISSING if names == {MISSING} else ANY


def soften(subject: Subject, draft: Draft, gone: Deletion, indent: str) -> None:
    """Make a deletion bear that the file is missing; `indent` is where it stands in the new text."""
    if forgives(gone):
        return
    source, call = subject.source, gone.call
    if isinstance(call, ast.Call) and _takes_missing_ok(subject, call):
        end = source.offset(source.span(call).end) - 1
        draft.replace(source.location(end), source.location(end), "missing_ok=True")
        return
    first, last = source.first_row(gone.unit), source.last_row_of(gone.unit)
    if source.is_for_python_2:
        draft.before_row(first, [f"{indent}try:"])
        draft.after_row(last, [f"{indent}except {ANY}:", f"{indent}{source.unit}pass"])
    else:
        guard = use(subject, draft, "contextlib", "suppress")
        draft.before_row(first, [f"{indent}with {guard}({MISSING}):"])
    draft.indent(first, last, source.unit, len(source.indentation(gone.unit)))


def _takes_missing_ok(subject: Subject, call: ast.Call) -> bool:
    """Whether it is the `unlink()` of a `pathlib.Path`, and the file's Python knows `missing_ok`."""
    return (
        subject.target >= MISSING_OK_SINCE
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "unlink"
        and not (call.args or call.keywords)
        and _is_object(subject, subject.source.code(call.func.value))
    )


def _as_path(subject: Subject, draft: Draft, path: str) -> str | None:
    """What to call `unlink` of, in a file that deletes by it, or that knows path objects and doesn't know `os`; None
    where `os.remove` is the file's own way, or nothing says that the variable holds such an object."""
    nodes = subject.source.nodes
    methods, plain = 0, 0
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_os = name_of(node.func.value) == "os"
            methods += node.func.attr == "unlink" and not of_os
            plain += node.func.attr in ("remove", "unlink") and of_os
    modules = {
        name
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (getattr(node, "module", None), *(alias.name for alias in node.names))
    }
    own = any(
        isinstance(gone.call, ast.Call)
        and tail_of(gone.call.func) == "unlink"
        and name_of(getattr(gone.call.func, "value", gone.call)) != "os"
        for gone in subject.deletions
    )
    if own and "pathlib" in modules and not _is_object(subject, path):
        return f"{use(subject, draft, 'pathlib', 'Path')}({path})"
    if methods <= plain and (plain or "os" in modules):
        return None
    if _is_object(subject, path):
        return path
    if "pathlib" in modules and (methods > plain or "os" not in modules):
        return f"{use(subject, draft, 'pathlib', 'Path')}({path})"
    return None


def _is_object(subject: Subject, path: str) -> bool:
    """Whether a variable surely holds a `pathlib.Path`: nothing else is bound to it, and it is made by `Path(...)`, or
    used as nothing else can be."""
    if not path.isidentifier():
        return False
    given = [
        node.value
        for node in own_nodes(subject.scope)
        if (isinstance(node, ast.Assign) and path in {name_of(target) for target in node.targets})
        or (isinstance(node, ast.AnnAssign) and name_of(node.target) == path and node.value is not None)
    ]
    made = [
        value
        for value in given
        if isinstance(value, ast.Call) and value is not subject.call and tail_of(value.func) == "Path"
    ]
    none = [value for value in given if isinstance(value, ast.Constant) and value.value is None]
    if made and len(made) + len(none) == len(subject.stores.get(path, ())):
        return True
    if len(subject.stores.get(path, ())) != 1:
        return False
    parents = subject.source.parents
    waits = isinstance(
        subject.scope, ast.AsyncFunctionDef
    )  # an async path's methods look the same, but for that
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in _OF_PATHS
        and name_of(node.value) == path
        and (not waits or _is_used_at_once(parents, node))
        for node in ast.walk(subject.scope)
    )


def _is_used_at_once(parents: Mapping[ast.AST, ast.AST], method: ast.Attribute) -> bool:
    """Whether something is asked of what a method gave: nobody waits for it."""
    call = parents[method]
    return (
        isinstance(call, ast.Call)
        and call.func is method
        and isinstance(parents[call], ast.Attribute | ast.withitem | ast.If | ast.UnaryOp)
    )


def remover(subject: Subject) -> str:
    """`remove` or `unlink`, whichever the code around uses already."""
    words = [
        tail_of(node.func)
        for node in subject.source.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "os" and node.func.attr in ("remove", "unlink")
    ]  # fmt: skip
    for statement in subject.source.tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "os" and not words:
            words += [alias.name for alias in statement.names if alias.name in ("remove", "unlink")]
    return "unlink" if words.count("unlink") > words.count("remove") else "remove"
