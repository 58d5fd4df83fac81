"""One of two versions of a body: where its operations stand, and what those give that only build values.

In: a body, its creations, what its names hold. Out: terms. What an outsider can see of it is for `side.py`, which
carries it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from tmpleak_lint.fixing.comparing.functions import Body
from tmpleak_lint.fixing.comparing.meaning import Meaning
from tmpleak_lint.fixing.comparing.reachable import carrying
from tmpleak_lint.fixing.comparing.rebinding import rebound_at
from tmpleak_lint.fixing.comparing.stops import State
from tmpleak_lint.fixing.comparing.terms import (
    HANDLE,
    LAZY,
    LENT,
    PATH,
    UNKNOWN,
    Term,
    called_by,
    const,
    container_of,
    cut,
    dotted,
    has_file,
    is_container,
    is_derived,
    item_of,
    mentions,
)
from tmpleak_lint.fixing.comparing.trees import text_at
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.flow.liveness import liveness
from tmpleak_lint.knowledge.exceptions import NOT_IMPORTED, NOT_THERE
from tmpleak_lint.knowledge.model import (
    Collects,
    Effect,
    Shape,
)
from tmpleak_lint.knowledge.words import GIVES_AWAITABLE
from tmpleak_lint.model import Span
from tmpleak_lint.reading.skeleton import ImportedName


@dataclass(eq=False)
class Version:
    """One version."""

    body: Body
    creations: frozenset[int]
    shape: Shape
    handed: object
    about_descriptor: bool
    aliases: frozenset[str]
    others: frozenset[int] = frozenset()  # creations of other files
    meaning: Meaning = field(init=False)
    inside: set[Term] = field(default_factory=set)  # other files that are made in this directory
    opening: set[Term] = field(default_factory=set)  # what file objects are known by, once they are made
    left_with: dict[Term, set[Term]] = field(default_factory=dict)  # what is closed when something is left
    entered: dict[int, Term] = field(default_factory=dict)  # what entering a manager has given
    staying: set[Term] = field(default_factory=set)  # those of them that leaving their `with` doesn't close

    def __post_init__(self) -> None:
        self.meaning = Meaning(self.body)
        self.code = self.body.code
        self.nodes = self.code.nodes
        known = liveness(self.code)
        self.live = known.at_joins
        self.last = known.last_uses
        self.carrying = carrying(self.nodes)
        self.rebound = rebound_at(self.code, self.body.module.source.lines)

    def _value(self, node: Node, state: State) -> Term | None:
        """What an operation gives that does nothing but build a value; None for any other."""
        names = state.names

        match node.op:
            case g.Const(value=value):
                return const(value)
            case g.Move(src=src):
                return state.term(src)
            case g.GetAttr(obj=obj, attr=attr):
                return names.get(("@", state.term(obj), attr)) or self._attribute(state.term(obj), attr)
            case g.GetItem() as read if node.reckoned(NOT_THERE) is None:
                return self._item(state, read)
            case g.Build() if self._generates(node, state):
                return ("build", "generator", LAZY)
            case g.Build(kind=kind, items=items, keys=keys):
                built = cut(("build", kind, *map(state.term, items), *map(state.term, keys)))
                if any(has_file(state.term(each), state.holders) for each in items):
                    state.holders |= {built}
                return built
            case g.Text(parts=pieces):
                return cut(("text", *(state.term(p) if isinstance(p, int) else const(p) for p in pieces)))
            case g.Compare(operator="is not" | "!=" as operator, left=left, right=right):
                equal = ("op", {"is not": "is", "!=": "=="}[operator], state.term(left), state.term(right))
                return cut(("op", "not", equal))
            case (
                g.Binary(operator=operator, left=left, right=right)
                | g.Compare(operator=operator, left=left, right=right)
            ):
                return cut(("op", operator, state.term(left), state.term(right)))
            case g.Not(src=src):
                return cut(("op", "not", state.term(src)))
            case g.MakeFunction(code=code):
                return ("fn", code.qualname, *self._captured(code, state))
            case g.MakeClass(shape=shape):
                return ("name", shape.qualname)
            case g.Import() as imported if node.reckoned(NOT_IMPORTED) is None:
                return ("name", self._imported(imported))
            case g.Caught():
                return state.flight
        return None

    def _item(self, state: State, op: g.GetItem) -> Term:
        obj, index = state.term(op.obj), state.term(op.index)
        return state.names.get(("#", obj, index)) or item_of(obj, index)

    def _imported(self, op: g.Import) -> str:
        return self.body.module.absolute(ImportedName(op.module, op.attr, op.level))

    def _to(self, state: State, node: Node, target: int) -> None:
        if target == node.next:
            for temporary in self.last[state.at]:
                state.names.pop(temporary, None)
        state.at = target

    def _generates(self, node: Node, state: State) -> bool:
        """Whether a generator expression begins here that names the file: it runs when it is asked."""
        text = text_at(self.body.module, node.span)
        words = set(re.findall(r"[^\W\d]\w*", text))
        return (
            "for" in words
            and text[0] not in "[{"
            and any(
                mentions(term) for name, term in state.names.items() if type(name) is str and name in words
            )
        )

    def _captured(self, code: Code, state: State) -> tuple[Term, ...]:
        """The file, if a nested function names it, and the containers that it names: the file may be put in there."""
        free = free_names(code)
        ours = free & self.aliases or any(
            is_derived(state.names[name]) for name in free if name in state.names
        )
        held = {state.names[name] for name in free if is_container(state.names.get(name, UNKNOWN))}
        return (*((PATH,) if ours else ()), *sorted(held, key=repr))

    def _attribute(self, base: Term, attr: str) -> Term:
        if base in (HANDLE, LENT) and attr == "name":
            return PATH
        if base == ("attr", HANDLE, "file") and attr != "close":  # what a NamedTemporaryFile() writes to
            base = HANDLE
        if base[:1] == ("name",):
            return ("name", f"{base[1]}.{attr}")
        return cut(("attr", base, attr))

    def _is_local(self, source: Term) -> bool:
        """Whether going over it runs no foreign code: a container that the body made."""
        return container_of(source)[:1] in (("build",), ("filled",)) or (
            source[:1] == ("call",) and not is_derived(source)
            and (dotted(called_by(source)) == "range" or self._has(dotted(called_by(source)), Collects))
        )  # fmt: skip

    def _has(self, name: str, kind: type[Effect]) -> bool:
        return bool(name) and self.meaning.knowledge.effect(name, kind) is not None

    def is_awaited(self, at: int) -> bool:
        """Whether what a call gives is awaited, or given to what that is done with."""
        return self.code.is_async and getattr(self.nodes[at].op, "dest", None) in self._awaited

    @cached_property
    def _awaited(self) -> frozenset[int]:
        found: set[int] = set()
        for node in self.nodes:
            match node.op:
                case g.Await(src=src):
                    found.add(src)
                case g.Call(func=func, args=args) if func in self._givers:
                    found |= {each.value for each in args}
        return frozenset(found)

    @cached_property
    def _givers(self) -> frozenset[int]:
        """The temporaries of functions that give what is to be awaited."""
        return frozenset(
            op.dest for node in self.nodes
            if (isinstance(op := node.op, g.GetAttr) and op.attr in GIVES_AWAITABLE)
            or (isinstance(op, g.Load) and op.name in GIVES_AWAITABLE)
        )  # fmt: skip

    def is_gone_over(self, at: int) -> bool:
        """Whether a loop goes over what a call gives, right where that stands."""
        given = getattr(self.nodes[at].op, "dest", None)
        return any(isinstance(node.op, g.Iterate) and node.op.src == given for node in self.nodes)

    def stands_alone(self, span: Span) -> bool:
        """Whether nothing else stands in the rows of a piece of code: its value is dropped."""
        lines = self.body.module.source.lines
        before, after = lines[span.start.row - 1][: span.start.column - 1], lines[span.end.row - 1]
        return not before.strip() and not after[span.end.column - 1 :].strip()

    def maker_of(self, made: Term | None) -> str:
        """What has made an object, as it is written: `argparse.ArgumentParser`."""
        match made:
            case ("made", str(place), *_):
                for node in self.nodes:
                    at = f"{node.span.start.row}:{node.span.start.column}:call"
                    if isinstance(node.op, g.Call) and place == at:
                        return self.text(node.span).partition("(")[0]
        return ""

    def text(self, span: Span) -> str:
        """What stands there, the first line of it."""
        first, more, _ = text_at(self.body.module, span).partition("\n")
        return first.strip() + (" ..." if more else "")


def free_names(code: Code) -> frozenset[str]:
    """Names that a nested function reads of the code around it."""
    return frozenset(n.op.name for n in code.nodes if isinstance(n.op, g.Load)) - code.local_names
