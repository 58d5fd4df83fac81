"""`with`: what entering and leaving a context manager means to the tracked file."""

from __future__ import annotations

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Node
from tmpleak_lint.knowledge.exceptions import CANCELLED
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.calls import Caller, mode_of
from tmpleak_lint.ownership.exceptions import ANY, Match
from tmpleak_lint.ownership.sites import Obligation
from tmpleak_lint.ownership.summaries import is_benign
from tmpleak_lint.ownership.values import TRACKED, UNKNOWN, Flight, Ref, Value
from tmpleak_lint.ownership.walk import DEAD, State


class FullWalker(Caller):
    """The walk with everything in it."""

    def _enter(self, index: int, node: Node, op: g.Enter, state: State) -> int:
        manager = state.get(op.manager, UNKNOWN)
        state[op.dest] = UNKNOWN
        if op.awaits and not self.is_quiet(node):
            self.fail(index, state)
            self.fail(index, state, Flight(CANCELLED))
        match manager:
            case Ref():
                if manager.obj == TRACKED and self.obligation is Obligation.HANDLE and self.alive(state):
                    return self.happen("managed", index, "with")
                state[op.dest] = manager
            case v.Object(kind="stack"):
                state["entered", manager] = True
                state[op.dest] = manager
                if self.alive(state) and self._held_in(state.get(("#", manager), ()), state):
                    return self.happen("managed", index, "ExitStack")
            case v.Object(kind="closing", data=data):
                state[op.dest] = data[0] if data else UNKNOWN
                if data and self.obligation is Obligation.HANDLE and self.holds(data[0], state):
                    return self.happen("managed", index, "closing")
            case v.Object():
                state[op.dest] = manager
            case v.Partial(kind="manager"):
                return self._enter_generator(index, node, manager, op.dest, state)
            case v.Inst():
                return self._enter_instance(index, node, manager, op.dest, state)
            case _:
                if not _is_lock(manager):
                    self.risk(index, state)
                state[op.dest] = v.Sym(("op", self.ident(index)))
        return node.next

    def _enter_generator(self, index: int, node: Node, manager: v.Partial, dest: int, state: State) -> int:
        """A contextmanager function of the project: with the file in hand, does it delete it on every way?"""
        assert isinstance(manager.func, v.Func)
        if self.alive(state) and self.holds(manager, state):
            if self.would_be_left(manager, state):
                return self.happen("managed", index, manager.func.qualname)
        from tmpleak_lint.ownership.owners import lent_by

        self.risk(index, state)
        state[dest] = lent_by(self.project, manager.func, self.stack) or v.Sym(("op", self.ident(index)))
        return node.next

    def would_be_left(self, manager: Value, state: State) -> bool:
        """Whether leaving this manager deletes the file on every way out."""
        match manager:
            case v.Partial(func=v.Func() as func, kind="manager"):
                code = self.project.code(func)
                if code is None or mode_of(code) != "manager":
                    return False
                found = self._walk_inside(func, manager.args, manager.keywords, state)
                return found is not None and not found[0] and "released" in found[1]
            case v.Object(kind="closing", data=data):
                return self.obligation is Obligation.HANDLE and any(self.holds(d, state) for d in data)
            case v.Object(kind="stack"):
                return self._held_in(state.get(("#", manager), ()), state)
            case v.Inst():
                leave = self.project.method(manager.klass, "__exit__") or self.project.method(manager.klass, "__aexit__")
                if leave is None:
                    return False
                bound = v.Func(leave.module, leave.qualname, leave.code, manager)
                found = self._walk_inside(bound, (UNKNOWN, UNKNOWN, UNKNOWN), (), state)
                return found is not None and "released" in found[1]
        return False

    def _enter_instance(self, index: int, node: Node, manager: v.Inst, dest: int, state: State) -> int:
        enter = self.project.method(manager.klass, "__enter__") or self.project.method(manager.klass, "__aenter__")
        if enter is None:
            self.risk(index, state)
            state[dest] = manager
            return node.next
        bound = v.Func(enter.module, enter.qualname, enter.code, manager)
        if self.alive(state) and self.holds(manager, state):
            return self.call_function(index, node, bound, (), (), dest, state)
        if not is_benign(self.project, bound):
            self.risk(index, state)
        state[dest] = self.lent_by(manager.klass) or manager
        return node.next

    def entered(self, manager: Value) -> Value | None:
        from tmpleak_lint.ownership.owners import lent_by

        if isinstance(manager, v.Inst):
            return self.lent_by(manager.klass)
        if isinstance(manager, v.Partial) and isinstance(manager.func, v.Func):
            return lent_by(self.project, manager.func, self.stack)
        return None

    def lent_by(self, klass: v.Klass) -> Value | None:
        from tmpleak_lint.ownership.owners import lent_by_class

        return lent_by_class(self.project, klass, self.stack)

    def _leave(self, index: int, node: Node, op: g.Leave, state: State) -> int:
        manager = state.get(op.manager, UNKNOWN)
        flight = state.get(op.error, ANY) if op.error is not None else None
        if op.awaits and not self.is_quiet(node) and flight is None:
            self.fail(index, state)
            self.fail(index, state, Flight(CANCELLED))
        match manager:
            case v.Object(kind="suppress" | "expecter", data=data):
                return self._leave_swallowing(index, node, manager.kind, [str(d) for d in data], flight, state)
            case v.Object(kind="stack"):
                if self.alive(state) and self._held_in(state.get(("#", manager), ()), state):
                    return self.happen("released", index, "ExitStack")
            case v.Object(kind="file"):
                self.close_file(manager, state)
            case Ref() | v.Object():
                return node.next
            case v.Inst():
                return self._leave_instance(index, node, manager, flight is not None, state)
            case v.Partial(kind="manager", func=v.Func()):
                if flight is None:
                    self.risk(index, state)
            case _:
                if flight is None and not _is_lock(manager):
                    self.risk(index, state)
        return node.next

    def _leave_swallowing(
        self, index: int, node: Node, kind: str, names: list[str], flight: object, state: State
    ) -> int:
        if flight is None:
            if kind == "expecter" and not self.is_quiet(node):
                # What it expected never came: that is where a test fails.
                self.fail(index, state, Flight("AssertionError"))
                return DEAD
            return node.next
        assert isinstance(flight, Flight)
        match, _ = self.matching(names, flight)
        if match is Match.NO:
            return node.next
        if match is Match.MAYBE:
            self.push(node.next, dict(state), index, "next")
        return node.alt

    def _leave_instance(self, index: int, node: Node, manager: v.Inst, raising: bool, state: State) -> int:
        leave = self.project.method(manager.klass, "__exit__") or self.project.method(manager.klass, "__aexit__")
        if leave is None:
            return node.next
        bound = v.Func(leave.module, leave.qualname, leave.code, manager)
        if self.alive(state) and self.holds(manager, state):
            scratch = -1 - index  # the value that __exit__ returns is of no interest
            return self.call_function(index, node, bound, (UNKNOWN, UNKNOWN, UNKNOWN), (), scratch, state)
        if not raising and not is_benign(self.project, bound):
            self.risk(index, state)
        return node.next


def _is_lock(manager: object) -> bool:
    """A lock, semaphore or condition, by what it is called: taking one doesn't fail."""
    match manager:
        case v.Member(attr=name) | v.Global(name=name):
            text = name
        case v.Sym(key=key):
            text = str(key)
        case _:
            return False
    return any(word in text.lower() for word in ("lock", "mutex", "semaphore"))
