"""What bodies leave behind where no file is followed: managed directories, and what attributes hold.

Comes in: a helper, a class's attribute, a module's variable. Goes out: the file or directory there that
somebody deletes, as a value that says so, or None.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.heap import Attribute, GlobalName, Slot, Stored
from tmpleak_lint.analysis.domain.state import Snapshot, State, contents, seed
from tmpleak_lint.analysis.domain.values import MANAGED, Dotted, Func, Inst, Klass, Ref, Role, Value
from tmpleak_lint.analysis.queries.called import defs_naming, region_text
from tmpleak_lint.analysis.queries.context import Context, Given
from tmpleak_lint.analysis.queries.inheriting import next_in_line, with_those_above
from tmpleak_lint.analysis.queries.prefilter import may_be_handed, may_create, returns
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body, Task
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import mode_of, only_class_with
from tmpleak_lint.analysis.semantics.holding import elements, settled
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.owners import Kept, Owned, who_deletes, who_deletes_global
from tmpleak_lint.bounds import WALK_START
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import SELF_DELETING_SHAPES, Creates, Deletes, Lends, Registers
from tmpleak_lint.reading.regions import Unreadable


class Ended(NamedTuple):
    """The states in which a body ends normally, no file being tracked, what managed it gives in the first that gives
    such, and whether it made any file on the way."""

    states: tuple[State, ...]
    managed: Value | None
    makes: bool


def value_ends(context: Context, body: Body, before: State | None = None) -> tuple[State, ...]:
    """The states in which a body ends normally: what attributes, globals and results hold."""
    return _ended(context, body, before).states


def _ended(context: Context, body: Body, before: State | None) -> Ended:
    parameters = {p.name for p in body.code.params}
    own = State()
    if before is not None:
        own.update((name, value) for name, value in before.items() if name in parameters)
        kept: dict[Slot, Stored] = {
            slot: x for slot, x in before.heap.slots.items() if not isinstance(slot, GlobalName)
        }
        if kept:
            own.changing().slots.update(kept)
    return _value_ends(context, body, Snapshot(own))


@question(lambda body, before: Ended((), None, makes=False))
def _value_ends(context: Context, body: Body, before: Snapshot) -> Ended:
    task = Task(body, context.sites_of(body), Obligation.NAME)
    context.answers.spend(WALK_START)
    explorer = FullExplorer(context, task, depth=1)
    result = explorer.run(seed_of(context, body).begin_with(before.state))
    states = tuple(end.state for end in result.ends if not end.raised)
    given = (settled(state.result, state) for state in states)
    managed = next((value for value in given if value is not None), None)
    return Ended(states, managed, bool(result.created))


def returns_managed(context: Context, func: Func, settings: State | None = None) -> Value | None:
    """A managed file or directory that a helper returns: it registered the deletion itself."""
    project = context.project
    if not returns(project, func) or not may_be_handed(project, func):
        return None
    code = project.code(func)
    if code is None or code.is_generator:
        return None
    return _ended(context, Body(project.module(func.module), code, project.owner_of(func)), settings).managed


def what_is_given(context: Context, func: Func, settings: State) -> Given:
    """What a creating helper gives to a call with these settings of its parameters."""
    if returns_managed(context, func, settings) is not None:
        return Given.MANAGED
    code = context.project.code(func)
    if code is None:
        return Given.NEW
    module = context.project.module(func.module)
    ended = _ended(context, Body(module, code, context.project.owner_of(func)), settings)
    gives_one = ended.makes and any(_gives_new(state.result, state) for state in ended.states)
    return Given.NOTHING if ended.states and not gives_one else Given.NEW


def _gives_new(value: object, state: State, depth: int = 0) -> bool:
    """Whether a result may lead to a file that was made on the way."""
    match value:
        case Ref(obj=obj):
            return obj != MANAGED
        case v.Const() | v.Sym() | v.Item() | v.Member() | v.Dotted() | v.Global() | v.Klass():
            return False
        case v.Object(data=()):
            return bool(contents(value, state))
        case v.Seq() | v.Box() if depth < 3:
            return any(_gives_new(i, state, depth + 1) for i in elements(value, state))
    return True


@question(lambda klass: None)
def lent_by_class(context: Context, klass: Klass) -> Value | None:
    """The path that `with Klass() as path` gives, when the class makes it and its exit deletes it."""
    project = context.project
    enter = project.method(klass, "__enter__")
    if enter is None:
        return None
    states = [State()]
    for name in ("__init__", "__enter__"):
        func = project.method(klass, name)
        code = project.code(func) if func is not None else None
        if func is None or code is None or (name == "__init__" and not may_create(project, func)):
            continue
        states = [
            after
            for state in states
            for after in value_ends(
                context,
                Body(project.module(func.module), code, Klass(klass.module, klass.qualname, klass.shape)),
                state,
            )
        ][:4]
    lent: Value | None = None
    for state in states:
        given = state.result
        managed = settled(given, state)
        if managed is not None:
            lent = managed
        elif isinstance(given, Ref) and given.obj > 0:
            held: dict[Slot, Stored] = {
                slot: Ref(v.TRACKED, x.role)
                for slot, x in state.heap.slots.items()
                if isinstance(x, Ref) and x.obj == given.obj
            }
            owned = Owned(klass, Snapshot(seed(held)), Obligation.NAME, "__enter__")
            if held and who_deletes(context, owned, False, False) is Kept.MANAGED:
                lent = Ref(MANAGED, given.role)
    return lent


def is_managed_place(context: Context, module: Module, place: Value) -> bool:
    """Whether a directory that comes from an attribute or a module's variable is cleaned up as a whole."""
    project = context.project
    match place:
        case v.Member(base=Inst(klass=klass), attr=attr):
            return _attribute_is_managed(context, klass, attr)
        case v.Member(base=v.Member(base=Inst(klass=klass), attr=attr), attr="name"):
            return _attribute_is_managed(context, klass, attr)
        case v.Member(base=Klass() as klass, attr=attr):
            return _attribute_is_managed(context, klass, attr)
        case v.Member(base=v.Sym() | v.Member() | v.Item(), attr=attr):
            only = only_class_with(project, module, attr)
            return only is not None and _attribute_is_managed(context, only, attr)
        case v.Global(module=key, name=name):
            return _global_is_managed(context, project.module(key), name)
        case symbols.FreeName(name=name):  # functions alone bind it, which say that it is the module's
            return _global_is_managed(context, module, name)
        case v.Item(base=base, index="child"):
            return is_managed_place(context, module, base)
        case symbols.OfContext(variable=v.Global(module=key, name=name)):
            return _context_is_managed(project, project.module(key), name)
        case v.Dotted(name=name):
            found = project.find(module, name)
            return isinstance(found, v.Global) and is_managed_place(context, module, found)
    return False


@question(lambda module, name: False)
def _context_is_managed(project: Project, module: Module, name: str) -> bool:
    """Whether a function of the module sets a context variable to a directory that the function deletes."""
    known = project.knowledge
    ending = (
        *known.tails_where(Creates, lambda made: made.shape in SELF_DELETING_SHAPES),
        *known.tails(Deletes),
    )
    for each in module.source.skeleton.ordered_defs():
        text = region_text(project, Func(module.key, each.qualname))
        if f"{name}.set(" in text and any(word in text for word in ending):
            return True
    return False


@question(lambda klass, attr: ())
def _that_may_fill(project: Project, klass: Klass, attr: str) -> tuple[tuple[str, Func], ...]:
    """The methods of a class, those above that they call included, that may put a file that they make under an
    attribute: each with the name by which it is called."""
    near = next_in_line(project, klass)
    own = project.methods(klass) if near is None else project.own_method_names(klass)
    found = [each for each in with_those_above(project, klass, own) if _may_fill(project, each[1], attr)]
    if near is not None:
        found += [each for each in _that_may_fill(project, near, attr) if each[0] not in own]
    return tuple(found)


def _may_fill(project: Project, func: Func, attr: str) -> bool:
    text = region_text(project, func)
    if attr not in text:
        return False
    lent = any(name in text for name in project.knowledge.tails(Lends))
    code = project.code(func) if lent or may_create(project, func) else None
    return code is not None and (
        _gives(project, func, attr) or attr in _attributes_set(project, code) or "setattr" in text
    )


def _gives(project: Project, func: Func, attr: str) -> bool:
    """Whether a method is the default of a field of attrs."""
    return f"{attr}.default" in project.decorators(func)


@question(lambda klass, attr: False)
def _attribute_is_managed(context: Context, klass: Klass, attr: str) -> bool:
    project = context.project
    # What the object deletes by itself asks nobody else; what its methods fill may lead through all of its attributes.
    if _deletes_what_it_is_given(context, klass, attr) or _property_is_managed(context, klass, attr):
        return True
    for name, func in _that_may_fill(project, klass, attr):
        code, module = project.code(func), project.module(func.module)
        if code is None:
            continue
        bound = Func(func.module, func.qualname, func.code, Inst(klass, "self"))
        gives_it = _gives(project, func, attr)
        for state in value_ends(context, Body(module, code, project.owner_of(bound))):
            if gives_it and settled(state.result, state) is not None:
                return True
            own = state.attribute("self", attr)
            value = own or state.attribute(klass, attr)
            if settled(value, state) is not None:
                return True
            if isinstance(value, Ref) and value.obj > 0 and value.role in (Role.PATH, Role.HANDLE):
                text = region_text(project, func)
                if _registers_deletion(project, text, attr):
                    return True
                if mode_of(code) == "fixture" and _names_in_deletion(project, text, attr):
                    return True  # pytest goes on with it behind the test
                keeper = "self" if own is not None else klass
                start = seed({Attribute(keeper, attr): Ref(v.TRACKED, value.role)})
                owned = Owned(klass, Snapshot(start), Obligation.NAME, name)
                if who_deletes(context, owned, False, False) is Kept.MANAGED:
                    return True
    return False


def _deletes_what_it_is_given(context: Context, klass: Klass, attr: str) -> bool:
    """Whether the object deletes a directory that it is made with, by its constructor or a field's default, when it
    ends: what empties a cache on demand is for another day."""
    project = context.project
    deleting = _deleting(project, klass, attr)
    ending = sorted({*frameworks.ENDING_METHODS, *frameworks.FINALIZERS}) if deleting else ()
    if not any(
        name in deleting or any(f".{other}(" in region_text(project, func) for other in deleting)
        for name, func in with_those_above(project, klass, ending)
    ):
        return False
    start = seed({Attribute("self", attr): Ref(v.TRACKED, Role.PATH)})
    return who_deletes(context, Owned(klass, Snapshot(start), Obligation.NAME, "__init__"), False, False) is (
        Kept.MANAGED
    )


@question(lambda klass, attr: frozenset())
def _deleting(project: Project, klass: Klass, attr: str) -> frozenset[str]:
    """The names of methods that delete an attribute, by their text or that of those above which they call."""
    near = next_in_line(project, klass)
    own = project.methods(klass) if near is None else project.own_method_names(klass)
    found = {
        name
        for name, func in with_those_above(project, klass, own)
        if f".{attr}" in (text := region_text(project, func)) and _names_in_deletion(project, text, attr)
    }
    above = _deleting(project, near, attr) if near is not None else frozenset()
    return frozenset(found | {name for name in above if name not in own})


def _names_in_deletion(project: Project, text: str, attr: str) -> bool:
    """Whether a text deletes an attribute as it is, itself or under a name of its own."""
    held = rf"\w+\.{re.escape(attr)}"
    names = (held, *map(re.escape, re.findall(rf"\b(\w+)[ \t]*=[ \t]*{held}[ \t]*$", text, re.MULTILINE)))
    return any(_deletes_one(project, text, name) for name in names)


def _deletes_one(project: Project, text: str, name: str) -> bool:
    """Whether a text deletes what has a name, which is a pattern."""
    deleters = project.knowledge.deleting
    return (
        re.search(rf"\b(?:{deleters})\([^\n]*\b{name}\b(?!\.)|\b{name}\.(?:{deleters})\(", text) is not None
    )


def _registers_deletion(project: Project, text: str, attr: str) -> bool:
    """Whether a method's text, which fills the attribute, registers something for the end, and has it deleted in a
    function of its own."""
    deleters = project.knowledge.deleting
    deletes = rf"(?:^\s+def\b.*?|\blambda\b[^\n]*?)\b(?:{deleters})\(\s*(?:self|cls)\.{re.escape(attr)}\b"
    registrars = "|".join(sorted(project.knowledge.tails(Registers)))
    return re.search(rf"\b(?:{registrars})\(", text) is not None and (
        re.search(deletes, text.partition("\n")[2], re.MULTILINE | re.DOTALL) is not None
    )


@question()
def _attributes_set(project: Project, code: Code) -> frozenset[str]:
    """The attributes, of whatever object, that a body sets."""
    return frozenset(node.op.attr for node in code.nodes if isinstance(node.op, g.SetAttr))


def _property_is_managed(context: Context, klass: Klass, attr: str) -> bool:
    """Whether the attribute is a property that gives a managed directory."""
    project = context.project
    func = project.method(klass, attr)
    known = project.module(func.module).source.skeleton.defs.get(func.qualname) if func is not None else None
    if func is None or known is None or not any(d.endswith("property") for d in known.decorators):
        return False
    code = project.code(func)
    if code is None:
        return False
    module = project.module(func.module)
    for state in value_ends(context, Body(module, code, klass)):
        given = state.result
        if settled(given, state) is not None:
            return True
        if isinstance(given, v.Member) and given.attr != attr and is_managed_place(context, module, given):
            return True
        once = any("cached" in each or "lazy" in each for each in known.decorators)
        if once and isinstance(given, Ref) and given.obj > 0 and given.role in (Role.PATH, Role.HANDLE):
            start = seed({Attribute("self", attr): Ref(v.TRACKED, given.role)})
            owned = Owned(klass, Snapshot(start), Obligation.NAME, attr)
            if who_deletes(context, owned, False, False) is Kept.MANAGED:
                return True
    return False


@question(lambda klass, attr: None)
def attribute_value(context: Context, klass: Klass, attr: str) -> Value | None:
    """The function or class that the constructor stores under an attribute of the object."""
    project = context.project
    init = project.method(klass, "__init__")
    if init is None or attr not in region_text(project, init):
        return None
    code = project.code(init)
    if code is None:
        return None
    stored: Value | None = None
    for state in value_ends(context, Body(project.module(init.module), code, project.owner_of(init))):
        value = state.attribute("self", attr)
        if isinstance(value, Dotted | Func | Klass):
            stored = value
    return stored


@question(lambda module, name: False)
def _global_is_managed(context: Context, module: Module, name: str) -> bool:
    try:
        code = module.source.module_body
    except Unreadable:
        return False
    for state in value_ends(context, Body(module, code, None)):
        if _is_deleted_in_variable(context, module, name, state.get(name), state, ""):
            return True
    return any(_fills_managed(context, func, name) for func in _that_fill(context.project, module, name))


def _is_deleted_in_variable(
    context: Context, module: Module, name: str, value: Value | None, state: State, creating: str
) -> bool:
    """Whether what a variable of the module has been given is deleted, where it has it registered or by a function of
    the module; `creating` is the function that gives it."""
    if settled(value, state) is not None:
        return True
    if not isinstance(value, Ref) or value.obj <= 0:
        return False
    start = seed({GlobalName(name): Ref(v.TRACKED, value.role)})
    return who_deletes_global(context, module, start, Obligation.NAME, creating) is Kept.MANAGED


@question(lambda module, name: ())
def _that_fill(project: Project, module: Module, name: str) -> tuple[Func, ...]:
    """The functions of a module that give one of its variables what they may have made, by their text, in source
    order."""
    declares = re.compile(rf"^[ \t]+global\b[^\n#]*\b{re.escape(name)}\b", re.MULTILINE)
    named = (
        Func(module.key, known.qualname)
        for known in defs_naming(project, module, (name,))
        if declares.search(module.def_text(known.qualname))
    )
    return tuple(func for func in named if may_create(project, func))


def _fills_managed(context: Context, func: Func, name: str) -> bool:
    """Whether a function of the module gives one of its variables a directory that is deleted when its time is over."""
    project, module = context.project, context.project.module(func.module)
    code = project.code(func)
    if code is None:
        return False
    held = re.escape(name)
    if mode_of(code) == "fixture" and _deletes_one(project, region_text(project, func), held):
        return True  # pytest goes on with it behind the tests
    return any(
        _is_deleted_in_variable(context, module, name, state.global_name(name), state, code.name)
        for state in value_ends(context, Body(module, code, project.owner_of(func)))
    )
