"""A callable given as a value: would calling it later delete the file? Then the file is managed from here
on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Args, State, alive, contents
from tmpleak_lint.analysis.domain.values import Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.by_name import says_delete, words_of
from tmpleak_lint.analysis.queries.called import names_called, region_text
from tmpleak_lint.analysis.queries.prefilter import may_affect
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call, Passed
from tmpleak_lint.analysis.queries.resolver import readers_of
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.semantics.deleting import deletes_somehow
from tmpleak_lint.analysis.semantics.holding import elements, is_tracked_or_parent, names_whole
from tmpleak_lint.analysis.semantics.inside import explore_inside, free
from tmpleak_lint.analysis.semantics.late import binds_late
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import HANDLE, PATH, Deletes, Ends, Model, Moves, Registers, Runs
from tmpleak_lint.knowledge.words import DELETING_WORDS

_FILLED_LATER = (v.Box, v.Member, v.Global)
_CALLABLES = frozenset({v.Klass, v.Inst, v.Dotted, v.Member, v.Partial, v.Func, v.OneOf})


def would_release(explorer: Explorer, func: object, args: Args, state: State) -> bool:
    """Whether calling func with args deletes (for a descriptor: closes) the tracked file."""
    match func:
        case v.Dotted(name=name):
            if explorer.obligation is Obligation.DESCRIPTOR:
                ends = explorer.knowledge.effect(name, Ends)
                return ends is not None and ends.descriptor and any(explorer.holds(a, state) for a in args)
            row = explorer.knowledge.model(name)
            if row.effect(Deletes) is not None or row.effect(Moves) is not None:
                return any(names_whole(explorer, a, state) for a in args)
            runs = row.effect(Runs)
            if runs is not None and len(args) > runs.at:
                return would_release(explorer, args[runs.at], args[runs.at + 1 :], state)
            found = explorer.project.find(explorer.module, name)
            if found is None:
                return says_delete(name) and any(names_whole(explorer, a, state) for a in args)
            return found != func and would_release(explorer, found, args, state)
        case v.Member(base=Ref(role=role) as base, attr=attr):
            if is_tracked_or_parent(base, state):
                if explorer.obligation is not Obligation.NAME:
                    return explorer.knowledge.effect(f"{HANDLE}.{attr}", Ends) is not None
                deletes = explorer.knowledge.effect(f"{PATH}.{attr}", Deletes) is not None
                return deletes and role in (Role.PATH, Role.HANDLE)
        case v.OneOf(options=options):
            return all(
                would_release(explorer, option, args, state)
                for option in options
                if not isinstance(option, v.Sym)
            )
        case v.Partial(func=v.Func() as inner, args=first, keywords=named, kind="partial") if named:
            if not alive(state):
                return False
            walked = explore_inside(explorer, inner, Passed(first + args, named), state)
            return walked is not None and walked.ended("released", "managed")
        case v.Partial(func=inner, args=first, keywords=named, kind="partial"):
            return would_release(explorer, inner, (*first, *args, *(value for _, value in named)), state)
        case v.Partial(func=v.Func() as inner, kind="generator"):
            # Whoever gets it runs it to its end, or closes it: an answer that is streamed, a list of what it gives.
            walked = explore_inside(explorer, inner, func, state) if alive(state) else None
            return walked is not None and walked.ended("released", "managed") and not walked.outcomes
        case v.Func():
            return walk_would_release(explorer, func, args, state)
        case v.Klass(module=module, shape=shape) if shape is not None:
            closing = (code for name, code in shape.methods.items() if name in frameworks.ENDING)
            return any(
                walk_would_release(explorer, v.Func(module, code.qualname, code), (), state)
                for code in closing
            )
        case v.Inst(klass=klass):
            return klass.shape is not None and would_release(explorer, klass, args, state)
    return False


def walk_would_release(explorer: Explorer, func: v.Func, args: Args, state: State) -> bool:
    """The same of a function of the project, by walking it."""
    if not alive(state):
        return False
    found = explore_inside(explorer, func, Passed(args), state)
    return found is not None and (
        found.ended("released", "managed") or deletes_somehow(explorer, func.qualname, args, found, state)
    )


def registers(explorer: Explorer, args: Sequence[Value], state: State, by: object = None) -> bool:
    """A callable that deletes the file is among the arguments: from here on it is managed. `by`: the stack that calls
    it.

    Other files that are registered are remembered too: what is created inside them later is managed with
    them.
    """
    for position, candidate in enumerate(args):
        if type(candidate) not in _CALLABLES:
            if type(candidate) is v.Seq and registers(explorer, candidate.items, state, by):
                return True
            continue
        if isinstance(candidate, v.Klass | v.Inst):
            if alive(state) and would_release(explorer, candidate, (), state):
                return True
            continue
        for prepared in args:
            # Finalize(obj, func, args=(path,)): the arguments stand in a tuple of their own.
            held = isinstance(prepared, v.Seq) and alive(state) and explorer.holds(prepared, state)
            if held and would_release(explorer, candidate, tuple(elements(prepared, state)), state):
                return True
        after = tuple(args[position + 1 :])
        if alive(state) and would_release(explorer, candidate, after, state):
            return not binds_late(explorer, candidate, state, by)
        if alive(state) and _is_named_after_it(explorer, candidate, after, state):
            return True
        others = tuple(a for i, a in enumerate(args) if i != position)
        flat = tuple(x for a in others for x in (elements(a, state) or [a]))
        if alive(state) and would_release(explorer, candidate, flat, state):
            return True
        managed = registered_others(explorer, candidate, flat, state)
        if managed:
            state.manage(state.file.managed | managed)
    return False


def note_waiting(explorer: Explorer, call: Call, row: Model, state: State) -> None:
    """Write down which functions of the project a registrar is to call later: a file may be put where they look for it
    when they have been registered."""
    registrar = row.effect(Registers)
    given = call.args[registrar.at :] if registrar is not None else ()
    match given:
        case [v.Func(code=code) as func, *args] if code is not None or any(
            isinstance(each, _FILLED_LATER) for each in args
        ):
            waiting: Value = v.Partial(func, tuple(args)) if args else func
        case [v.Partial(func=v.Func(), args=args, kind="partial", keywords=()) as waiting] if any(
            isinstance(each, _FILLED_LATER) for each in args
        ):
            pass
        case _:
            return
    held = contents(v.WAITING, state)
    if (None, waiting) not in held:
        state.fill(v.WAITING, (*held, (None, waiting)))


def forget_waiting(func: Value, state: State) -> None:
    """What is taken back isn't called later."""
    held = contents(v.WAITING, state)
    left = tuple(
        each for each in held if (each[1].func if isinstance(each[1], v.Partial) else each[1]) != func
    )
    if left != held:
        state.fill(v.WAITING, left)


def is_waited_for(explorer: Explorer, state: State) -> bool:
    """Whether what has been registered so far finds the file by now, and deletes it."""
    return any(would_release(explorer, func, (), state) for _, func in contents(v.WAITING, state))


def _is_named_after_it(explorer: Explorer, candidate: Value, args: Args, state: State) -> bool:
    """Whether a function of the project is named after deleting, and so is something that it calls: who registers it
    with the path means what it says, however it goes about it."""
    func = candidate
    if isinstance(candidate, v.Dotted):
        func = explorer.project.find(explorer.module, candidate.name) or candidate
    if not isinstance(func, v.Func) or not says_delete(func.qualname):
        return False
    if not args or not names_whole(explorer, args[0], state):
        return False
    called = names_called(region_text(explorer.project, func).partition(":")[2])
    found = explore_inside(explorer, func, Passed(args), state)
    missed = found is not None and found.ended("missed")
    return not missed and any(words_of(name) & DELETING_WORDS for name in called)


def registered_others(explorer: Explorer, func: Value, args: Args, state: State) -> frozenset[int]:
    """The numbers of other files that the callable would delete."""
    deletes = isinstance(func, v.Dotted) and (
        explorer.knowledge.deleted_position(func.name) is not None
        or explorer.project.find(explorer.module, func.name) is not None
    )
    if isinstance(func, v.Func):
        code = explorer.project.code(func)
        if code is None or not may_affect(explorer.project, func):
            return frozenset()
        captured = [state.captured(name) for name in free(code)] if func.code else []
        args = (*args, *(c for c in captured if isinstance(c, Ref)))
    if deletes or isinstance(func, v.Func):
        return frozenset(a.obj for a in args if isinstance(a, Ref) and a.obj > 0 and a.role is Role.PATH)
    of_path = (
        isinstance(func, v.Member) and explorer.knowledge.effect(f"{PATH}.{func.attr}", Deletes) is not None
    )
    if of_path and isinstance(func, v.Member) and isinstance(func.base, Ref):
        return frozenset({func.base.obj})
    if isinstance(func, v.Partial):
        return registered_others(explorer, func.func, func.args + args, state)
    return frozenset()


def is_let_off(explorer: Explorer, call: Call) -> bool:
    """Whether the object keeps what was registered just to take it back: a method calls its `detach()`, and none runs
    it or deletes anything."""
    owner = explorer.task.body.owner
    readers = readers_of(explorer.project, explorer.code, call.dest)
    kept = [op.attr for op in readers if isinstance(op, g.SetAttr) and op.src == call.dest]
    names = [op.name for op in readers if isinstance(op, g.Store)]
    return _is_taken_back_here(explorer, call, {*names, *(f"self.{attr}" for attr in kept)}) or (
        owner is not None and any(_is_detached(explorer.project, owner, attr) for attr in kept)
    )


def _is_taken_back_here(explorer: Explorer, call: Call, names: set[str]) -> bool:
    """Whether the same body takes what has these names back further down, whatever comes, and runs it or deletes
    nothing."""
    if not names:
        return False
    span, lines = explorer.code.span, explorer.module.source.lines
    row = call.node.span.start.row
    begins = lines[row - 1][: len(lines[row - 1]) - len(lines[row - 1].lstrip())]
    below = "\n".join(lines[row : span.end.row])
    return any(
        re.search(rf"^{begins}{re.escape(name)}\.detach\(\)", below, re.MULTILINE)
        and not re.search(rf"(?<![\w.]){re.escape(name)}\(|\b(?:{explorer.knowledge.deleting})\(", below)
        for name in names
    )


@question(lambda klass, attr: False)
def _is_detached(project: Project, klass: v.Klass, attr: str) -> bool:
    methods = project.methods(klass)
    texts = [region_text(project, func) for name, func in methods.items() if name != "__init__"]
    ends = re.compile(rf"\.{re.escape(attr)}\(|\b(?:{project.knowledge.deleting})\(")
    deletes = any(ends.search(text) or any(map(says_delete, names_called(text))) for text in texts)
    return any(f".{attr}.detach()" in text for text in texts) and not deletes


def opaque_callable_with_file(explorer: Explorer, args: Sequence[Value], state: State) -> bool:
    """register(something_unseen, path): whatever is registered with the path is there to clean it up."""
    callables = [
        a
        for a in args
        if isinstance(a, v.Member | v.Sym | v.Item | v.Global) and not explorer.holds(a, state)
    ]
    first_unseen = bool(args) and args[0] in callables
    return first_unseen and any(names_whole(explorer, a, state) for a in args[1:])
