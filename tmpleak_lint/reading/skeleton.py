"""The outline of a module, from `ast`: imports, constants, defs and classes with their rows.

Comes in: a module's text. Goes out: a `Skeleton`; no body is looked into. Conditional definitions
(`if sys.platform ...`, `try: import ...`) count; the first one wins.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tmpleak_lint.bounds import MOST_IN_TABLE


@dataclass(frozen=True, slots=True)
class ImportedName:
    """`from module import attr` (attr None: the module itself); `level` counts the dots."""

    module: str
    attr: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """`callee(first, *args, **keywords)` bound to a name: perhaps a callable with arguments that it has already.

    Arguments are constants, `...` for anything else; a keyword "" stands for `**`.
    """

    callee: str
    first: str
    args: tuple[object, ...]
    keywords: tuple[tuple[str, object], ...]


# A container that is written down, with names in it: keys or positions, and the names; "" for what is none.
Table = tuple[tuple[object, str], ...]


@dataclass(frozen=True, slots=True)
class DefOutline:
    """An outermost def: a function of the module or a method of one of its classes. Rows from 1, inclusive."""

    name: str
    qualname: str
    owner: str | None
    first_row: int
    last_row: int
    column: int
    decorators: tuple[str, ...]


@dataclass(slots=True)
class ClassOutline:
    """A class of the module: bases as dotted text, its methods by name, the names its body binds, and which of
    them are other names (`unlink = os.unlink`), `statics` within a `staticmethod`, or callables with arguments."""

    name: str
    qualname: str
    bases: tuple[str, ...]
    first_row: int
    last_row: int
    column: int
    methods: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, object] = field(default_factory=dict)
    decorators: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    statics: set[str] = field(default_factory=set)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)


@dataclass(slots=True)
class Skeleton:
    """`imports` has the first import of each name, `other_imports` what else the name is imported as (`except
    ImportError:`); `lambdas` are names bound to one; `choices` has what a name may be (`a if x else b`, bound several
    times), "" for what has no name."""

    imports: dict[str, ImportedName] = field(default_factory=dict)
    other_imports: dict[str, list[ImportedName]] = field(default_factory=dict)
    star_imports: list[ImportedName] = field(default_factory=list)
    defs: dict[str, DefOutline] = field(default_factory=dict)
    classes: dict[str, ClassOutline] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)
    bindings: dict[str, int] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    lambdas: set[str] = field(default_factory=set)
    tables: dict[str, Table] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def add_import(self, bound: str, imported: ImportedName) -> None:
        if self.imports.setdefault(bound, imported) != imported:
            self.other_imports.setdefault(bound, []).append(imported)

    def add_choice(self, name: str, value: ast.expr | None) -> None:
        """Take note of one more thing that a name is bound to."""
        options = choice_of(value) if isinstance(value, _CHOOSING) else []
        if options:
            self.choices.setdefault(name, []).extend(options)
        elif name in self.choices:
            self.choices[name].append("")

    def ordered_defs(self) -> list[DefOutline]:
        return sorted(self.defs.values(), key=lambda d: d.first_row)


def outline(text: str) -> Skeleton:
    """The skeleton of a module. Raises SyntaxError, ValueError, RecursionError or MemoryError as `ast` does."""
    skeleton = Skeleton()
    _module(ast.parse(text).body, skeleton)
    return skeleton


def dotted(node: ast.AST | None) -> str:
    """`a.b.c` of a name or attribute chain, or of what is called or subscripted there; else ""."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = dotted(value)
            return f"{head}.{attr}" if head else ""
        case ast.Call(func=func):
            return dotted(func)
        case ast.Subscript(value=value):
            return dotted(value)
    return ""


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of a body, those in its compound statements included (not in defs and classes)."""
    for statement in body:
        yield statement
        match statement:
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
                yield from _flat(statement.body)
                yield from _flat(statement.orelse)
            case ast.With() | ast.AsyncWith():
                yield from _flat(statement.body)
            case ast.Try() | ast.TryStar():
                yield from _flat(statement.body)
                for handler in statement.handlers:
                    yield from _flat(handler.body)
                yield from _flat(statement.orelse)
                yield from _flat(statement.finalbody)
            case ast.Match(cases=cases):
                for each in cases:
                    yield from _flat(each.body)


def _first_row(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def _module(body: list[ast.stmt], skeleton: Skeleton) -> None:
    for statement in _flat(body):
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    bound = alias.asname or alias.name.split(".")[0]
                    module = alias.name if alias.asname else bound
                    skeleton.add_import(bound, ImportedName(module, None, 0))
            case ast.ImportFrom(module=source, names=names, level=level):
                for alias in names:
                    imported = ImportedName(source or "", alias.name, level or 0)
                    if alias.name == "*":
                        skeleton.star_imports.append(imported)
                    else:
                        skeleton.add_import(alias.asname or alias.name, imported)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _def(statement, "", None, skeleton)
            case ast.ClassDef():
                _class(statement, "", skeleton)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _bind(target, value, skeleton)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                _bind(target, value, skeleton)
            case ast.AugAssign(target=target):
                _bind(target, None, skeleton)


def _bind(target: ast.expr, value: ast.expr | None, skeleton: Skeleton) -> None:
    if isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            _bind(element, None, skeleton)
    elif isinstance(target, ast.Name):
        skeleton.bindings[target.id] = skeleton.bindings.get(target.id, 0) + 1
        if isinstance(value, ast.Constant):
            skeleton.constants.setdefault(target.id, value.value)
        elif isinstance(value, ast.Name | ast.Attribute):
            skeleton.aliases.setdefault(target.id, dotted(value))
        elif isinstance(value, ast.Lambda):
            skeleton.lambdas.add(target.id)
        elif (table := table_of(value)) is not None:
            skeleton.tables.setdefault(target.id, table)
        elif (prepared := _prepared(value)) is not None:
            skeleton.prepared.setdefault(target.id, prepared)
        skeleton.add_choice(target.id, value)


_CHOOSING = ast.Name | ast.Attribute | ast.IfExp | ast.BoolOp


def choice_of(value: ast.expr) -> list[str]:
    """The names of what an expression may be, "" for what has none; nothing where no part of it has one."""
    match value:
        case ast.IfExp(body=body, orelse=orelse):
            parts = [body, orelse]
        case ast.BoolOp(op=ast.Or(), values=values):
            parts = values
        case _:
            return [_alias(value)]
    found = [name for part in parts if not isinstance(part, ast.Constant) for name in choice_of(part)]
    return found if any(found) else []


def table_of(value: ast.expr | None) -> Table | None:
    """A container that is written down, None for one without names in it."""
    match value:
        case ast.Dict(keys=keys, values=values):
            held = [
                (key.value, each)
                for key, each in zip(keys, values, strict=True)
                if isinstance(key, ast.Constant)
            ]
            if len(held) != len(keys):
                return None
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            held = list(enumerate(elements))
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            held = [(keyword.arg, keyword.value) for keyword in keywords if keyword.arg is not None]
        case _:
            return None
    if len(held) > MOST_IN_TABLE or any(isinstance(each, ast.Starred) for _, each in held):
        return None
    table = tuple((key, _alias(each)) for key, each in held)
    return table if any(name for _, name in table) else None


def _def(
    node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, owner: str | None, skeleton: Skeleton
) -> None:
    qualname = f"{prefix}{node.name}"
    # A property's setter, an overload or a platform's variant shares the name: keep each, the last one rules.
    known = skeleton.defs.get(qualname)
    if known is not None:
        skeleton.defs[f"{qualname}@{known.first_row}"] = known
    skeleton.defs[qualname] = DefOutline(
        node.name,
        qualname,
        owner,
        _first_row(node),
        node.end_lineno or node.lineno,
        node.col_offset,
        tuple(dotted(d) for d in node.decorator_list),
    )


def _class(node: ast.ClassDef, prefix: str, skeleton: Skeleton) -> None:
    qualname = f"{prefix}{node.name}"
    is_full = any(isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) for each in _flat(node.body))
    former = skeleton.classes.get(qualname)
    if former is not None and former.methods and not is_full and not prefix and node.col_offset:
        return  # under a condition, it stands in where something is missing: the other one says what it does
    shape = ClassOutline(
        node.name,
        qualname,
        tuple(dotted(b) for b in node.bases),
        _first_row(node),
        node.end_lineno or node.lineno,
        node.col_offset,
        decorators=tuple(dotted(d) for d in node.decorator_list),
    )
    skeleton.classes[qualname] = shape
    for statement in _flat(node.body):
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                _def(statement, f"{qualname}.", qualname, skeleton)
                shape.methods[statement.name] = f"{qualname}.{statement.name}"
            case ast.ClassDef():
                _class(statement, f"{qualname}.", skeleton)
            case ast.Assign(targets=targets, value=value):
                alias = _alias(value)
                for target in targets:
                    if isinstance(target, ast.Name):
                        known = shape.methods.get(dotted(value))
                        if known is not None:
                            shape.methods[target.id] = known  # `close = cleanup`
                        constant = value.value if isinstance(value, ast.Constant) else ...
                        shape.attributes.setdefault(target.id, constant)
                        if alias:
                            shape.aliases.setdefault(target.id, alias)
                            if _bare(value) is not value:
                                shape.statics.add(target.id)
                        elif (table := table_of(value)) is not None:
                            shape.tables.setdefault(target.id, table)
                        elif (prepared := _prepared(_bare(value))) is not None:
                            shape.prepared.setdefault(target.id, prepared)
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                constant = value.value if isinstance(value, ast.Constant) else ...
                shape.attributes.setdefault(name, constant)


def _alias(value: ast.expr) -> str:
    """What a class attribute is another name for (`os.unlink`, `staticmethod(os.unlink)`), "" for anything else."""
    value = _bare(value)
    return dotted(value) if isinstance(value, ast.Name | ast.Attribute) else ""


def _bare(value: ast.expr) -> ast.expr:
    """What a class attribute is without the `staticmethod` around it."""
    if isinstance(value, ast.Call) and dotted(value) == "staticmethod" and value.args:
        return value.args[0]
    return value


def _prepared(value: ast.expr | None) -> Prepared | None:
    """A call whose first argument is a name: what it gives may be that callable, with arguments."""
    if not isinstance(value, ast.Call) or not value.args or not (first := _alias(value.args[0])):
        return None
    args = tuple(_constant(argument) for argument in value.args[1:])
    keywords = tuple((keyword.arg or "", _constant(keyword.value)) for keyword in value.keywords)
    return Prepared(dotted(value), first, args, keywords)


def _constant(value: ast.expr) -> object:
    return value.value if isinstance(value, ast.Constant) else ...
