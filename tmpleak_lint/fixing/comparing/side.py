"""One of two versions of a body, carried out with terms up to the next thing that an outsider can see.

In: a body, the node where it stands, what its names hold. Out: a stop: something visible (a call, a store into an
object, an await, a yield), a fork that only the run decides, or the end. Deletions of the file, registrations of such
deletions, and what only builds values is done in passing.
"""

from __future__ import annotations

from tmpleak_lint.bounds import COMPARED_STEPS
from tmpleak_lint.fixing.comparing.meaning import is_outside
from tmpleak_lint.fixing.comparing.opened import ENDING, Opened
from tmpleak_lint.fixing.comparing.reachable import kept_names
from tmpleak_lint.fixing.comparing.stops import End, Fork, State, Stop, Visible
from tmpleak_lint.fixing.comparing.terms import (
    FD,
    HANDLE,
    LENT,
    NONE,
    PATH,
    UNKNOWN,
    Term,
    argument_of,
    base_of,
    called_by,
    const,
    cut,
    dotted,
    filled,
    has_file,
    holds,
    is_container,
    is_derived,
    is_plainly,
    item_of,
    made_by,
    mentions,
    names_file,
    other_file,
    parts,
    rebound,
    tail,
    takes_missing,
    truth_of,
    value_of,
)
from tmpleak_lint.fixing.comparing.version import free_names
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Node
from tmpleak_lint.knowledge.model import (
    Asks,
    Creates,
    Handling,
    Holds,
    Life,
    Opens,
    Pure,
    Shape,
    Stack,
)
from tmpleak_lint.knowledge.table import SHIPPED, deletes_empty_only

MISSING: Term = ("missing",)  # what a deletion raises that finds nothing
_CLOSING = "contextlib.closing"
_PUTS = SHIPPED.tails_where(Holds, lambda holds: holds.how in (Handling.PUTS, Handling.PUTS_EACH))


class Side(Opened):
    """One version, carried out."""

    def start(self) -> State:
        names: dict[object, Term] = {param.name: ("param", param.name) for param in self.code.params}
        return State(0, names)

    # -- going on ---------------------------------------------------------------------------------

    def advance(self, state: State, facts: dict[Term, bool]) -> Stop:
        """Go on, changing the state, to the next stop."""
        for _ in range(COMPARED_STEPS):
            self.arrive(state)
            node = self.nodes[state.at]
            stop = self._step(node, state, facts)
            if stop is not None:
                return stop
        return End(raised=False, value=("endless",))

    def arrive(self, state: State) -> None:
        """Where ways meet, forget what nothing can come to any more."""
        live = self.live.get(state.at)
        if live is not None:
            if state.at not in self.carrying:
                state.flight = NONE
            state.names = kept_names(state.names, live, self.aliases, state.flight)

    def _step(self, node: Node, state: State, facts: dict[Term, bool]) -> Stop | None:
        op, names = node.op, state.names
        at = state.at

        if self._extends(state, op):
            self._to(state, node, node.next)
            return None
        if (theirs := self._extends_theirs(state, op)) is not None:
            return Visible(theirs, at, node.span)
        value = self._value(node, state)
        if value is not None:
            names[op.dest] = value  # type: ignore[union-attr]
            self._to(state, node, node.next)
            return None
        match op:
            case g.Load(dest=dest, name=name):
                if name in names:
                    names[dest] = names[name]
                elif (
                    name in self.code.local_names
                    and name not in self.code.global_names | self.code.nonlocal_names
                ):
                    return Visible(("unbound", name), at, node.span)
                else:
                    names[dest] = self.meaning.name(name)
            case g.Store(name=name, src=src):
                if name in self.code.global_names | self.code.nonlocal_names:
                    return Visible(("store", name, state.term(src)), at, node.span)
                names[name] = state.term(src)
                self._let_functions_have(state, name)
                if self._is_open(state.term(src), name):
                    state.opened |= {state.term(src)}
            case g.Forget(name=name):
                names.pop(name, None)
            case g.GetItem(obj=obj, index=index):
                return Visible(("item", state.term(obj), state.term(index)), at, node.span)
            case g.Add(container=container, item=item):
                if not self._puts(state, state.term(container), (state.term(item),)):
                    return Visible(("put", state.term(container), state.term(item)), at, node.span)
            case g.Unpack(src=src, dests=dests):
                for position, dest in enumerate(dests):
                    names[dest] = item_of(state.term(src), const(position))
            case g.Import() as imported:
                return Visible(("import", self._imported(imported)), at, node.span)
            case g.Jump():
                if node.next == NO_EDGE:
                    return End(raised=False, value=("endless",))
            case g.Return():
                pass
            case g.Exit(raised=raised):
                if raised:  # whoever is asked to delete it hasn't been left here, and is soon
                    self._carry_out(state, state.due_on)
                return End(raised, state.flight if raised else names.get(self.code.result, NONE))
            case g.Raise(said=int() as said) if is_derived(state.term(said)) and not self.meaning.is_in_test:
                return Visible(("assert", state.term(said)), at, node.span)
            case g.Raise(src=src):
                state.flight = state.term(src)
                if holds(state.flight):
                    state.thrown |= {state.flight}
                self._to(state, node, node.exc)
                return None
            case g.Reraise(error=error):
                state.flight = state.term(error)
                self._to(state, node, node.exc)
                return None
            case g.Branch(cond=cond):
                return self._choose(node, state, facts, state.term(cond))
            case g.Choice(what=what):
                return Fork(("choice", what), node.next, node.alt, at, fresh=True)
            case g.Catches(error=error, types=types):
                caught = ("name", "BaseException") if types is None else state.term(types)
                if caught == ("name", "BaseException"):
                    self._to(state, node, node.next)
                    return None
                if state.term(error) == MISSING and (takes := takes_missing(caught)) is not None:
                    self._to(state, node, node.next if takes else node.alt)
                    return None
                return self._decide(
                    node, state, facts, ("catches", state.term(error), caught), node.next, node.alt
                )
            case g.Iterate(dest=dest, src=src, awaits=awaits):
                source = state.term(src)
                if awaits or not self._is_local(source):
                    return Visible(("iterate", source), at, node.span)
                names[dest] = ("iterator", source)
            case g.Next(dest=dest, iterator=iterator, awaits=awaits):
                source = state.term(iterator)
                if awaits or source[0] != "iterator":
                    return Visible(("next", source), at, node.span)
                return Fork(
                    ("more", source), node.next, node.alt, at, fresh=True, element=("elem", source[1])
                )
            case g.Enter(dest=dest, manager=manager):
                return self._enter(node, state, state.term(manager), dest, manager)
            case g.Leave(manager=manager, error=error):
                left_by = None if error is None else state.term(error)
                return self._leave(node, state, facts, state.term(manager), left_by)
            case g.SetAttr(obj=obj, attr=attr, src=src):
                return Visible(("set", state.term(obj), attr, state.term(src)), at, node.span)
            case g.SetItem(obj=obj, index=index, src=src):
                if not self._puts(state, state.term(obj), (state.term(src),)):
                    return Visible(
                        ("setitem", state.term(obj), state.term(index), state.term(src)), at, node.span
                    )
            case g.Remove(obj=obj, attr=attr):
                return Visible(("del", state.term(obj), attr or ""), at, node.span)
            case g.Await(src=src):
                return Visible(("await", state.term(src)), at, node.span)
            case g.Yield(src=src):
                return Visible(("yield", state.term(src)), at, node.span)
            case g.Call():
                return self._call(node, state, op)
        self._to(state, node, node.next)
        return None

    # -- ways that part ---------------------------------------------------------------------------

    def _choose(self, node: Node, state: State, facts: dict[Term, bool], cond: Term) -> Stop | None:
        known = truth_of(cond)
        known = self._truth_of_opened(cond) if known is None else known
        if known is not None:
            self._to(state, node, node.next if known else node.alt)
            return None
        return self._decide(node, state, facts, cond, node.next, node.alt)

    def _decide(
        self, node: Node, state: State, facts: dict[Term, bool], fact: Term, yes: int, no: int
    ) -> Stop | None:
        """Go the way that a fact says, or stop to ask for it."""
        wanted = True
        while fact[:2] == ("op", "not"):
            fact, wanted = fact[2], not wanted  # type: ignore[assignment]
        if not wanted:
            yes, no = no, yes
        if fact in facts:
            self._to(state, node, yes if facts[fact] else no)
            return None
        return Fork(fact, yes, no, state.at)

    # -- managers ---------------------------------------------------------------------------------

    def _leads_to_it(self, value: Term) -> bool:
        """Whether a value has the path, or that of a file which is made in the directory, or was made from it."""
        return mentions(value) or is_derived(value) or any(part in self.inside for part in parts(value))

    def _puts(self, state: State, container: Term, items: tuple[Term, ...]) -> bool:
        """Put what leads to the file in a container that nobody else has: it has that from then on, by whatever name it
        goes. Whether that is all that is done."""
        container = _whole(container)
        led = [value_of(each) for each in items if self._leads_to_it(each)]
        if not led or not self._is_private(state, container):
            return False
        has = filled(container, *led)
        state.swap(container, has)
        if any(has_file(each, state.holders) for each in led):
            state.holders |= {has}
        return True

    def _extends(self, state: State, op: g.Op) -> bool:
        """Put the file in a container by `paths += [path]`, `table |= {"a": path}`. Whether the operation is that."""
        match op:
            case g.Binary(dest=dest, operator="Add=" | "BitOr=", left=left, right=right):
                items = state.term(right)
                if items[:1] == ("build",) and self._puts(state, state.term(left), items[2:]):  # type: ignore[arg-type]
                    state.names[dest] = state.term(left)
                    return True
        return False

    def _extends_theirs(self, state: State, op: g.Op) -> Term | None:
        """The same of a container that others have, told as what it comes to: `args.extend([path])`."""
        match op:
            case g.Binary(operator="Add=" | "BitOr=", left=left, right=right):
                into, items = state.term(left), state.term(right)
                if is_outside(into) and is_container(items) and self._leads_to_it(items):
                    return ("call", ("attr", into, "extend"), (items,))
        return None

    def _let_functions_have(self, state: State, name: str) -> None:
        """A function that was defined before has what one of its names is bound to later."""
        inner = self.meaning.inner
        if not inner or not self._leads_to_it(state.names[name]):
            return
        known = {part for term in state.names.values() for part in parts(term) if part[:1] == ("fn",)}
        for each in sorted(known, key=repr):
            code = inner.get(str(each[1]))
            if code is not None and name in free_names(code) and not is_derived(each):
                state.swap(each, cut((*each, PATH)))

    def _empties(self, state: State, container: Term) -> bool:
        """Empty a container that nobody else has. Whether that is all that is done."""
        if container[:1] != ("filled",) or not self._is_private(state, container):
            return False
        first = container[1]
        if not isinstance(first, tuple) or is_derived(first) or self._leads_to_it(first):
            return False
        state.holders -= {container}
        state.swap(container, first)
        return True

    def _is_private(self, state: State, container: Term) -> bool:
        """Whether it is, or lies in, a container that the body has made and that nobody else has."""
        return is_container(_whole(container)) and _whole(container) not in dict(state.shared)

    def _enter(self, node: Node, state: State, manager: Term, dest: int, temp: int) -> Stop | None:
        if manager == LENT:
            state.names[dest] = PATH
        elif manager == HANDLE or manager[:1] == ("temp",):
            state.names[dest] = manager
        elif dotted(called_by(manager)) in ("contextlib.suppress", "contextlib.nullcontext"):
            state.names[dest] = NONE
        elif (closed := _closed_by(manager)) is not None:
            state.names[dest] = closed
        else:
            return Visible(("enter", manager), state.at, node.span)
        self._to(state, node, node.next)
        return None

    def _leave(
        self, node: Node, state: State, facts: dict[Term, bool], manager: Term, error: Term | None
    ) -> Stop | None:
        if manager == LENT or manager == ("stack", "own"):
            if state.made and manager == LENT:
                self._note_refusal(state, bears=False)
            elif state.made and state.due:
                self._carry_out(state, manager)
            if state.made and (manager == LENT or state.due):
                state.gone, state.due = "deleted", ""
        elif manager == HANDLE:
            if not state.shut and error is None:
                return Visible(("close", HANDLE), state.at, node.span)
            state.shut = True
            state.gone = state.gone or ("deleted" if state.deletes_itself else "")
        elif manager[:1] == ("temp",):
            state.beside += ((("leave",), manager),)
            if error is None:
                return Visible(("close", manager), state.at, node.span)
        elif dotted(called_by(manager)) == "contextlib.suppress":
            if error is not None:
                types = cut(("types", manager[2]))
                if error == MISSING and (takes := takes_missing(types)) is not None:
                    self._to(state, node, node.alt if takes else node.next)
                    return None
                return self._decide(node, state, facts, ("catches", error, types), node.alt, node.next)
        elif dotted(called_by(manager)) != "contextlib.nullcontext":
            return Visible(("leave", manager, error is not None), state.at, node.span)
        self._to(state, node, node.next)
        return None

    # -- calls ------------------------------------------------------------------------------------

    def _call(self, node: Node, state: State, op: g.Call) -> Stop | None:
        names, at = state.names, state.at
        func = state.term(op.func)
        args = tuple(argument_of(each, state.term(each.value)) for each in op.args)
        if at in self.creations:
            return Visible(("create",), at, node.span, creates=True)
        if not self.about_descriptor and self._finds_nothing(state, func, args):
            state.flight = MISSING
            self._to(state, node, node.exc)
            return None
        if self.shape is Shape.HANDLE and self._remakes(state, func, args):
            self._to(state, node, node.next)
            names[op.dest] = HANDLE if args != (FD,) or dotted(func) != "os.close" else NONE
            return None
        gone = state.gone
        done = self._in_passing(state, func, args)
        if state.gone and not gone:
            self._note_refusal(state, bears=self._bears_refusal(node, state, func, args))
        if done is not None:
            names[op.dest] = done
            self._to(state, node, node.next)
            return None
        base = base_of(func)
        if (
            tail(func) == "close"
            and base is not None
            and (base == HANDLE or base[:1] == ("temp",))
            and not args
        ):
            return Visible(("close", base), at, node.span)
        return Visible(cut(("call", func, args), 9), at, node.span)

    def _in_passing(self, state: State, func: Term, args: tuple[Term, ...]) -> Term | None:
        """The result of a call that no outsider sees, None for one that they do."""
        name = dotted(func)
        if self.about_descriptor:
            if name == "os.close" and args == (FD,):
                self._close(state)
                return NONE
        else:
            gone = self._var(state, self.meaning.deleted(func, args))
            if gone is not None and self._is_file(gone, state):
                state.gone = ("rmdir" if deletes_empty_only(tail(func)) else "deleted") if state.made else ""
                return NONE
            if gone is not None and self._is_other(state, func, gone):
                return NONE
            later = self._var(state, self.meaning.registered(func, args))
            if later is not None and self._is_file(later, state):
                registrar = self.meaning.registrar(func)
                state.due = "soon" if "rmdir" not in str(args[0]) else "rmdir"
                if registrar is not None and registrar.at_exit:
                    state.due = str(registrar.until)
                elif base_of(func) == ("param", self.meaning.own) and state.due == "soon":
                    state.due = Life.OBJECT  # a test's own: it has what its helpers give until it is over
                if registrar is not None and not registrar.at_exit:
                    self._note_asked(state, base_of(func), args[registrar.at :])
                return ("made", "registration", "")
            if later is not None and self._is_other(state, func, later):
                return ("made", "registration", "")
        base = base_of(func)
        if base is not None and tail(func) in _PUTS and self._puts(state, base, args):
            return NONE
        if base is not None and tail(func) == "clear" and not args and self._empties(state, base):
            return NONE
        if func[-1] == "vars" and len(args) == 1 and base is None:
            return ("attr", args[0], "__dict__")
        if state.gone == "deleted" and not self.about_descriptor and self._asks_for_it(state, func, args):
            return const(False)
        if name == _CLOSING and len(args) == 1:
            return cut(("call", func, args))
        known = self.meaning.knowledge
        silent = (
            known.effect(name, Pure) if name else base is not None and tail(func) in known.method_tails(Pure)
        )
        return cut(("call", func, args)) if silent else None

    def _asks_for_it(self, state: State, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call asks if the file is there, and no more."""
        asked = args[0] if args else base_of(func)
        return asked is not None and self.meaning.does(func, Asks) and self._is_file(asked, state)

    def _remakes(self, state: State, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call is one of those by which a rewrite makes the file and its handle: closing the descriptor,
        opening that, or, once it is closed, the file."""
        if args == (FD,) and dotted(func) == "os.close" and state.closed == "open":
            state.closed = "closed"
            return True
        if not args or not self._has(dotted(func), Opens):
            return False
        if state.closed == "closed" and args[0] == PATH:
            state.closed = "given"
            return True
        return args[0] == FD

    def _finds_nothing(self, state: State, func: Term, args: tuple[Term, ...]) -> bool:
        """Whether a call deletes what is gone from its place, and doesn't bear that."""
        if not state.made or not (state.moved or state.gone == "deleted"):
            return False
        gone = self.meaning.deleted(func, args)
        return gone is not None and names_file(gone, frozenset()) and self.meaning.is_strict(func, args)

    def _close(self, state: State) -> None:
        if state.closed != "open":
            state.lost = "it closes the descriptor once more, which may be another file's by then"
        state.closed = "closed"

    def _var(self, state: State, target: Term | None) -> Term | None:
        if target is not None and target[0] == "var":
            return state.names.get(target[1])
        return target

    def _is_file(self, target: Term, state: State) -> bool:
        holders = state.holders | {state.names[n] for n in self.aliases if n in state.names}
        if not state.made:  # what is somebody else's can't have it yet
            holders = frozenset(each for each in holders if not is_outside(each))
        return names_file(target, holders) and (state.made or target[:1] in (("elem",), ("item",), ("attr",)))

    def _is_other(self, state: State, func: Term, target: Term) -> bool:
        other = other_file(target)
        if other is not None:
            state.beside += ((func, other),)
        return other is not None

    # -- a stop that both have come to --------------------------------------------------------------

    def created(self, state: State, stop: Visible) -> None:
        """The creation has gone well here."""
        node = self.nodes[stop.at]
        op = node.op
        assert isinstance(op, g.Call)
        func = state.term(op.func)
        flags = {each.keyword: state.term(each.value) for each in op.args if each.keyword}
        state.made, state.gone, state.due, state.shut, state.closed = True, "", "", False, "open"
        state.moved, state.opened, state.refused, state.stuck = False, frozenset(), "", ""
        state.due_on, state.due_above = NONE, frozenset()
        creates = self.meaning.knowledge.effect(dotted(func), Creates) if self.handed is None else None
        shape = creates.shape if creates is not None else self.shape
        if shape is Shape.HANDLE and self.handed is None:
            unsure = any(each.star for each in op.args)  # what is owed for isn't known to go by itself
            state.deletes_itself = not unsure and flags.get("delete", const(True)) == const(True)
            state.shut = op.dest in self._only_named
        state.names[op.dest] = made_by(shape, self.handed)
        self._to(state, node, node.next)

    def passed(self, state: State, stop: Visible, result: Term) -> None:
        """What both can see has gone well: its result, and on."""
        node = self.nodes[stop.at]
        op = node.op
        dest = getattr(op, "dest", None)
        if isinstance(op, g.Await):
            awaited = state.term(op.src)
            result = awaited if mentions(awaited) else result
        if isinstance(op, g.GetItem):
            result = self._item(state, op)
        if isinstance(op, g.Binary):
            result = state.term(op.left)  # which is the same container
        if isinstance(op, g.Import):
            result = ("name", self._imported(op))
        if isinstance(op, g.Enter):
            self.entered[op.manager] = result
        if isinstance(op, g.Leave):
            self._note_left(state, op)
        else:
            self._note_open(state, stop.label, result)
        if isinstance(op, g.Call) and result in self.opening and op.dest not in self._at_once:
            state.opened |= {result}
        match stop.label:
            case ("call", ("attr", tuple() as base, str(method)), (tuple() as key, _)) if method in _PUTS:
                result = item_of(base, key) if self._is_private(state, base) else result  # `setdefault`
        if dest is not None:
            state.names[dest] = result
        if stop.at in self.others and isinstance(op, g.Call):
            state.names[op.dest] = ("temp", str(result[1]))
            if is_derived(stop.label) or any(part in self.inside for part in parts(stop.label)):
                self.inside.add(("temp", str(result[1])))
        if isinstance(op, g.SetAttr):
            state.names[("@", state.term(op.obj), op.attr)] = state.term(op.src)
        if isinstance(op, g.SetItem):
            key = ("#", state.term(op.obj), state.term(op.index))
            state.names[key] = state.term(op.src)
        if isinstance(op, g.Store):
            state.names[op.name] = state.term(op.src)
        if self.meaning.puts_away(stop.label):
            place = place_of(stop.label)
            state.shared |= {(part, place) for part in parts(stop.label[2:]) if is_container(part)}
        if isinstance(op, g.Call):
            self._note_descriptor(state, op)
            taken = self.meaning.moved(*stop.label[1:]) if stop.label[0] == "call" else None  # type: ignore[arg-type]
            if taken is not None and names_file(taken, frozenset()):
                state.moved, state.refused = True, state.refused or self._who_has_it_open(state)
        if stop.label == ("close", HANDLE):
            state.shut = True
            state.gone = state.gone or ("deleted" if state.deletes_itself else "")
        self._rebind(state, stop)
        self._to(state, node, node.next)

    def _rebind(self, state: State, stop: Visible) -> None:
        """What other functions may have bound anew while something ran stands for nothing that is known."""
        if self._runs_nothing_of_ours(stop.label):
            return
        for name in self.rebound.get(stop.at, ()):
            if name in state.names:
                place = f"{stop.span.start.row}:{stop.span.start.column}"
                state.names[name] = rebound(place, "of it" if state.made else "")

    def _runs_nothing_of_ours(self, label: Term) -> bool:
        """Whether a step is one of the language, or a call of somebody known who is given no function."""
        match label:
            case ("call", ("name", str(name)), tuple() as args):
                known = bool(self.meaning.knowledge.model(name).effects)
                return known and not any(part[:1] == ("fn",) for part in parts(args))
        return label[0] in ("close", "put", "store", "import", "unbound")

    def _note_descriptor(self, state: State, op: g.Call) -> None:
        func = state.term(op.func)
        given = [state.term(each.value) for each in op.args]
        if FD in given and state.closed == "open":
            if dotted(func) == "os.close":
                state.closed = "closed"
            elif not dotted(func).startswith("os.") or self._has(dotted(func), Opens):
                state.closed = "given"

    def failed(self, state: State, stop: Visible, flight: Term) -> bool:
        """What both can see has failed; False where there is no such way."""
        node = self.nodes[stop.at]
        if node.exc == NO_EDGE:
            return False
        if isinstance(node.op, g.Leave):
            self._note_left(state, node.op)
        match stop.label:
            case ("call", tuple() as func, tuple() as args) if tail(func) in ENDING or any(
                map(is_plainly, args)
            ):
                self._note_open(state, stop.label, NONE)
        self._rebind(state, stop)
        state.flight = flight
        state.at = node.exc
        return True

    def turned(self, state: State, target: int, element: Term | None = None) -> None:
        """Go on at one of the two ways of a fork."""
        node = self.nodes[state.at]
        if element is not None and isinstance(node.op, g.Next):
            state.names[node.op.dest] = element
        if isinstance(node.op, g.Leave):  # it has ended what was raised
            self._note_left(state, node.op)
            state.opened -= {*parts(state.term(node.op.manager))}
        self._to(state, node, target)

    def own_stack(self, state: State, stop: Visible) -> bool:
        """An ExitStack that only this version has: entered in passing."""
        op = self.nodes[stop.at].op
        if not isinstance(op, g.Enter) or not self._has(dotted(called_by(state.term(op.manager))), Stack):
            return False
        state.names[op.manager] = ("stack", "own")
        state.names[op.dest] = ("stack", "own")
        self._to(state, self.nodes[stop.at], self.nodes[stop.at].next)
        return True

    def skip(self, state: State, stop: Visible) -> None:
        """Go past something that the other version needn't do."""
        self.passed(state, stop, NONE)


def _whole(element: Term) -> Term:
    """The container that an element of an element lies in."""
    while element[:1] == ("item",):
        element = element[1]  # type: ignore[assignment]
    return element


def _closed_by(manager: Term) -> Term | None:
    """What `closing(...)` gives, and closes when it is left."""
    match manager:
        case ("call", ("name", str(name)), (tuple() as given,)) if name == _CLOSING:
            return given
    return None


def place_of(label: Term) -> Term:
    """Where something visible puts what it is about: as a term, whatever that holds."""
    match label:
        case ("set", tuple() as obj, str(attr), *_):
            return ("attr", obj, attr)
        case ("setitem", tuple() as obj, *_) | ("call", ("attr", tuple() as obj, _), *_):
            return ("item", obj, UNKNOWN)
    return ("global", "something that others have, too")
