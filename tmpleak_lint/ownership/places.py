"""What bodies leave behind where no file is followed: managed directories, and what attributes hold.

Comes in: a helper, a class's attribute, a module's variable. Goes out: the file or directory there that
somebody deletes, as a value that says so, or None.
"""

from __future__ import annotations

from tmpleak_lint.flow.graph import Code
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.by_text import HELPER_DEPTH, may_be_handed, may_create, region_text, returns
from tmpleak_lint.ownership.holding import elements, settled
from tmpleak_lint.ownership.owners import Kept, who_deletes, who_deletes_global
from tmpleak_lint.ownership.project import Module
from tmpleak_lint.ownership.seeds import seed_of
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.state import RESULT, State, contents
from tmpleak_lint.ownership.summaries import only_class_with
from tmpleak_lint.ownership.surroundings import Given, Stack, Surroundings
from tmpleak_lint.ownership.transfer.table import FullWalker
from tmpleak_lint.ownership.values import MANAGED, Dotted, Func, Inst, Klass, Ref, Role, Value
from tmpleak_lint.ownership.walk import Options
from tmpleak_lint.reading.regions import Unreadable


def value_ends(
    around: Surroundings,
    module: Module,
    code: Code,
    owner: Klass | None,
    stack: Stack,
    before: State | None = None,
) -> list[State]:
    """The states in which a body ends normally, no file being tracked: what attributes, globals and
    results hold."""
    project = around.project
    parameters = {p.name for p in code.params}
    own: State = {
        k: x
        for k, x in (before or {}).items()
        if k in parameters or (type(k) is tuple and k[0] in ("@", "#"))
    }
    key = ("value ends", code, owner, frozenset(own.items()))
    if key not in project.memo:
        project.memo[key] = []
        if code in stack or len(stack) > HELPER_DEPTH + 2:
            return []
        walker = FullWalker(
            around,
            module,
            code,
            around.sites_of(module, code, owner),
            tracked=None,
            obligation=Obligation.NAME,
            options=Options(),
            stack=stack,
            depth=1,
        )
        result = walker.run({**seed_of(around, module, code, owner), **own})
        project.memo[key] = [end.state for end in result.ends if not end.raised]
    states: list[State] = project.memo[key]
    return states


def returns_managed(
    around: Surroundings, func: Func, stack: Stack, settings: State | None = None
) -> Value | None:
    """A managed file or directory that a helper returns: it registered the deletion itself."""
    project = around.project
    if not returns(project, func) or not may_be_handed(project, func):
        return None
    code = project.code(func)
    if code is None or code.is_generator:
        return None
    for state in value_ends(
        around, project.module(func.module), code, project.owner_of(func), stack, settings
    ):
        found = settled(state.get(RESULT), state)
        if found is not None:
            return found
    return None


def what_is_given(around: Surroundings, func: Func, stack: Stack, settings: State) -> Given:
    """What a creating helper gives to a call with these settings of its parameters."""
    if returns_managed(around, func, stack, settings) is not None:
        return Given.MANAGED
    code = around.project.code(func)
    if code is None:
        return Given.NEW
    module = around.project.module(func.module)
    ends = value_ends(around, module, code, around.project.owner_of(func), stack, settings)
    made = any(_gives_new(state.get(RESULT), state) for state in ends)
    return Given.NOTHING if ends and not made else Given.NEW


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


def lent_by_class(around: Surroundings, klass: Klass, stack: Stack) -> Value | None:
    """The path that `with Klass() as path` gives, when the class makes it and its exit deletes it."""
    project = around.project
    key = ("lent by class", klass)
    if key in project.memo:
        known: Value | None = project.memo[key]
        return known
    project.memo[key] = None
    enter = project.method(klass, "__enter__")
    if enter is None:
        return None
    states: list[State] = [{}]
    for name in ("__init__", "__enter__"):
        func = project.method(klass, name)
        code = project.code(func) if func is not None else None
        if (
            func is None
            or code is None
            or code in stack
            or (name == "__init__" and not may_create(project, func))
        ):
            continue
        states = [
            after
            for state in states
            for after in value_ends(
                around,
                project.module(func.module),
                code,
                Klass(klass.module, klass.qualname, klass.shape),
                stack,
                state,
            )
        ][:4]
    for state in states:
        given = state.get(RESULT)
        managed = settled(given, state)
        if managed is not None:
            project.memo[key] = managed
        elif isinstance(given, Ref) and given.obj > 0:
            held: State = {
                k: Ref(v.TRACKED, x.role)
                for k, x in state.items()
                if isinstance(x, Ref) and x.obj == given.obj and k != RESULT and type(k) is tuple
            }
            if (
                held
                and who_deletes(around, klass, {**held, "$t": "live"}, Obligation.NAME, "__enter__")
                is Kept.MANAGED
            ):
                project.memo[key] = Ref(MANAGED, given.role)
    found: Value | None = project.memo[key]
    return found


def is_managed_place(around: Surroundings, module: Module, place: Value, stack: Stack) -> bool:
    """Whether a directory that comes from an attribute or a module's variable is cleaned up as a whole."""
    project = around.project
    match place:
        case v.Member(base=Inst(klass=klass), attr=attr):
            return _attribute_is_managed(around, klass, attr, stack)
        case v.Member(base=v.Member(base=Inst(klass=klass), attr=attr), attr="name"):
            return _attribute_is_managed(around, klass, attr, stack)
        case v.Member(base=Klass() as klass, attr=attr):
            return _attribute_is_managed(around, klass, attr, stack)
        case v.Member(base=v.Sym() | v.Member() | v.Item(), attr=attr):
            only = only_class_with(project, module, attr)
            return only is not None and _attribute_is_managed(around, only, attr, stack)
        case v.Global(module=key, name=name):
            return _global_is_managed(around, project.module(key), name, stack)
        case v.Item(base=base, index="child"):
            return is_managed_place(around, module, base, stack)
        case v.Dotted(name=name):
            found = project.find(module, name)
            return isinstance(found, v.Global) and is_managed_place(around, module, found, stack)
    return False


def _attribute_is_managed(around: Surroundings, klass: Klass, attr: str, stack: Stack) -> bool:
    project = around.project
    key = ("managed attribute", klass, attr)
    if key in project.memo:
        return bool(project.memo[key])
    project.memo[key] = False
    answer = _property_is_managed(around, klass, attr, stack)
    for name in project.method_names(klass) if not answer else ():
        func = project.method(klass, name)
        if func is None or attr not in region_text(project, func) or not may_create(project, func):
            continue
        code = project.code(func)
        if code is None or code in stack:
            continue
        bound = Func(func.module, func.qualname, func.code, Inst(klass, "self"))
        module = project.module(func.module)
        for state in value_ends(around, module, code, project.owner_of(bound), stack):
            value = state.get(("@", "self", attr)) or state.get(("@", ("class", klass), attr))
            if settled(value, state) is not None:
                answer = True
            elif isinstance(value, Ref) and value.obj > 0 and value.role in (Role.PATH, Role.HANDLE):
                seed: State = {("@", "self", attr): Ref(v.TRACKED, value.role), "$t": "live"}
                answer = who_deletes(around, klass, seed, Obligation.NAME, creating=name) is Kept.MANAGED
            if answer:
                break
        if answer:
            break
    project.memo[key] = answer
    return answer


def _property_is_managed(around: Surroundings, klass: Klass, attr: str, stack: Stack) -> bool:
    """Whether the attribute is a property that gives a managed directory."""
    project = around.project
    func = project.method(klass, attr)
    known = project.module(func.module).source.skeleton.defs.get(func.qualname) if func is not None else None
    if func is None or known is None or not any(d.endswith("property") for d in known.decorators):
        return False
    code = project.code(func)
    if code is None or code in stack:
        return False
    module = project.module(func.module)
    for state in value_ends(around, module, code, klass, stack):
        given = state.get(RESULT)
        if settled(given, state) is not None:
            return True
        if (
            isinstance(given, v.Member)
            and given.attr != attr
            and is_managed_place(around, module, given, stack)
        ):
            return True
    return False


def attribute_value(around: Surroundings, klass: Klass, attr: str, stack: Stack) -> Value | None:
    """The function or class that the constructor stores under an attribute of the object."""
    project = around.project
    key = ("attribute value", klass, attr)
    if key in project.memo:
        known: Value | None = project.memo[key]
        return known
    project.memo[key] = None
    init = project.method(klass, "__init__")
    if init is None or attr not in region_text(project, init):
        return None
    code = project.code(init)
    if code is None or code in stack:
        return None
    for state in value_ends(around, project.module(init.module), code, project.owner_of(init), stack):
        value = state.get(("@", "self", attr))
        if isinstance(value, Dotted | Func | Klass):
            project.memo[key] = value
    found: Value | None = project.memo[key]
    return found


def _global_is_managed(around: Surroundings, module: Module, name: str, stack: Stack) -> bool:
    project = around.project
    key = ("managed global", module.key, name)
    if key in project.memo:
        return bool(project.memo[key])
    project.memo[key] = False
    try:
        code = module.source.module_body
    except Unreadable:
        return False
    answer = False
    for state in value_ends(around, module, code, None, stack):
        value = state.get(name)
        if settled(value, state) is not None:
            answer = True
        elif isinstance(value, Ref) and value.obj > 0:
            seed: State = {("G", name): Ref(v.TRACKED, value.role), "$t": "live"}
            answer = who_deletes_global(around, module, seed, Obligation.NAME) is Kept.MANAGED
        if answer:
            break
    project.memo[key] = answer
    return answer
