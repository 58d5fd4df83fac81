"""What has the file open, or has made it read-only, at a point of one version: Windows doesn't delete it then.

Comes in: the steps of a version (`side`). Goes out: in the state, what keeps the file or one in the directory open; for
people, what that is where the file is deleted or moved, unless the code bears the refusal. Not handled: who is lent the
file by a `yield` or a hook, and objects of classes out of reach that nobody ends and no row speaks of.
"""

from __future__ import annotations

import builtins
from functools import cached_property

from tmpleak_lint.bounds import NEAR_HANDLER
from tmpleak_lint.fixing.comparing.stops import DESCRIPTOR, MAY_HAVE_IT, State
from tmpleak_lint.fixing.comparing.terms import (
    HANDLE,
    NONE,
    PATH,
    Term,
    base_of,
    called_by,
    cut,
    dotted,
    is_derived,
    is_plainly,
    mentions,
    parts,
    tail,
    value_of,
)
from tmpleak_lint.fixing.comparing.version import Version
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Node
from tmpleak_lint.flow.liveness import uses
from tmpleak_lint.knowledge.model import (
    ANY,
    Deletes,
    Ends,
    Enters,
    Permits,
    Registers,
    Shape,
)
from tmpleak_lint.knowledge.model import PATH as PATHS
from tmpleak_lint.knowledge.table import SHIPPED
from tmpleak_lint.knowledge.words import RELEASING

_CLOSING = frozenset({"closing", "aclosing"})
ENDING = SHIPPED.tails(Ends) | RELEASING  # what ends what an object has open
_LOCKED = "locked"  # of a file that nobody may write


class Opened(Version):
    """A version, as far as it opens and closes the file."""

    def _is_open(self, value: Term, name: str) -> bool:
        """Whether a variable has what keeps the file, or one in the directory, open: a file object, or something else
        that was made from it and that the body closes."""
        if value[:1] != ("made",) or not is_derived(value):
            return False
        return value in self.opening or name in self._closed_names

    def _truth_of_opened(self, cond: Term) -> bool | None:
        """Whether a condition holds that asks if there is a file object, of one that there is; None for any other."""
        match cond:
            case ("op", "not", tuple() as inner):
                known = self._truth_of_opened(inner)
                return None if known is None else not known
            case ("op", "is", tuple() as asked, tuple() as nothing) if nothing == NONE:
                return False if asked in self.opening else None
        return True if cond in self.opening else None

    @cached_property
    def _at_once(self) -> frozenset[int | str]:
        """The temporaries of which nothing more is done than that they are entered, or asked for a method."""
        kept: set[int | str] = set()
        for node in self.nodes:
            match node.op:
                case g.Enter() | g.Leave() | g.GetAttr():
                    pass
                case op:
                    kept |= set(uses(op))
        return frozenset(op.dest for node in self.nodes if isinstance(op := node.op, g.Call)) - kept

    @cached_property
    def _only_named(self) -> frozenset[int | str]:
        """The temporaries that are asked for their name alone: a handle that nothing else holds is closed by then."""
        kept: set[int | str] = set()
        named: set[int | str] = set()
        for node in self.nodes:
            match node.op:
                case g.GetAttr(obj=obj, attr="name"):
                    named.add(obj)
                case op:
                    kept |= set(uses(op))
        return frozenset(named - kept)

    def _is_ended(self, state: State, base: Term) -> bool:
        """Whether the body ends an object, that of a variable, after what it does with it."""
        names = (name for name, term in state.names.items() if type(name) is str and term == base)
        return base[:1] in (("param",), ("made",)) and any(name in self._closed_names for name in names)

    @cached_property
    def _closed_names(self) -> frozenset[str]:
        """The variables that the body closes, or ends otherwise."""
        loaded = {op.dest: op.name for node in self.nodes if isinstance(op := node.op, g.Load)}
        asked = {
            op.dest: loaded.get(op.obj, "")
            for node in self.nodes
            if isinstance(op := node.op, g.GetAttr) and op.attr in ENDING
        }
        called = (node.op.func for node in self.nodes if isinstance(node.op, g.Call))
        return frozenset(asked[func] for func in called if func in asked)

    def _note_open(self, state: State, label: Term, result: Term) -> None:
        """What a step opens, or closes, be it that it fails."""
        match label:
            case ("call", tuple() as func, tuple() as args):
                base = base_of(func)
                self._note_left_with(state, func, args, result)
                if tail(func) in ENDING and base is not None:
                    each_of_them = base[:1] == ("elem",)
                    state.opened = frozenset() if each_of_them else state.opened - {base}
                elif base is not None and self._is_ended(state, base) and any(map(is_plainly, args)):
                    state.opened |= {base}  # it is given the file, and closed later
                named = [*args, *([base] if base is not None else [])]
                self._note_mode(state, func, args, result)
                if self.meaning.holds_open(func) and any(_names_it(value_of(each)) for each in named):
                    self.opening.add(result)
                    self.staying |= {result} if self.meaning.holds_open_beyond_with(func) else set()
            case ("enter", tuple() as manager) if manager in self.opening:
                state.opened |= {manager}
            case ("leave", tuple() as manager, _):
                state.opened -= {*parts(manager)} - ({manager} & self.staying)

    def _note_left_with(self, state: State, func: Term, args: tuple[Term, ...], result: Term) -> None:
        """What is closed when something else is left: `closing(db)`, `stack.enter_context(db)`,
        `stack.callback(db.close)`."""
        closes = tail(func) in _CLOSING
        if not closes and not self.meaning.does(func, Enters, Registers):
            return
        given = {
            part for each in args for part in parts(value_of(each)) if part in self.opening or part == HANDLE
        }
        for manager in (result, base_of(func)):
            if manager is not None:
                known = self.left_with.setdefault(manager, set())
                known |= given if closes else given - self.staying

    def _note_left(self, state: State, op: g.Leave) -> None:
        """A manager is left, with what is closed and deleted then."""
        for who in (state.term(op.manager), self.entered.get(op.manager, NONE)):
            self._carry_out(state, who)
            state.opened -= self.left_with.get(who, set())
        self._note_open(state, ("leave", state.term(op.manager), False), NONE)

    def _note_asked(self, state: State, who: Term | None, asked: tuple[Term, ...]) -> None:
        """Somebody is asked to delete the file when he is left, or the test is over: what he was asked for before comes
        after that."""
        state.due_on, state.due_above = NONE, frozenset()
        if who is not None:
            state.due_on, state.due_bears = who, self._bears_by_itself(asked[0], asked[1:])
            state.due_above = frozenset(self.left_with.get(who, set()) & {*state.opened, HANDLE})

    def _carry_out(self, state: State, who: Term) -> None:
        """Who was asked to delete the file is left, and does so in reverse order, with what is open then."""
        if not state.due or state.due_on == NONE or state.due_on != who:
            return
        is_shut, opened = state.shut, state.opened
        closed = self.left_with.get(who, set()) - state.due_above
        state.shut, state.opened = is_shut or HANDLE in closed, opened - closed
        self._note_refusal(state, bears=state.due_bears)
        state.shut, state.opened = is_shut or HANDLE in self.left_with.get(who, set()), opened
        state.due_on = NONE

    def _note_mode(self, state: State, func: Term, args: tuple[Term, ...], result: Term) -> None:
        """Whether a call makes the file one that nobody may write, or takes that back."""
        known, base = self.meaning.knowledge, base_of(func)
        permits = known.effect(dotted(func) or f"{ANY}.{tail(func)}", Permits)
        if (
            permits is None
            or len(args) <= permits.at
            or not mentions(args[0] if permits.at else base or NONE)
        ):
            return
        state.opened = frozenset(each for each in state.opened if each[0] != _LOCKED)
        if _is_read_only(value_of(args[permits.at])):
            state.opened |= {(_LOCKED, *result[1:])}

    def _who_has_it_open(self, state: State, *, surely: bool = False) -> str:
        """What keeps Windows from deleting the file, or one in the directory, here, for people; "" for nothing.
        `surely`: what was made from it, not what was only given it."""
        if self.shape is Shape.HANDLE and self.handed is None and not (state.shut or state.deletes_itself):
            return "its handle is open"
        opened = [each for each in state.opened if is_derived(each) or each[0] == _LOCKED or not surely]
        placed = [each for each in opened if str(each[1])[:1].isdigit()]
        if not placed and opened:
            return f"what it was given to {MAY_HAVE_IT}"
        if not placed:
            is_open = self.shape is Shape.FD_AND_PATH and self.handed is None and state.closed == "open"
            return DESCRIPTOR if is_open else ""
        own = [each for each in placed if is_derived(each) or each[0] == _LOCKED]
        row, how = min((int(str(each[1]).partition(":")[0]), str(each[0])) for each in own or placed)
        if how == _LOCKED:
            return f"line {row} has made it read-only"
        return f"what line {row} opens has it open" if own else f"what line {row} makes {MAY_HAVE_IT}"

    def _note_refusal(self, state: State, *, bears: bool) -> None:
        """The file is deleted here: whether a system refuses that, and what comes of it."""
        who = self._who_has_it_open(state, surely=bears)
        if bears:
            state.stuck = state.stuck or who
        else:
            state.refused = state.refused or who

    def _bears_refusal(self, node: Node, state: State, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a deletion that the system refuses does no harm: it, or what stands around it, bears that, or it is
        that of a helper, which may."""
        if self._bears_by_itself(func, args):
            return True
        at = node.exc
        for _ in range(NEAR_HANDLER):
            if at == NO_EDGE:
                return False
            match self.nodes[at].op:
                case g.Leave(manager=manager) if (
                    dotted(called_by(state.term(manager))) == "contextlib.suppress"
                ):
                    return _takes_refusal(cut(("types", state.term(manager)[2])))
                case g.Catches(types=types):
                    return types is None or _takes_refusal(state.term(types))
                case g.Exit():
                    return False
            at = self.nodes[at].next
        return False

    def _bears_by_itself(self, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a deletion bears that the system refuses it, whatever stands around it."""
        name = dotted(func)
        known = self.meaning.knowledge.effect(name, Deletes) if name else None
        if known is None and self.meaning.knowledge.method(PATHS, tail(func)).effect(Deletes) is None:
            return True
        return any(each[:2] == ("kw", "ignore_errors") for each in args) or (
            tail(func) == "rmtree" and len(args) > 1
        )


def _names_it(value: Term) -> bool:
    """Whether a value has the file's name, not only a handle of it, which is closed by itself."""
    return mentions(value) and (PATH in parts(value) or HANDLE not in parts(value))


def _is_read_only(mode: Term) -> bool:
    """Whether a mode, of numbers and names of `stat`, lets nobody write; not if none of them is known."""
    numbers = [int(str(each[2])) for each in parts(mode) if each[:2] == ("const", "int")]
    flags = [flag for each in parts(mode) if (flag := dotted(each).rpartition(".")[2]).startswith("S_I")]
    writable = any(number & 0o200 for number in numbers) or any("W" in flag for flag in flags)
    return bool(numbers or flags) and not writable


def _takes_refusal(types: Term) -> bool:
    """Whether handlers of these types take what Windows raises for a file that is open; they do if that isn't known."""
    kinds = [getattr(builtins, str(each[1]), None) for each in parts(types) if each[:1] == ("name",)]
    return any(not isinstance(kind, type) or issubclass(PermissionError, kind) for kind in kinds)
