"""Calls of functions and classes of the project, and of what nothing is known about."""

from __future__ import annotations

import re

from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge import frameworks, paths, releases
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.by_text import is_plainly_risky
from tmpleak_lint.ownership.catching import is_exception_class, is_exception_name
from tmpleak_lint.ownership.holding import held_in, is_tracked_or_parent, touches
from tmpleak_lint.ownership.state import Args, Keywords, State, alive, is_heap
from tmpleak_lint.ownership.summaries import always_leaves, is_benign, is_manager, leaves_by
from tmpleak_lint.ownership.transfer.conditions import forget_about
from tmpleak_lint.ownership.transfer.inside import Inside, Outcome, walk_inside
from tmpleak_lint.ownership.transfer.registering import registers
from tmpleak_lint.ownership.values import TRACKED, Flight, Ref, Role, Value
from tmpleak_lint.ownership.walk import DEAD, Walker

# Converters of well-known libraries, whose bodies aren't at hand.
_UNSEEN_CONVERTERS = frozenset({
    "to_bytes", "to_text", "to_native", "to_str", "ensure_str", "ensure_text", "ensure_binary",
    "ensure_bytes", "force_str", "force_text", "smart_str", "safe_join", "to_unicode", "cast_unicode",
    "stringify_path", "fsdecode", "fsencode",
})  # fmt: skip


def call_function(
    walk: Walker,
    index: int,
    node: Node,
    func: v.Func,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int:
    """A function of the project: a generator is prepared, a body that the file concerns is walked in
    place."""
    everything = [*args, *(a for _, a in keywords)]
    name = func.qualname.rpartition(".")[2]
    concerned = any(touches(a) for a in everything) or is_concerned(walk, func, everything, state)
    if not concerned and is_plainly_risky(walk.project, func):
        if registers(walk, index, everything, state, name):
            return walk.happen("managed", index, name)
        walk.risk(index, state)
        return give_result(walk, index, node, func, everything, dest, state)
    code = walk.project.code(func)
    if code is None:
        return walk.opaque(index, node, name, args, keywords, dest, state)
    if (code.is_generator and not code.is_async) or is_manager(code):
        state[dest] = v.Partial(func, args, "manager" if is_manager(code) else "generator", keywords)
        if registers(walk, index, everything, state, name):
            return walk.happen("managed", index, name)
        return node.next
    if registers(walk, index, everything, state, name):
        return walk.happen("managed", index, name)
    if code.is_async:
        walk.coroutines.add(dest)
    if concerned or code.nonlocal_names:
        outcomes = walk_inside(walk, func, args, keywords, state, quiet=walk.is_quiet(node))
        if outcomes is not None:
            return take_outcomes(walk, index, node, func, outcomes, dest, state)
    if always_leaves(walk.project, func):
        walk.fail(index, state, leaves_by(walk.project, func), "exit")
        return DEAD
    if not is_benign(walk.project, func):
        walk.risk(index, state)
        if code.is_async and not walk.is_quiet(node):
            walk.fail(index, state, Flight(CANCELLED))
    return give_result(walk, index, node, func, everything, dest, state)


def is_concerned(walk: Walker, func: v.Func, everything: list[Value], state: State) -> bool:
    """Whether the call can see the tracked file: it is given it, or reaches it through its object or a global."""
    return alive(state) and (
        any(walk.holds(a, state) or may_reach(a, state) for a in everything)
        or walk.holds(func, state)
        or reaches_globals(walk, state)
    )


def give_result(
    walk: Walker, index: int, node: Node, func: v.Func, everything: list[Value], dest: int, state: State
) -> int:
    """What a call that isn't walked in place returns."""
    result = v.Sym(("op", walk.ident(index)))
    forget_about(result, state)
    state[dest] = walk.around.returns_managed(func) or result
    if isinstance(func.bound, v.Klass) and any(walk.holds(a, state) for a in everything):
        state[dest] = Ref(TRACKED, Role.WRAP)  # a class method that makes an instance from the path
    return node.next


def may_reach(value: object, state: State) -> bool:
    """A child path, a directory the file lies in: not holding it, but deleting it matters."""
    if isinstance(value, Ref):
        return is_tracked_or_parent(value, state)
    return value is not None and bool(value == state.get("$in"))


def reaches_globals(walk: Walker, state: State) -> bool:
    """Whether a variable of the module, or a registry in it, holds the file: every function can reach
    those."""
    return any(
        type(key) is tuple and key[0] == "G" and walk.holds(value, state) for key, value in state.items()
    ) or any(
        type(key) is tuple and key[0] == "#" and is_shared(key[1]) and held_in(walk, value, state)
        for key, value in state.items()
    )


def is_shared(container: object) -> bool:
    """A registry of the module or of a class."""
    return isinstance(container, v.Global) or (
        isinstance(container, v.Member) and isinstance(container.base, v.Klass)
    )


def take_outcomes(
    walk: Walker,
    index: int,
    node: Node,
    func: v.Func,
    found: Inside,
    dest: int,
    state: State,
) -> int:
    """Go on after a call that was walked in place, once for every way it ends."""
    for kind, detail in found.endings:
        walk.happen(kind, index, detail or func.qualname.rpartition(".")[2])
    onward: list[State] = []
    named = [o for o in found.outcomes if not o.raised and touches(o.value)]
    # In cleanup code only what stands there itself counts, not what its helpers may run into; and
    # converting a path doesn't fail. A helper that is called after deleting, and does, is a deletion.
    deletes = found.ended("released") and is_deleter(func.qualname)
    harmless = walk.is_quiet(node) or deletes or (bool(named) and is_converter(func.qualname))
    own: State = {k: x for k, x in state.items() if not is_heap(k)}
    for outcome in found.outcomes:
        if named and not outcome.raised and isinstance(outcome.value, v.Sym | v.Item | v.Member):
            continue  # a converter of paths gives something unknown only when it was given no path
        after = dict(own)
        for key, value in outcome.heap:
            if type(key) is tuple and key[0] == "^" and key[1] in after:
                after[key[1]] = value
            else:
                after[key] = value
        if outcome.raised and harmless:
            continue
        if outcome.raised:
            walk.fail(index, after, outcome.flight)
            continue
        after[dest] = outcome.value
        if after not in onward:
            onward.append(after)
    for after in onward:
        walk.push(node.next, after, index, "next")
    return DEAD


def is_deleter(name: str) -> bool:
    """Whether a function is named after deleting."""
    return bool(set(re.findall(r"[a-z]+", name.rpartition(".")[2].lower())) & releases.DELETING_WORDS)


def is_converter(name: str) -> bool:
    """A function that turns a path into another kind of string or path, by the words in its name."""
    words = set(re.findall(r"[a-z]+", name.rpartition(".")[2].lower()))
    return bool(words & paths.CONVERTER_WORDS)


def construct(
    walk: Walker,
    index: int,
    node: Node,
    klass: v.Klass,
    args: Args,
    keywords: Keywords,
    dest: int,
    state: State,
) -> int:
    """An instance of a class of the project: its constructor is walked when it gets the file."""
    if is_exception_class(walk, klass):
        state[dest] = Flight(f"{klass.module}::{klass.qualname}")
        return node.next
    instance = v.Inst(klass, walk.ident(index))
    everything = [*args, *(a for _, a in keywords)]
    init = walk.project.method(klass, "__init__")
    if registers(walk, index, everything, state, klass.qualname):
        return walk.happen("managed", index, klass.qualname)
    if init is None:
        state[dest] = instance
        if any(walk.holds(a, state) for a in everything):
            # A dataclass, NamedTuple or a base outside: the object is built from the path.
            for position, value in enumerate(everything):
                state["@", instance.ident, f"<{position}>"] = value
            for key, value in keywords:
                state["@", instance.ident, key] = value
        outside = [b for b in walk.project.bases(klass)[1] if b not in frameworks.INERT_BASES]
        if outside:
            walk.risk(index, state)
        return node.next
    bound = v.Func(init.module, init.qualname, init.code, instance)
    if alive(state) and any(walk.holds(a, state) for a in everything):
        found = walk_inside(walk, bound, args, keywords, state)
        if found is not None:
            built = Inside(
                tuple(
                    Outcome(o.raised, o.flight, instance if not o.raised else o.value, o.heap)
                    for o in found.outcomes
                ),
                found.endings,
            )
            return take_outcomes(walk, index, node, bound, built, dest, state)
    elif not is_benign(walk.project, bound):
        walk.risk(index, state)
        state[dest] = instance
        return node.next
    walk.risk(index, state)
    state[dest] = instance if not any(walk.holds(a, state) for a in everything) else Ref(TRACKED, Role.WRAP)
    return node.next


def opaque(
    walk: Walker, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
) -> int:
    """A call nothing is known about: it borrows what it gets, and may raise."""
    everything = [*args, *(a for _, a in keywords)]
    if alive(state) and registers(walk, index, everything, state, name):
        return walk.happen("managed", index, name)
    tail = name.rpartition(".")[2]
    if len(everything) >= 1 and isinstance(args[0] if args else None, Ref) and tail in _UNSEEN_CONVERTERS:
        state[dest] = args[0]
        return node.next
    walk.risk(index, state)
    if tail[:1].isupper() and any(walk.holds(a, state) for a in everything):
        state[dest] = Ref(TRACKED, Role.WRAP)
        return node.next
    if is_exception_name(tail):
        state[dest] = Flight(name)
        return node.next
    result = v.Sym(("op", walk.ident(index)))
    forget_about(result, state)
    state[dest] = result
    return node.next
