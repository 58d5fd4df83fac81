"""`with`: what entering and leaving a context manager means to the tracked file."""

from __future__ import annotations

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.exceptions import ANY, Match
from tmpleak_lint.analysis.domain.state import State, alive, contents
from tmpleak_lint.analysis.domain.values import TRACKED, UNKNOWN, Flight, Ref, Role, Value
from tmpleak_lint.analysis.explore.explorer import DEAD, NOWHERE, Explorer
from tmpleak_lint.analysis.queries.called import as_method
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Call, Passed
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.queries.summaries import is_benign, is_benign_op, mode_of, statics_of
from tmpleak_lint.analysis.semantics.catching import matching
from tmpleak_lint.analysis.semantics.files import close_file, is_by_scope
from tmpleak_lint.analysis.semantics.functions import call_function
from tmpleak_lint.analysis.semantics.holding import held_in, is_parent
from tmpleak_lint.analysis.semantics.inside import explore_inside
from tmpleak_lint.analysis.semantics.late import is_called_in_time
from tmpleak_lint.analysis.semantics.swallowing import swallowed_by_exit, swallowed_by_generator
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.dataflow import WELL, reached
from tmpleak_lint.flow.graph import Code, Node
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.knowledge.words import LOCK_WORDS

EXIT_STACK = "ExitStack"  # the detail of what happens when an exit stack unwinds

_LEAVING = Passed((UNKNOWN, UNKNOWN, UNKNOWN))  # what `__exit__` is passed


def enter(explorer: Explorer, node: Node, op: g.Enter, state: State) -> int:
    manager = state.get(op.manager, UNKNOWN)
    state[op.dest] = UNKNOWN
    makes_it = (
        isinstance(manager, Ref) and op.manager in explorer.coroutines
    )  # then there is no file when that fails
    if op.awaits and not makes_it and not explorer.is_quiet(node) and not enters_well(explorer, manager):
        explorer.fail(node, state)
        explorer.fail(node, state, Flight(CANCELLED))
    match manager:
        case Ref():
            if manager.obj == TRACKED and explorer.obligation is Obligation.HANDLE and alive(state):
                return explorer.discharge("managed", node, "with")
            state[op.dest] = given_by_entry(explorer, manager, op.manager)
        case v.Object(kind="stack"):
            state.note_entered(manager)
            state[op.dest] = manager
            if (
                alive(state)
                and held_in(explorer, contents(manager, state), state)
                and not takes_out(explorer)
            ):
                return explorer.discharge("managed", node, EXIT_STACK)
        case v.Object(kind="closing", data=data):
            state[op.dest] = manager.first(UNKNOWN)
            if data and explorer.obligation is Obligation.HANDLE and explorer.holds(data[0], state):
                return explorer.discharge("managed", node, "closing")
        case v.Object():
            state[op.dest] = manager
        case v.Partial(kind="manager"):
            return enter_generator(explorer, Call(node, op.dest), manager, state)
        case v.Inst():
            return enter_instance(explorer, Call(node, op.dest), manager, state)
        case _:
            if not is_lock(manager):
                explorer.risk(node, state)
            state[op.dest] = symbols.Produced(explorer.ident(node))
    return node.next


def given_by_entry(explorer: Explorer, manager: Ref, temp: int) -> Ref:
    """What `with` gives of a handle: itself, but of a directory's the path."""
    if manager.role is not Role.HANDLE:
        return manager
    if manager.obj == TRACKED and explorer.tracked is not None:
        is_directory = explorer.tracked.shape is Shape.DIRECTORY_HANDLE
    else:
        if explorer.directories is None:
            explorer.directories = frozenset(
                op.dest
                for index, site in explorer.site_at.items()
                if site.shape is Shape.DIRECTORY_HANDLE and isinstance(op := explorer.nodes[index].op, g.Call)
            )
        is_directory = temp in explorer.directories
    return Ref(manager.obj, Role.PATH) if is_directory else manager


def takes_out(explorer: Explorer) -> bool:
    """Whether the body takes what its exit stacks hold out of them before they unwind."""
    return _takes_out(explorer.project, explorer.code)


@question()
def _takes_out(project: Project, code: Code) -> bool:
    return any(isinstance(node.op, g.GetAttr) and node.op.attr == "pop_all" for node in code.nodes)


def enter_generator(explorer: Explorer, call: Call, manager: v.Partial, state: State) -> int:
    """A contextmanager function of the project: with the file in hand, does it delete it on every way?"""
    assert isinstance(manager.func, v.Func)
    if alive(state) and explorer.holds(manager, state) and would_be_left(explorer, manager, state):
        return explorer.discharge("managed", call.node, manager.func.qualname)
    if not enters_well(explorer, manager):
        explorer.risk(call.node, state)
    lent = explorer.context.lent_by(manager.func)
    if lent is None and isinstance(op := call.node.op, g.Enter):
        lent = lent_when_well(explorer, manager, op.manager)
    state[call.dest] = lent or symbols.Produced(explorer.ident(call.node))
    return call.node.next


def lent_when_well(explorer: Explorer, manager: Value, temp: int) -> Ref | None:
    """The path that a manager lends which deletes it only behind a block that goes well; `temp` tells it apart."""
    func = manager.func if isinstance(manager, v.Partial) and manager.kind == "manager" else None
    if not isinstance(func, v.Func) or not explorer.context.lends_when_well(func):
        return None
    return Ref(v.LENT + temp, Role.PATH)


def _of_class(project: Project, func: v.Func, code: Code, leaving: bool) -> tuple[object, ...]:
    return (*as_method(project, func), code, leaving)


def is_plain(explorer: Explorer, func: v.Func, *, leaving: bool) -> bool:
    """Whether nothing that a contextmanager function does before its yield, or behind it, can raise by itself."""
    code = explorer.project.code(func)
    if code is None:
        return False
    return _is_plain(explorer.project, func, code, leaving)


@question(lambda func, code, leaving: False, about=_of_class)
def _is_plain(project: Project, func: v.Func, code: Code, leaving: bool) -> bool:
    statics = statics_of(project, func, code)
    yields = [node for node in code.nodes if isinstance(node.op, g.Yield)]
    part = _up_to_yields(code, [node.next for node in yields] if leaving else [0])
    return all(is_benign_op(project, statics, op) for op in part)


def _up_to_yields(code: Code, starts: list[int]) -> list[g.Op]:
    """The operations that can run from these nodes on, as long as all goes well, before a yield."""
    yields = {node.index for node in code.nodes if isinstance(node.op, g.Yield)}
    found = reached(code.nodes, starts, WELL, without=yields)
    return [code.nodes[index].op for index in sorted(found) if not _is_cleanup(code.nodes[index])]


def _is_cleanup(node: Node) -> bool:
    """Whether this is cleanup code, of which only what it raises itself counts."""
    return isinstance(node.op, g.Call) and any(place.kind == "finally" for place in node.places())


def enters_well(explorer: Explorer, manager: Value) -> bool:
    """Whether entering a manager of the project does nothing that can raise; what is unknown may."""
    match manager:
        case v.Partial(kind="manager", func=v.Func() as func):
            return is_plain(explorer, func, leaving=False)
        case v.Inst():
            found = _either(explorer, manager.klass, "__enter__", "__aenter__")
            if found is None:
                return False
            entry = v.Func(found.module, found.qualname, found.code, manager)
            return is_benign(explorer.project, entry) or _waits_for_nothing(explorer.project, entry)
    return False


@question(lambda func: False, about=as_method)
def _waits_for_nothing(project: Project, func: v.Func) -> bool:
    """Whether a coroutine goes through at once, and does nothing that can raise."""
    code = project.code(func)
    if code is None or not code.is_async or code.is_generator:
        return False
    statics = statics_of(project, func, code)
    return all(is_benign_op(project, statics, node.op) for node in code.nodes)


def _leaves_well(explorer: Explorer, manager: Value, state: State) -> bool:
    """Whether it is known that leaving this manager neither waits for anything nor raises."""
    match manager:
        case v.Partial(kind="manager", func=v.Func() as func):
            return is_plain(explorer, func, leaving=True)
        case v.Inst():
            found = _either(explorer, manager.klass, "__exit__", "__aexit__")
            # One that has the file is walked, and what it waits for stands in it.
            return found is not None and (
                (alive(state) and explorer.holds(manager, state))
                or not _raises_itself(explorer.project, found)
            )
    return False


def enter_instance(explorer: Explorer, call: Call, manager: v.Inst, state: State) -> int:
    """An object of the project: its __enter__ is walked when it has the file."""
    enter = _either(explorer, manager.klass, "__enter__", "__aenter__")
    if enter is None:
        explorer.risk(call.node, state)
        state[call.dest] = manager
        return call.node.next
    bound = v.Func(enter.module, enter.qualname, enter.code, manager)
    if alive(state) and explorer.holds(manager, state):
        return call_function(explorer, call._replace(args=(), keywords=()), bound, state)
    if not enters_well(explorer, manager):
        explorer.risk(call.node, state)
    state[call.dest] = explorer.context.lent_by_class(manager.klass) or manager
    return call.node.next


def leave(explorer: Explorer, node: Node, op: g.Leave, state: State) -> int:
    manager = state.get(op.manager, UNKNOWN)
    flight = state.get(op.error, ANY) if op.error is not None else None
    if (
        op.awaits
        and not explorer.is_quiet(node)
        and flight is None
        and not _leaves_well(explorer, manager, state)
    ):
        explorer.fail(node, state)
        explorer.fail(node, state, Flight(CANCELLED))
    match manager:
        case v.Object(kind="suppress" | "expecter", data=data):
            return leave_swallowing(explorer, node, manager.kind, [str(d) for d in data], flight, state)
        case v.Object(kind="stack"):
            if alive(state) and (
                _unwinds(explorer, manager, flight is None, state)
                or (is_called_in_time(state, manager.ident) and not takes_out(explorer))
            ):
                return explorer.discharge("released", node, EXIT_STACK)
        case v.Object(kind="file"):
            close_file(manager, state)
        case Ref():
            if manager.obj == TRACKED and is_by_scope(explorer) and alive(state):
                return explorer.discharge("released", node, "with")
        case v.Object():
            return node.next
        case v.Inst():
            return leave_instance(explorer, node, manager, flight is not None, state)
        case v.Partial(kind="manager", func=v.Func() as func):
            if _deletes_on_leaving(explorer, manager, flight is not None, state):
                return explorer.discharge("released", node, func.qualname)
            lent = lent_when_well(explorer, manager, op.manager) if alive(state) and flight is None else None
            if lent is not None and is_parent(lent, state):
                return explorer.discharge("released", node, func.qualname, along=True)
            if isinstance(flight, Flight):
                return go_on_behind(explorer, node, swallowed_by_generator(explorer, func, flight), state)
            if not is_plain(explorer, func, leaving=True):
                explorer.risk(node, state)
    return node.next  # leaving a manager of which nothing is known is no risky step of its own


def _unwinds(explorer: Explorer, stack: v.Object, well: bool, state: State) -> bool:
    """Whether a stack that unwinds deletes the file: itself, or the directory that it lies in, which a manager in it
    may do only when all goes well."""
    for _, value in contents(stack, state):
        if isinstance(value, Ref) and value.obj >= v.LENT:
            if well and is_parent(value, state):
                return True
        elif explorer.holds(value, state):
            return True
    return False


def _deletes_on_leaving(explorer: Explorer, manager: v.Partial, raising: bool, state: State) -> bool:
    """Whether a contextmanager function, given a list when it was entered, deletes what is in there by now."""
    if not alive(state) or not explorer.holds(manager, state) or not isinstance(manager.func, v.Func):
        return False
    found = explore_inside(explorer, manager.func, manager, state)
    if found is None or not found.ended("released"):
        return False
    return not found.outcomes if raising else all(each.raised for each in found.outcomes)


def leave_swallowing(
    explorer: Explorer, node: Node, kind: str, names: list[str], flight: object, state: State
) -> int:
    """suppress() and its like go on behind the block when what is in flight is of their kind."""
    if flight is None:
        if kind == "expecter" and not explorer.is_quiet(node):
            # What it expected never came: that is where a test fails. Or something of which nothing is known raised it,
            # but for the creation, if that stands in the block.
            explorer.fail(node, state, Flight("AssertionError"))
            if _is_made_within(explorer, node):
                return DEAD
        return node.next
    assert isinstance(flight, Flight)
    match, _ = matching(explorer, names, flight)
    return go_on_behind(explorer, node, match, state)


def _is_made_within(explorer: Explorer, leaving: Node) -> bool:
    """Whether the tracked file is made in the block that is left here."""
    made = (explorer.nodes[index] for index in explorer.tracked.nodes) if explorer.tracked is not None else ()
    return any(place.is_of(leaving) for node in made for place in node.places())


def go_on_behind(explorer: Explorer, node: Node, swallowed: Match, state: State) -> int:
    """Go on behind the block where the exception is swallowed, with the exception where it isn't."""
    if swallowed is Match.NO:
        return node.next
    if swallowed is Match.MAYBE:
        explorer.push(node.next, state.fork(), node, "next")
    return node.alt


def leave_instance(explorer: Explorer, node: Node, manager: v.Inst, raising: bool, state: State) -> int:
    """The exit of an object of the project is walked when it has the file."""
    leave = _either(explorer, manager.klass, "__exit__", "__aexit__")
    if leave is None:
        return node.next
    bound = v.Func(leave.module, leave.qualname, leave.code, manager)
    if alive(state) and explorer.holds(manager, state):
        # What __exit__ returns is of no interest: it goes to a temporary that nobody reads.
        return call_function(
            explorer, Call(node, NOWHERE, args=(UNKNOWN, UNKNOWN, UNKNOWN), keywords=()), bound, state
        )
    if raising:
        return go_on_behind(explorer, node, swallowed_by_exit(explorer, bound), state)
    if _raises_itself(explorer.project, bound):
        explorer.risk(node, state)
    return node.next


@question(lambda func: False, about=as_method)
def _raises_itself(project: Project, func: v.Func) -> bool:
    """Whether an exit raises by its own word: what else it calls is cleanup, and expected to go well."""
    code = project.code(func)
    return code is not None and any(isinstance(node.op, g.Raise | g.Await) for node in code.nodes)


def would_be_left(explorer: Explorer, manager: Value, state: State) -> bool:
    """Whether leaving this manager deletes the file on every way out."""
    match manager:
        case v.Partial(func=v.Func() as func, kind="manager"):
            code = explorer.project.code(func)
            if code is None or mode_of(code) != "manager":
                return False
            found = explore_inside(explorer, func, manager, state)
            return found is not None and not found.outcomes and found.ended("released")
        case v.Object(kind="closing", data=data):
            return explorer.obligation is Obligation.HANDLE and any(explorer.holds(d, state) for d in data)
        case v.Object(kind="stack"):
            return held_in(explorer, contents(manager, state), state)
        case v.Inst():
            leave = _either(explorer, manager.klass, "__exit__", "__aexit__")
            if leave is None:
                return False
            bound = v.Func(leave.module, leave.qualname, leave.code, manager)
            found = explore_inside(explorer, bound, _LEAVING, state)
            return found is not None and found.ended("released")
    return False


def entered_value(explorer: Explorer, manager: Value) -> Value | None:
    """The managed path that entering this manager gives, None when it gives none."""
    if isinstance(manager, v.Inst):
        return explorer.context.lent_by_class(manager.klass)
    if isinstance(manager, v.Partial) and isinstance(manager.func, v.Func):
        return explorer.context.lent_by(manager.func)
    return None


def is_lock(manager: object) -> bool:
    """A lock, semaphore or condition, by what it is called: taking one doesn't fail."""
    match manager:
        case v.Member(attr=name) | v.Global(name=name):
            text = name
        case v.Sym():
            text = symbols.name_of(manager)
        case _:
            return False
    return any(word in text.lower() for word in LOCK_WORDS)


def _either(explorer: Explorer, klass: v.Klass, plain: str, waiting: str) -> v.Func | None:
    return explorer.project.method(klass, plain) or explorer.project.method(klass, waiting)
