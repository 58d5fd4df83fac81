"""Callables that are given to what runs them: at once, while it is awaited, in a thread, for each element.

Comes in: a call of a runner (`Runs` in the model table), or of what waits for one. Goes out: the state afterwards.
What is run before the runner comes back is walked like a call of its own; what runs later is in somebody's hands as
soon as it is given away, like any callable that deletes (`registering.py`).
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import UNKNOWN, Value
from tmpleak_lint.analysis.explore.explorer import Explorer
from tmpleak_lint.analysis.queries.callables import run_for_caller
from tmpleak_lint.analysis.queries.records import Call
from tmpleak_lint.analysis.semantics.conditions import new_unknown
from tmpleak_lint.analysis.semantics.containers import new_box
from tmpleak_lint.analysis.semantics.holding import elements
from tmpleak_lint.bounds import WRAPPED
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import ANY, FUTURE, Awaits, Benign, Derives, Gives, Moment, Relation, Runs

_IN_TIME = frozenset({Moment.NOW, Moment.AWAITED})


def run_given(explorer: Explorer, call: Call, effect: Runs, state: State) -> int | None:
    """Carry out what a runner is given; None where that isn't a callable that is known, or runs later."""
    if effect.moment is Moment.EACH:
        return _converted(explorer, call, effect, state)
    if effect.moment not in _IN_TIME or len(call.args) <= effect.at:
        return None
    func = call.args[effect.at]
    is_known = isinstance(func, v.Dotted | v.Func | v.Klass | v.OneOf) or (
        isinstance(func, v.Partial) and func.kind == "partial"
    )
    if not is_known:
        return None
    return explorer.invoke(call._replace(args=call.args[effect.at + 1 :]), func, state)


def _converted(explorer: Explorer, call: Call, effect: Runs, state: State) -> int | None:
    """`map(str, paths)`: the paths as they are written otherwise; None for what else is done with each."""
    if len(call.args) != effect.at + 2:
        return None
    func, given = call.args[effect.at :]
    row = explorer.knowledge.model(func.name) if isinstance(func, v.Dotted) else None
    derives = row.effect(Derives) if row is not None else None
    if derives is None or derives.relation is not Relation.SAME:
        return None
    held = elements(given, state)
    if not any(explorer.holds(each, state) for each in held):
        return None
    box = new_box(explorer, call.node, "list", tuple((None, each) for each in held), state)
    state.leave_open(box)
    state[call.dest] = box
    return call.node.next


def wait_for(explorer: Explorer, call: Call, effect: Awaits, state: State) -> int | None:
    """What is waited for gives its result."""
    if effect.several:
        return _gathered(explorer, call, state)
    first = call.args[0] if call.args else UNKNOWN
    if not isinstance(first, v.Ref | v.Seq | v.Box | v.Inst | v.Object):
        return None
    if not is_future(first):
        explorer.risk(call.node, state)
    state[call.dest] = first
    return call.node.next


def _gathered(explorer: Explorer, call: Call, state: State) -> int:
    """All are waited for together: where one fails, nobody gets what the others give."""
    op = call.node.op
    is_told = isinstance(op, g.Call) and not any(argument.star for argument in op.args)
    results = tuple(map(result_of, call.args))
    if dict(call.keywords).get("return_exceptions") != v.TRUE:
        explorer.risk(call.node, state)
    if is_told:
        state[call.dest] = v.Seq(results)
        return call.node.next
    state[call.dest] = box = new_box(
        explorer, call.node, "list", tuple((None, each) for each in results), state
    )
    state.leave_open(box)
    return call.node.next


def promised(explorer: Explorer, call: Call, value: Value) -> v.Object:
    """The object that has the result of what runs elsewhere."""
    return v.Object("future", explorer.ident(call.node), (value,))


def holds_future(explorer: Explorer, value: Value, state: State) -> bool:
    """Whether a value is a future of the tracked file, or a container with one in it."""
    held = [value, *elements(value, state)]
    return any(is_future(each) and explorer.holds(each, state) for each in held)


def is_future(value: object) -> bool:
    return isinstance(value, v.Object) and value.kind == "future"


def result_of(value: Value) -> Value:
    """What is given once a future is there."""
    return value.first(UNKNOWN) if isinstance(value, v.Object) and value.kind == "future" else value


def future_method(explorer: Explorer, call: Call, base: v.Object, state: State) -> int:
    """`future.result()`, which fails where nothing was made; `future.done()`; another may wait for it, and fail."""
    row = explorer.knowledge.method(FUTURE, call.name)
    if row.effect(Gives) is not None:
        state[call.dest] = result_of(base)
        return call.node.next
    if row.effect(Benign) is None:
        explorer.risk(call.node, state)
    state[call.dest] = new_unknown(explorer, call.node, state)
    return call.node.next


def reached(explorer: Explorer, call: Call, func: Value, state: State) -> Call:
    """A call with partials and runners taken off: of the callable in the end, with the arguments that it gets."""
    for _ in range(WRAPPED):
        if isinstance(func, v.Partial) and func.kind == "partial":
            call = call._replace(args=func.args + call.args, keywords=func.keywords + call.keywords)
            func = func.func
            continue
        runs = runs_of(explorer, func)
        if runs is None or len(call.args) <= runs.at:
            break
        given = call.args[runs.at + 1 :]
        if runs.moment is Moment.EACH:
            given = tuple(_in_one_turn(each, state) for each in given)
        elif runs.packed:
            given = tuple(x for each in given[:1] for x in elements(each, state))
        func, call = call.args[runs.at], call._replace(args=given)
    return call._replace(func=func)


def _in_one_turn(several: Value, state: State) -> Value:
    """What a callable gets of something that is gone through: unknown where that isn't always the same."""
    found = {*elements(several, state)}
    return found.pop() if len(found) == 1 else UNKNOWN


def runs_of(explorer: Explorer, func: Value) -> Runs | None:
    """What is known of a callable that runs others."""
    match func:
        case v.Dotted(name=name):
            return explorer.knowledge.effect(name, Runs)
        case v.Member(attr=attr):
            return explorer.knowledge.effect(f"{ANY}.{attr}", Runs)
        case v.Func():
            at = run_for_caller(explorer.project, func)
            return Runs(Moment.NOW, at) if at is not None else None
    return None
