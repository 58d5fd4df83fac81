"""Who answers for a file once the body that made it has ended: objects and modules.

Comes in: what held the file when a body ended (an attribute, a registry, a module's variable). Goes out:
whether some method of the class or function of the module deletes it, by walking those that somebody calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Decider, Snapshot, State, alive
from tmpleak_lint.analysis.domain.values import Func, Inst, Klass
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.called import defs_naming, region_text
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.inheriting import methods_naming, next_in_line
from tmpleak_lint.analysis.queries.prefilter import may_affect
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body, Options, Task
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import is_abstract, is_benign, mode_of
from tmpleak_lint.analysis.semantics.attributes import is_close_like
from tmpleak_lint.analysis.semantics.functions import is_deleter
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.unclosed import may_go_unclosed
from tmpleak_lint.bounds import WALK_START
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.reading.skeleton import DefOutline

_CALLED = re.compile(r"(?<![\w.])([\w.]++)\s*\(")
_EXITS = {"__exit__": "__enter__", "__aexit__": "__aenter__"}


class Kept(Enum):
    MANAGED = "managed"
    NOBODY = "nobody"
    SOMETIMES = "sometimes"  # only under a condition that isn't the user's wish to keep it
    FAILING = "failing"  # only where nothing raises before that in the method that does so
    PASSED_OVER = "passed over"  # what empties the list misses some of its elements
    BESIDE = "beside"  # something is deleted, but not what was created
    UNKNOWN = "unknown"


class Ran(NamedTuple):
    """What calling a method or function showed of the file that its class or module keeps: whether it deletes it on
    some way, and in a place that is come to when things go wrong (`safely`), whether it can fail with the file still
    there, leaves some of several, misses the file for another; whether something in front of the deletion ends a method
    whose turn comes just once, or somebody else's setting decides; whether ways were dropped at a bound."""

    deletes: bool
    safely: bool
    may_fail: bool
    passes_over: bool
    misses: bool
    is_fragile: bool
    passes_by: bool
    is_cut: bool


def ran(
    context: Context, func: Func, held: Snapshot, obligation: Obligation, quiet: bool, done: Code | None
) -> Ran | None:
    """What calling a method (with `self`) or function shows of the file that `held` holds; `quiet`: nothing but what it
    raises itself raises there, `done`: a body that has run by then."""
    key = (ran, func, held, obligation, quiet, done)
    return context.answers.piece(key, lambda: _ran(context, func, held, obligation, quiet, done))


def _ran(
    context: Context, func: Func, held: Snapshot, obligation: Obligation, quiet: bool, done: Code | None
) -> Ran | None:
    project = context.project
    code = project.code(func)
    if code is None:
        return None
    body = Body(project.module(func.module), code, project.owner_of(func))
    options = Options(quiet=quiet, done=done, owned=True)
    task = Task(body, context.sites_of(body), obligation, options=options, mode=mode_of(code))
    context.answers.spend(WALK_START)
    explorer = FullExplorer(context, task, depth=1)
    result = explorer.run(seed_of(context, body).begin_with(held.state))
    ended = {each.kind for each in result.discharges}
    deletes = not ended.isdisjoint(("released", "managed"))
    return Ran(
        deletes,
        _is_safe(explorer),
        any(end.raised and alive(end.state) for end in result.ends),
        any(end.state.file.passed_over for end in result.ends),
        "missed" in ended,
        deletes and _is_fragile(explorer),
        deletes and _passes_by(explorer),
        explorer.is_cut,
    )


def _is_safe(explorer: Explorer) -> bool:
    """Whether a body deletes what it is asked for in a `finally` or handler, or somebody does it for it."""
    return any(
        each.kind == "managed"
        or (
            each.kind == "released"
            and any(place.kind in ("finally", "handler") for place in explorer.nodes[each.where].places())
        )
        for each in explorer.result.discharges
    )


class Owned(NamedTuple):
    """What an object owes: its class, the state in which its attributes hold the file, what is owed, and which method
    has put it there."""

    klass: Klass
    seed: Snapshot
    obligation: Obligation
    creating: str


@question()
def _called_in(project: Project, func: Func) -> tuple[tuple[bool, str], ...]:
    """What a method calls, by its text: whether on its own object, and the name beyond the last dot but one."""
    called = dict.fromkeys(_CALLED.findall(region_text(project, func)))
    split = (each.rpartition(".") for each in called)
    return tuple(dict.fromkeys((head in ("self", "cls"), name) for head, _, name in split))


def _as_seen(project: Project, method: Func, inst: Inst) -> Func:
    """A method, bound to an object whose class inherits it only if what it calls may be something else there."""
    own = project.owner_of(method)
    if own is None or own == inst.klass:
        return method
    its, inherited = project.methods(own), project.methods(inst.klass)
    for on_self, name in _called_in(project, method):
        found = its.get(name)
        if found != inherited.get(name) or (found is None and on_self):
            return _bound_to(method, inst)
    return method


def _bound_to(method: Func, inst: Inst) -> Func:
    return Func(method.module, method.qualname, method.code, inst)


class _Concerned(NamedTuple):
    """Methods of a class by name: those that may change who owes the deletion of what an object keeps, and those of
    them and others that were looked at as methods of this very class, for what they call may be something else in the
    next."""

    names: frozenset[str]
    as_its_own: frozenset[str]


@question(lambda klass, held: _Concerned(frozenset(), frozenset()))
def _concerned(project: Project, klass: Klass, held: frozenset[str]) -> _Concerned:
    """The methods of a class that are called for that, and the others in which one of these names stands and that may:
    the rest uses the file."""
    table, near = project.methods(klass), next_in_line(project, klass)
    before, due = _Concerned(frozenset(), frozenset()), set(table)
    if near is not None:
        before, own = _concerned(project, near, held), project.own_method_names(klass)
        calling = {name for name, _ in methods_naming(project, klass, own)}
        due = {*own, *before.as_its_own, *calling}
    some = methods_naming(project, klass, held) if near is None else ((name, table[name]) for name in due)
    held_in = _naming(sorted(held))
    naming = {name for name, func in some if held_in.search(region_text(project, func)) is not None}
    itself = Inst(klass, "self")
    names, as_its_own = set(before.names - due), set()
    for name in due:
        func = table[name]
        if _rank(name) < 2:
            names.add(name)
        elif name in naming:
            seen = _as_seen(project, func, itself)
            if seen is not func:
                as_its_own.add(name)
            if may_affect(project, seen):
                names.add(name)
    return _Concerned(frozenset(names), frozenset(as_its_own))


@question(lambda *key: Kept.UNKNOWN)
def who_deletes(context: Context, owned: Owned, always_only: bool, strict: bool) -> Kept:
    """Whether some method of the class (or a base in the project) deletes what its attributes hold.

    With `always_only` just what runs even when nobody ever got the object counts (`__del__`); with `strict` a method in
    which something can raise before the deletion doesn't.
    """
    project = context.project
    klass, creating = owned.klass, owned.creating
    seed = owned.seed.state
    concerned = _concerned(project, klass, frozenset(held_names(seed))).names
    methods = _methods_that_run(project, klass, concerned)
    context.answers.spend(len(methods) >> 3)
    itself = Inst(klass, "self")
    maker = project.method(klass, creating)
    done = project.code(maker) if maker is not None and creating not in frameworks.SETUPS else None
    beside = sometimes = failing = fragile = cut = False
    entered = ""
    for name, rank, func in methods:
        if always_only and name not in frameworks.ALWAYS_FINALIZED:
            continue
        if name == creating:
            continue
        if is_abstract(project, func):
            cut = cut or is_close_like(name)  # those that inherit it have that to do
            continue
        found = ran(context, _bound_to(func, itself), owned.seed, owned.obligation, not strict, done)
        if found is None:
            continue
        if found.deletes:
            if _empties_last_only(name, creating):
                return Kept.PASSED_OVER
            if strict and found.may_fail:
                failing = True
                continue
            if found.passes_over:
                return Kept.PASSED_OVER
            if rank == 0 and found.is_fragile:
                fragile = True
            elif not found.passes_by:
                if strict and may_go_unclosed(project, klass, name, creating):
                    sometimes = True
                    continue
                if rank and fragile:
                    continue  # what runs by itself fails before it gets to this one
                if name in _EXITS and creating == "__init__" and not always_only:
                    entered = name
                    continue
                return Kept.MANAGED
            sometimes = True
        cut, beside = cut or found.is_cut, beside or found.misses
    if always_only:
        return Kept.NOBODY
    if entered:
        # Only the exit deletes, and it is armed when the entry has come to its end.
        return Kept.SOMETIMES if _entry_may_fail(context, owned, _EXITS[entered]) else Kept.MANAGED
    if sometimes or failing:
        return Kept.SOMETIMES if sometimes else Kept.FAILING
    if beside:
        return Kept.BESIDE
    # A base class that isn't known knows nothing of a name that is for the class's own use.
    for_itself = all(name.startswith("_") for name in held_names(seed))
    return Kept.UNKNOWN if cut or (bases_outside(project, klass) and not for_itself) else Kept.NOBODY


def bases_outside(project: Project, klass: Klass) -> bool:
    """Whether the class inherits from one that isn't known, and may do something with what its objects keep."""
    return any(
        base not in frameworks.INERT_BASES and base not in frameworks.RECORD_BASES
        for base in project.bases(klass)[1]
    )


def runs_by_itself(project: Project, klass: Klass) -> Callable[[str], bool]:
    """Which methods somebody outside of the class calls, by their names: the framework, or the user of the class.

    A test's methods are called by the framework by exact name: a misspelt `teardown` never runs.
    """
    outside = {base.rpartition(".")[2] for base in project.bases(klass)[1]}
    if called := frameworks.finalizers_of(outside):
        return lambda name: name in called or name.startswith("test")
    if _is_pytest_class(project, klass):
        return lambda name: name in frameworks.PYTEST_FINALIZERS or name.startswith("test")
    return lambda name: not name.startswith("_") or name in frameworks.FINALIZERS


def _is_pytest_class(project: Project, klass: Klass) -> bool:
    """A plain class that pytest collects: it is called by pytest's names, and by nobody else."""
    inside, outside = project.bases(klass)
    name = klass.qualname.rpartition(".")[2]
    if not name.startswith("Test") or inside or any(base != "object" for base in outside):
        return False
    return any(each.startswith("test") for each in project.methods(klass))


def _is_mentioned(project: Project, klass: Klass, name: str) -> bool:
    """Whether another method of the class or its bases names this one."""
    pattern = re.compile(rf"\.{re.escape(name)}\b")
    return any(
        other != name and pattern.search(region_text(project, func)) is not None
        for other, func in methods_naming(project, klass, (name,))
    )


def sets_attribute(project: Project, klass: Klass, attribute: str, apart_from: str) -> bool:
    """Whether another method than this one (or a set-up) gives the object's attribute a value."""
    pattern = re.compile(rf"\.{re.escape(attribute)}\s*=[^=]")
    return any(
        name != apart_from
        and name not in frameworks.SETUPS
        and pattern.search(region_text(project, func)) is not None
        for name, func in methods_naming(project, klass, (attribute,))
    )


def _passes_by(explorer: Explorer) -> bool:
    """Whether a deleting method has a normal way on which a setting of another object, or what its caller passes,
    decides not to delete.

    What the object notes of itself (closed, owned, started) is its own bookkeeping, and trusted.
    """
    return any(
        not end.raised
        and alive(end.state)
        and _has_word(end.state.file.deciders)
        and not passes_keep_option(explorer, end)
        for end in explorer.result.ends
    )


def _has_word(deciders: frozenset[Decider]) -> bool:
    return Decider.SETTING in deciders or (Decider.PASSED in deciders and Decider.OWN not in deciders)


def _is_fragile(explorer: Explorer) -> bool:
    """Whether an assert or an await in front of the deletion can end a method whose turn comes just once."""
    for end in explorer.result.ends:
        if not end.raised or not alive(end.state):
            continue
        raised = (step.via for _, step in explorer.result.trace.back(end.item) if step.how == "raise")
        op = explorer.nodes[via].op if (via := next(raised, -1)) >= 0 else None
        if isinstance(op, g.Await) or (isinstance(op, g.Raise) and op.cause == "assert"):
            return True
    return False


def trips_over_unset(project: Project, klass: Klass, creating: str, made: frozenset[str]) -> bool:
    """Whether what runs even for a half-made object asks for an attribute that isn't set yet, before it deletes.

    `made` are the attributes that `creating` had set when it failed. Whatever else sets an attribute (a class body, a
    base, `hasattr`, a try) is taken to take care of it.
    """
    inside, outside = project.bases(klass)
    maker = project.method(klass, creating)
    if maker is None or any(base not in frameworks.INERT_BASES for base in outside):
        return False
    given: set[str] = set()
    for each in [klass, *inside]:
        known = project.module(each.module).source.skeleton.classes.get(each.qualname)
        given |= {*known.attributes, *known.methods} if known is not None else set()
    text = region_text(project, maker)
    for name in frameworks.ALWAYS_FINALIZED:
        func = project.method(klass, name)
        code = project.code(func) if func is not None else None
        if code is None or not code.params:
            continue
        called: dict[int, str] = {}
        own = {n.op.dest for n in code.nodes if isinstance(n.op, g.Load) and n.op.name == code.params[0].name}
        for node in code.nodes:
            if isinstance(node.op, g.Branch) or node.place is not None:
                break  # what it asks first may be just that
            if isinstance(node.op, g.Load):
                called[node.op.dest] = node.op.name
            elif isinstance(node.op, g.Call) and is_deleter(called.get(node.op.func, "")):
                break
            elif isinstance(node.op, g.GetAttr):
                called[node.op.dest] = attr = node.op.attr
                unset = node.op.obj in own and attr not in made | given
                if unset and re.search(rf"\.{re.escape(attr)}\s*=[^=]", text):
                    return True
    return False


def _naming(names: list[str]) -> re.Pattern[str]:
    """What finds one of these names in a text."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names)) or '(?!)'})\b")


def held_names(seed: State) -> list[str]:
    """The names of the attributes and variables in which a seed has something."""
    names = [slot.name for slot, _ in seed.attributes()]
    names += [each.attr for each, _ in seed.containers() if isinstance(each, v.Member)]
    names += [each.name for each, _ in seed.containers() if isinstance(each, v.Global)]
    names += [name for name, _ in seed.globals()]
    return names


def _methods_that_run(
    project: Project, klass: Klass, concerned: frozenset[str]
) -> list[tuple[str, int, Func]]:
    """Those of some methods that somebody calls, set-ups left out: name, rank and function, in the order in which they
    are asked."""
    by_itself = runs_by_itself(project, klass)
    found = [
        (name, _rank(name), func)
        for name, func in project.methods(klass).items()
        if name in concerned
        and name not in frameworks.SETUPS
        and (name in frameworks.ALWAYS_FINALIZED or by_itself(name) or _is_mentioned(project, klass, name))
    ]
    return sorted(found, key=lambda each: each[1])


@lru_cache(maxsize=1_000)
def _rank(name: str) -> int:
    """Which methods are asked first: finalizers, then what is named like one."""
    return 0 if name in frameworks.FINALIZERS else 1 if is_close_like(name) else 2


def _empties_last_only(name: str, creating: str) -> bool:
    """Whether a set-up that runs before each test is met by what runs once for all: the last one's file goes."""
    return name in frameworks.CLASS_TEARDOWNS and creating in frameworks.EACH_SETUPS


def _entry_may_fail(context: Context, owned: Owned, name: str) -> bool:
    """Whether `__enter__` can raise with the file still there."""
    func = context.project.method(owned.klass, name)
    if func is None or is_benign(context.project, func):
        return False
    bound = Func(func.module, func.qualname, func.code, Inst(owned.klass, "self"))
    found = ran(context, bound, owned.seed, owned.obligation, False, None)
    return found is not None and found.may_fail


def who_deletes_global(
    context: Context, module: Module, seed: State, obligation: Obligation, creating: str = ""
) -> Kept:
    """Whether some function of the module deletes what one of its variables holds. What a set-up has made is for the
    framework to delete, which goes by exact names."""
    sometimes, held = False, Snapshot(seed)
    for known in defs_naming(context.project, module, held_names(seed)):
        func = Func(module.key, known.qualname)
        if known.owner is not None:
            func = Func(module.key, known.qualname, None, Inst(Klass(module.key, known.owner), "self"))
        found = ran(context, func, held, obligation, True, None)
        if found is not None and found.deletes:
            if found.safely or _runs_on_failure_too(module, known, creating):
                return Kept.MANAGED
            sometimes = True
    return Kept.SOMETIMES if sometimes else Kept.NOBODY


def _runs_on_failure_too(module: Module, known: DefOutline, creating: str) -> bool:
    """Whether what a function of the module empties at its end is emptied when things go wrong as well.

    It is there to be called for that: by its name, by a registrar, from a finally or another function. A loop at the
    end of some command's straight line is not enough.
    """
    by_name = is_close_like(known.name) and creating not in frameworks.SETUPS
    if by_name or known.name in frameworks.FINALIZERS or known.decorators:
        return True
    return len(re.findall(rf"\b{re.escape(known.name)}\b", module.source.text)) > 1
