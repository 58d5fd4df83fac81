"""Walking the body of a called function in place, with the values that it is called with.

Comes in: the function, its arguments, the caller's state. Goes out: `Inside`: the ways the call ends with
the file alive, and what ended the obligation on the others. Calls that are given the same, and can come to the
same in the heap, are walked once. None where the body is out of reach: not found, recursive, nested too deeply, over
the bound, or too long for what it could do to a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import ANY
from tmpleak_lint.analysis.domain.heap import Heap
from tmpleak_lint.analysis.domain.reach import set_aside
from tmpleak_lint.analysis.domain.state import Args, Keywords, Stands, State, Typestate, alive, is_about_self
from tmpleak_lint.analysis.domain.values import Flight, Value
from tmpleak_lint.analysis.explore.explorer import Discharge, Ending, Explorer, Result
from tmpleak_lint.analysis.queries.called import is_called_back
from tmpleak_lint.analysis.queries.prefilter import is_too_much, may_affect
from tmpleak_lint.analysis.queries.questions import NOTHING_READ
from tmpleak_lint.analysis.queries.records import Body, Options, Task
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.semantics.keep import passes_keep_option
from tmpleak_lint.bounds import MAX_INLINE_DEPTH, SMALL_BODY, STEPS_INSIDE
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.flow.liveness import free_names
from tmpleak_lint.model import Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a walked call ends: by exception or not, what it returns, what it changed outside of itself: None for
    nothing in the heap."""

    raised: bool
    flight: Flight
    value: Value
    heap: Heap | None
    file: Typestate


@dataclass(frozen=True, slots=True)
class Inside:
    """What walking a call showed: its outcomes with the file alive, and (kind, detail) of what ended the
    obligation. `aside` is what of the heap it couldn't come to: that is as it was."""

    outcomes: tuple[Outcome, ...]
    endings: tuple[tuple[Ending, str], ...]
    tested: tuple[tuple[Value, Span], ...] = ()  # conditions on objects that the caller can test as well
    aside: Heap | None = None

    def ended(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.endings)


@dataclass(frozen=True, slots=True)
class _Walked:
    """What walking a body showed, the steps it took and their price, and which bodies it wanted to walk if they weren't
    begun already: those of them that were. It holds wherever the same of them are."""

    found: Inside | None
    steps: int
    price: int
    asked: frozenset[Code]
    begun: frozenset[Code]
    reads: frozenset[str]

    def holds_in(self, stack: Iterable[Code]) -> bool:
        return self.asked.intersection(stack) == self.begun


class Given(Protocol):
    """What says what is passed: a call, a prepared one, or the arguments alone."""

    @property
    def args(self) -> Args: ...

    @property
    def keywords(self) -> Keywords: ...


class _Visit(NamedTuple):
    """The walk of a function's body that a call asks for: the state it starts in; `quiet`, in cleanup code."""

    func: v.Func
    code: Code
    seed: State
    quiet: bool


def explore_inside(
    explorer: Explorer, func: v.Func, given: Given, state: State, *, quiet: bool = False
) -> Inside | None:
    """Walk the body of a function of the project with what it is given; None when it is out of reach."""
    may_fill = _may_fill(explorer, func, given, state)
    if not may_fill and is_too_much(explorer.project, func):
        return None
    code = explorer.project.code(func)
    if (
        code is None
        or explorer.depth >= MAX_INLINE_DEPTH
        or explorer.allowance <= 0
        or explorer.is_inside(code)
        or code is explorer.options.done
    ):
        return None
    is_costly = len(code.nodes) > SMALL_BODY or (explorer.depth and is_called_back(explorer.project, func))
    if is_costly and not may_fill and not may_affect(explorer.project, func):
        return None
    seed = state.seen_by_callee()
    if func.code is not None:
        for name in free(code) - dict(func.cells).keys():
            if name in state:
                seed.changing().enclosing[name] = state[name]
    seed.update(func.cells)
    seed.update(bind(explorer, func, given, seed))
    aside = set_aside(seed)
    visit = _Visit(func, code, seed, quiet or explorer.options.quiet)
    how = (
        type(explorer),
        explorer.obligation,
        visit.quiet,
        explorer.depth,
        _shared_atoms(explorer),
        explorer.options.done,
    )
    found = _walked(explorer, visit, (code, how, seed.key()))
    for condition, span in found.tested if found is not None else ():
        if condition in explorer.result.tested:
            explorer.result.tested[condition].add(span)  # asked here and there: the answers agree
    return found if found is None or aside is None else replace(found, aside=aside)


def _may_fill(explorer: Explorer, func: v.Func, given: Given, state: State) -> bool:
    """Whether it is given a name under which nothing lies: whatever else it does, it may well make a file there."""
    if state.file.stands is not Stands.NAMED:
        return False
    return any(
        explorer.holds(each, state) for each in (*given.args, *(x for _, x in given.keywords), func.bound)
    )


def _walked(explorer: Explorer, visit: _Visit, key: tuple[object, ...]) -> Inside | None:
    """What walking a body with this seed shows: remembered, but for whom else it is asked of inside. It costs whoever
    asks the same each first time, remembered or not."""
    project = explorer.project
    known: list[_Walked] = project.walked.setdefault(key, [])
    one = next((each for each in known if each.holds_in(explorer.stack)), None)
    if one is not None:
        project.answers.reads |= one.reads
    else:
        (found, steps, asked), reads, price = project.answers.watched(lambda: _explore(explorer, visit))
        one = _Walked(found, steps, price, asked, asked.intersection(explorer.stack), reads or NOTHING_READ)
        if reads is not None:
            known.append(one)
    explorer.asked_about |= one.asked
    if key not in explorer.walked:
        explorer.walked.add(key)
        explorer.allowance -= one.steps
        explorer.price += one.price
    return one.found


def _shared_atoms(explorer: Explorer) -> frozenset[Value]:
    """The conditions worth remembering that a method called on `self` can ask as well."""
    return frozenset(atom for atom in explorer.options.atoms if is_about_self(atom))


def _explore(explorer: Explorer, visit: _Visit) -> tuple[Inside | None, int, frozenset[Code]]:
    """Walk a body within a budget of its own: what it shows, in how many steps, and which bodies it asked about."""
    func, code, seed, quiet = visit
    body = Body(explorer.project.module(func.module), code, explorer.project.owner_of(func))
    task = Task(
        body,
        explorer.context.sites_of(body),
        explorer.obligation,
        options=Options(quiet=quiet, atoms=_shared_atoms(explorer), done=explorer.options.done),
        mode=mode_of(code),
    )
    most = min(STEPS_INSIDE, explorer.answers.limit >> 4)
    inner = type(explorer)(
        explorer.context, task, depth=explorer.depth + 1, stack=explorer.stack, budget=[most]
    )
    result = inner.run(seed)
    asked = frozenset(inner.asked_about - {code})
    steps = (most - inner.budget[0]) + (most - inner.allowance)
    found = _shown(inner, result, seed) if inner.budget[0] > 0 and inner.allowance > 0 else None
    return found, steps, asked


def _shown(inner: Explorer, result: Result, seed: State) -> Inside:
    """What a walk of a body showed to who calls it."""
    takes_more = any(param.kind == "**" for param in inner.code.params)  # its mapping is new to who calls it
    before = None if takes_more else seed.heap.key
    outcomes: dict[object, Outcome] = {}
    for end in result.ends:
        if alive(end.state) and passes_keep_option(inner, end):
            result.discharges.append(Discharge("managed", 0, end.item, "kept because the user asked"))
            continue
        flight = end.state.flight or ANY
        value = (end.state.result or v.NONE) if not end.raised else v.NONE
        heap, file = end.state.given_back()
        same = (end.raised, flight, value, heap.key, file)
        if same not in outcomes:
            left = heap.in_order() if heap.key != before else None
            outcomes[same] = Outcome(end.raised, flight, value, left, file)
    kinds: dict[tuple[Ending, str], None] = {}
    for discharge in result.discharges:
        kinds[discharge.kind, discharge.detail] = None
    tested = tuple(
        (condition, span)
        for condition, spans in result.tested.items()
        if is_about_self(condition)
        for span in sorted(spans)
    )
    return Inside(tuple(outcomes.values()), tuple(kinds), tested)


def bind(explorer: Explorer, func: v.Func, passed: Given, state: State | None = None) -> dict[str, Value]:
    """Parameters to values; what isn't passed and has no literal default is an unknown of its own.

    What `**` takes is put into the heap of `state`.
    """
    bound: dict[str, Value] = {}
    code = explorer.project.code(func)
    if code is None:
        return bound
    given = list(passed.args)
    if func.bound is not None and "staticmethod" not in code.decorators:
        given.insert(0, func.bound)
    named = dict(passed.keywords)
    position = 0
    for param in code.params:
        if param.kind == "*":
            rest = tuple(given[position:])
            bound[param.name] = v.Seq(rest)
            position = len(given)
        elif param.kind == "**":
            box = v.Box((code.qualname, "**"), "dict")
            if state is not None:
                state.fill(box, tuple(sorted(named.items())))
            bound[param.name] = box
        elif param.kind == "pos" and position < len(given):
            bound[param.name] = given[position]
            position += 1
        elif param.name in named:
            bound[param.name] = named.pop(param.name)
        elif param.has_default and param.default is not ...:
            bound[param.name] = v.Const(param.default)
        elif param.default_name:
            module = explorer.project.module(func.module)
            bound[param.name] = explorer.project.resolve_text(module, param.default_name)
        else:
            bound[param.name] = symbols.Param(code.qualname, param.name)
    return bound


def free(code: Code) -> frozenset[str]:
    """Names that a nested body reads or writes and doesn't bind itself."""
    own = {n.op.name for n in code.nodes if isinstance(n.op, g.Load | g.Store)} - code.local_names
    return frozenset(own) | (free_names(code) - code.local_names)
