"""A standard library name as this file would write it, and the import that it lacks.

In: a subject, a draft, a module and one of its names. Out: the text to call it by; the draft gets the import, set in
the order of the imports around it. Raises `Unfit` where the name means something else there.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable

from tmpleak_lint.fixing.edits import Draft
from tmpleak_lint.fixing.names import tail_of
from tmpleak_lint.fixing.older import SINCE_3
from tmpleak_lint.fixing.refusals import Telling
from tmpleak_lint.fixing.source import Block, Unfit
from tmpleak_lint.fixing.subject import Subject


def use(subject: Subject, draft: Draft, module: str, name: str) -> str:
    """`shutil.rmtree`, `rmtree`, or what the file calls it; imports the module when nothing gives it yet."""
    if subject.source.is_for_python_2 and (module, name) in SINCE_3:
        raise Unfit(f"the code is meant for Python 2, too, which has no {module}.{name}")
    for statement in _in_sight(subject):
        if isinstance(statement, ast.ImportFrom) and statement.module == module and not statement.level:
            for alias in statement.names:
                if alias.name == name and _is_free(subject, alias.asname or name):
                    return alias.asname or name
    for statement in _in_sight(subject):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                bound = alias.asname or alias.name.split(".")[0]
                given = alias.name if alias.asname else alias.name.split(".")[0]
                if given == module and _is_free(subject, bound):
                    return f"{bound}.{name}"
    own = _from_import(subject, module)
    if own is not None and _is_free(subject, name) and not _binds_otherwise(subject, name):
        _extend(subject, draft, own, name)
        return name
    if not _is_free(subject, module) or _binds_otherwise(subject, module):
        raise Unfit(f"the name {module} means something else here")
    if module not in draft.imported:
        draft.imported.add(module)
        _add(subject, draft, module)
    return f"{module}.{name}"


def _from_import(subject: Subject, module: str) -> ast.ImportFrom | None:
    """The `from module import ...` of one row that the file has in place of `import module`."""
    for statement in subject.source.tree.body:
        if (
            isinstance(statement, ast.ImportFrom)
            and statement.module == module
            and not statement.level
            and statement.lineno == statement.end_lineno
            and statement.names[0].name != "*"
            and subject.source.alone(statement)
            and (subject.scope is not subject.source.tree or statement.lineno < subject.statement.lineno)
        ):
            return statement
    return None


_IN_PLACE_OF = {"TemporaryDirectory": "mkdtemp", "mkstemp": "NamedTemporaryFile"}


def _extend(subject: Subject, draft: Draft, statement: ast.ImportFrom, name: str) -> None:
    """Put a name among those that a statement imports; one that nothing uses any more makes room for it."""
    source = subject.source
    mark = f"{statement.module}.{name}"
    if mark in draft.imported:
        return
    draft.imported.add(mark)
    used = [n.id for n in source.nodes if isinstance(n, ast.Name)]
    replaced = tail_of(subject.call.func) if isinstance(subject.call.func, ast.Name) else ""
    names = [source.code(alias) for alias in statement.names]
    is_sorted = names == sorted(names, key=_sort_key)
    for at, alias in enumerate(statement.names):
        makes_room = _IN_PLACE_OF.get(name) == alias.name == replaced and not alias.asname
        if makes_room and used.count(replaced) == 1 and not _is_exported(subject, replaced):
            names[at] = name
            names = sorted(names, key=_sort_key) if is_sorted else names
            first, last = source.span(statement.names[0]).start, source.span(statement.names[-1]).end
            draft.replace(first, last, ", ".join(names))
            return
    for each in statement.names if is_sorted else ():
        if _sort_key(source.code(each)) > _sort_key(name):
            start = source.span(each).start
            draft.replace(start, start, f"{name}, ")
            return
    end = source.span(statement.names[-1]).end
    draft.replace(end, end, f", {name}")


def _sort_key(name: str) -> tuple[int, str]:
    """The order of imported names: constants, classes, all others."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name.lower()


def _is_exported(subject: Subject, name: str) -> bool:
    return any(isinstance(n, ast.Constant) and n.value == name for n in subject.source.nodes)


def _in_sight(subject: Subject) -> list[ast.stmt]:
    """Import statements whose names are there when the creation runs: the module's own and local ones above it."""
    found: list[ast.stmt] = []
    row = subject.statement.lineno
    at_module_level = subject.scope is subject.source.tree
    for statement in subject.source.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom) and (
            not at_module_level or statement.lineno < row
        ):
            found.append(statement)
    if not at_module_level:
        at: ast.AST = subject.statement
        while at is not subject.scope:
            around = subject.source.blocks[at].statements if isinstance(at, ast.stmt) else []
            found += [s for s in around if isinstance(s, ast.Import | ast.ImportFrom) and s.lineno < row]
            at = subject.source.parents[at]
    return found


def _is_free(subject: Subject, name: str) -> bool:
    """Whether neither the scope nor one around it binds the name to something of its own."""
    if any(row == 0 for row in subject.stores.get(name, ())):
        return False
    for node in ast.walk(subject.scope):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return False
    return True


def _binds_otherwise(subject: Subject, module: str) -> bool:
    for statement in subject.source.tree.body:
        match statement:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                if any((a.asname or a.name.split(".")[0]) == module for a in names):
                    return True
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name == module:
                    return True
            case ast.Assign(targets=targets):
                if any(isinstance(t, ast.Name) and t.id == module for t in targets):
                    return True
    return False


def _add(subject: Subject, draft: Draft, module: str) -> None:
    """Put `import module` among the plain imports of the group that imports tempfile, in alphabetical order, or that of
    their lengths."""
    source = subject.source
    group = _group(subject)
    if not group:
        raise Unfit(f"there is no place to import {module}", Telling.OTHER_SHAPE)
    indent = source.indentation(group[0])
    line = f"{indent}import {module}"
    plain = [s for s in group if isinstance(s, ast.Import)] or _plain_above(subject, group[0])
    names = [s.names[0].name for s in plain]
    by_length = names != sorted(names)
    keys = [_by_length(name) if by_length else (0, name) for name in names]
    own = _by_length(module) if by_length else (0, module)
    later = next((s for s, key in zip(plain, keys, strict=True) if key > own), None)
    later = later if keys == sorted(keys) else None
    if not any(map(_is_standard, group)):
        draft.before_row(group[0].lineno, [line, ""])  # a section of its own
    elif later is not None:
        draft.before_row(later.lineno, [line])
    elif plain:
        draft.after_row(source.last_row_of(plain[-1]), [line])
    else:
        draft.before_row(group[0].lineno, [line])


def _by_length(name: str) -> tuple[int, str]:
    return len(name), name


def _plain_above(subject: Subject, first: ast.stmt) -> list[ast.Import]:
    """The run of plain imports of the standard library that stands right above a run without any."""
    body = subject.source.blocks[first].statements
    at = next(index for index, each in enumerate(body) if each is first)
    found: list[ast.Import] = []
    while at > 0 and isinstance(each := body[at - 1], ast.Import) and _is_standard(each):
        if not subject.source.alone(each):
            break
        found.insert(0, each)
        at -= 1
    return found


def _group(subject: Subject) -> list[ast.stmt]:
    """The run of import statements without a blank line in which tempfile is imported, else the first of the standard
    library."""
    source = subject.source
    imports = [s for s in _in_sight(subject) if source.alone(s) and not _is_future(s)]
    # One that a function makes for itself is no example where the module has others of the standard library.
    above = [s for s in imports if s in source.tree.body]
    imports = above if any(map(_is_standard, above)) else imports
    anchor = next((s for s in imports if _names_module(s, "tempfile")), None)
    anchor = (
        anchor or next((s for s in imports if _is_standard(s)), None) or (imports[0] if imports else None)
    )
    if anchor is None:
        return []
    block: Block = source.blocks[anchor]
    whole = _run(subject, block, anchor)
    plain = [each.names[0].name for each in whole if isinstance(each, ast.Import)]
    kinds = [_is_standard(each) for each in whole if isinstance(each, ast.Import)]
    # One order for all: a name of somebody else's stands above one of the standard library's.
    if plain == sorted(plain) and kinds != sorted(kinds, reverse=True):
        return whole
    return _run(subject, block, anchor, of=_is_standard)


def _run(
    subject: Subject, block: Block, anchor: ast.stmt, of: Callable[[ast.stmt], bool] = lambda _: True
) -> list[ast.stmt]:
    """The imports of a kind around one of them that stand right below each other."""
    first = last = block.index(anchor)
    rows = block.statements
    while first > 0 and _follow(subject, rows[first - 1], rows[first]) and of(rows[first - 1]):
        first -= 1
    while last + 1 < len(rows) and _follow(subject, rows[last], rows[last + 1]) and of(rows[last + 1]):
        last += 1
    return rows[first : last + 1]


def _follow(subject: Subject, one: ast.stmt, other: ast.stmt) -> bool:
    source = subject.source
    return (
        isinstance(one, ast.Import | ast.ImportFrom) and isinstance(other, ast.Import | ast.ImportFrom)
        and source.last_row_of(one) + 1 == other.lineno and not _is_future(one)
        and source.alone(one) and source.alone(other)
    )  # fmt: skip


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_standard(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import):
        return all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in statement.names)
    if isinstance(statement, ast.ImportFrom):
        return not statement.level and (statement.module or "").split(".")[0] in sys.stdlib_module_names
    return False


def _names_module(statement: ast.stmt, module: str) -> bool:
    if isinstance(statement, ast.Import):
        return any(alias.name.split(".")[0] == module for alias in statement.names)
    return isinstance(statement, ast.ImportFrom) and statement.module == module
