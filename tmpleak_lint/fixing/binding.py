"""What a creation statement binds: which expression names the file from there on, and which the descriptor.

In: the statement, the creating call in it, and its site. Out: a `Binding`, or None when the file stays hidden inside an
expression.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.fixing.names import name_of, names_in, tail_of
from tmpleak_lint.fixing.source import Source
from tmpleak_lint.knowledge.model import Creates, Derives, Shape
from tmpleak_lint.knowledge.table import SHIPPED

SAME_FILE = SHIPPED.tails_where(Derives, lambda derives: derives.opens)
DERIVING = (
    SAME_FILE
    | SHIPPED.tails_where(Derives, lambda derives: derives.joins)
    | SHIPPED.tails(Creates)
    | {"fsencode"}
)
"""Calls whose result is the same path, one beside or below it, or (given `dir=`) a file made within."""
PATH_AT = {Shape.FD_AND_PATH: 1, Shape.PATH_FIRST: 0}
"""Where the path stands in the tuples that creators give."""
_PARTS = {Shape.FD_AND_PATH: ("fd", "path"), Shape.PATH_FIRST: ("path", "")}


@dataclass(frozen=True, slots=True)
class Binding:
    """The expression that names the file from its statement on, and (mkstemp) the one of the descriptor."""

    path: str
    fd: str | None
    name: str  # the variable, "" when the path hangs on something else
    optional: bool = False  # it may be None in place of a path
    asks: str = ""  # what is None then, where it isn't the path itself
    asked: bool = False  # the statement below leaves where it is None
    when: str = ""  # the condition under which it is the file and not what somebody else gave
    keeps: str = ""  # what has to stand above its statement for that to be asked below


def bind(source: Source, statement: ast.stmt, call: ast.Call, site: Site) -> Binding | None:
    """What the creation statement binds; None when the call stands inside an expression that hides the file."""
    if isinstance(statement, ast.Assign):
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return None
    if isinstance(value, ast.Await) and value.value is call:
        value = call  # what is awaited is what the call gives
    handed = site.handed.value if site.handed is not None else None
    if isinstance(target, ast.Tuple | ast.List):
        return _of_tuple(source, target, site.shape, handed) if value is call else None
    text = simple(source, target)
    if text is None:
        return None
    if value is call:
        path = _path_of(text, site.shape, handed)
        fd = f"{text}[0]" if path == f"{text}[1]" and site.shape is not Shape.PATH_FIRST else None
        return Binding(path, fd, name_of(target)) if path else None
    if isinstance(value, ast.IfExp):
        return _of_choice(source, value, call, text, name_of(target), site)
    if isinstance(value, ast.BoolOp):
        return _of_default(source, value, call, text, name_of(target), site)
    if _picks_path(value, call, site.shape) or (_passes_on(value, call) and _is_path(site.shape, handed)):
        return Binding(text, None, name_of(target))
    return None


def _of_choice(
    source: Source, value: ast.IfExp, call: ast.Call, text: str, name: str, site: Site
) -> Binding | None:
    """`p = make() if wanted else None`: the path, or None. `p = given if given else make()`: one or the other."""
    first = _holds(value.body, call)
    chosen, other = (value.body, value.orelse) if first else (value.orelse, value.body)
    if not _gives_path(chosen, call, site):
        return None
    if isinstance(other, ast.Constant) and other.value is None:
        return Binding(text, None, name, optional=True)
    if name in names_in(value.test) or not _is_plain_test(value.test):
        return None
    return Binding(text, None, name, when=_written(source, value.test, holds=first))


def _of_default(
    source: Source, value: ast.BoolOp, call: ast.Call, text: str, name: str, site: Site
) -> Binding | None:
    """`p = given or make()`: somebody else's path, if there is one."""
    given = value.values[0]
    plain = isinstance(value.op, ast.Or) and len(value.values) == 2 and isinstance(given, ast.Name)
    if not plain or name in names_in(given) or not _gives_path(value.values[1], call, site):
        return None
    return Binding(text, None, name, when=_written(source, given, holds=False))


def _gives_path(chosen: ast.expr, call: ast.Call, site: Site) -> bool:
    handed = site.handed.value if site.handed is not None else None
    whole = chosen is call or _passes_on(chosen, call)
    return (whole and _is_path(site.shape, handed)) or _picks_path(chosen, call, site.shape)


def _is_plain_test(test: ast.expr) -> bool:
    """Whether a condition is the same whenever it is asked, as long as its names are."""
    match test:
        case ast.Name():
            return True
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_plain_test(operand)
        case ast.Compare(left=ast.Name(), ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant()]):
            return True
    return False


def _written(source: Source, test: ast.expr, *, holds: bool) -> str:
    """A condition as one would write it, or its contrary."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _written(source, operand, holds=not holds)
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as operator], comparators=[right]):
            same = isinstance(operator, ast.Is) is holds
            return f"{source.code(left)} is {'' if same else 'not '}{source.code(right)}"
    return source.code(test) if holds else f"not {source.code(test)}"


def _holds(node: ast.AST, call: ast.Call) -> bool:
    return any(each is call for each in ast.walk(node))


def _of_tuple(
    source: Source, target: ast.Tuple | ast.List, shape: Shape, handed: v.Value | None
) -> Binding | None:
    path = fd = None
    name = ""
    for element, role in zip(target.elts, _roles(shape, handed, len(target.elts)), strict=True):
        if role == "path":
            path, name = simple(source, element), name_of(element)
        elif role == "handle":
            path, name = _dot(simple(source, element), "name"), name_of(element)
        elif role == "fd":
            fd = simple(source, element)
    return Binding(path, fd, name) if path is not None else None


def is_index(index: ast.expr, position: int) -> bool:
    """Whether an index picks this one of two, be it counted from the end."""
    match index:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return value == 2 - position
    return isinstance(index, ast.Constant) and index.value == position


def _passes_on(value: ast.expr, call: ast.expr) -> bool:
    """`Path(mkdtemp())`, `os.path.realpath(mkdtemp())`: the same file under another type."""
    while value is not call:
        if not (
            isinstance(value, ast.Call)
            and len(value.args) == 1
            and not value.keywords
            and tail_of(value.func) in SAME_FILE
            and _root_of(value.func) in ("os", "path", "pathlib", tail_of(value.func))
        ):
            return False
        value = value.args[0]
    return True


def _root_of(function: ast.expr) -> str:
    while isinstance(function, ast.Attribute):
        function = function.value
    return name_of(function)


def simple(source: Source, target: ast.expr) -> str | None:
    """The text of a target that can be read again without effects."""
    node: ast.expr = target
    while isinstance(node, ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        return source.code(target)
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        return source.code(target) if isinstance(target.slice, ast.Constant) else None
    return None


def _dot(text: str | None, attr: str) -> str | None:
    return f"{text}.{attr}" if text is not None else None


def _roles(shape: Shape, handed: v.Value | None, count: int) -> list[str]:
    """What each part of a tuple is: path, handle, fd or ""."""
    if handed is None:
        known = _PARTS.get(shape, ())
        return list(known) if len(known) == count else [""] * count
    if isinstance(handed, v.Seq) and len(handed.items) == count:
        return [_role(item) for item in handed.items]
    return [""] * count


def _role(value: v.Value) -> str:
    if isinstance(value, v.Ref) and value.obj == v.TRACKED:
        return {v.Role.PATH: "path", v.Role.HANDLE: "handle", v.Role.FD: "fd"}.get(value.role, "")
    return ""


def _is_path(shape: Shape, handed: v.Value | None) -> bool:
    if handed is not None:
        return _role(handed) == "path"
    return shape in (Shape.DIRECTORY, Shape.NAME, Shape.PATH)


def _path_of(text: str, shape: Shape, handed: v.Value | None) -> str | None:
    """The path of what is bound to `text` whole."""
    if handed is not None:
        if isinstance(handed, v.Seq):
            roles = [_role(item) for item in handed.items]
            return f"{text}[{roles.index('path')}]" if "path" in roles else None
        return {"path": text, "handle": f"{text}.name"}.get(_role(handed))
    if shape in PATH_AT:
        return f"{text}[{PATH_AT[shape]}]"
    if shape in (Shape.HANDLE, Shape.DIRECTORY_HANDLE):
        return f"{text}.name"
    return text if shape in (Shape.DIRECTORY, Shape.NAME, Shape.PATH) else None


def _picks_path(value: ast.expr, call: ast.Call, shape: Shape) -> bool:
    """`mkstemp()[1]`, `NamedTemporaryFile(delete=False).name`, `Path(mkstemp()[-1])`."""
    if isinstance(value, ast.Call) and value is not call and len(value.args) == 1:
        inner = value.args[0]
        return (
            not isinstance(inner, ast.Call) and _passes_on(value, inner) and _picks_path(inner, call, shape)
        )
    if isinstance(value, ast.Subscript) and value.value is call and shape in PATH_AT:
        return is_index(value.slice, PATH_AT[shape])
    return (
        isinstance(value, ast.Attribute)
        and value.value is call
        and value.attr == "name"
        and shape in (Shape.HANDLE, Shape.DIRECTORY_HANDLE)
    )
