"""Who answers for a file once the body that made it has ended: objects, modules, helpers and managers.

Comes in: what held the file when a body ended (an attribute, a registry, a module's variable, a returned value).
Goes out: whether something in reach deletes it: `managed`, `nobody`, or `unknown` (it went where we can't look).
"""

from __future__ import annotations

import re
from enum import Enum

from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.project import Module, Project
from tmpleak_lint.ownership.sites import Handed, Obligation, Site, Statics, find_sites
from tmpleak_lint.ownership.summaries import called_functions, owner_of, region_text
from tmpleak_lint.ownership.values import MANAGED, Dotted, Func, Inst, Klass, Ref, Role, Value
from tmpleak_lint.ownership.walk import RESULT, Options, State, Walker
from tmpleak_lint.reading.matters import CREATOR_NAMES
from tmpleak_lint.reading.regions import Unreadable

__all__ = ["owner_of"]

_CREATORS = tuple(name.decode() for name in CREATOR_NAMES)
HELPER_DEPTH = 4


class Kept(Enum):
    MANAGED = "managed"
    NOBODY = "nobody"
    SOMETIMES = "sometimes"  # only under a condition that isn't the user's wish to keep it
    BESIDE = "beside"  # something is deleted, but not what was created
    UNKNOWN = "unknown"


# -- sites, and helpers that hand a file over ------------------------------------------------------


def sites_of(project: Project, module: Module, code: Code, owner: Klass | None) -> tuple[Site, ...]:
    """The creation sites of a body, calls of creating helpers included."""
    key = ("sites", code, owner)
    if key not in project.memo:
        project.memo[key] = ()

        def helper(target: Value) -> tuple[Handed, ...]:
            func = project.find(module, target.name) if isinstance(target, Dotted) else target
            if isinstance(func, Func) and may_create(project, func):
                return handed_by(project, func)
            return ()

        project.memo[key] = find_sites(Statics(project, module, code, owner), helper)
    return project.memo[key]  # type: ignore[return-value]


def may_create(project: Project, func: Func, depth: int = 0) -> bool:
    """Whether a function can create a temp file, by the names in its text and in that of what it calls."""
    key = ("may create", func.module, func.qualname, func.code)
    if key in project.memo:
        return bool(project.memo[key])
    if depth > HELPER_DEPTH:
        return False
    project.memo[key] = False
    text = region_text(project, func)
    found = any(name in text for name in _CREATORS) or bool(project.knowledge.creators)
    if not found:
        found = any(may_create(project, each, depth + 1) for each in called_functions(project, func, text))
    project.memo[key] = found
    return found


def handed_by(project: Project, func: Func) -> tuple[Handed, ...]:
    """The files that a call of func gives to its caller, who owes their deletion from then on."""
    from tmpleak_lint.ownership.judge import study

    code = project.code(func)
    if code is None or code.is_generator:
        return ()
    found = study(project, project.module(func.module), code, owner_of(project, func))
    return found.handed


# -- what a body leaves behind without any file being followed -------------------------------------


def value_ends(
    project: Project,
    module: Module,
    code: Code,
    owner: Klass | None,
    stack: tuple[Code, ...],
    before: State | None = None,
) -> list[State]:
    """The states in which a body ends normally, no file being tracked: what attributes, globals and results hold."""
    from tmpleak_lint.ownership.judge import seed_of, walker_class

    parameters = {p.name for p in code.params}
    own = {k: x for k, x in (before or {}).items() if k in parameters or (type(k) is tuple and k[0] in ("@", "#"))}
    key = ("value ends", code, owner, frozenset(own.items()))
    if key not in project.memo:
        project.memo[key] = []
        if code in stack or len(stack) > HELPER_DEPTH + 2:
            return []
        walker = walker_class()(
            project,
            module,
            code,
            sites_of(project, module, code, owner),
            tracked=None,
            obligation=Obligation.NAME,
            options=Options(),
            stack=stack,
            depth=1,
        )
        result = walker.run({**seed_of(project, module, code, owner), **own})
        project.memo[key] = [end.state for end in result.ends if not end.raised]
    return project.memo[key]  # type: ignore[return-value]


def _settled(value: object, state: State) -> Value | None:
    """A value that names a file somebody else cleans up: as such, else None."""
    if isinstance(value, Ref):
        managed: frozenset[int] = state.get("$managed", frozenset())  # type: ignore[assignment]
        if value.obj == MANAGED or value.obj in managed:
            return Ref(MANAGED, value.role)
    if isinstance(value, v.Seq):
        items = tuple(_settled(i, state) or i for i in value.items)
        return v.Seq(items) if items != value.items else None
    return None


def returns_managed(
    project: Project, func: Func, stack: tuple[Code, ...], settings: State | None = None
) -> Value | None:
    """A managed file or directory that a helper returns: it registered the deletion itself."""
    if not may_create(project, func):
        return None
    code = project.code(func)
    if code is None or code.is_generator:
        return None
    for state in value_ends(project, project.module(func.module), code, owner_of(project, func), stack, settings):
        found = _settled(state.get(RESULT), state)
        if found is not None:
            return found
    return None


def lent_by(project: Project, func: Func, stack: tuple[Code, ...]) -> Value | None:
    """The path that a contextmanager function lends for the duration of the block, when it cleans up on every way."""
    from tmpleak_lint.ownership.judge import study

    code = project.code(func)
    if code is None or code in stack or not may_create(project, func):
        return None
    found = study(project, project.module(func.module), code, owner_of(project, func))
    for value in found.lent:
        if isinstance(value, Ref):
            return Ref(MANAGED, value.role)
    return None


def fixture_value(project: Project, module: Module, code: Code, name: str) -> Value | None:
    """What a pytest fixture of the module gives to a test's (or another fixture's) parameter, if it is managed."""
    from tmpleak_lint.ownership.calls import mode_of
    from tmpleak_lint.ownership.judge import seed_of, walker_class

    if not code.name.startswith("test") and not _is_fixture(code):
        return None
    known = module.source.skeleton.defs.get(name)
    if known is None or not {d.rpartition(".")[2] for d in known.decorators} & _FIXTURES:
        return None
    key = ("fixture", module.key, name)
    if key not in project.memo:
        project.memo[key] = None
        func = Func(module.key, name)
        body = project.code(func)
        if body is not None:
            walker = walker_class()(
                project, module, body, (), tracked=None, obligation=Obligation.NAME, options=Options(),
                mode=mode_of(body), depth=1,
            )  # fmt: skip
            result = walker.run(seed_of(project, module, body, None))
            given = [*result.lent, *(end.state.get(RESULT) for end in result.ends)]
            project.memo[key] = next((x for x in given if _settled(x, {}) is not None), None)
    return project.memo[key]  # type: ignore[return-value]


def _is_fixture(code: Code) -> bool:
    return bool({d.rpartition(".")[2] for d in code.decorators} & _FIXTURES)


_FIXTURES = frozenset(d.rpartition(".")[2] for d in frameworks.FIXTURE_DECORATORS)


def lent_by_class(project: Project, klass: Klass, stack: tuple[Code, ...]) -> Value | None:
    """The path that `with Klass() as path` gives, when the class makes it and its exit deletes it."""
    key = ("lent by class", klass)
    if key in project.memo:
        return project.memo[key]  # type: ignore[return-value]
    project.memo[key] = None
    enter = project.method(klass, "__enter__")
    if enter is None:
        return None
    states: list[State] = [{}]
    for name in ("__init__", "__enter__"):
        func = project.method(klass, name)
        code = project.code(func) if func is not None else None
        if func is None or code is None or code in stack or not may_create(project, func) and name == "__init__":
            continue
        states = [
            after
            for state in states
            for after in value_ends(project, project.module(func.module), code, Klass(klass.module, klass.qualname, klass.shape), stack, state)
        ][:4]
    for state in states:
        given = state.get(RESULT)
        settled = _settled(given, state)
        if settled is not None:
            project.memo[key] = settled
        elif isinstance(given, Ref) and given.obj > 0:
            held = {k: Ref(v.TRACKED, x.role) for k, x in state.items() if isinstance(x, Ref) and x.obj == given.obj and k != RESULT and type(k) is tuple}
            if held and who_deletes(project, klass, {**held, "$t": "live"}, Obligation.NAME, "__enter__") is Kept.MANAGED:
                project.memo[key] = Ref(MANAGED, given.role)
    return project.memo[key]  # type: ignore[return-value]


def is_managed_place(project: Project, module: Module, place: Value, stack: tuple[Code, ...]) -> bool:
    """Whether a directory that comes from an attribute or a module's variable is cleaned up as a whole."""
    match place:
        case v.Member(base=Inst(klass=klass), attr=attr):
            return _attribute_is_managed(project, klass, attr, stack)
        case v.Member(base=v.Member(base=Inst(klass=klass), attr=attr), attr="name"):
            return _attribute_is_managed(project, klass, attr, stack)
        case v.Member(base=Klass() as klass, attr=attr):
            return _attribute_is_managed(project, klass, attr, stack)
        case v.Global(module=key, name=name):
            return _global_is_managed(project, project.module(key), name, stack)
        case v.Item(base=base, index="child"):
            return is_managed_place(project, module, base, stack)
        case v.Dotted(name=name):
            found = project.find(module, name)
            return isinstance(found, v.Global) and is_managed_place(project, module, found, stack)
    return False


def _attribute_is_managed(project: Project, klass: Klass, attr: str, stack: tuple[Code, ...]) -> bool:
    key = ("managed attribute", klass, attr)
    if key in project.memo:
        return bool(project.memo[key])
    project.memo[key] = False
    answer = False
    for name in project.method_names(klass):
        func = project.method(klass, name)
        if func is None or attr not in region_text(project, func) or not may_create(project, func):
            continue
        code = project.code(func)
        if code is None or code in stack:
            continue
        bound = Func(func.module, func.qualname, func.code, Inst(klass, "self"))
        module = project.module(func.module)
        for state in value_ends(project, module, code, owner_of(project, bound), stack):
            value = state.get(("@", "self", attr)) or state.get(("@", ("class", klass), attr))
            if _settled(value, state) is not None:
                answer = True
            elif isinstance(value, Ref) and value.obj > 0 and value.role in (Role.PATH, Role.HANDLE):
                seed: State = {("@", "self", attr): Ref(v.TRACKED, value.role), "$t": "live"}
                answer = who_deletes(project, klass, seed, Obligation.NAME, creating=name) is Kept.MANAGED
            if answer:
                break
        if answer:
            break
    project.memo[key] = answer
    return answer


def attribute_value(project: Project, klass: Klass, attr: str, stack: tuple[Code, ...]) -> Value | None:
    """The function or class that the constructor stores under an attribute of the object."""
    key = ("attribute value", klass, attr)
    if key in project.memo:
        return project.memo[key]  # type: ignore[return-value]
    project.memo[key] = None
    init = project.method(klass, "__init__")
    if init is None or attr not in region_text(project, init):
        return None
    code = project.code(init)
    if code is None or code in stack:
        return None
    for state in value_ends(project, project.module(init.module), code, owner_of(project, init), stack):
        value = state.get(("@", "self", attr))
        if isinstance(value, Dotted | Func | Klass):
            project.memo[key] = value
    return project.memo[key]  # type: ignore[return-value]


def _global_is_managed(project: Project, module: Module, name: str, stack: tuple[Code, ...]) -> bool:
    key = ("managed global", module.key, name)
    if key in project.memo:
        return bool(project.memo[key])
    project.memo[key] = False
    try:
        code = module.source.module_body
    except Unreadable:
        return False
    answer = False
    for state in value_ends(project, module, code, None, stack):
        value = state.get(name)
        if _settled(value, state) is not None:
            answer = True
        elif isinstance(value, Ref) and value.obj > 0:
            seed: State = {("G", name): Ref(v.TRACKED, value.role), "$t": "live"}
            answer = who_deletes_global(project, module, seed, Obligation.NAME) is Kept.MANAGED
        if answer:
            break
    project.memo[key] = answer
    return answer


# -- objects and modules as owners -----------------------------------------------------------------


def releases_when_called(
    project: Project, func: Func, seed: State, obligation: Obligation
) -> tuple[bool, Walker] | None:
    """Whether a method (with `self`) or function deletes the file that the seed holds; the walk, to look closer."""
    from tmpleak_lint.ownership.calls import mode_of
    from tmpleak_lint.ownership.judge import seed_of, walker_class

    code = project.code(func)
    if code is None:
        return None
    module = project.module(func.module)
    owner = owner_of(project, func)
    walker = walker_class()(
        project,
        module,
        code,
        sites_of(project, module, code, owner),
        tracked=None,
        obligation=obligation,
        options=Options(quiet=True),
        mode=mode_of(code),
        depth=1,
    )
    state = {**seed_of(project, module, code, owner), **seed}
    result = walker.run(state)
    return any(h.kind in ("released", "managed") for h in result.happenings), walker


def _is_close_like(name: str) -> bool:
    return name in frameworks.CLOSE_LIKE or any(word in name.lower() for word in frameworks.CLOSE_WORDS)


def who_deletes(
    project: Project, klass: Klass, seed: State, obligation: Obligation, creating: str, always_only: bool = False
) -> Kept:
    """Whether some method of the class (or a base in the project) deletes what its attributes hold.

    With `always_only` just what runs even when nobody ever got the object counts (`__del__`).
    """
    key = ("who deletes", klass, obligation, creating, always_only, frozenset(seed.items()))
    if key in project.memo:
        return project.memo[key]  # type: ignore[return-value]
    project.memo[key] = Kept.UNKNOWN
    answer = _who_deletes(project, klass, seed, obligation, creating, always_only)
    project.memo[key] = answer
    return answer


def _runs_sooner_or_later(project: Project, klass: Klass, name: str) -> bool:
    """Whether a method that deletes is one that somebody calls: the framework, the user of the class, or the class.

    A test's methods are called by the framework by exact name: a misspelt `teardown` never runs.
    """
    if name in frameworks.ALWAYS_FINALIZED:
        return True
    outside = {base.rpartition(".")[2] for base in project.bases(klass)[1]}
    is_test = bool(outside & {b.rpartition(".")[2] for b in frameworks.TEST_BASES})
    if is_test:
        if name in frameworks.UNITTEST_FINALIZERS or name.startswith("test"):
            return True
    elif not name.startswith("_") or name in frameworks.FINALIZERS:
        return True
    return _is_mentioned(project, klass, name)


def _is_mentioned(project: Project, klass: Klass, name: str) -> bool:
    """Whether another method of the class or its bases names this one."""
    pattern = re.compile(rf"\.{re.escape(name)}\b")
    for other in project.method_names(klass):
        func = project.method(klass, other)
        if func is not None and other != name and pattern.search(region_text(project, func)):
            return True
    return False


def _passes_by(walker: Walker) -> bool:
    """Whether a deleting method has a normal way on which a setting of another object decides not to delete.

    What the object notes of itself (closed, owned, started) is its own bookkeeping, and trusted.
    """
    from tmpleak_lint.ownership.judge import passes_keep_option

    return any(
        not end.raised and "$t" in end.state and "$setting" in end.state and not passes_keep_option(walker, end)
        for end in walker.result.ends
    )


def _held_names(seed: State) -> list[str]:
    names = [str(key[2]) for key in seed if type(key) is tuple and key[0] == "@"]
    names += [key[1].attr for key in seed if type(key) is tuple and key[0] == "#" and isinstance(key[1], v.Member)]
    names += [key[1].name for key in seed if type(key) is tuple and key[0] == "#" and isinstance(key[1], v.Global)]
    names += [str(key[1]) for key in seed if type(key) is tuple and key[0] == "G"]
    return names


def _who_deletes(
    project: Project, klass: Klass, seed: State, obligation: Obligation, creating: str, always_only: bool
) -> Kept:
    names = project.method_names(klass)
    attributes = _held_names(seed)

    def rank(name: str) -> int:
        if name in frameworks.FINALIZERS:
            return 0
        return 1 if _is_close_like(name) else 2

    counts = {name: _runs_sooner_or_later(project, klass, name) for name in names}
    beside = sometimes = False
    for name in sorted(names, key=rank):
        if always_only and name not in frameworks.ALWAYS_FINALIZED:
            continue
        if name == creating or name in frameworks.SETUPS or not counts[name]:
            continue
        func = project.method(klass, name)
        if func is None:
            continue
        if rank(name) == 2 and not any(a in region_text(project, func) for a in attributes):
            continue
        bound = Func(func.module, func.qualname, func.code, Inst(klass, "self"))
        found = releases_when_called(project, bound, seed, obligation)
        if found is not None and found[0]:
            if not _passes_by(found[1]):
                return Kept.MANAGED
            sometimes = True
        beside = beside or (found is not None and any(h.kind == "missed" for h in found[1].result.happenings))
    if always_only:
        return Kept.NOBODY
    if sometimes:
        return Kept.SOMETIMES
    if beside:
        return Kept.BESIDE
    outside = [b for b in project.bases(klass)[1] if b not in frameworks.INERT_BASES]
    return Kept.UNKNOWN if outside else Kept.NOBODY


def who_deletes_global(project: Project, module: Module, seed: State, obligation: Obligation) -> Kept:
    """Whether some function of the module deletes what one of its variables holds."""
    attributes = _held_names(seed)
    for known in module.source.skeleton.ordered_defs():
        func = Func(module.key, known.qualname)
        if not any(a in region_text(project, func) for a in attributes):
            continue
        if known.owner is not None:
            func = Func(module.key, known.qualname, None, Inst(Klass(module.key, known.owner), "self"))
        found = releases_when_called(project, func, seed, obligation)
        if found is not None and found[0]:
            return Kept.MANAGED
    return Kept.NOBODY


