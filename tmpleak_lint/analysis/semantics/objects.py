"""Objects of classes of the project: how they come into being, and what they are to the classes above their own.

Comes in: a call of a class, of `super`, of an allocator or of what copies an object. Goes out: the instance, with what
it was made from as attributes; or the end of the obligation, where the class deletes by itself what its objects have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import TRACKED, Flight, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call, Passed
from tmpleak_lint.analysis.queries.summaries import is_benign, is_text
from tmpleak_lint.analysis.semantics.catching import is_exception_class
from tmpleak_lint.analysis.semantics.functions import take_outcomes
from tmpleak_lint.analysis.semantics.holding import touches
from tmpleak_lint.analysis.semantics.inside import Inside, explore_inside
from tmpleak_lint.analysis.semantics.registering import registers
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Above, Allocates, Copies

# An annotated name in the body of a class; not of one that all objects share, nor where those by keyword begin.
_FIELD = re.compile(r"([ \t]+)([A-Za-z]\w*)[ \t]*:[ \t]*(?!(?:\w+\.)?(?:ClassVar|KW_ONLY)\b)[^=\s]")


def construct(explorer: Explorer, call: Call, klass: v.Klass, state: State) -> int:
    """An instance of a class of the project: what makes it is walked when it gets the file."""
    if is_exception_class(explorer, klass):
        state[call.dest] = Flight(f"{klass.module}::{klass.qualname}")
        return call.node.next
    call = call.renamed(explorer.set_apart(explorer.ident(call.node), state))
    instance = v.Inst(klass, explorer.ident(call.node))
    init = explorer.project.method(klass, "__init__")
    if registers(explorer, call.everything, state):
        return explorer.discharge("managed", call.node, klass.qualname)
    given = any(explorer.holds(a, state) for a in call.everything)
    maker = explorer.project.method(klass, "__new__") if init is None and given else None
    if maker is not None:
        bound = v.Func(maker.module, maker.qualname, maker.code, klass)
        found = explore_inside(explorer, bound, call, state)
        if found is not None:
            return take_outcomes(explorer, call, bound, _finalized(explorer, klass, found, state), state)
    if init is None:
        state[call.dest] = instance
        if given:
            # A dataclass, NamedTuple or a base outside: the object is built from the path.
            put_into(instance, call.args, call.keywords, state, _fields(explorer.project, klass))
            if finalizes(explorer, instance, state):
                return explorer.discharge("managed", call.node, klass.qualname)
        outside = (b for b in explorer.project.bases(klass)[1] if b not in frameworks.INERT_BASES)
        if not all(map(explorer.knowledge.is_benign, outside)):
            explorer.risk(call.node, state)
        return call.node.next
    bound = v.Func(init.module, init.qualname, init.code, instance)
    if alive(state) and given:
        found = explore_inside(explorer, bound, call, state)
        if found is not None:
            made = tuple(replace(o, value=instance) if not o.raised else o for o in found.outcomes)
            built = _finalized(explorer, klass, replace(found, outcomes=made), state)
            return take_outcomes(explorer, call, bound, built, state)
    if given or not is_benign(explorer.project, bound):
        explorer.risk(call.node, state)
    state[call.dest] = instance if not given else Ref(TRACKED, Role.WRAP)
    return call.node.next


def put_into(
    instance: v.Inst,
    args: Iterable[Value],
    keywords: Iterable[tuple[str, Value]],
    state: State,
    fields: Sequence[str] = (),
) -> None:
    """Note on an object what it is made from, by the names of its fields where they are known."""
    for position, value in enumerate(args):
        name = fields[position] if position < len(fields) else f"<{position}>"
        state.put(Attribute(instance.ident, name), value)
    for key, value in keywords:
        state.put(Attribute(instance.ident, key), value)


@question(lambda klass: ())
def _fields(project: Project, klass: v.Klass) -> tuple[str, ...]:
    """The fields of a data class or a named tuple in their order, those of its bases first: its annotated names."""
    found: dict[str, None] = {}
    for each in (*reversed(project.bases(klass)[0]), klass):
        source = project.module(each.module).source
        known = source.skeleton.classes.get(each.qualname)
        if known is None:
            return ()
        lines = source.outside_defs[known.first_row - 1 : known.last_row]
        named = [match for line in lines if (match := _FIELD.match(line)) is not None]
        depth = min((len(match[1]) for match in named), default=0)
        found.update(dict.fromkeys(match[2] for match in named if len(match[1]) == depth))
    return tuple(found)


def _finalized(explorer: Explorer, klass: v.Klass, found: Inside, state: State) -> Inside:
    """How a constructor ends, but for those objects that delete the file when nobody has them any more."""
    if explorer.project.method(klass, "__del__") is None:
        return found
    left = []
    for outcome in found.outcomes:
        after = state.fork()
        after.take_heap(outcome.heap, outcome.file, found.aside)
        made = outcome.value
        if outcome.raised or not isinstance(made, v.Inst) or not finalizes(explorer, made, after):
            left.append(outcome)
    managed = (("managed", klass.qualname),) if len(left) < len(found.outcomes) else ()
    return replace(found, outcomes=tuple(left), endings=(*found.endings, *managed))


def finalizes(explorer: Explorer, instance: v.Inst, state: State) -> bool:
    """Whether the file is deleted for sure when an object goes that holds it."""
    method = explorer.project.method(instance.klass, "__del__")
    if method is None or not alive(state) or not explorer.holds(instance, state):
        return False
    bound = v.Func(method.module, method.qualname, method.code, instance)
    found = explore_inside(explorer, bound, Passed(), state, quiet=True)
    return found is not None and found.ended("released", "managed") and all(o.raised for o in found.outcomes)


def copied(explorer: Explorer, call: Call, effect: Copies, state: State) -> int | None:
    """`dataclasses.replace(thing, path=p)`: an object that has the file, if it is given it or the first has it."""
    first = call.args[0] if len(call.args) == 1 and call.keywords else None
    if first is None or isinstance(first, Ref) or not any(explorer.holds(a, state) for a in call.everything):
        return None
    if isinstance(first, v.Inst):
        call = call.renamed(explorer.set_apart(explorer.ident(call.node), state))
        copy = v.Inst(first.klass, explorer.ident(call.node))
        kept = [(slot.name, value) for slot, value in state.attributes() if slot.owner == first.ident]
        put_into(copy, (), kept, state)
        put_into(copy, (), call.keywords, state)
        state[call.dest] = copy
    else:
        state[call.dest] = Ref(TRACKED, Role.WRAP)
    return call.node.next


def allocated(explorer: Explorer, call: Call, effect: Allocates, state: State) -> int | None:
    """`str.__new__(cls, path)`: an object that has the rest."""
    match call.args:
        case (v.Klass() as klass, *rest) | (v.Inst(klass=klass), *rest):
            names = explorer.set_apart(explorer.ident(call.node), state)
            instance, rest = v.Inst(klass, explorer.ident(call.node)), list(v.renamed(tuple(rest), names))
            put_into(instance, rest, call.keywords, state)
            state[call.dest] = instance
            return call.node.next
    return None


def above(explorer: Explorer, call: Call, effect: Above, state: State) -> int | None:
    """`super()`, `super(Class, self)`: the object, for whoever asks it for a method."""
    match call.args:
        case (v.Klass() as owner, v.Inst() | v.Klass() as instance):
            pass
        case () if explorer.code.params:
            around = explorer.project.class_around(explorer.module, explorer.code)
            own = state.get(explorer.code.params[0].name)
            if around is None or not isinstance(own, v.Inst | v.Klass):
                return None
            owner, instance = around, own
        case _:
            return None
    state[call.dest] = v.Object("above", explorer.ident(call.node), (instance, owner))
    return call.node.next


def text_in(explorer: Explorer, value: Value, state: State) -> Value:
    """The path that an object is, whose class is one of texts or paths; any other value as it is."""
    if not isinstance(value, v.Inst) or not is_text(explorer.project, value.klass):
        return value
    return next((each for each in state.of_owner(value.ident) if isinstance(each, Ref)), value)


def attribute_above(explorer: Explorer, base: v.Object, name: str) -> Value:
    """What `super().name` is: a method of a class above, bound to the object; nothing known where there is none."""
    match base.data:
        case (v.Inst(klass=klass) | (v.Klass() as klass) as instance, v.Klass() as owner):
            method = explorer.project.method_above(klass, owner, name)
            if method is not None:
                return v.Func(method.module, method.qualname, method.code, instance)
    return v.Member(base, name)


def method_above(explorer: Explorer, call: Call, base: v.Object, state: State) -> int | None:
    """`super().__init__(path)` of a class outside of the project; None for other methods."""
    match base.data:
        case (v.Inst() as instance, _) if call.name == "__init__":
            return _made_above(explorer, call, instance, state)
    return None


def made_by_name(explorer: Explorer, call: Call, state: State) -> int | None:
    """`Base.__init__(self, path)` of a class outside of the project; None for other calls."""
    match call.args:
        case (v.Inst() as instance, *rest) if call.name.endswith(".__init__"):
            return _made_above(explorer, call._replace(args=tuple(rest)), instance, state)
    return None


def _made_above(explorer: Explorer, call: Call, instance: v.Inst, state: State) -> int | None:
    """What makes an object, as one of a class above that isn't known, has it keep what it is given."""
    if not alive(state) or not any(explorer.holds(a, state) or touches(a) for a in call.everything):
        return None
    explorer.risk(call.node, state)
    put_into(instance, call.args, call.keywords, state)
    state[call.dest] = v.NONE
    return call.node.next
