"""Where a body creates temp files: its own calls of creators, and calls of helpers that hand a file over.

Comes in: a `Code` and its module. Goes out: its `Site`s in source order. Names are resolved without walking:
a local import, a module-level name, an attribute chain of those, a method of `self`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Kind
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import SELF_DELETING_SHAPES, Creates, Model, Shape
from tmpleak_lint.model import Span, Step
from tmpleak_lint.ownership.project import Module, Project
from tmpleak_lint.ownership.state import Slot, Stored
from tmpleak_lint.ownership.values import Dotted, Func, Klass, Value
from tmpleak_lint.reading.skeleton import ImportedName


class Obligation(StrEnum):
    """What is owed: the deletion of the name, the closing of the descriptor, or of a self-deleting handle."""

    NAME = "name"
    DESCRIPTOR = "descriptor"
    HANDLE = "handle"


@dataclass(frozen=True, slots=True)
class Handed:
    """One way in which a helper hands a file over: what it returns, what it leaves on `self`, and where
    it was made."""

    value: Value
    heap: tuple[tuple[Slot, Stored], ...]
    created: tuple[Step, ...]
    shape: Shape
    creator: str
    sometimes_managed: bool = False
    coroutine: bool = False
    inside: str = ""  # the parameter that names the directory it was made in


@dataclass(frozen=True, slots=True)
class Site:
    """One creating call. The copies of a finally body make several nodes of one call."""

    number: int
    nodes: frozenset[int]
    span: Span
    creator: str
    shape: Shape
    owned: bool  # the deletion is owed (False for self-deleting handles)
    row: Creates | None = None
    handed: Handed | None = None
    dropped: bool = (
        False  # only the name of a self-deleting handle is kept: the file is gone, the name is left
    )


Helper = Callable[[Value], tuple[Handed, ...]]


class Statics:
    """Resolves temporaries of one body without walking it."""

    def __init__(self, project: Project, module: Module, code: Code, owner: Klass | None) -> None:
        self.project = project
        self.module = module
        self.code = code
        self.owner = owner
        self.made: dict[int, g.Op] = {}
        self._local: dict[str, Value | None] = {}
        for node in code.nodes:
            dest = getattr(node.op, "dest", None)
            if dest is not None:
                self.made.setdefault(dest, node.op)
        for node in code.nodes:
            if isinstance(node.op, g.Store):
                made = self.made.get(node.op.src)
                value: Value | None = None
                if isinstance(made, g.Import):
                    value = Dotted(module.absolute(ImportedName(made.module, made.attr, made.level)))
                elif isinstance(made, g.MakeFunction):
                    value = Func(module.key, made.code.qualname, made.code)
                elif isinstance(made, g.MakeClass):
                    value = Klass(module.key, made.shape.qualname, made.shape)
                known = self._local.get(node.op.name)
                if node.op.name not in self._local or known is None:
                    self._local[node.op.name] = value

    def resolve(self, temp: int) -> Value | None:
        """The function, class or dotted name that a temporary holds, None when it can't be told so simply."""
        made = self.made.get(temp)
        match made:
            case g.Load(name=name):
                if name in self._local:
                    return self._local[name]
                if name in self.code.local_names and self.code.kind is not Kind.MODULE:
                    return None
                found = self.project.lookup(self.module, name)
                return found if isinstance(found, Dotted | Func | Klass) else None
            case g.MakeFunction(code=code):
                return Func(self.module.key, code.qualname, code)
            case g.GetAttr(obj=obj, attr=attr):
                if self._is_self(obj) and self.owner is not None:
                    return self.project.method(self.owner, attr)
                base = self.resolve(obj)
                if isinstance(base, Dotted):
                    return Dotted(f"{base.name}.{attr}")
                if isinstance(base, Klass):
                    return self.project.method(base, attr)
            case g.Call(func=func) if self.owner is not None:
                if self.resolve(func) == Dotted("super"):
                    return None
        return None

    def _is_self(self, temp: int) -> bool:
        made = self.made.get(temp)
        params = self.code.params
        return (
            isinstance(made, g.Load)
            and bool(params)
            and made.name == params[0].name
            and params[0].kind == "pos"
        )

    def literal(self, temp: int) -> object:
        """The constant that a temporary holds, `...` when it holds none."""
        made = self.made.get(temp)
        return made.value if isinstance(made, g.Const) else ...


def find_sites(statics: Statics, helper: Helper) -> tuple[Site, ...]:
    """All creation sites of a body, in source order."""
    by_span: dict[tuple[Span, str], list[int]] = {}
    rows: dict[tuple[Span, str], tuple[Model | None, Handed | None, g.Call]] = {}
    for index, node in enumerate(statics.code.nodes):
        if not isinstance(node.op, g.Call):
            continue
        target = _factory_of(statics, node.op) or statics.resolve(node.op.func)
        if target is None:
            continue
        row = statics.project.knowledge.creator(target.name) if isinstance(target, Dotted) else None
        if row is None and isinstance(target, Dotted):
            handed_on = statics.project.find(statics.module, target.name)
            if isinstance(handed_on, Dotted):
                row = statics.project.knowledge.creator(handed_on.name)
        if row is not None:
            key = (node.span, "")
            by_span.setdefault(key, []).append(index)
            rows[key] = (row, None, node.op)
            continue
        for position, given in enumerate(helper(target)):
            key = (node.span, str(position))
            by_span.setdefault(key, []).append(index)
            rows[key] = (None, given, node.op)
    sites = []
    for number, (key, nodes) in enumerate(sorted(by_span.items(), key=lambda pair: pair[0]), start=1):
        row, handed, call = rows[key]
        if row is not None:
            creates = row.effect(Creates)
            assert creates is not None
            shape = creates.shape
            owned = shape not in SELF_DELETING_SHAPES or not _deletes_itself(statics, creates, call)
            dropped = not owned and _only_name_is_read(statics, nodes)
            sites.append(
                Site(
                    number,
                    frozenset(nodes),
                    key[0],
                    row.tail,
                    shape,
                    owned or dropped,
                    creates,
                    dropped=dropped,
                )
            )
        elif handed is not None:
            sites.append(
                Site(number, frozenset(nodes), key[0], handed.creator, handed.shape, True, None, handed)
            )
    return tuple(sites)


def _factory_of(statics: Statics, call: g.Call) -> Value | None:
    """What the field of a data class is filled by, for each object anew: `field(default_factory=mkdtemp)`."""
    if statics.code.kind is not Kind.CLASS:
        return None
    field = statics.resolve(call.func)
    keyword = frameworks.FIELD_FACTORIES.get(field.name) if isinstance(field, Dotted) else None
    given = next((a.value for a in call.args if keyword is not None and a.keyword == keyword), None)
    return statics.resolve(given) if given is not None else None


def _only_name_is_read(statics: Statics, calls: list[int]) -> bool:
    """`NamedTemporaryFile().name`: nothing but the name of the handle is ever used."""
    made = {op.dest for index in calls if isinstance(op := statics.code.nodes[index].op, g.Call)}
    readers = [node.op for node in statics.code.nodes if made & set(uses(node.op))]
    return bool(readers) and all(isinstance(op, g.GetAttr) and op.attr == "name" for op in readers)


def _deletes_itself(statics: Statics, row: Creates, call: g.Call) -> bool:
    """Whether the handle is asked to delete itself. A `delete=` that isn't a literal is taken as yes."""
    if row.shape is not Shape.HANDLE and row.shape is not Shape.DIRECTORY_HANDLE:
        return True
    for position, argument in enumerate(call.args):
        if argument.keyword == "delete" or (
            argument.keyword is None and not argument.star and position == row.delete_position
        ):
            return statics.literal(argument.value) not in (False, 0)
    return True
