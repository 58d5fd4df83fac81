"""Methods of what isn't followed: by the kind of the object, by name, by what is given to them."""

from __future__ import annotations

import re
from collections.abc import Callable

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import ANY as ANY_EXCEPTION
from tmpleak_lint.analysis.domain.state import State, alive
from tmpleak_lint.analysis.domain.values import UNKNOWN, Flight, Ref, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, Explorer
from tmpleak_lint.analysis.queries.by_name import says_delete
from tmpleak_lint.analysis.queries.classes import methods_of
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.receivers import Receiver, receiver_of
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import only_class_with
from tmpleak_lint.analysis.semantics.believing import believed
from tmpleak_lint.analysis.semantics.catching import exception_names
from tmpleak_lint.analysis.semantics.conditions import new_unknown
from tmpleak_lint.analysis.semantics.consuming import consumed
from tmpleak_lint.analysis.semantics.containers import container_method, is_registry
from tmpleak_lint.analysis.semantics.managers import entered_value, enters_well, would_be_left
from tmpleak_lint.analysis.semantics.objects import allocated, copied, method_above
from tmpleak_lint.analysis.semantics.pathcalls import below
from tmpleak_lint.analysis.semantics.registering import note_waiting, opaque_callable_with_file, registers
from tmpleak_lint.analysis.semantics.running import run_given, wait_for
from tmpleak_lint.analysis.semantics.stacks import enter_by_call, object_method
from tmpleak_lint.analysis.semantics.temproot import patch
from tmpleak_lint.analysis.semantics.texts import render, string_method, text_with
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import (
    ANY,
    PATH,
    TEST,
    Allocates,
    Ambiguous,
    Awaits,
    Benign,
    Copies,
    Deletes,
    Denies,
    Enters,
    Expects,
    HandlesSignals,
    Leaves,
    Lends,
    Model,
    Registers,
    Renders,
    Runs,
    Swallows,
    TakesOver,
)
from tmpleak_lint.knowledge.words import LOGGER_WORDS, TAKING_WORDS


def method(explorer: Explorer, call: Call, base: Value, state: State) -> int | Value:
    """Carry out the call; where the attribute turns out to be a stored function or class, that is given
    back."""
    patch(call, state)
    row = explorer.knowledge.model(f"{ANY}.{call.name}")
    for step in _STEPS:
        done = step(explorer, call, base, row, state)
        if done is not None:
            return done
    return explorer.opaque(call, state)


# -- by what the object is -------------------------------------------------------------------------


def _of_kind(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | Value | None:
    match base:
        case Ref():
            return explorer.file_method(call, base, state)
        case v.Object(kind="above"):
            done = method_above(explorer, call, base, state)
            return method(explorer, call, symbols.Produced(base.ident), state) if done is None else done
        case v.Object():
            return object_method(explorer, call, base, state)
        case v.Const(value=str() | bytes()):
            return string_method(explorer, call, base, state)
        case v.Global() if call.name == "get" and is_context_variable(explorer.project, base):
            # What the context has, the same for all that asks in it.
            state[call.dest] = symbols.OfContext(base)
            return call.node.next
    return None


def _of_container(
    explorer: Explorer, call: Call, base: Value, row: Model, state: State
) -> int | Value | None:
    if row.effect(Ambiguous) is not None and _may_fail(explorer, call, base, state):
        explorer.risk(call.node, state)
    return None if isinstance(base, v.Seq) else container_method(explorer, call, base, state)


def _of_instance(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | Value | None:
    if not isinstance(base, v.Inst):
        return None
    of_test = explorer.knowledge.model(f"{TEST}.{call.name}")
    if of_test.effect(Leaves) is not None and is_test(explorer, base.klass):
        explorer.fail(call.node, state, ANY_EXCEPTION, "exit")
        return DEAD
    if of_test.effect(Lends) is not None and is_test(explorer, base.klass):
        explorer.risk(call.node, state)
        state[call.dest] = Ref(v.MANAGED, v.Role.HANDLE)
        return call.node.next
    if of_test.effect(Expects) is not None and len(call.args) == 1:
        names = tuple(exception_names(explorer, call.args[0]))
        state[call.dest] = v.Object("expecter", explorer.ident(call.node), names)
        return call.node.next
    if any(explorer.holds(a, state) for a in call.everything):
        return explorer.context.attribute_value(base.klass, call.name)
    return None


def _of_variable(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> Value | None:
    """The method of an object of the project that can be told from where it comes from."""
    if not isinstance(base, v.Global | v.Sym | v.Member | v.Item) or not any(
        explorer.holds(a, state) for a in call.everything
    ):
        return None
    told = method_by_class(explorer, call, base)
    if told is not None:
        return told
    if isinstance(base, v.Global):
        return method_of_global(explorer, base, call.name)
    return registering_method(explorer, base, call.name)


# -- by what is known of the name ------------------------------------------------------------------


def _by_row(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | None:
    if row.effect(Enters) is not None:
        if any(isinstance(a, Ref) for a in call.everything):
            return enter_by_call(explorer, call, state)
        if call.args and isinstance(call.args[0], v.Partial) and explorer.holds(call.args[0], state):
            return explorer.discharge("managed", call.node, call.name)
        manager = call.args[0] if call.args else UNKNOWN
        if isinstance(manager, v.Inst) and alive(state) and explorer.holds(manager, state):
            if would_be_left(explorer, manager, state):
                return explorer.discharge("managed", call.node, call.name)
        elif enters_well(explorer, manager):
            state[call.dest] = entered_value(explorer, manager) or new_unknown(explorer, call.node, state)
            return call.node.next  # by whatever stack: nothing of it can raise
    gone = explorer.obligation is Obligation.NAME and row.effect(Denies) is not None
    if gone and alive(state) and call.args[:1] == (v.TRUE,):
        explorer.fail(call.node, state, Flight("AssertionError"))  # what is tested has to delete it
        return DEAD
    runs, awaits = row.effect(Runs), row.effect(Awaits)
    done = run_given(explorer, call, runs, state) if runs is not None else None
    if done is None and awaits is not None:
        done = wait_for(explorer, call, awaits, state)
    allocates, copies = row.effect(Allocates), row.effect(Copies)
    if done is None and allocates is not None:
        done = allocated(explorer, call, allocates, state)
    if done is None and copies is not None:
        done = copied(explorer, call._replace(args=(base, *call.args)), copies, state)
    if done is None and row.effect(HandlesSignals) is not None:
        explorer.risk(call.node, state)
        state[call.dest] = UNKNOWN
        return call.node.next
    return done


def _handed_on(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | None:
    if (handed := consumed(explorer, call, base, state)) is not None:
        return handed
    if registers(explorer, call.everything, state) or (
        row.effect(Registers) is not None
        and alive(state)
        and opaque_callable_with_file(explorer, call.everything, state)
    ):
        return explorer.discharge("managed", call.node, call.name)
    note_waiting(explorer, call, row, state)
    return None


def _by_own_row(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | None:
    if not explorer.knowledge.own:
        return None
    return as_declared(explorer, call, v.text_of(v.Member(base, call.name)), state)


def _believed(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | None:
    return believed(explorer, call, base, state)


def _of_path_or_text(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | None:
    """A method of a path or text that isn't followed."""
    if call.name == "joinpath" and call.args and (lower := below(base, call.args)) != UNKNOWN:
        state[call.dest] = lower
        return call.node.next
    if call.name != "remove" and not call.args and explorer.knowledge.effect(f"{PATH}.{call.name}", Deletes):
        # Path("x").unlink() of something that isn't followed.
        state[call.dest] = v.NONE
        return explorer.delete(call.named(f"pathlib.Path.{call.name}"), base, state)
    if call.name == "replace" and len(call.args) == 2:  # of a string
        state[call.dest] = text_with(explorer, call.everything, state)
        return call.node.next
    renders = row.effect(Renders)
    return render(explorer, call, renders, state) if renders is not None else None


def _harmless(explorer: Explorer, call: Call, base: Value, row: Model, state: State) -> int | None:
    benign = row.effect(Benign)
    if benign is None and not is_logging(explorer, base, call.name):
        return None
    if benign is not None and benign.steady:
        state[call.dest] = symbols.CalledOn(base, call.name, call.args)
    else:
        state[call.dest] = new_unknown(explorer, call.node, state)
    return call.node.next


# In the order of certainty.
_STEPS: tuple[Callable[[Explorer, Call, Value, Model, State], int | Value | None], ...] = (
    _of_kind,
    _of_container,
    _by_row,
    _handed_on,
    _of_instance,
    _by_own_row,
    _of_variable,
    _believed,
    _of_path_or_text,
    _harmless,
)


def _may_fail(explorer: Explorer, call: Call, base: Value, state: State) -> bool:
    """Whether a method that containers have is that of something else: surely, or perhaps and for who lets nothing
    pass. Whose container isn't known is taken for one, unless it is given the file."""
    if isinstance(base, v.Box | v.Seq) or is_registry(base) or says_delete(call.name, v.text_of(base)):
        return False
    whose = receiver_of(explorer.project, explorer.module, explorer.code, call.node.index)
    if whose is not Receiver.UNKNOWN:
        return whose is Receiver.REMOTE
    return explorer.options.strict and any(explorer.holds(each, state) for each in call.everything)


@question()
def is_context_variable(project: Project, variable: v.Global) -> bool:
    """Whether a module's variable is a `ContextVar`, by the text of its assignment."""
    text = project.module(variable.module).source.text
    made = rf"^{re.escape(variable.name)}[ \t]*(?::[^=\n]*)?=[ \t]*(?:\w+\.)?ContextVar\b"
    return re.search(made, text, re.MULTILINE) is not None


def as_declared(explorer: Explorer, call: Call, text: str, state: State) -> int | None:
    """A call that the user's own rows speak of, by its dotted text; None where they don't."""
    row = explorer.knowledge.own_model(text)
    if row is None:
        return None
    call = call.named(text)
    if row.effect(TakesOver) is not None and any(explorer.holds(a, state) for a in call.everything):
        return explorer.discharge("managed", call.node, row.tail)
    if row.effect(Leaves) is not None:
        explorer.fail(call.node, state, ANY_EXCEPTION, "exit")
        return DEAD
    deletes = row.effect(Deletes)
    if deletes is not None:
        state[call.dest] = v.NONE
        return explorer.delete(call, call.args[deletes.at] if len(call.args) > deletes.at else UNKNOWN, state)
    if row.effect(Swallows) is not None:
        names = tuple(name for value in call.args for name in exception_names(explorer, value))
        state[call.dest] = v.Object("suppress", explorer.ident(call.node), names or ("BaseException",))
        return call.node.next
    if row.effect(Benign) is not None:
        state[call.dest] = new_unknown(explorer, call.node, state)
        return call.node.next
    return None


def method_by_class(explorer: Explorer, call: Call, base: Value) -> Value | None:
    """The methods that a call may come to, by what constructors and annotations say of its object."""
    op = call.node.op
    if not isinstance(op, g.Call):
        return None
    found = methods_of(explorer.project, explorer.module, explorer.code, op.func)
    if not found:
        return None
    return v.one_of(
        v.Func(func.module, func.qualname, func.code, v.Inst(klass, ("of", base))) for klass, func in found
    )


def method_of_global(explorer: Explorer, base: v.Global, attr: str) -> v.Func | None:
    """A method of the object that a module makes under this name, bound to that object."""
    klass = _class_of_global(explorer.project, explorer.project.module(base.module), base.name)
    func = explorer.project.method(klass, attr) if klass is not None else None
    if func is None or klass is None:
        return None
    return v.Func(func.module, func.qualname, func.code, v.Inst(klass, ("of", base)))


@question(lambda module, name: None)
def _class_of_global(project: Project, module: Module, name: str) -> v.Klass | None:
    """The class of the project whose object a module's variable is, by the text of its one assignment."""
    made = re.findall(
        rf"^{re.escape(name)}[ \t]*(?::[^=\n]*)?=[ \t]*([\w.]+)\(", module.source.text, re.MULTILINE
    )
    found = project.resolve_text(module, made[0]) if len(made) == 1 else None
    return found if isinstance(found, v.Klass) else None


def registering_method(explorer: Explorer, base: Value, attr: str) -> v.Func | None:
    """A method named after cleaning up, of the one class near by that has it, bound to an object of that class."""
    words = set(re.findall(r"[a-z]+", attr.lower()))
    klass = only_class_with(explorer.project, explorer.module, attr) if words & TAKING_WORDS else None
    func = explorer.project.method(klass, attr) if klass is not None else None
    if func is None or klass is None:
        return None
    return v.Func(func.module, func.qualname, func.code, v.Inst(klass, ("of", base)))


def is_test(explorer: Explorer, klass: v.Klass) -> bool:
    """Whether a class is a test case, by the names of its bases."""
    inside, outside = explorer.project.bases(klass)
    return any(b.rpartition(".")[2] in frameworks.TEST_TAILS for b in outside) or any(
        "Test" in k.qualname for k in inside
    )


def is_logging(explorer: Explorer, base: Value, attr: str) -> bool:
    """Whether this is a logger's method, by the last part of the logger's name."""
    if attr not in explorer.knowledge.logging_methods:
        return False
    tail = ""
    match base:
        case v.Member(attr=last):
            tail = last
        case v.Global(name=last) | v.Dotted(name=last):
            tail = last.rpartition(".")[2]
        case v.Sym():
            tail = symbols.name_of(base)
    return any(word in tail.lower() for word in LOGGER_WORDS)
