"""Where a body builds a path under a directory for everybody's temporary files, told without walking it.

Comes in: a `Code`. Goes out: the operations that finish such a path, those of the same text as one. Followed
are literals, joins, `/`, `+`, f-strings and formats, names bound to nothing else, and the module's constants.
Not handled: paths that come from parameters, attributes or other functions.
"""

from __future__ import annotations

from enum import Enum

from tmpleak_lint.analysis.domain.values import Const, Dotted, Global
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.bounds import NAME_DEPTH, RESOLVED_DEPTH
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Kind, Node
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge.model import PATH, Derives, ReadsEnvironment, Relation, Shape, TempRoot
from tmpleak_lint.knowledge.words import TEMP_ROOTS, TEMP_VARIABLES
from tmpleak_lint.model import Span
from tmpleak_lint.reading.regions import Unreadable


class Lies(Enum):
    """How a value lies to the shared directory."""

    AT = "at"
    BELOW = "below"


class Building:
    """The paths that one body builds by hand."""

    def __init__(self, project: Project, body: Body) -> None:
        self.project = project
        self.module, self.code, _ = body
        self.statics = Statics(project, *body)
        self.made: dict[int, list[g.Op]] = {}
        self.stored: dict[str, list[int]] = {}
        self.opaquely: set[str] = {p.name for p in self.code.params}
        for node in self.code.nodes:
            dest = getattr(node.op, "dest", None)
            if dest is not None:
                self.made.setdefault(dest, []).append(node.op)
            if isinstance(node.op, g.Store):
                self.stored.setdefault(node.op.name, []).append(node.op.src)
        self._known: dict[int, Lies | None] = {}
        self._in_hand: set[int] = set()
        self._asked: set[str] = set()  # names that are asked how they lie, within each other

    def sites(self) -> tuple[Site, ...]:
        """One site for each path, however often its text stands in the body."""
        finished = [i for i, node in enumerate(self.code.nodes) if self._finishes(node)]
        used = {t for i in finished for t in self._operands(self.code.nodes[i].op)}
        texts: dict[str, list[int]] = {}
        for index in finished:
            node = self.code.nodes[index]
            if getattr(node.op, "dest", None) not in used:
                texts.setdefault(text_of(self.module, node.span), []).append(index)
        return tuple(
            Site(number, frozenset(nodes), self.code.nodes[nodes[0]].span, text, Shape.NAME, owned=True)
            for number, (text, nodes) in enumerate(texts.items(), start=1)
        )

    def of_name(self, name: str) -> Lies | None:
        """How a name of this body lies, when all that is ever bound to it does."""
        if name in self.opaquely or name not in self.stored:
            return None
        # What is built from itself lies nowhere; to ask its other values for that would go as deep as it has some.
        if name in self._asked or len(self._asked) >= RESOLVED_DEPTH:
            return None
        self._asked.add(name)
        try:
            found = {self.lies(temp) for temp in self.stored[name]}
        finally:
            self._asked.remove(name)
        return found.pop() if len(found) == 1 else None

    def lies(self, temp: int, depth: int = 0) -> Lies | None:
        if temp in self._in_hand:
            return None  # a name that is built from itself
        if temp not in self._known:
            found = (self._made_by(op, depth) for op in self.made.get(temp, ())) if depth < NAME_DEPTH else ()
            self._in_hand.add(temp)
            try:
                self._known[temp] = next((lies for lies in found if lies is not None), None)
            finally:
                self._in_hand.remove(temp)
        return self._known[temp]

    def _finishes(self, node: Node) -> bool:
        """Whether the operation makes a path that wasn't there before (not: the same one in another type)."""
        op = node.op
        dest = getattr(op, "dest", None)
        if dest is None or isinstance(op, g.Move) or self.lies(dest) is not Lies.BELOW:
            return False
        if isinstance(op, g.Load):
            return op.name not in self.stored
        return not self._is_same(op)

    def _operands(self, op: g.Op) -> list[int]:
        if isinstance(op, g.Load | g.Const):
            return []
        found = [t for t in uses(op) if isinstance(t, int)]
        for temp in list(found):
            for maker in self.made.get(temp, ()):
                if self._is_same(maker) or isinstance(maker, g.Move | g.GetAttr):
                    found += self._operands(maker)
        return found

    def _is_same(self, op: g.Op) -> bool:
        """str(p), Path(p), p.resolve(): still the path that p was."""
        if not isinstance(op, g.Call):
            return False
        if self._relation(f"{PATH}.{self._method(op)}") is Relation.SAME:
            return True
        target = self.statics.resolve(op.func)
        same = isinstance(target, Dotted) and self._relation(target.name) is Relation.SAME
        return same and len(op.args) == 1

    def _relation(self, name: str) -> Relation | None:
        """How the path that a call gives relates to the one it is given."""
        derives = self.project.knowledge.effect(name, Derives)
        return derives.relation if derives is not None else None

    def _method(self, op: g.Call) -> str:
        """The attribute that is called, "" for what isn't a method of a value."""
        maker = next(iter(self.made.get(op.func, ())), None)
        if isinstance(maker, g.GetAttr) and self.statics.resolve(op.func) is None:
            return maker.attr
        return ""

    def _made_by(self, op: g.Op, depth: int) -> Lies | None:
        match op:
            case g.Const(value=value):
                return literal(value)
            case g.Load(name=name):
                return self._loaded(name, depth)
            case g.Move(src=src):
                return self.lies(src, depth + 1)
            case g.Binary(operator=operator, left=left):
                if operator.rstrip("=") in ("Divide", "Add", "Modulo"):
                    return Lies.BELOW if self.lies(left, depth + 1) is not None else None
            case g.Text(parts=parts) if parts:
                return self._text(parts, depth)
            case g.GetItem(obj=obj, index=index):
                if self.statics.resolve(obj) == Dotted("os.environ"):
                    return Lies.AT if self.statics.literal(index) in TEMP_VARIABLES else None
            case g.Call():
                return self._called(op, depth)
        return None

    def _text(self, parts: tuple[str | int, ...], depth: int) -> Lies | None:
        head = next((p for p in parts if p != ""), "")
        if isinstance(head, str):
            more = head.endswith("/") and len(parts) > 1
            return Lies.BELOW if more and literal(head) is Lies.AT else literal(head)
        return Lies.BELOW if self.lies(head, depth + 1) is not None else None

    def _called(self, op: g.Call, depth: int) -> Lies | None:
        given = [a.value for a in op.args if a.keyword is None and not a.star]
        first = self.lies(given[0], depth + 1) if given else None
        target = self.statics.resolve(op.func)
        if isinstance(target, Dotted):
            row = self.project.knowledge.model(target.name)
            if row.effect(TempRoot) is not None:
                return Lies.AT
            if row.effect(ReadsEnvironment) is not None and given:
                return Lies.AT if self.statics.literal(given[0]) in TEMP_VARIABLES else None
            derives = row.effect(Derives)
            if derives is None:
                return None
            if derives.joins:
                return Lies.BELOW if first is not None and len(op.args) > 1 else first
            return first if derives.relation is Relation.SAME else None
        maker = next(iter(self.made.get(op.func, ())), None)
        if target is None and isinstance(maker, g.GetAttr):
            base = self.lies(maker.obj, depth + 1)
            relation = self._relation(f"{PATH}.{maker.attr}")
            if relation is Relation.SAME:
                return base
            if base is not None and relation in (Relation.CHILD, Relation.SIBLING, Relation.STEM):
                return Lies.BELOW
        return None

    def _loaded(self, name: str, depth: int) -> Lies | None:
        if name in self.stored or name in self.opaquely:
            return self.of_name(name) if depth < NAME_DEPTH else None
        if name in self.code.local_names and self.code.kind is not Kind.MODULE:
            return None
        found = self.project.lookup(self.module, name)
        if isinstance(found, Const):
            return literal(found.value)
        if isinstance(found, Global) and self.module.source.skeleton.bindings.get(name) == 1:
            return of_module(self.project, self.module, name)
        return None


def literal(value: object) -> Lies | None:
    """How a literal lies: is it, or does it begin with, a directory for temporary files?"""
    if not isinstance(value, str):
        return None
    if value.rstrip("/") in TEMP_ROOTS:
        return Lies.AT
    return Lies.BELOW if value.startswith(tuple(f"{root}/" for root in TEMP_ROOTS)) else None


def of_module(project: Project, module: Module, name: str) -> Lies | None:
    """How a variable of the module lies."""
    building = _building_of(project, module)
    return building.of_name(name) if building is not None else None


@question()
def _building_of(project: Project, module: Module) -> Building | None:
    try:
        return Building(project, Body(module, module.source.module_body, None))
    except Unreadable:
        return None


def text_of(module: Module, span: Span) -> str:
    """The source of a span as it stands there."""
    lines = module.source.lines[span.start.row - 1 : span.end.row]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end.column - 1]
    lines[0] = lines[0][span.start.column - 1 :]
    return "\n".join(lines)
