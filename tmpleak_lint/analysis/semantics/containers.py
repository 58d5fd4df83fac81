"""Lists, dicts, tuples and what stands for them: what is put in, what comes out, who owns the container."""

from __future__ import annotations

from collections.abc import Sequence

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, Contents, Held
from tmpleak_lint.analysis.domain.state import State, alive, contents, is_attributes
from tmpleak_lint.analysis.domain.values import UNKNOWN, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.receivers import CONTAINER as WRITTEN_OUT
from tmpleak_lint.analysis.queries.receivers import names_of, origin_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.semantics.holding import elements, is_only_said, lose, untracked_of, worth_holding
from tmpleak_lint.analysis.semantics.lending import is_dealt_with_later
from tmpleak_lint.analysis.semantics.raising import refuse
from tmpleak_lint.analysis.semantics.temproot import set_variable
from tmpleak_lint.bounds import TOLD_APART
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.exceptions import NOT_THERE
from tmpleak_lint.knowledge.model import CONTAINER, Handling, Holds
from tmpleak_lint.knowledge.words import (
    MESSAGE_KEYS,
    PROGRAM_RUNNERS,
    REGISTRY_ENDINGS,
    SET_TYPES,
    SHELL_DELETERS,
    SHELLS,
)

_PROGRAMS = SHELL_DELETERS | PROGRAM_RUNNERS | SHELLS
AS_KEY = ("as a key",)  # stands for the key, where the element is one itself
_NOT_THERE = -1  # the place of what a container doesn't hold
IN_THERE = "[]"  # the name under which a container of somebody else has another one


def new_box(explorer: Explorer, node: Node, kind: g.Display, held: Held, state: State) -> v.Box:
    """A container that the operation makes, with these things in it and no others."""
    names = explorer.set_apart(explorer.ident(node), state)
    held = v.renamed(held, names) if names else held
    box = v.Box(explorer.ident(node), kind)
    state.fill(box, held)
    state.close_up(box)
    return box


def on_build(explorer: Explorer, node: Node, op: g.Build, state: State) -> int:
    items = [state.get(i, UNKNOWN) for i in op.items]
    if op.kind == "slice":
        state[op.dest] = v.Object("slice", explorer.ident(node))
        return node.next
    if op.kind == "tuple" and not op.starred:
        state[op.dest] = v.Seq(tuple(items))
        return node.next
    held: list[tuple[object, Value]] = []
    is_known = True
    for position, item in enumerate(items):
        if position in op.starred:
            held += [(None, i) for i in elements(item, state)]
            is_known &= isinstance(item, v.Seq) or (isinstance(item, v.Box) and not state.is_open(item))
            continue
        key: object = position
        if op.kind == "dict":
            known = state.get(op.keys[position], UNKNOWN)
            key = known.value if isinstance(known, v.Const) else None
            held += [(AS_KEY, known)] if isinstance(known, Ref) else ()
        held.append((key, item))
    state[op.dest] = filled_box(explorer, node, op.kind, held, state, is_known=is_known)
    return node.next


def filled_box(
    explorer: Explorer,
    node: Node,
    kind: g.Display,
    held: Sequence[tuple[object, Value]],
    state: State,
    *,
    is_known: bool,
) -> v.Box:
    """A container that the operation makes of these things; `is_known`: there are no others. Of many things, and of
    what can't lead to a file, only that they are there is known."""
    is_known &= len(held) <= TOLD_APART and (
        not held or _begins_command(held[0][1]) or any(worth_holding(i) for _, i in held)
    )
    kept = tuple(pair for pair in held if is_known or worth_holding(pair[1]))
    box = new_box(explorer, node, kind, kept, state)
    if not is_known:
        state.leave_open(box)
    return box


def _begins_command(first: Value) -> bool:
    """Whether a list of words may become a command that deletes."""
    return isinstance(first, v.Const) and first.value in _PROGRAMS


def put(container: Value, key: object, item: Value, state: State) -> None:
    """Add an element to a container, in the place of what has its key; only what can lead to a file is kept."""
    state.leave_open(container)
    held = contents(container, state)
    others = tuple(pair for pair in held if pair[0] != key) if key is not None else held
    if worth_holding(item):
        state.add(container, others, (key, item))
    elif len(others) < len(held):
        state.fill(container, others)


def on_add(explorer: Explorer, node: Node, op: g.Add, state: State) -> int:
    put(state.get(op.container, UNKNOWN), None, state.get(op.item, UNKNOWN), state)
    return node.next


def on_get_item(explorer: Explorer, node: Node, op: g.GetItem, state: State) -> int:
    base, key = state.get(op.obj, UNKNOWN), state.get(op.index, UNKNOWN)
    if isinstance(key, v.Object) and key.kind == "slice":
        key = UNKNOWN
        if isinstance(base, Ref):
            # A path below it, cut short: perhaps all that is left is the directory itself.
            short = Role.PARENT if base.role is Role.CHILD else None
            role = Role.STEM if base.role is Role.PATH else short
            state[op.dest] = Ref(base.obj, role) if role is not None else UNKNOWN
            return node.next
        if isinstance(base, v.Seq | v.Box | v.Global | v.Member) and elements(base, state):
            # Another list: what is taken out of the first while this one is iterated over changes nothing.
            copy = new_box(explorer, node, "list", tuple((None, i) for i in elements(base, state)), state)
            state.leave_open(copy)
            state[op.dest] = copy
            return node.next
    refuse(explorer, node, state, NOT_THERE)
    state[op.dest] = item_of(explorer, base, key, state)
    return node.next


def item_of(explorer: Explorer, base: Value, key: object, state: State) -> Value:
    """What `base[key]` is; of an unknown key the tracked file, where the container has it."""
    constant = key.value if isinstance(key, v.Const) else None
    match base:
        case v.Seq(items=items):
            if isinstance(constant, int) and -len(items) <= constant < len(items):
                return items[constant]
            return next(
                (i for i in items if explorer.holds(i, state)), _callable_of(explorer, items) or UNKNOWN
            )
        case v.Sym() | v.Item():
            for known, item in contents(base, state):
                if _is_key(known, constant):
                    return item
        case v.Box() | v.Global() | v.Member():
            held = contents(base, state)
            if constant is not None:
                for known, item in held:
                    if _is_key(known, constant):
                        return item
                if isinstance(constant, int) and isinstance(base, v.Box) and base.kind == "list":
                    positions = [item for _, item in held]
                    if -len(positions) <= constant < len(positions):
                        return positions[constant]
            for known, item in held:
                if (known is None or constant is None) and explorer.holds(item, state):
                    return item
            found = explorer.project.in_table(base, ... if constant is None else constant)
            if found is None and constant is None and not state.is_open(base):
                found = _callable_of(explorer, [item for _, item in held])
            if found is not None:
                return found
            if isinstance(constant, str) and is_attributes(base) and isinstance(base, v.Member):
                return v.Member(base.base, constant)
        case Ref():
            return UNKNOWN
    hashable = constant if isinstance(key, v.Const) else key
    return v.Item(base, hashable)


def _callable_of(explorer: Explorer, items: Sequence[Value]) -> Value | None:
    """The choice between what a container holds, where these are callables."""
    return v.one_of(items) if items and all(map(explorer.project.is_callable, items)) else None


def on_set_item(explorer: Explorer, node: Node, op: g.SetItem, state: State) -> int:
    base = state.get(op.obj, UNKNOWN)
    key = state.get(op.index, UNKNOWN)
    value = state.get(op.src, UNKNOWN)
    constant = key.value if isinstance(key, v.Const) else None
    set_variable(base, constant, value, state)
    if isinstance(key, Ref) and isinstance(base, v.Box | v.Global | v.Member) and explorer.holds(key, state):
        state.leave_open(base)
        state.add(base, contents(base, state), (AS_KEY, key))
    return keep_in(explorer, node, base, constant, value, state)


def keep_in(
    explorer: Explorer, node: Node, container: object, key: object, value: Value, state: State
) -> int:
    """Put a value into a container: a local one owns it, one that came from outside takes it away."""
    if key in MESSAGE_KEYS and is_only_said(explorer, value, state):
        return node.next  # that something is said of it gives it to nobody
    if isinstance(container, v.Dotted) and explorer.holds(value, state):
        found = explorer.project.find(explorer.module, container.name)  # one of another module
        container = found if isinstance(found, v.Global) else container
    match container:
        case v.Box():
            put(container, key, value, state)
        case v.Member(base=v.Inst(ident=ident)) if is_attributes(container) and isinstance(key, str):
            state.put(Attribute(ident, key), value)
        case v.Item(base=v.Box() as box):
            # One of the containers in there, of which it isn't known by which key it was put there.
            inner = [item for at, item in contents(box, state) if at is None and isinstance(item, v.Box)]
            put(inner[-1] if inner else box, None, value, state)
        case v.Member(base=v.Inst() | v.Klass() | v.Global()) | v.Global():
            put(container, key, value, state)
        case v.Sym() | v.Item() | v.Member():
            holds = alive(state) and explorer.holds(value, state) and not is_environment(container)
            if holds and not is_dealt_with_later(explorer, node):
                return explorer.discharge("escaped", node, "kept in a container of the caller")
            if (holds and key is not None) or contents(container, state):
                # It is asked for by that key, or something else is there now.
                put(container, key, value, state)
            if isinstance(value, v.Box) and not is_environment(container):
                state.put(Attribute(container, IN_THERE), value)  # what is put into it later is there, too
    return node.next


def is_given_away(explorer: Explorer, state: State) -> bool:
    """Whether a container that was put into one of somebody else holds the file by now."""
    return any(slot.name == IN_THERE and explorer.holds(value, state) for slot, value in state.attributes())


def is_environment(container: object) -> bool:
    """Whether a container is the process's environment, or is called so: it only borrows."""
    return isinstance(container, v.Dotted) or (
        isinstance(container, v.Member | v.Sym)
        and "env" in str(getattr(container, "attr", container)).lower()
    )


def on_unpack(explorer: Explorer, node: Node, op: g.Unpack, state: State) -> int:
    src = state.get(op.src, UNKNOWN)
    known: list[Value] | None = None
    if isinstance(src, v.Seq):
        known = list(src.items)
    elif isinstance(src, v.Box) and not state.is_open(src):
        known = elements(src, state) or None
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
    holding = [i for i in elements(src, state) if explorer.holds(i, state)]
    for position, dest in enumerate(op.dests):
        state[dest] = v.Item(src, position) if src != UNKNOWN and not holding else UNKNOWN
    if holding:
        state[op.dests[0]] = holding[0]
    return node.next


def container_method(explorer: Explorer, call: Call, base: Value, state: State) -> int | None:
    """append, pop and the like; None when it is none of them after all."""
    holds = explorer.knowledge.effect(f"{CONTAINER}.{call.name}", Holds)
    if holds is None:
        return None
    how = holds.how
    state[call.dest] = UNKNOWN
    if (
        call.name == "add"
        and not isinstance(base, v.Box)
        and not is_registry(base)
        and not _is_set(explorer, call)
    ):
        return None  # archive.add(path) and the like only borrow
    if how is Handling.PUTS and (len(call.args) > holds.at or not holds.at):
        item = call.args[holds.at] if call.args else UNKNOWN
        if not holds.unless_there:
            return keep_in(explorer, call.node, base, None, item, state)
        asked = call.args[0]
        constant = asked.value if isinstance(asked, v.Const) else None
        there = [held for known, held in contents(base, state) if _is_key(known, constant)]
        state[call.dest] = there[-1] if there else item
        return call.node.next if there else keep_in(explorer, call.node, base, constant, item, state)
    if how is Handling.PUTS_EACH:
        given = [(None, item) for item in elements(call.args[0], state)] if call.args else []
        for key, item in (*given, *call.keywords):
            if keep_in(explorer, call.node, base, key, item, state) == DEAD:
                return DEAD
        return call.node.next
    if not isinstance(base, v.Box | v.Global | v.Member):
        return None
    held = contents(base, state)
    if how is Handling.TAKES:
        return _take(explorer, call, base, held, state)
    if how in (Handling.VIEWS, Handling.COPIES, Handling.PAIRS, Handling.KEYS):
        pairs = tuple((None, seen) for pair in held if (seen := _seen_as(*pair, how)) is not None)
        box = new_box(explorer, call.node, "list", pairs, state)
        if state.is_open(base) or not held:
            state.leave_open(box)
        state[call.dest] = box
        return call.node.next
    if how is Handling.LOOKS_UP and call.args:
        state[call.dest] = item_of(explorer, base, call.args[0], state)
        return call.node.next
    if how is Handling.EMPTIES:
        lose(explorer, call.node, Contents(base), base, state)
        state.fill(base, ())
        return call.node.next
    if how is Handling.REMOVES and call.args and isinstance(call.args[0], Ref):
        state.fill(base, tuple(p for p in held if p[1] != call.args[0]))
        for value in list(state.values()):
            if isinstance(value, v.Iteration) and value.source == base:
                state.advance(
                    value.ident, state.cursor(value.ident)._replace(skips=True)
                )  # the rest moves up: the next element is passed over
        return call.node.next
    return None


def _is_set(explorer: Explorer, call: Call) -> bool:
    """Whether what the method belongs to is a set, by what makes it or by its annotation."""
    statics = names_of(explorer.project, explorer.module, explorer.code)
    method = statics.made.get(call.node.op.func) if isinstance(call.node.op, g.Call) else None
    if not isinstance(method, g.GetAttr):
        return False
    return origin_of(statics, method.obj) in {WRITTEN_OUT, *SET_TYPES}


def _take(explorer: Explorer, call: Call, base: v.Box | v.Global | v.Member, held: Held, state: State) -> int:
    """An element is taken out: the one that is asked for, where that is told, else the file or another one."""
    if (own := _attribute_named(base, call)) is not None:
        state[call.dest] = item_of(explorer, base, call.args[0], state)
        state.drop(own)
        return call.node.next
    if not held:
        return call.node.next
    at = _place_taken(call, base, held, state)
    if at is not None:
        if at == _NOT_THERE:
            return call.node.next
        state[call.dest] = _taken(*held[at], call)
        rest = (*held[:at], *held[at + 1 :])
        # In a list, what stood behind it has another place now.
        in_order = isinstance(base, v.Box) and base.kind == "list"
        state.fill(base, tuple((None, item) for _, item in rest) if in_order else rest)
        return call.node.next
    mine = [pair for pair in held if explorer.holds(pair[1], state)]
    if mine and alive(state):
        taken = state.fork()
        taken.fill(base, tuple(p for p in held if p != mine[0]))
        taken.leave_open(base)
        taken[call.dest] = _taken(*mine[0], call)
        explorer.push(call.node.next, taken, call.node, "next")
        if len(held) == 1 and not state.is_open(base):
            return DEAD
        state[call.dest] = untracked_of(mine[0][1])
        return call.node.next
    state[call.dest] = held[-1][1]
    state.fill(base, held[:-1])
    return call.node.next


def _place_taken(call: Call, base: Value, held: Held, state: State) -> int | None:
    """Where what is taken out stands among what a container holds; None where that can't be told."""
    asked = call.args[0] if call.args else None
    if isinstance(base, v.Box) and base.kind == "list":
        if state.is_open(base):
            return None
        place = asked or v.Const(0 if call.name == "popleft" else -1)
        at = place.value if isinstance(place, v.Const) else None
        return at % len(held) if isinstance(at, int) and -len(held) <= at < len(held) else None
    if call.name != "pop" or not isinstance(asked, v.Const) or any(key == AS_KEY for key, _ in held):
        return None
    found = [at for at, (key, _) in enumerate(held) if _is_key(key, asked.value)]
    if found:
        return found[-1]
    return _NOT_THERE if all(key is not None for key, _ in held) else None


def _is_key(known: object, constant: object) -> bool:
    """Whether a container has something under just this key."""
    return constant is not None and known == constant and type(known) is type(constant)


def _attribute_named(base: Value, call: Call) -> Attribute | None:
    """The attribute that is taken out of an object's `__dict__` by its name."""
    match base, call.args[:1]:
        case v.Member(base=v.Inst(ident=ident)), (v.Const(value=str() as name),) if is_attributes(base):
            return Attribute(ident, name)
    return None


def _taken(key: object, item: Value, call: Call) -> Value:
    """What is taken out: `popitem()` gives a pair; who has a key asks for what belongs to it."""
    if key == AS_KEY:
        return UNKNOWN if call.args else v.Seq((item, UNKNOWN))
    return v.Seq((UNKNOWN, item)) if call.name == "popitem" else item


def _seen_as(key: object, item: Value, how: Handling) -> Value | None:
    """What a view of a container gives for something that it holds."""
    if how is Handling.KEYS:
        return item if key == AS_KEY else None
    if how is Handling.PAIRS:
        return v.Seq((item, UNKNOWN) if key == AS_KEY else (UNKNOWN, item))
    return None if key == AS_KEY and how is Handling.VIEWS else item


def is_registry(base: Value) -> bool:
    """A container of the object or module, by its name: in the plural, or a registry by its own word."""
    name = base.attr if isinstance(base, v.Member) else base.name if isinstance(base, v.Global) else ""
    return name.lower().endswith(REGISTRY_ENDINGS) or "clean" in name.lower()
