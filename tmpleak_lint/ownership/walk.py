"""Walking one body: every way through its graph on which one file is alive.

Comes in: a `Code`, the creation site whose file is tracked (or a state in which it exists already), and what the
project knows. Goes out: a `Result`: the ends that are reached while somebody still owes the deletion, and the events
(released, managed, escaped) that ended the obligation on the other ways.

The walk follows *one* file, the tracked one: where the creation runs several times (a loop), some run makes it and
the others make strangers. So what a name holds is known exactly, and `p = mkstemp()` in a loop really loses a file.
A state is a small dict: names and temporaries to values, what objects and containers hold, the assumptions that
branches made, and how the file stands ("$t"). A way ends as soon as the obligation does.

Bounds: `STATES_PER_NODE` states are kept at a join and `STEPS` operations walked per call from outside; beyond them
further ways are dropped, which can miss a leak but never invents one: what is reported is a way that was walked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code, Kind, Node
from tmpleak_lint.flow.liveness import live_at_joins, predecessors
from tmpleak_lint.knowledge import releases
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.model import Span
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.exceptions import ANY, Match, catches
from tmpleak_lint.ownership.project import Module, Project
from tmpleak_lint.ownership.sites import Obligation, Site
from tmpleak_lint.ownership.values import MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role, Value

STATES_PER_NODE = 64
STEPS = 40_000
STEPS_INSIDE = 4_000  # of one call that is walked in place
MAX_INLINE_DEPTH = 4
RESULT = "$result"  # under this key an end's state has what the body returns
DEAD = NO_EDGE

State = dict[object, object]


@dataclass(frozen=True, slots=True)
class Happening:
    """How the obligation ended on some way: kind is released, managed, escaped; `where` the node of this body."""

    kind: str
    where: int
    item: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """An exit reached with the file alive: `raised` by exception, `state` what holds it there."""

    raised: bool
    state: State
    item: int


@dataclass(frozen=True, slots=True)
class Item:
    """One stretch of a way: it starts at `node`, came from `parent`, left there at `via` by the edge `how`."""

    node: int
    parent: int
    via: int
    how: str


@dataclass(slots=True)
class Result:
    ends: list[End] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    tested: dict[Value, set[Span]] = field(default_factory=dict)
    conditions: dict[int, Value] = field(default_factory=dict)
    created: dict[int, int] = field(default_factory=dict)
    lent: list[Value] = field(default_factory=list)
    lent_deleted: bool = False
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How to walk: `quiet`, cleanup code in which only raise, assert and await count; `loud`, the finally bodies whose
    calls do count (no deletion stands there); `atoms`, the conditions worth remembering."""

    quiet: bool = False
    loud: frozenset[Span] = frozenset()
    atoms: frozenset[Value] = frozenset()


class Walker:
    """The walk over one body. `calls.Caller` adds what calls mean; this class has everything else."""

    def __init__(
        self,
        project: Project,
        module: Module,
        code: Code,
        sites: tuple[Site, ...],
        *,
        tracked: Site | None,
        obligation: Obligation,
        options: Options,
        mode: str = "plain",
        depth: int = 0,
        stack: tuple[Code, ...] = (),
        budget: list[int] | None = None,
    ) -> None:
        self.project = project
        self.knowledge = project.knowledge
        self.module = module
        self.code = code
        self.nodes = code.nodes
        self.tracked = tracked
        self.obligation = obligation
        self.options = options
        self.mode = mode
        self.depth = depth
        self.stack = (*stack, code)
        self.budget = budget if budget is not None else [STEPS]
        self.site_at = {index: site for site in sites for index in site.nodes}
        self.joins = self._joins()
        self.towards = self._towards_creation()
        self.result = Result()
        self.queue: deque[tuple[int, State, int]] = deque()
        self.item = -1
        self._seen: dict[int, set[frozenset[tuple[object, object]]]] = {}
        self._happened: set[tuple[str, int, str]] = set()
        self._arrived: dict[int, dict[object, object]] = {}
        self.current: State = {}

    def _joins(self) -> dict[int, frozenset[str | int]]:
        key = ("joins", self.code)
        if key not in self.project.memo:
            self.project.memo[key] = live_at_joins(self.code)
        return self.project.memo[key]  # type: ignore[return-value]

    def _towards_creation(self) -> frozenset[int] | None:
        """Nodes from which the tracked file's creation can still be reached; None where it exists from the start."""
        if self.tracked is None:
            return None
        key = ("towards", self.code, self.tracked.nodes)
        if key not in self.project.memo:
            before = predecessors(self.code)
            seen = set(self.tracked.nodes)
            work = list(seen)
            while work:
                for earlier in before[work.pop()]:
                    if earlier not in seen:
                        seen.add(earlier)
                        work.append(earlier)
            self.project.memo[key] = frozenset(seen)
        return self.project.memo[key]  # type: ignore[return-value]

    # -- the search -------------------------------------------------------------------------------

    def run(self, seed: State) -> Result:
        """Walk every way from the entry with this state, breadth first, so that the shortest way is found first."""
        self.queue.append((0, dict(seed), self._new_item(0, -1, -1, "entry")))
        while self.queue:
            if self.budget[0] <= 0:
                self.result.bounded = True
                break
            index, state, self.item = self.queue.popleft()
            self._stretch(index, state)
        return self.result

    def _new_item(self, node: int, parent: int, via: int, how: str) -> int:
        self.result.items.append(Item(node, parent, via, how))
        return len(self.result.items) - 1

    def push(self, target: int, state: State, via: int, how: str) -> None:
        """Take up another way later, unless it can't lead to the file any more."""
        if self.towards is not None and "$t" not in state and target not in self.towards:
            return
        if target != NO_EDGE:
            self.queue.append((target, state, self._new_item(target, self.item, via, how)))

    def _stretch(self, index: int, state: State) -> None:
        """Walk on until the way ends, or meets a state that was here before."""
        nodes, joins = self.nodes, self.joins
        self.current = state
        while index != NO_EDGE:
            self.budget[0] -= 1
            live = joins.get(index)
            if live is not None and not self._fresh(index, state, live):
                return
            node = nodes[index]
            index = _TRANSFER[type(node.op)](self, index, node, node.op, state)

    def _fresh(self, index: int, state: State, live: frozenset[str | int]) -> bool:
        """Forget what is never read again, and say whether this state is new at the join."""
        if index == self.code.exit_ok or index == self.code.exit_error:
            return True
        for key in [k for k in state if (type(k) is int or type(k) is str) and k not in live]:
            value = state[key]
            if type(key) is str:
                assert isinstance(key, str)
                if key[0] == "$" or isinstance(value, Ref):
                    continue
            del state[key]
        self._sweep(state)
        self._blend(index, state)
        seen = self._seen.setdefault(index, set())
        frozen = frozenset(state.items())
        if frozen in seen:
            return False
        if len(seen) >= STATES_PER_NODE:
            self.result.bounded = True
            return False
        seen.add(frozen)
        return True

    def _sweep(self, state: State) -> None:
        """Drop what containers, objects and iterators hold that nothing refers to any more."""
        heap = [k for k in state if type(k) is tuple and k[0] in _SWEPT]
        if not heap:
            return
        reached: set[object] = set()
        work = [x for k, x in state.items() if type(k) is not tuple or k[0] not in _SWEPT or self._outlives(k)]
        while work:
            value = work.pop()
            if isinstance(value, v.Box | v.Object | v.Inst):
                ident = value.ident if isinstance(value, v.Inst) else value
                if ident in reached:
                    continue
                reached.add(ident)
                work += [x for k, x in state.items() if type(k) is tuple and k[0] in "#@" and k[1] == ident]
                if isinstance(value, v.Object):
                    work += value.data
            elif isinstance(value, v.Iteration):
                reached.add(value.ident)
                work.append(value.source)
            elif isinstance(value, v.Seq):
                work += value.items
            elif isinstance(value, v.Partial):
                work += [value.func, *value.args, *(x for _, x in value.keywords)]
            elif isinstance(value, v.Func) and value.bound is not None:
                work.append(value.bound)
            elif isinstance(value, v.Member | v.Item):
                work.append(value.base)
            elif isinstance(value, tuple):
                work += [part for pair in value for part in (pair if isinstance(pair, tuple) else (pair,))]
        for key in heap:
            assert isinstance(key, tuple)
            if key[1] not in reached and not self._outlives(key):
                del state[key]

    def _outlives(self, key: object) -> bool:
        """Entries that don't hang on a value of this body: the object's own attributes, registries, the caller's."""
        assert isinstance(key, tuple)
        owner = key[1]
        if isinstance(owner, v.Box | v.Object):
            return isinstance(owner.ident, tuple) and len(owner.ident) == 3 and owner.ident[1] != self.depth
        if key[0] == "@":
            return not (isinstance(owner, tuple) and len(owner) == 3 and owner[1] == self.depth)
        return key[0] not in ("i", "seen", "first")

    def _blend(self, index: int, state: State) -> None:
        """Unknowns that differ between the ways into a join become one unknown: they tell nothing apart."""
        known = self._arrived.setdefault(index, {})
        for key, value in state.items():
            if type(key) is tuple or not isinstance(value, _BLENDING) or value in self.options.atoms:
                continue
            first = known.setdefault(key, value)
            if first != value:
                state[key] = v.Sym(("join", index, key))

    # -- the tracked file -------------------------------------------------------------------------

    def alive(self, state: State) -> bool:
        return "$t" in state

    def happen(self, kind: str, index: int, detail: str = "") -> int:
        """The obligation ends here on this way."""
        if "$lent" in self.current and kind == "released":
            self.result.lent_deleted = True
        key = (kind, index, detail)
        if key not in self._happened:
            self._happened.add(key)
            self.result.happenings.append(Happening(kind, index, self.item, detail))
        return DEAD

    def holds(self, value: object, state: State, depth: int = 0) -> bool:
        """Whether whoever gets this value gets hold of the tracked file."""
        if depth > 6:
            return False
        match value:
            case Ref(obj=obj, role=role):
                if obj != TRACKED and obj not in state.get("$parents", ()):  # type: ignore[operator]
                    return False
                if self.obligation is Obligation.DESCRIPTOR:
                    return role is Role.FD and obj == TRACKED
                return role in _HOLDING
            case v.Seq(items=items):
                return any(self.holds(i, state, depth + 1) for i in items)
            case v.Box() | v.Global() | v.Member():
                held = state.get(("#", value), ())
                return any(self.holds(i, state, depth + 1) for _, i in held)  # type: ignore[attr-defined]
            case v.Inst(ident=ident):
                return any(
                    self.holds(other, state, depth + 1)
                    for key, other in state.items()
                    if type(key) is tuple and key[0] == "@" and key[1] == ident
                )
            case v.Object(data=data, ident=ident):
                held = state.get(("#", value), ())
                return any(self.holds(i, state, depth + 1) for i in data) or any(
                    self.holds(i, state, depth + 1) for _, i in held  # type: ignore[attr-defined]
                )
            case v.Partial(func=func, args=args, keywords=keywords):
                return (
                    self.holds(func, state, depth + 1)
                    or any(self.holds(a, state, depth + 1) for a in args)
                    or any(self.holds(a, state, depth + 1) for _, a in keywords)
                )
            case v.Func(bound=bound, code=code):
                if bound is not None and self.holds(bound, state, depth + 1):
                    return True
                return code is not None and any(
                    self.holds(state.get(name, state.get(("^", name))), state, depth + 1)
                    for name in _loaded_names(code)
                )
            case v.Member(base=base):
                return self.holds(base, state, depth + 1)
            case v.Iteration(source=source):
                return self.holds(source, state, depth + 1)
        return False

    def touches(self, value: object) -> bool:
        """Whether the value is, or directly contains, any temp file's name or handle."""
        match value:
            case Ref():
                return True
            case v.Seq(items=items):
                return any(self.touches(i) for i in items)
            case v.Partial(args=args):
                return any(self.touches(a) for a in args)
            case v.Object(data=data):
                return any(self.touches(a) for a in data)
        return False

    def lose(self, key: object, old: object, state: State, index: int) -> None:
        """A binding was overwritten: when it was the last that held the file, note where it got lost."""
        if not self.alive(state) or not self.holds(old, state):
            return
        for other, value in state.items():
            if other != key and other != "$lost" and type(other) is not int and self.holds(value, state):
                return
            if type(other) is tuple and other[0] in "#@" and other != key and self._held_in(value, state):
                return
        state["$lost"] = index

    def _held_in(self, value: object, state: State) -> bool:
        if isinstance(value, tuple):
            return any(self.holds(i, state) for _, i in value)
        return self.holds(value, state)

    # -- raising ----------------------------------------------------------------------------------

    def fail(self, index: int, state: State, flight: Flight = ANY, how: str = "raise") -> None:
        """The operation raises: the state before it goes on along the exceptional edge."""
        target = self.nodes[index].exc
        if target == NO_EDGE:
            return
        if "$t" not in state and self._leads_out(target):
            return  # no file yet, and nobody catches: nothing to follow
        after = dict(state)
        after["$exc"] = flight
        self.push(target, after, index, how)

    def _leads_out(self, target: int) -> bool:
        while isinstance(self.nodes[target].op, g.Jump) and self.nodes[target].next != NO_EDGE:
            target = self.nodes[target].next
        return target == self.code.exit_error

    def is_quiet(self, node: Node) -> bool:
        """Cleanup code, in which calls aren't expected to raise before the deletion."""
        if self.options.quiet:
            return True
        place = node.place
        while place is not None:
            if place.kind == "finally" and place.span not in self.options.loud:
                return True
            place = place.outer
        return False

    def risk(self, index: int, state: State) -> None:
        """A risky operation: it may raise anything, unless it stands in cleanup code."""
        if not self.is_quiet(self.nodes[index]):
            self.fail(index, state)

    # -- exceptions -------------------------------------------------------------------------------

    def exception_names(self, value: object) -> list[str]:
        """The classes that an except clause, suppress() or raise names."""
        match value:
            case v.Dotted(name=name):
                found = self.project.find(self.module, name)
                return self.exception_names(found) if isinstance(found, v.Klass) else [name]
            case v.Klass(module=module, qualname=qualname):
                return [f"{module}::{qualname}"]
            case v.Inst(klass=klass):
                return self.exception_names(klass)
            case v.Seq(items=items):
                return [name for item in items for name in self.exception_names(item)]
            case v.Flight(name=name):
                return [name]
        return ["?"]

    def exception_bases(self, name: str) -> tuple[str, ...] | None:
        key, _, qualname = name.partition("::")
        if not qualname:
            return None
        module = self.project.module(key)
        names = self.project._base_names(v.Klass(key, qualname))
        found = [n for text in names for n in self.exception_names(self.project.resolve_text(module, text))]
        return tuple(found) or None

    def matching(self, names: list[str], flight: Flight) -> tuple[Match, Flight]:
        """Whether a handler for any of names catches it, and what is in flight inside the handler."""
        best, narrowed = Match.NO, flight
        for name in names:
            if name == "?":
                match = Match.MAYBE if flight.name != CANCELLED else Match.NO
            else:
                match = catches(name, flight, self.exception_bases)
            if match is Match.YES:
                return match, flight
            if match is Match.MAYBE and best is Match.NO:
                best = match
                narrowed = Flight(name, exact=False) if name != "?" and len(names) == 1 else flight
        return best, narrowed

    # -- conditions -------------------------------------------------------------------------------

    def truth(self, value: object, state: State) -> bool | None:
        """Whether a value is true, None when that can't be told."""
        match value:
            case v.Const(value=constant):
                return bool(constant)
            case Ref() | v.Func() | v.Klass() | v.Object() | v.Flight():
                return True
            case v.Seq(items=items):
                return bool(items)
            case v.Box():
                held = state.get(("#", value))
                if held:
                    return True
                return False if held == () and ("open", value) not in state else None
            case v.Test(operator="not", left=left):
                inner = self.truth(left, state)
                return None if inner is None else not inner
        return state.get(("?", value))  # type: ignore[return-value]

    def assume(self, value: Value, outcome: bool, state: State) -> None:
        while isinstance(value, v.Test) and value.operator == "not":
            value, outcome = value.left, not outcome
        if value in self.options.atoms:
            state[("?", value)] = outcome

    def note_test(self, value: object, span: Span) -> None:
        while isinstance(value, v.Test) and value.operator == "not":
            value = value.left
        if isinstance(value, v.Sym) and value.key is None:
            return
        self.result.tested.setdefault(value, set()).add(span)  # type: ignore[arg-type]

    def forget_about(self, value: Value, state: State) -> None:
        """A value is made anew: assumptions about the old one are void."""
        for key in [k for k in state if type(k) is tuple and k[0] == "?" and _mentions(k[1], value)]:
            del state[key]

    # -- transfer: data ---------------------------------------------------------------------------

    def _const(self, index: int, node: Node, op: g.Const, state: State) -> int:
        value = op.value
        if value is ...:
            state[op.dest] = UNKNOWN
        elif isinstance(value, type):
            state[op.dest] = v.Dotted(value.__name__)
        else:
            state[op.dest] = v.Const(value)
        return node.next

    def _load(self, index: int, node: Node, op: g.Load, state: State) -> int:
        name = op.name
        if name in state:
            state[op.dest] = state[name]
            return node.next
        if name in self.code.local_names and self.code.kind in (Kind.FUNCTION, Kind.LAMBDA):
            place = node.place
            while place is not None and place.kind not in ("finally", "handler"):
                place = place.outer
            if place is not None and name not in self.code.tested:
                self.fail(index, state, Flight("UnboundLocalError"))
                return DEAD
            if place is not None:
                self.fail(index, state, Flight("UnboundLocalError"))
                return DEAD
            state[op.dest] = UNKNOWN
            return node.next
        if ("^", name) in state:
            state[op.dest] = state["^", name]
        elif ("G", name) in state:
            state[op.dest] = state["G", name]
        else:
            found = self.project.lookup(self.module, name)
            if isinstance(found, v.Sym) and self.code.kind is not Kind.MODULE:
                found = v.Sym(("free", name))
            state[op.dest] = found
        return node.next

    def _store(self, index: int, node: Node, op: g.Store, state: State) -> int:
        value = state.get(op.src, UNKNOWN)
        key: object = op.name
        if op.name in self.code.global_names:
            key = ("G", op.name)
        elif op.name in self.code.nonlocal_names:
            key = ("^", op.name)
        if isinstance(value, v.Const) and op.name not in self.code.tested and value.value is not None:
            value = UNKNOWN
        old = state.get(key)
        state[key] = value
        if old is not None and old != value:
            self.lose(key, old, state, index)
        return node.next

    def _forget(self, index: int, node: Node, op: g.Forget, state: State) -> int:
        state.pop(op.name, None)
        return node.next

    def _move(self, index: int, node: Node, op: g.Move, state: State) -> int:
        state[op.dest] = state.get(op.src, UNKNOWN)
        return node.next

    def _get_attr(self, index: int, node: Node, op: g.GetAttr, state: State) -> int:
        return self.attribute(index, node, state.get(op.obj, UNKNOWN), op.attr, op.dest, state)

    def attribute(self, index: int, node: Node, base: object, attr: str, dest: int, state: State) -> int:
        match base:
            case v.Dotted(name=name):
                state[dest] = v.Dotted(f"{name}.{attr}")
            case Ref():
                state[dest] = self._file_attribute(base, attr, state)
            case v.Inst(klass=klass, ident=ident):
                if ("@", ident, attr) in state:
                    state[dest] = state["@", ident, attr]
                    return node.next
                method = self.project.method(klass, attr)
                if method is None:
                    state[dest] = v.Member(base, attr)
                    return node.next
                bound = v.Func(method.module, method.qualname, method.code, base)
                code = self.project.code(bound)
                if code is not None and any(d.split(".")[-1] in _PROPERTIES for d in code.decorators):
                    return self.call_function(index, node, bound, (), (), dest, state)
                state[dest] = bound
            case v.Klass():
                key = ("@", ("class", base), attr)
                method = self.project.method(base, attr)
                state[dest] = state.get(key) or method or v.Member(base, attr)
            case _:
                assert base is not None
                state[dest] = v.Member(base, attr)  # type: ignore[arg-type]
        return node.next

    def _file_attribute(self, base: Ref, attr: str, state: State) -> Value:
        known = state.get(("@", base, attr))
        if known is not None:
            return known  # type: ignore[return-value]
        if base.role is Role.HANDLE and attr == "name":
            return Ref(base.obj, Role.PATH)
        if attr == "parent":
            if base.role is Role.CHILD:
                return Ref(base.obj, Role.PATH)
            if base.role is Role.PATH:
                return Ref(base.obj, Role.PARENT)
        if base.role in (Role.PATH, Role.CHILD) and attr in ("name", "stem", "suffix"):
            return UNKNOWN
        return v.Member(base, attr)

    def _set_attr(self, index: int, node: Node, op: g.SetAttr, state: State) -> int:
        base, value = state.get(op.obj, UNKNOWN), state.get(op.src, UNKNOWN)
        match base:
            case v.Inst(ident=ident):
                key: object = ("@", ident, op.attr)
            case v.Klass():
                key = ("@", ("class", base), op.attr)
            case Ref():
                key = ("@", base, op.attr)
            case _:
                self.forget_about(v.Member(base, op.attr), state)  # type: ignore[arg-type]
                return node.next
        self.forget_about(v.Member(base, op.attr), state)
        old = state.get(key)
        state[key] = value
        if old is not None and old != value:
            self.lose(key, old, state, index)
        return node.next

    def _remove(self, index: int, node: Node, op: g.Remove, state: State) -> int:
        base = state.get(op.obj, UNKNOWN)
        if op.attr is not None and isinstance(base, v.Inst):
            state.pop(("@", base.ident, op.attr), None)
        return node.next

    # -- transfer: containers and text ------------------------------------------------------------

    def ident(self, index: int) -> object:
        """A name for what the operation makes, distinct between bodies."""
        return (self.code.qualname, self.depth, index)

    def new_box(self, index: int, kind: str, held: tuple[tuple[object, Value], ...], state: State) -> v.Box:
        box = v.Box(self.ident(index), kind)
        state["#", box] = held
        state.pop(("open", box), None)
        return box

    def _build(self, index: int, node: Node, op: g.Build, state: State) -> int:
        items = [state.get(i, UNKNOWN) for i in op.items]
        if op.kind == "slice":
            state[op.dest] = UNKNOWN
            return node.next
        if op.kind == "tuple" and not op.starred:
            state[op.dest] = v.Seq(tuple(items))  # type: ignore[arg-type]
            return node.next
        held: list[tuple[object, Value]] = []
        for position, item in enumerate(items):
            if position in op.starred:
                held += [(None, i) for i in self.elements(item, state)]
                continue
            key: object = position
            if op.kind == "dict":
                known = state.get(op.keys[position], UNKNOWN)
                key = known.value if isinstance(known, v.Const) else None
            held.append((key, item))  # type: ignore[arg-type]
        box = self.new_box(index, op.kind, (), state)
        if any(self._worth_holding(i) for _, i in held) and len(held) <= 12:
            state["#", box] = tuple(held)
        elif held:
            state["#", box] = tuple((k, i) for k, i in held if self._worth_holding(i))
            state["open", box] = True
        state[op.dest] = box
        return node.next

    def _worth_holding(self, item: object) -> bool:
        return isinstance(item, Ref | v.Seq | v.Box | v.Inst | v.Func | v.Partial | v.Object)

    def elements(self, container: object, state: State) -> list[Value]:
        """What iterating over a container can give, as far as known."""
        match container:
            case v.Seq(items=items):
                return list(items)
            case v.Box() | v.Global() | v.Member() | v.Object():
                return [i for _, i in state.get(("#", container), ())]  # type: ignore[attr-defined]
            case v.Iteration(source=source):
                return self.elements(source, state)
        return []

    def put(self, container: object, key: object, item: object, state: State) -> None:
        """Add an element to a container; only what can lead to a file is kept."""
        slot = ("#", container)
        state["open", container] = True
        if not self._worth_holding(item):
            return
        held = tuple(state.get(slot, ()))  # type: ignore[arg-type]
        if key is not None:
            held = tuple(pair for pair in held if pair[0] != key)
        if (key, item) not in held:
            state[slot] = (*held, (key, item))

    def _add(self, index: int, node: Node, op: g.Add, state: State) -> int:
        self.put(state.get(op.container, UNKNOWN), None, state.get(op.item, UNKNOWN), state)
        return node.next

    def _get_item(self, index: int, node: Node, op: g.GetItem, state: State) -> int:
        base, key = state.get(op.obj, UNKNOWN), state.get(op.index, UNKNOWN)
        state[op.dest] = self.item_of(base, key, state)
        return node.next

    def item_of(self, base: object, key: object, state: State) -> Value:
        constant = key.value if isinstance(key, v.Const) else None
        match base:
            case v.Seq(items=items):
                if isinstance(constant, int) and -len(items) <= constant < len(items):
                    return items[constant]
                return next((i for i in items if self.holds(i, state)), UNKNOWN)
            case v.Box() | v.Global() | v.Member():
                held: tuple[tuple[object, Value], ...] = state.get(("#", base), ())  # type: ignore[assignment]
                if constant is not None:
                    for known, item in held:
                        if known == constant and type(known) is type(constant):
                            return item
                    if isinstance(constant, int) and base.kind == "list" if isinstance(base, v.Box) else False:
                        positions = [item for _, item in held]
                        if -len(positions) <= constant < len(positions):
                            return positions[constant]
                for known, item in held:
                    if (known is None or constant is None) and self.holds(item, state):
                        return item
            case Ref():
                return UNKNOWN
        hashable = constant if isinstance(key, v.Const) else key
        return v.Item(base, hashable)  # type: ignore[arg-type]

    def _set_item(self, index: int, node: Node, op: g.SetItem, state: State) -> int:
        base = state.get(op.obj, UNKNOWN)
        key = state.get(op.index, UNKNOWN)
        value = state.get(op.src, UNKNOWN)
        constant = key.value if isinstance(key, v.Const) else None
        return self.keep_in(index, node, base, constant, value, state)

    def keep_in(self, index: int, node: Node, container: object, key: object, value: object, state: State) -> int:
        """Put a value into a container: a local one owns it, one that came from outside takes it away."""
        match container:
            case v.Box():
                self.put(container, key, value, state)
            case v.Item(base=v.Box() as box):
                self.put(box, None, value, state)
            case v.Member(base=v.Inst()) | v.Global() | v.Member(base=v.Klass()):
                self.put(container, key, value, state)
            case v.Sym() | v.Item() | v.Member():
                if self.alive(state) and self.holds(value, state) and not self._is_environment(container):
                    return self.happen("escaped", index, "kept in a container of the caller")
        return node.next

    def _is_environment(self, container: object) -> bool:
        return isinstance(container, v.Dotted) or (
            isinstance(container, v.Member | v.Sym) and "env" in str(getattr(container, "attr", container)).lower()
        )

    def _text(self, index: int, node: Node, op: g.Text, state: State) -> int:
        parts = [p if isinstance(p, str) else state.get(p, UNKNOWN) for p in op.parts]
        state[op.dest] = self.joined([p for p in parts if p != ""])
        return node.next

    def joined(self, parts: list[object]) -> Value:
        """The text made of these pieces: the same path, one below it, one beside it, or a text that has it."""
        pieces = [p.value if isinstance(p, v.Const) and isinstance(p.value, str) else p for p in parts]
        refs = [p for p in pieces if isinstance(p, Ref) and p.role in _PATHLIKE]
        if not refs:
            return UNKNOWN
        ref = refs[0]
        if len(pieces) == 1:
            return ref
        if pieces[0] is not ref:
            head = pieces[0].split() if isinstance(pieces[0], str) else []
            return Ref(ref.obj, Role.COMMAND if head and head[0] in releases.SHELL_DELETERS else Role.TEXT)
        second = pieces[1]
        if isinstance(second, str) and second[:1] in "/\\":
            return Ref(ref.obj, Role.CHILD)
        if isinstance(second, v.Dotted) and second.name in ("os.sep", "os.path.sep"):
            return Ref(ref.obj, Role.CHILD)
        if ref.role is Role.CHILD:
            return ref
        return Ref(ref.obj, Role.SIBLING)

    def _binary(self, index: int, node: Node, op: g.Binary, state: State) -> int:
        left, right = state.get(op.left, UNKNOWN), state.get(op.right, UNKNOWN)
        state[op.dest] = self._combined(index, op.operator, left, right, state)
        return node.next

    def _combined(self, index: int, operator: str, left: object, right: object, state: State) -> Value:
        match operator:
            case "Divide" | "Divide=":
                if isinstance(left, Ref) and left.role in _PATHLIKE:
                    return Ref(left.obj, Role.CHILD)
                if isinstance(right, Ref) and right.role in _PATHLIKE:
                    return right
            case "Add" | "Add=":
                if isinstance(left, v.Box):
                    if operator == "Add":
                        left = self.new_box(index, left.kind, tuple(state.get(("#", left), ())), state)  # type: ignore[arg-type]
                    for item in self.elements(right, state):
                        self.put(left, None, item, state)
                    state["open", left] = True
                    return left  # type: ignore[return-value]
                if isinstance(left, v.Seq) and isinstance(right, v.Seq):
                    return v.Seq(left.items + right.items)
                if isinstance(right, v.Box) and self.holds(right, state):
                    return right
                if isinstance(left, v.Global | v.Member) and self.elements(right, state):
                    for item in self.elements(right, state):
                        self.put(left, None, item, state)
                    return left
                return self.joined([left, right])
            case "Modulo":
                if isinstance(left, v.Const):
                    items = list(right.items) if isinstance(right, v.Seq) else [right]
                    if left.value == "%s" and len(items) == 1:
                        return self.joined(items)
                    pieces: list[object] = []
                    for position, piece in enumerate(str(left.value).split("%s")):
                        pieces += [piece] if piece else []
                        pieces += items[position : position + 1]
                    return self.joined(pieces)
            case "unary":
                return UNKNOWN
        return UNKNOWN

    def _compare(self, index: int, node: Node, op: g.Compare, state: State) -> int:
        left, right = state.get(op.left, UNKNOWN), state.get(op.right, UNKNOWN)
        state[op.dest] = self._compared(op.operator, left, right, state)
        return node.next

    def _compared(self, operator: str, left: object, right: object, state: State) -> Value:
        if operator in ("is not", "!=", "not in"):
            positive = {"is not": "is", "!=": "==", "not in": "in"}[operator]
            outcome = self._compared(positive, left, right, state)
            if isinstance(outcome, v.Const):
                return v.Const(not outcome.value)
            return v.Test("not", outcome, outcome)
        if operator in ("is", "=="):
            if isinstance(left, v.Const) and isinstance(right, v.Const):
                return v.Const(left.value == right.value and (operator == "==" or type(left.value) is type(right.value)))
            if left == right and not (isinstance(left, v.Sym) and left.key is None):
                return v.TRUE
            for one, other in ((left, right), (right, left)):
                if isinstance(one, v.Const) and isinstance(other, _NEVER_CONSTANT):
                    return v.FALSE
        if operator == "in" and isinstance(left, v.Const) and isinstance(right, v.Sym) and right.key == "locals":
            return v.Const(left.value in state or any(p.name == left.value for p in self.code.params))
        if operator == "in" and isinstance(right, v.Box) and self.holds(left, state):
            if any(item == left for item in self.elements(right, state)):
                return v.TRUE
        if left == UNKNOWN or right == UNKNOWN:
            return UNKNOWN
        return v.Test(operator, left, right)  # type: ignore[arg-type]

    def _not(self, index: int, node: Node, op: g.Not, state: State) -> int:
        inner = state.get(op.src, UNKNOWN)
        known = self.truth(inner, state)
        if known is not None:
            state[op.dest] = v.Const(not known)
        else:
            state[op.dest] = v.Test("not", inner, inner)  # type: ignore[arg-type]
        return node.next

    def _unpack(self, index: int, node: Node, op: g.Unpack, state: State) -> int:
        src = state.get(op.src, UNKNOWN)
        known: list[Value] | None = None
        if isinstance(src, v.Seq):
            known = list(src.items)
        elif isinstance(src, v.Box) and ("open", src) not in state:
            known = self.elements(src, state) or None
        if known is not None and op.star is None and len(known) == len(op.dests):
            for dest, item in zip(op.dests, known, strict=True):
                state[dest] = item
            return node.next
        if known is not None and op.star is not None and len(known) >= len(op.dests) - 1:
            after = len(op.dests) - op.star - 1
            middle = known[op.star : len(known) - after]
            flat = [*known[: op.star], v.Seq(tuple(middle)), *known[len(known) - after :]]
            for dest, item in zip(op.dests, flat, strict=True):
                state[dest] = item
            return node.next
        holding = [i for i in self.elements(src, state) if self.holds(i, state)]
        for position, dest in enumerate(op.dests):
            state[dest] = v.Item(src, position) if src != UNKNOWN and not holding else UNKNOWN  # type: ignore[arg-type]
        if holding:
            state[op.dests[0]] = holding[0]
        return node.next

    # -- transfer: control ------------------------------------------------------------------------

    def _branch(self, index: int, node: Node, op: g.Branch, state: State) -> int:
        value = state.get(op.cond, UNKNOWN)
        known = self.truth(value, state)
        if known is not None:
            return node.next if known else node.alt
        self.note_test(value, node.span)
        if self.options.quiet and isinstance(value, v.Member) and isinstance(value.base, v.Member):
            state["$setting"] = True  # a setting of another object decides here
        self.result.conditions.setdefault(index, value)  # type: ignore[arg-type]
        other = dict(state)
        self.assume(value, False, other)  # type: ignore[arg-type]
        self.push(node.alt, other, index, "alt")
        self.assume(value, True, state)  # type: ignore[arg-type]
        self.push(node.next, state, index, "next")
        return DEAD

    def _choice(self, index: int, node: Node, op: g.Choice, state: State) -> int:
        self.push(node.alt, dict(state), index, "alt")
        self.push(node.next, state, index, "next")
        return DEAD

    def _iterate(self, index: int, node: Node, op: g.Iterate, state: State) -> int:
        src = state.get(op.src, UNKNOWN)
        if isinstance(src, v.Iteration):
            src = src.source
        state[op.dest] = v.Iteration(src, index)  # type: ignore[arg-type]
        state.pop(("i", index), None)
        state.pop(("seen", index), None)
        if op.nonempty:
            state["first", index] = True
        else:
            state.pop(("first", index), None)
        if op.awaits or self._iterates_call(src):
            self.risk(index, state)
        return node.next

    def _iterates_call(self, src: object) -> bool:
        """Iterating over a name is benign; over what a call just gave (a generator, a cursor, a file) it isn't."""
        return isinstance(src, v.Partial)

    def _next(self, index: int, node: Node, op: g.Next, state: State) -> int:
        iterator = state.get(op.iterator, UNKNOWN)
        if op.awaits and not self.is_quiet(node):
            self.fail(index, state)
            self.fail(index, state, Flight(CANCELLED))
        if isinstance(iterator, v.Iteration):
            if isinstance(iterator.source, v.Partial) and not op.awaits:
                self.risk(index, state)
            if isinstance(iterator.source, v.Seq):
                return self._next_of_known(index, node, op, iterator, state)
            if isinstance(iterator.source, v.Box) and ("open", iterator.source) not in state:
                known = self.elements(iterator.source, state)
                if known:
                    listed = v.Iteration(v.Seq(tuple(known)), iterator.ident)
                    return self._next_of_known(index, node, op, listed, state)
            if self.alive(state) and any(self.holds(i, state) for i in self.elements(iterator.source, state)):
                return self._next_of_holder(index, node, op, iterator, state)
        first = state.pop(("first", iterator.ident if isinstance(iterator, v.Iteration) else -1), None)
        if not first:
            self.push(node.alt, dict(state), index, "alt")
        element = v.Sym(("element", self.ident(index)))
        self.forget_about(element, state)
        state[op.dest] = element
        return node.next

    def _next_of_known(self, index: int, node: Node, op: g.Next, iterator: v.Iteration, state: State) -> int:
        assert isinstance(iterator.source, v.Seq)
        position = state.get(("i", iterator.ident), 0)
        assert isinstance(position, int)
        if position >= len(iterator.source.items):
            state.pop(("i", iterator.ident), None)
            return node.alt
        state["i", iterator.ident] = position + 1
        state[op.dest] = iterator.source.items[position]
        return node.next

    def _next_of_holder(self, index: int, node: Node, op: g.Next, iterator: v.Iteration, state: State) -> int:
        """The container holds the tracked file: some round gives it, the others give strangers."""
        if ("seen", iterator.ident) in state:
            after = dict(state)
            after.pop(("seen", iterator.ident))
            self.push(node.alt, after, index, "alt")
        else:
            mine = dict(state)
            mine["seen", iterator.ident] = True
            held = next(i for i in self.elements(iterator.source, state) if self.holds(i, state))
            mine[op.dest] = held
            self.push(node.next, mine, index, "next")
        state[op.dest] = _stranger(
            next((i for i in self.elements(iterator.source, state) if self.holds(i, state)), UNKNOWN)
        )
        self.push(node.next, state, index, "next")
        return DEAD

    def _raise(self, index: int, node: Node, op: g.Raise, state: State) -> int:
        value = state.get(op.src, UNKNOWN)
        if isinstance(value, Flight):
            flight = value
        else:
            names = self.exception_names(value)
            flight = Flight(names[0]) if names[0] != "?" else ANY
        self.fail(index, state, flight)
        return DEAD

    def _reraise(self, index: int, node: Node, op: g.Reraise, state: State) -> int:
        flight = state.get(op.error, ANY)
        self.fail(index, state, flight if isinstance(flight, Flight) else ANY)
        return DEAD

    def _caught(self, index: int, node: Node, op: g.Caught, state: State) -> int:
        state[op.dest] = state.pop("$exc", ANY)
        return node.next

    def _catches(self, index: int, node: Node, op: g.Catches, state: State) -> int:
        flight = state.get(op.error, ANY)
        if op.types is None or not isinstance(flight, Flight):
            return node.next
        match, narrowed = self.matching(self.exception_names(state.get(op.types, UNKNOWN)), flight)
        if match is Match.NO:
            return node.alt
        if match is Match.MAYBE:
            self.push(node.alt, dict(state), index, "alt")
        state[op.error] = narrowed
        return node.next

    def _await(self, index: int, node: Node, op: g.Await, state: State) -> int:
        self.fail(index, state)
        self.fail(index, state, Flight(CANCELLED))
        state[op.dest] = state.get(op.src, UNKNOWN)
        return node.next

    def _yield(self, index: int, node: Node, op: g.Yield, state: State) -> int:
        value = state.get(op.src, UNKNOWN)
        state[op.dest] = UNKNOWN
        if self.mode == "fixture":
            self.result.lent.append(value)  # type: ignore[arg-type]
            return node.next
        if not self.alive(state):
            return node.next
        if self.mode == "manager":
            self.result.lent.append(value)  # type: ignore[arg-type]
            self.fail(index, state)
            if self.code.is_async:
                self.fail(index, state, Flight(CANCELLED))
            return node.next
        if self.mode == "coroutine":
            self.fail(index, state)
            return node.next
        if self.holds(value, state):
            # A plain generator that hands the file out: lent if it deletes it later, else given away.
            state["$lent"] = True
        self.fail(index, state, Flight("GeneratorExit"))
        return node.next

    def _return(self, index: int, node: Node, op: g.Return, state: State) -> int:
        return node.next

    def _jump(self, index: int, node: Node, op: g.Jump, state: State) -> int:
        return node.next

    def _make_function(self, index: int, node: Node, op: g.MakeFunction, state: State) -> int:
        state[op.dest] = v.Func(self.module.key, op.code.qualname, op.code)
        return node.next

    def _make_class(self, index: int, node: Node, op: g.MakeClass, state: State) -> int:
        state[op.dest] = v.Klass(self.module.key, op.shape.qualname, op.shape)
        return node.next

    def _import(self, index: int, node: Node, op: g.Import, state: State) -> int:
        from tmpleak_lint.reading.skeleton import ImportedName

        state[op.dest] = v.Dotted(self.module.absolute(ImportedName(op.module, op.attr, op.level)))
        return node.next

    def _exit(self, index: int, node: Node, op: g.Exit, state: State) -> int:
        if self.alive(state) or self.tracked is None:
            if not op.raised:
                state[RESULT] = state.get(self.code.result, v.NONE)
            self.result.ends.append(End(op.raised, state, self.item))
        return DEAD

    # What calls, enters and leaves mean stands in `calls` and `managers`.
    _call: Callable[..., int]
    _enter: Callable[..., int]
    _leave: Callable[..., int]
    call_function: Callable[..., int]


_SWEPT = frozenset({"#", "@", "open", "entered", "i", "seen", "first"})
_BLENDING = (v.Sym, v.Member, v.Item, v.Test, v.Global)
_HOLDING = frozenset({Role.PATH, Role.HANDLE, Role.WRAP, Role.TEXT})
_PATHLIKE = frozenset({Role.PATH, Role.CHILD, Role.PARENT, Role.SIBLING, Role.TEXT})
_NEVER_CONSTANT = (Ref, v.Func, v.Klass, v.Inst, v.Object, v.Seq, v.Box, v.Flight, v.Partial)
_PROPERTIES = frozenset({"property", "cached_property", "lazy_property", "cachedproperty"})


def _loaded_names(code: Code) -> frozenset[str]:
    names = {n.op.name for n in code.nodes if isinstance(n.op, g.Load)}
    for inner in code.nested:
        names |= _loaded_names(inner)
    return frozenset(names) - code.local_names


def _mentions(value: object, part: object) -> bool:
    if value == part:
        return True
    match value:
        case v.Member(base=base) | v.Item(base=base):
            return _mentions(base, part)
        case v.Test(left=left, right=right):
            return _mentions(left, part) or _mentions(right, part)
    return False


def _stranger(value: Value) -> Value:
    """The same kind of value, naming another file from the same site."""
    match value:
        case Ref(obj=TRACKED, role=role):
            return Ref(1, role)
        case v.Seq(items=items):
            return v.Seq(tuple(_stranger(i) for i in items))
    return UNKNOWN


_TRANSFER: dict[type, Callable[..., int]] = {
    g.Const: Walker._const,
    g.Load: Walker._load,
    g.Store: Walker._store,
    g.Forget: Walker._forget,
    g.Move: Walker._move,
    g.GetAttr: Walker._get_attr,
    g.SetAttr: Walker._set_attr,
    g.GetItem: Walker._get_item,
    g.SetItem: Walker._set_item,
    g.Remove: Walker._remove,
    g.Build: Walker._build,
    g.Add: Walker._add,
    g.Text: Walker._text,
    g.Binary: Walker._binary,
    g.Compare: Walker._compare,
    g.Not: Walker._not,
    g.Unpack: Walker._unpack,
    g.Call: lambda self, *rest: self._call(*rest),
    g.Branch: Walker._branch,
    g.Choice: Walker._choice,
    g.Iterate: Walker._iterate,
    g.Next: Walker._next,
    g.Enter: lambda self, *rest: self._enter(*rest),
    g.Leave: lambda self, *rest: self._leave(*rest),
    g.Raise: Walker._raise,
    g.Reraise: Walker._reraise,
    g.Caught: Walker._caught,
    g.Catches: Walker._catches,
    g.Await: Walker._await,
    g.Yield: Walker._yield,
    g.Return: Walker._return,
    g.Jump: Walker._jump,
    g.MakeFunction: Walker._make_function,
    g.MakeClass: Walker._make_class,
    g.Import: Walker._import,
    g.Exit: Walker._exit,
}

