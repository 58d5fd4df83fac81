"""Calls by a dotted name outside of the project: what the tables know of it, in the order of certainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import ANY
from tmpleak_lint.analysis.domain.heap import Attribute
from tmpleak_lint.analysis.domain.state import State, alive, contents
from tmpleak_lint.analysis.domain.values import MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.receivers import names_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.catching import exception_names, is_exception_name
from tmpleak_lint.analysis.semantics.conditions import is_plain, new_unknown
from tmpleak_lint.analysis.semantics.consuming import consumed
from tmpleak_lint.analysis.semantics.containers import filled_box, new_box
from tmpleak_lint.analysis.semantics.deleting import is_deleting_command, is_in_command, shell_deletes
from tmpleak_lint.analysis.semantics.ending import end_process, wait_for_exit
from tmpleak_lint.analysis.semantics.files import close_descriptor
from tmpleak_lint.analysis.semantics.functions import is_read
from tmpleak_lint.analysis.semantics.holding import elements, is_empty, worth_holding
from tmpleak_lint.analysis.semantics.objects import above, allocated, copied, made_by_name, text_in
from tmpleak_lint.analysis.semantics.pathcalls import derive, existence, is_link, made_by, note_made
from tmpleak_lint.analysis.semantics.raising import refuse, risk_call
from tmpleak_lint.analysis.semantics.registering import forget_waiting, is_let_off, note_waiting, registers
from tmpleak_lint.analysis.semantics.running import run_given, wait_for
from tmpleak_lint.analysis.semantics.stacks import make_closing, make_partial, make_stack
from tmpleak_lint.analysis.semantics.temproot import patch
from tmpleak_lint.analysis.semantics.texts import render
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.exceptions import NOT_THERE
from tmpleak_lint.knowledge.model import (
    Above,
    Allocates,
    Asks,
    AsksForLink,
    Awaits,
    Benign,
    Binds,
    ClassOf,
    Closing,
    Collects,
    Copies,
    Creates,
    Deletes,
    Derives,
    Effect,
    Ends,
    Expects,
    HandlesSignals,
    Leaves,
    Makes,
    Model,
    Moves,
    Names,
    Opens,
    Picks,
    Raises,
    Refuses,
    Registers,
    Renders,
    Runs,
    RunsCommand,
    Shape,
    Stack,
    Swallows,
    TakesOver,
    Unregisters,
)

_OWN_PATHS = tuple(Ref(number, Role.PATH) for number in (MANAGED, TRACKED))  # creators return strings


def external(explorer: Explorer, call: Call, state: State) -> int | None:
    """Carry out a call that some row speaks of; None when none does, or leaves it to others."""
    row = explorer.knowledge.model(call.name)
    patch(call, state)
    if (
        call.name in ("setattr", "object.__setattr__")
        and (done := set_by_name(explorer, call, state)) is not None
    ):
        return done
    if call.name == "getattr" and (done := get_by_name(explorer, call, state)) is not None:
        return done
    if call.name == "vars" and len(call.args) == 1 and isinstance(call.args[0], v.Inst):
        state[call.dest] = v.Member(call.args[0], "__dict__")
        return call.node.next
    if any(type(value) is v.Inst for value in call.args) and any(map(row.effect, _OF_TEXTS)):
        call = call._replace(args=tuple(text_in(explorer, value, state) for value in call.args))
    if (done := made_by_name(explorer, call, state)) is not None:
        return done
    runs = row.effect(Runs)
    if runs is not None and runs.lazily and not is_read(explorer, call.dest):
        return call.node.next  # nobody asks for what it gives, or awaits it: nothing is called
    done = _by_effect(_FIRST, explorer, call, row, state) if row.effects else None
    if done is not None:
        return done
    if call.name == "isinstance" and len(call.args) == 2:
        of_it = is_instance(explorer.project, *call.args)
        if of_it is not None:
            state[call.dest] = v.Const(of_it)
            return call.node.next
    if is_exception_name(call.name):
        state[call.dest] = Flight(call.name)
        return call.node.next
    if row.effect(HandlesSignals) is not None:
        return _pass(explorer, call, Benign(), state)
    for_object = row.effect(Registers) is not None and is_let_off(explorer, call)
    if (handed := consumed(explorer, call, None, state)) is not None:
        return handed
    registered = not for_object and registers(explorer, call.everything, state)
    if registered and (onward := wait_for_exit(explorer, call, row, state)) is not None:
        return onward
    if registered:
        return explorer.discharge("managed", call.node, call.name)
    note_waiting(explorer, call, row, state)
    if row.effect(Unregisters) is not None and call.args:
        forget_waiting(call.args[0], state)
    return _by_effect(_THEN, explorer, call, row, state) if row.effects else None


def is_instance(project: Project, value: Value, classes: Value) -> bool | None:
    """Whether a value is of a class, or one of several; None where that can't be told."""
    if isinstance(classes, v.Seq):
        answers = {is_instance(project, value, each) for each in classes.items}
        return True if True in answers else None if None in answers else False
    if classes == v.Dotted("str") and value in _OWN_PATHS:
        return True
    if not isinstance(value, v.Inst) or not isinstance(classes, v.Klass):
        return None
    if classes == value.klass or classes in project.bases(value.klass)[0]:
        return True
    return (
        None if value.ident == "self" else False
    )  # who calls the method may have an object of a class below


def _by_effect(
    handlers: Mapping[type[Effect], _Handler], explorer: Explorer, call: Call, row: Model, state: State
) -> int | None:
    """What the first of the handlers says that one of the row's effects has and that carries the call out."""
    kinds = {type(effect): effect for effect in reversed(row.effects)}  # the row itself before its namespace
    for kind, handler in handlers.items():
        if kind in kinds:
            done = handler(explorer, call, kinds[kind], state)
            if done is not None:
                return done
    return None


def argument(call: Call, position: int, *but: str) -> Value:
    """The argument at a position, or else the first that is given by a keyword (but these)."""
    if position < len(call.args):
        return call.args[position]
    return next((value for key, value in call.keywords if key not in but), UNKNOWN)


def _delete(explorer: Explorer, call: Call, effect: Deletes, state: State) -> int:
    state[call.dest] = v.NONE
    return explorer.delete(call, argument(call, effect.at, "onerror", "onexc", "ignore_errors"), state)


def _move(explorer: Explorer, call: Call, effect: Moves, state: State) -> int:
    named = dict(call.keywords).get("src", UNKNOWN)
    source = call.args[effect.at] if effect.at < len(call.args) else named
    made = made_by(explorer.knowledge, call, state)
    if made is not None:
        note_made(made, state)
    return explorer.move_away(call, source, state)


def _close(explorer: Explorer, call: Call, effect: Ends, state: State) -> int | None:
    return close_descriptor(explorer, call, state) if effect.descriptor else None


def _class_of(explorer: Explorer, call: Call, effect: ClassOf, state: State) -> int | None:
    match call.args:
        case (v.Inst(klass=klass),):
            state[call.dest] = klass
            return call.node.next
    return None


def _leave(explorer: Explorer, call: Call, effect: Leaves, state: State) -> int:
    if effect.by:
        explorer.fail(call.node, state, ANY if effect.by == "any" else Flight(effect.by), "exit")
    else:
        end_process(explorer, call, state)
        if explorer.knowledge.effect(call.name, Raises) is not None and call.node.is_handled:
            risk_call(explorer, call, state)  # the program that is to go on in its place isn't there
    return DEAD


def set_by_name(explorer: Explorer, call: Call, state: State) -> int | None:
    """`setattr(self, "name", value)`, also object's own, is `self.name = value`."""
    match call.args:
        case (v.Inst(ident=ident), v.Const(value=str() as name), value):
            state[call.dest] = v.NONE
            state.put(Attribute(ident, name), value)
            return call.node.next
    return None


def get_by_name(explorer: Explorer, call: Call, state: State) -> int | None:
    """`getattr(self, "name", None)` is `self.name` where the object has that."""
    match call.args:
        case (v.Inst(ident=ident), v.Const(value=str() as name), *_):
            known = state.attribute(ident, name)
            if known is not None:
                state[call.dest] = known
                return call.node.next
        case (v.Inst(ident=ident), name, *_) if not isinstance(name, v.Const | symbols.Param):
            # Whichever it is, in some round of a loop over their names it is that which has the file.
            written = _written_down(explorer, call)
            held = (
                state.of_owner(ident)
                if written is None
                else [state.attribute(ident, each) for each in written]
            )
            has_it = next((each for each in held if each is not None and explorer.holds(each, state)), None)
            if has_it is not None:
                state[call.dest] = has_it
                return call.node.next
    return None


def _written_down(explorer: Explorer, call: Call) -> list[str] | None:
    """The names that `getattr(self, name)` asks for where they are written down: `for name in ("a", "b")`; None where
    they come from elsewhere."""
    statics = names_of(explorer.project, explorer.module, explorer.code)
    asked = call.node.op
    sources = statics.sources(asked.args[1].value) if isinstance(asked, g.Call) else ()
    found: list[str] | None = None
    for source in sources:
        round_of = statics.made.get(source)
        over = statics.made.get(round_of.iterator) if isinstance(round_of, g.Next) else None
        display = statics.made.get(over.src) if isinstance(over, g.Iterate) else None
        if isinstance(display, g.Build):
            names = map(statics.literal, display.items)
            found = [*(found or ()), *(name for name in names if isinstance(name, str))]
    return found


def _expect(explorer: Explorer, call: Call, effect: Expects, state: State) -> int:
    names = tuple(name for value in call.args[:1] for name in exception_names(explorer, value))
    state[call.dest] = v.Object("expecter", explorer.ident(call.node), names)
    return call.node.next


def _swallow(explorer: Explorer, call: Call, effect: Swallows, state: State) -> int:
    names = tuple(name for value in call.args for name in exception_names(explorer, value))
    state[call.dest] = v.Object("suppress", explorer.ident(call.node), names or ("BaseException",))
    return call.node.next


def _ask(explorer: Explorer, call: Call, effect: Asks, state: State) -> int:
    state[call.dest] = existence(explorer, call, call.args[0] if call.args else UNKNOWN, state)
    return call.node.next


def _ask_for_link(explorer: Explorer, call: Call, effect: AsksForLink, state: State) -> int:
    other = symbols.Called(call.name, call.args)
    state[call.dest] = is_link(call.args[0] if call.args else UNKNOWN, state, other)
    return call.node.next


def _run_command(explorer: Explorer, call: Call, effect: RunsCommand, state: State) -> int | None:
    if alive(state) and explorer.obligation is Obligation.NAME and shell_deletes(explorer, call.args, state):
        along = not is_in_command(call.args[0], state)
        return explorer.discharge("released", call.node, "rm", along=along)
    if is_deleting_command(call.args[0] if call.args else UNKNOWN, state):
        state[call.dest] = UNKNOWN
        return call.node.next
    return None if explorer.knowledge.is_benign(call.name) else explorer.opaque(call, state)


def _open(explorer: Explorer, call: Call, effect: Opens, state: State) -> int:
    return explorer.open_file(call, state)


def _take_over(explorer: Explorer, call: Call, effect: TakesOver, state: State) -> int | None:
    held = any(explorer.holds(value, state) for value in call.everything)
    return explorer.discharge("escaped", call.node, call.name) if held else None


def _make(explorer: Explorer, call: Call, effect: Makes, state: State) -> int | None:
    made = made_by(explorer.knowledge, call, state)
    creates = explorer.knowledge.effect(call.name, Creates)
    target = (
        argument(call, effect.at) if creates is not None and creates.unless_given is not None else UNKNOWN
    )
    if made is None and not isinstance(target, Ref):
        return None
    risk_call(explorer, call, state)
    if made is not None:
        note_made(made, state)
    # What would name a file of its own names the one that it is given.
    is_first = creates is not None and creates.shape is Shape.PATH_FIRST and isinstance(target, Ref)
    state[call.dest] = v.Seq((target, UNKNOWN)) if is_first else UNKNOWN
    return call.node.next


def _pass(explorer: Explorer, call: Call, effect: Benign, state: State) -> int:
    refuses = explorer.knowledge.effect(call.name, Refuses)
    if refuses is not None:
        refuse(explorer, call.node, state, refuses.kinds)
    state[call.dest] = passed_through(explorer, call, effect, state)
    return call.node.next


def passed_through(explorer: Explorer, call: Call, effect: Benign, state: State) -> Value:
    """What list(), sorted(), reversed(), enumerate(), iter() and the like give of a container that is
    followed."""
    row = explorer.knowledge.model(call.name)
    collects = row.effect(Collects)
    if collects is not None:
        listed = _collected(explorer, call, collects, state)
        if listed is not None:
            return listed
    if row.effect(Names) is not None and not call.args:
        return symbols.Locals()
    if effect.steady and (not effect.plain or (not call.keywords and all(map(is_plain, call.args)))):
        return symbols.Called(call.name, call.args)
    if call.name.rpartition(".")[2][:1].isupper() and any(explorer.holds(a, state) for a in call.everything):
        return Ref(TRACKED, Role.WRAP)  # an object that is made of it
    return new_unknown(explorer, call.node, state)


def _pick(explorer: Explorer, call: Call, effect: Picks, state: State) -> int | None:
    """One of several things, or of the elements of one: that with the file, where one has it."""
    several = call.args if len(call.args) > 1 else [x for a in call.args for x in elements(a, state)]
    found = next((each for each in several if explorer.holds(each, state)), None)
    if found is None:
        return None
    if explorer.knowledge.effect(call.name, Benign) is None:
        refuse(explorer, call.node, state, (*NOT_THERE, "StopIteration"))
    state[call.dest] = found
    return call.node.next


def _collected(explorer: Explorer, call: Call, effect: Collects, state: State) -> Value | None:
    """The container that a call gives, None for one that isn't followed."""
    holding = [
        a for a in call.args if isinstance(a, v.Seq | v.Box | v.Global | v.Member) and elements(a, state)
    ]
    if holding and effect.relists:
        source = holding[-1]
        if isinstance(source, v.Seq) and effect.frozen:
            return source
        held = tuple((None, i) for i in elements(source, state))
        box = new_box(explorer, call.node, "set" if effect.shuffles else "list", held, state)
        if state.is_open(source):
            state.leave_open(box)
        return box
    if holding and effect.pairs:
        pairs = tuple(
            (None, v.Seq((UNKNOWN, i) if effect.numbered else (i, i))) for i in elements(holding[0], state)
        )
        box = new_box(explorer, call.node, "list", pairs, state)
        if state.is_open(holding[0]):
            state.leave_open(box)
        return box
    if effect.again and call.args and worth_holding(call.args[0]):
        box = new_box(explorer, call.node, "list", ((None, call.args[0]),), state)
        state.leave_open(box)
        return box
    if effect.kind is None:
        return None
    call = call.renamed(explorer.set_apart(explorer.ident(call.node), state))
    if effect.kind == "dict":
        return _by_key(explorer, call, state)
    box = new_box(explorer, call.node, effect.kind, (), state)
    if not all(is_empty(given, state) for given in call.args[:1]):
        state.leave_open(box)  # of unknown things
    return box


def _by_key(explorer: Explorer, call: Call, state: State) -> v.Box:
    """What `dict(pairs, key=value)` has: by keyword, of another dictionary, of a sequence of pairs."""
    held: list[tuple[object, Value]] = []
    op = call.node.op
    is_known = not (isinstance(op, g.Call) and any(given.star == "**" for given in op.args))
    for given in call.args[:1]:
        if isinstance(given, v.Box) and given.kind == "dict":
            held += contents(given, state)
        else:
            pairs = elements(given, state)
            is_known &= all(isinstance(each, v.Seq) and len(each.items) == 2 for each in pairs)
            held += [_pair(each) for each in pairs]
        is_known &= isinstance(given, v.Seq | v.Box) and not state.is_open(given)
    for name, value in call.keywords:
        held = [*(pair for pair in held if pair[0] != name), (name, value)]
    return filled_box(explorer, call.node, "dict", held, state, is_known=is_known)


def _pair(value: Value) -> tuple[object, Value]:
    match value:
        case v.Seq(items=(v.Const(value=key), held)):
            return key, held
        case v.Seq(items=(_, held)):
            return None, held
    return None, value


_OF_TEXTS = (Asks, AsksForLink, Derives, Opens)  # they take an object that is a text for its text
_Handler = Callable[[Explorer, Call, Any, State], int | None]
# In the order of certainty; between the two stands what is given to the call.
_FIRST: Mapping[type[Effect], _Handler] = {
    Deletes: _delete,
    Moves: _move,
    Ends: _close,
    Stack: make_stack,
    Closing: make_closing,
    Binds: make_partial,
    ClassOf: _class_of,
    Above: above,
    Allocates: allocated,
    Copies: copied,
    Runs: run_given,
    Awaits: wait_for,
    Derives: derive,
    Renders: render,
    Picks: _pick,
    Leaves: _leave,
    Expects: _expect,
    Swallows: _swallow,
    Asks: _ask,
    AsksForLink: _ask_for_link,
    RunsCommand: _run_command,
}
_THEN: Mapping[type[Effect], _Handler] = {
    Opens: _open,
    TakesOver: _take_over,
    Makes: _make,
    Benign: _pass,
}
