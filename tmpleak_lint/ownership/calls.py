"""What a call means to the tracked file, and how a call into the project is walked in place.

Comes in: a call operation with the values of its function and arguments. Goes out: the state afterwards, further
ways (it raises, it leaves several outcomes), or the end of the obligation. The order of the questions is the order
of certainty: does it create, does it release, is a releasing callable handed over, can its body be walked, is it
known to be benign or never to return; whatever is left borrows the file and may raise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code, Node
from tmpleak_lint.flow.liveness import free_names
from tmpleak_lint.knowledge import calls as known_calls
from tmpleak_lint.knowledge import frameworks, paths, releases
from tmpleak_lint.knowledge.creators import Shape
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.exceptions import ANY, Match, catches
from tmpleak_lint.ownership.sites import Obligation, Site
from tmpleak_lint.ownership.summaries import SMALL_BODY, always_leaves, is_benign, may_affect
from tmpleak_lint.ownership.values import MANAGED, TRACKED, UNKNOWN, Flight, Ref, Role, Value
from tmpleak_lint.ownership.walk import DEAD, MAX_INLINE_DEPTH, RESULT, STEPS_INSIDE, Options, State, Walker


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a walked call ends: by exception or not, what it returns, what it changed outside of itself."""

    raised: bool
    flight: Flight
    value: Value
    heap: tuple[tuple[object, object], ...]


Args = tuple[Value, ...]
Keywords = tuple[tuple[str, Value], ...]


class Caller(Walker):
    """Calls, by what is called."""

    def _call(self, index: int, node: Node, op: g.Call, state: State) -> int:
        args: list[Value] = []
        keywords: list[tuple[str, Value]] = []
        for argument in op.args:
            value = state.get(argument.value, UNKNOWN)
            if argument.keyword is not None:
                keywords.append((argument.keyword, value))  # type: ignore[arg-type]
            elif argument.star == "*":
                args += self.elements(value, state) or [UNKNOWN]
            elif argument.star == "**":
                keywords += [(str(k), i) for k, i in state.get(("#", value), ())]  # type: ignore[attr-defined]
            else:
                args.append(value)  # type: ignore[arg-type]
        site = self.site_at.get(index)
        if site is not None:
            return self._create(index, node, site, tuple(args), tuple(keywords), op.dest, state)
        func = state.get(op.func, UNKNOWN)
        return self.invoke(index, node, func, tuple(args), tuple(keywords), op.dest, state)

    def invoke(
        self, index: int, node: Node, func: object, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        match func:
            case v.Dotted(name=name):
                return self._external(index, node, name, args, keywords, dest, state)
            case v.Func():
                return self.call_function(index, node, func, args, keywords, dest, state)
            case v.Klass():
                return self._construct(index, node, func, args, keywords, dest, state)
            case v.Partial(func=inner, args=first, keywords=given, kind="partial"):
                return self.invoke(index, node, inner, first + args, given + keywords, dest, state)
            case v.Member(base=base, attr=attr):
                return self._method(index, node, base, attr, args, keywords, dest, state)
        return self._opaque(index, node, "", args, keywords, dest, state)

    # -- creating ---------------------------------------------------------------------------------

    def _create(
        self, index: int, node: Node, site: Site, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        """A creation site. The tracked site makes the tracked file now, or (another time) a stranger."""
        self.risk(index, state)
        if not site.owned and self.obligation is not Obligation.HANDLE:
            state[dest] = self._made(site, MANAGED)
            return node.next
        if site.handed is not None and site.handed.sometimes_managed and self._is_managed_this_time(node, args, keywords, state):
            state[dest] = self._made(site, MANAGED)
            return node.next
        if site is not self.tracked or self.alive(state):
            where = self._parent(site, args, keywords)
            number = MANAGED if self._is_managed(where, state) else site.number
            if isinstance(where, Ref) and where.obj > 0 and where.obj != number:
                state["in", number] = where.obj
            self._make(site, number, dest, state)
            return node.next
        if self._repeats(index):
            other = dict(state)
            self._make(site, site.number, dest, other)
            self.push(node.next, other, index, "next")
        return self._make_tracked(index, node, site, args, keywords, dest, state)

    def _is_managed_this_time(self, node: Node, args: Args, keywords: Keywords, state: State) -> bool:
        """A helper that registers the deletion when asked to: with these arguments, does it?"""
        from tmpleak_lint.ownership.owners import returns_managed

        assert isinstance(node.op, g.Call)
        func = state.get(node.op.func)
        if isinstance(func, v.Dotted):
            func = self.project.find(self.module, func.name)
        if not isinstance(func, v.Func):
            return False
        code = self.project.code(func)
        if code is None:
            return False
        bound = self._bind(func, code, args, keywords, state)
        settings = {k: x for k, x in bound.items() if isinstance(x, v.Const)}
        return returns_managed(self.project, func, self.stack, settings) is not None

    def _make_tracked(
        self, index: int, node: Node, site: Site, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        state["$t"] = "named" if site.shape is Shape.NAME and site.handed is None else "live"
        self._make(site, TRACKED, dest, state)
        self.result.created[index] = self.item
        if self.obligation is not Obligation.NAME:
            return node.next
        parent = self._parent(site, args, keywords)
        if self._is_managed(parent, state):
            return self.happen("managed", index, "inside a directory that is cleaned up")
        if isinstance(parent, Ref) and parent.obj > 0:
            state["$parents"] = self._parents(parent.obj, state)
        elif parent is not None and (self.knowledge.is_managed_directory(v.text_of(parent)) or self.lies_in_managed(parent)):
            return self.happen("managed", index, "inside a directory that is cleaned up")
        elif isinstance(parent, v.Member | v.Global) and parent.__class__ is not v.Sym:
            state["$in"] = parent
        return node.next

    def _make(self, site: Site, number: int, dest: int, state: State) -> None:
        if site.handed is None:
            state[dest] = self._made(site, number)
            return
        state[dest] = _renumbered(site.handed.value, number)
        for key, value in site.handed.heap:
            state[key] = _renumbered(value, number)

    def _made(self, site: Site, number: int) -> Value:
        if site.handed is not None:
            return _renumbered(site.handed.value, number)  # type: ignore[return-value]
        if site.shape is Shape.FD_AND_PATH:
            return v.Seq((Ref(number, Role.FD), Ref(number, Role.PATH)))
        if site.shape in (Shape.DIRECTORY, Shape.NAME, Shape.PATH):
            return Ref(number, Role.PATH)
        return Ref(number, Role.HANDLE)

    def _parent(self, site: Site, args: Args, keywords: Keywords) -> Value | None:
        """The value of `dir=`, or of an absolute prefix, if the call has one."""
        if site.row is None:
            return None
        for name, value in keywords:
            if name == "dir" and value != v.NONE:
                return value
            if name == "prefix" and isinstance(value, Ref) and value.role is Role.CHILD:
                return Ref(value.obj, Role.PATH)
        position = site.row.dir_position
        if position is not None and position < len(args) and args[position] != v.NONE:
            return args[position]
        return None

    def _is_managed(self, value: object, state: State) -> bool:
        if not isinstance(value, Ref):
            return False
        return value.obj == MANAGED or value.obj in state.get("$managed", frozenset())  # type: ignore[operator]

    def lies_in_managed(self, directory: Value) -> bool:
        """Whether a directory that isn't made here is known to be deleted as a whole (see `owners`)."""
        from tmpleak_lint.ownership.owners import is_managed_place

        return is_managed_place(self.project, self.module, directory, self.stack)

    def _repeats(self, index: int) -> bool:
        """Whether the operation can be reached from itself: only then do several files come from one site."""
        key = ("repeats", self.code, index)
        if key not in self.project.memo:
            seen: set[int] = set()
            work = [self.nodes[index].next, self.nodes[index].exc]
            while work:
                at = work.pop()
                if at == NO_EDGE or at in seen:
                    continue
                seen.add(at)
                node = self.nodes[at]
                work += [node.next, node.alt, node.exc]
            self.project.memo[key] = index in seen
        return bool(self.project.memo[key])

    # -- releasing --------------------------------------------------------------------------------

    def delete(self, index: int, node: Node, value: object, name: str, state: State) -> int:
        """A deletion of what value names."""
        if isinstance(value, Ref):
            if self.is_parent(value, state) and value.role is Role.PATH and name in releases.WHOLE_TREE:
                return self.happen("released", index, name)
            if value.obj == TRACKED and self.alive(state) and self.obligation is Obligation.NAME:
                if value.role in (Role.PATH, Role.HANDLE):
                    return self.happen("released", index, name)
                if value.role in (Role.CHILD, Role.SIBLING):
                    self.happen("missed", index, value.role.value)
                if value.role is Role.PARENT and name in releases.WHOLE_TREE:
                    return self.happen("released", index, name)
        elif self.alive(state) and self.obligation is Obligation.NAME:
            if isinstance(value, v.Partial | v.Inst) and self.holds(value, state):
                return self.happen("released", index, name)
            if value == state.get("$in") and name in releases.WHOLE_TREE:
                return self.happen("released", index, name)
        return node.next

    def _move_away(self, index: int, node: Node, source: object, name: str, dest: int, state: State) -> int:
        """A consuming move: released even when it fails, unless the author reckons with failure there."""
        state[dest] = UNKNOWN
        if isinstance(source, Ref) and source.role in (Role.PATH, Role.HANDLE):
            reckoned = self._oserror_is_handled(node)
            if reckoned:
                self.fail(index, state, Flight("OSError", exact=False))
            if self._is_tracked_or_parent(source, state) and self.alive(state) and self.obligation is Obligation.NAME:
                return self.happen("released", index, name)
            return node.next
        if isinstance(source, Ref):
            return node.next if source.role is not Role.SIBLING else self._risky(index, node, state)
        return self._risky(index, node, state)

    def _risky(self, index: int, node: Node, state: State) -> int:
        self.risk(index, state)
        return node.next

    def _oserror_is_handled(self, node: Node) -> bool:
        """Whether the operation stands in a try with a handler that can match OSError."""
        place = node.place
        while place is not None:
            if place.kind == "try":
                for text in place.handlers:
                    name = text.rpartition(".")[2] if text.startswith(("os.", "socket.", "builtins.")) else text
                    if catches(name, Flight("OSError", exact=False)) is not Match.NO and _is_known(name):
                        return True
            if place.kind in ("handler", "finally", "else"):
                # The try this belongs to no longer covers it; its own outer places still do.
                span = place.span
                place = place.outer
                while place is not None and place.kind == "try" and place.span == span:
                    place = place.outer
                continue
            place = place.outer
        return False

    def would_release(self, func: object, args: Args, state: State) -> bool:
        """Whether calling func with args deletes (for a descriptor: closes) the tracked file."""
        match func:
            case v.Dotted(name=name):
                if self.obligation is Obligation.DESCRIPTOR:
                    return name == "os.close" and any(self.holds(a, state) for a in args)
                position = self.knowledge.deleted_position(name)
                if position is not None or name in releases.MOVERS:
                    return any(self._names_whole(a, state) for a in args)
                found = self.project.find(self.module, name)
                return found is not None and self.would_release(found, args, state)
            case v.Member(base=Ref(obj=obj, role=role) as base, attr=attr):
                if self._is_tracked_or_parent(base, state):
                    if self.obligation is Obligation.HANDLE:
                        return attr in releases.CLOSERS
                    return attr in releases.DELETER_METHODS and role in (Role.PATH, Role.HANDLE)
            case v.Partial(func=inner, args=first, kind="partial"):
                return self.would_release(inner, first + args, state)
            case v.Func():
                return self._walk_would_release(func, args, state)
        return False

    def _is_tracked_or_parent(self, ref: Ref, state: State) -> bool:
        return ref.obj == TRACKED or self.is_parent(ref, state)

    def is_parent(self, ref: Ref, state: State) -> bool:
        """Whether the file was made inside this one: deleting (or moving) that as a whole takes it along."""
        return ref.obj in state.get("$parents", ())  # type: ignore[operator]

    def _parents(self, number: int, state: State) -> tuple[int, ...]:
        """A directory's number, and those of the directories that it lies in itself."""
        found = [number]
        while found[-1] != MANAGED and isinstance(state.get(("in", found[-1])), int):
            upper = state["in", found[-1]]
            assert isinstance(upper, int)
            if upper in found:
                break
            found.append(upper)
        return tuple(found)

    def _names_whole(self, value: object, state: State) -> bool:
        """Whether the value is the file (or a container of it, or the directory that it lies in)."""
        if isinstance(value, Ref):
            return self._is_tracked_or_parent(value, state) and value.role in (Role.PATH, Role.HANDLE)
        if value == state.get("$in"):
            return True
        return self.holds(value, state)

    def _walk_would_release(self, func: v.Func, args: Args, state: State) -> bool:
        if not self.alive(state):
            return False
        found = self._walk_inside(func, args, (), state)
        return found is not None and any(h == "released" or h == "managed" for h in found[1])

    def registers(self, index: int, args: Sequence[Value], state: State, name: str) -> bool:
        """A callable that deletes the file is among the arguments: from here on it is managed.

        Other files that are registered are remembered too: what is created inside them later is managed with them.
        """
        for position, candidate in enumerate(args):
            if isinstance(candidate, v.Seq) and self.registers(index, candidate.items, state, name):
                return True
            if not isinstance(candidate, v.Dotted | v.Member | v.Partial | v.Func):
                continue
            for prepared in args:
                # Finalize(obj, func, args=(path,)): the arguments stand in a tuple of their own.
                if isinstance(prepared, v.Seq) and self.alive(state) and self.holds(prepared, state):
                    if self.would_release(candidate, prepared.items, state):
                        return True
            others = tuple(a for i, a in enumerate(args) if i != position)
            flat = tuple(x for a in others for x in (self.elements(a, state) or [a]))
            if self.alive(state) and self.would_release(candidate, flat, state):
                return True
            managed = self._registered_strangers(candidate, flat, state)
            if managed:
                state["$managed"] = state.get("$managed", frozenset()) | managed  # type: ignore[operator]
        return False

    def _registered_strangers(self, func: Value, args: Args, state: State) -> frozenset[int]:
        deletes = isinstance(func, v.Dotted) and (
            self.knowledge.deleted_position(func.name) is not None
            or self.project.find(self.module, func.name) is not None
        )
        if isinstance(func, v.Func):
            code = self.project.code(func)
            if code is None or not may_affect(self.project, func):
                return frozenset()
            captured = [state.get(name, state.get(("^", name))) for name in _free(code)] if func.code else []
            args = (*args, *(c for c in captured if isinstance(c, Ref)))
        if deletes or isinstance(func, v.Func):
            return frozenset(a.obj for a in args if isinstance(a, Ref) and a.obj > 0 and a.role is Role.PATH)
        if isinstance(func, v.Member) and isinstance(func.base, Ref) and func.attr in releases.DELETER_METHODS:
            return frozenset({func.base.obj})
        if isinstance(func, v.Partial):
            return self._registered_strangers(func.func, func.args + args, state)
        return frozenset()

    # -- names of the world outside ---------------------------------------------------------------

    def _external(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        first = args[0] if args else UNKNOWN
        position = self.knowledge.deleted_position(name)
        if position is not None:
            state[dest] = v.NONE
            target = args[position] if position < len(args) else next((a for k, a in keywords if k != "onerror"), UNKNOWN)
            return self.delete(index, node, target, name, state)
        moved = self.knowledge.moved_position(name)
        if moved is not None:
            source = args[moved] if moved < len(args) else dict(keywords).get("src", UNKNOWN)
            if self._makes_named(name, args, state):
                state["$t"] = "live"
            return self._move_away(index, node, source, name, dest, state)
        handler = _EXTERNAL.get(name)
        if handler is not None:
            return handler(self, index, node, name, args, keywords, dest, state)
        if name in paths.SAME_PATH:
            return self._same_path(index, node, name, args, dest, state)
        leaving = self.knowledge.leaves_with(name)
        if leaving is not None:
            if leaving:
                self.fail(index, state, ANY if leaving == "any" else Flight(leaving), "exit")
            return DEAD
        if name in known_calls.EXPECTERS:
            names = tuple(n for a in args[:1] for n in self.exception_names(a))
            state[dest] = v.Object("expecter", self.ident(index), names)
            return node.next
        if self.knowledge.swallows(name):
            names = tuple(n for a in args for n in self.exception_names(a))
            state[dest] = v.Object("suppress", self.ident(index), names or ("BaseException",))
            return node.next
        if name in paths.EXISTENCE:
            state[dest] = self._exists(first, name, index, state)
            return node.next
        if _is_exception(name):
            state[dest] = Flight(name)
            return node.next
        if name in releases.SHELL_RUNNERS:
            if self.alive(state) and self.obligation is Obligation.NAME and self._shell_deletes(args, state):
                return self.happen("released", index, "rm")
            if self._is_deleting_command(first, state):
                state[dest] = UNKNOWN
                return node.next
            return self._opaque(index, node, name, args, keywords, dest, state)
        if self.registers(index, [*args, *(a for _, a in keywords)], state, name):
            return self.happen("managed", index, name)
        if name in known_calls.FILE_OPENERS:
            return self._open(index, node, name, args, keywords, dest, state)
        if self.knowledge.takes(name) and any(self.holds(a, state) for a in [*args, *(a for _, a in keywords)]):
            return self.happen("escaped", index, name)
        if self._makes_named(name, args, state):
            self.risk(index, state)
            state["$t"] = "live"
            state[dest] = UNKNOWN
            return node.next
        if self.knowledge.is_benign(name):
            state[dest] = self._passed_through(index, name, args, state)
            return node.next
        found = self.project.find(self.module, name)
        if isinstance(found, v.Func | v.Klass):
            return self.invoke(index, node, found, args, keywords, dest, state)
        return self._opaque(index, node, name, args, keywords, dest, state)

    def _passed_through(self, index: int, name: str, args: Args, state: State) -> Value:
        """What list(), sorted(), reversed(), enumerate(), iter() and the like give of a container that is followed."""
        holding = [a for a in args if isinstance(a, v.Seq | v.Box | v.Global | v.Member) and self.elements(a, state)]
        if holding and name in ("list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "filter"):
            source = holding[-1]
            if isinstance(source, v.Seq) and name == "tuple":
                return source
            held = tuple((None, i) for i in self.elements(source, state))
            box = self.new_box(index, "list", held, state)
            if ("open", source) in state:
                state["open", box] = True
            return box
        if holding and name in ("enumerate", "zip"):
            pairs = tuple((None, v.Seq((UNKNOWN, i) if name == "enumerate" else (i, i))) for i in self.elements(holding[0], state))
            box = self.new_box(index, "list", pairs, state)
            if ("open", holding[0]) in state:
                state["open", box] = True
            return box
        if name == "list" or name == "set" or name == "dict" or name == "collections.deque" or name == "collections.OrderedDict":
            return self.new_box(index, "dict" if name.endswith("ict") else "list", (), state)
        if name in ("locals", "vars", "dir") and not args:
            return v.Sym("locals")
        result = v.Sym(("call", name, *args)) if name in _STEADY else None
        if result is None:
            result = v.Sym(("op", self.ident(index)))
            self.forget_about(result, state)
        return result

    def _same_path(self, index: int, node: Node, name: str, args: Args, dest: int, state: State) -> int:
        first = args[0] if args else UNKNOWN
        if name in ("typing.cast",) and len(args) > 1:
            first = args[1]
        elif name in paths.PATH_CLASSES and len(args) > 1:
            state[dest] = self._join(args)
            return node.next
        if isinstance(first, Ref):
            if first.role is Role.HANDLE and name != "typing.cast" and name not in ("str", "repr"):
                first = Ref(first.obj, Role.PATH)
            state[dest] = first
        elif isinstance(first, v.Const | v.Member | v.Global | v.Item) or (isinstance(first, v.Sym) and first.key):
            state[dest] = first if not isinstance(first, v.Const) or name == "str" else UNKNOWN
        else:
            state[dest] = UNKNOWN
        return node.next

    def _join(self, args: Args) -> Value:
        for position, part in enumerate(args):
            if isinstance(part, Ref) and part.role in (Role.PATH, Role.CHILD, Role.PARENT):
                later = [a for a in args[position + 1 :] if a != v.Const("")]
                if any(isinstance(a, Ref) for a in later):
                    continue
                return Ref(part.obj, Role.CHILD if part.role is not Role.PARENT else Role.SIBLING) if later else part
        if args and isinstance(args[0], v.Member | v.Global):
            return v.Item(args[0], "child")
        return UNKNOWN

    def _exists(self, value: object, name: str, index: int, state: State) -> Value:
        if isinstance(value, Ref) and self.alive(state) and self.is_parent(value, state):
            return v.TRUE
        if isinstance(value, Ref) and value.obj == TRACKED and self.alive(state) and state["$t"] != "named":
            if value.role in (Role.PATH, Role.HANDLE) and self._is_of_kind(name):
                return v.TRUE
        result = v.Sym(("exists", value, self.ident(index) if not isinstance(value, Ref) else None))
        return result

    def _is_of_kind(self, name: str) -> bool:
        """isfile of a directory says no, of course."""
        directory = self.tracked is not None and self.tracked.shape is Shape.DIRECTORY
        if self.tracked is None or self.tracked.shape is Shape.NAME:
            return True
        last = name.rpartition(".")[2]
        if last in ("isfile", "is_file"):
            return not directory
        if last in ("isdir", "is_dir"):
            return directory
        return True

    def _makes_named(self, name: str, args: Args, state: State) -> bool:
        """For a name from mktemp: does this call make the file?"""
        if state.get("$t") != "named" or name not in paths.MAKERS:
            return False
        position = paths.MAKERS[name]
        if position >= len(args) or not isinstance(args[position], Ref):
            return False
        target = args[position]
        assert isinstance(target, Ref)
        if target.obj != TRACKED or target.role is not Role.PATH:
            return False
        at = paths.MODE_POSITION.get(name)
        if at is None:
            return True
        mode = args[at] if at < len(args) else v.Const("r")
        return not isinstance(mode, v.Const) or any(c in str(mode.value) for c in "wax+")

    def _open(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        """A file object. On the raw descriptor it takes over the closing; opening a path is risky."""
        first = args[0] if args else dict(keywords).get("file", UNKNOWN)
        if isinstance(first, Ref) and first.role is Role.FD:
            if first.obj == TRACKED and self.obligation is Obligation.DESCRIPTOR and self.alive(state):
                return self.happen("released", index, name)
            state[dest] = v.Object("file", self.ident(index), (first,))
            return node.next
        mode = dict(keywords).get("mode", UNKNOWN)
        makes = self._makes_named(name, args if mode == UNKNOWN else (*args[:1], mode), state)
        if name != "os.fdopen":
            self.risk(index, state)
        if makes:
            state["$t"] = "live"
        state[dest] = v.Object("file", self.ident(index))
        return node.next

    def _close_descriptor(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        """os.close: ends the descriptor's obligation; of one that is closed already it raises."""
        state[dest] = v.NONE
        first = args[0] if args else UNKNOWN
        if isinstance(first, Ref) and first.role is Role.FD:
            if ("closed", first.obj) in state:
                self.fail(index, state, Flight("OSError"))
                return DEAD
            if first.obj == TRACKED and self.obligation is Obligation.DESCRIPTOR and self.alive(state):
                return self.happen("released", index, name)
            state["closed", first.obj] = True
        return node.next

    def _make_stack(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        stack = v.Object("stack", self.ident(index))
        state["#", stack] = ()
        state.pop(("entered", stack), None)
        state[dest] = stack
        return node.next

    def _make_closing(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        state[dest] = v.Object("closing", self.ident(index), args[:1])
        return node.next

    def _make_partial(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        state[dest] = v.Partial(args[0], args[1:], "partial", keywords) if args else UNKNOWN
        return node.next

    def _make_join(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        state[dest] = self._join(args)
        return node.next

    def _make_parent(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        first = args[0] if args else UNKNOWN
        state[dest] = UNKNOWN
        if isinstance(first, Ref):
            state[dest] = Ref(first.obj, Role.PATH if first.role is Role.CHILD else Role.PARENT)
        if name in paths.SPLITTERS:
            state[dest] = v.Seq((state[dest], UNKNOWN))  # type: ignore[arg-type]
        return node.next

    def _make_stem(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        first = args[0] if args else UNKNOWN
        stem = Ref(first.obj, Role.SIBLING) if isinstance(first, Ref) else UNKNOWN
        state[dest] = v.Seq((stem, UNKNOWN))
        return node.next

    def _glob(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        first = args[0] if args else UNKNOWN
        held: tuple[tuple[object, Value], ...] = ()
        if isinstance(first, Ref):
            role = Role.PATH if first.role is Role.SIBLING else Role.CHILD
            held = ((None, Ref(first.obj, role)),)
        box = self.new_box(index, "list", held, state)
        state["open", box] = True
        state[dest] = box
        return node.next

    def _is_deleting_command(self, command: object, state: State) -> bool:
        words = self.elements(command, state)
        if words:
            return isinstance(words[0], v.Const) and words[0].value in releases.SHELL_DELETERS
        return isinstance(command, Ref) and command.role is Role.COMMAND

    def _shell_deletes(self, args: Args, state: State) -> bool:
        for value in args[:1]:
            words = self.elements(value, state)
            if words and isinstance(words[0], v.Const) and words[0].value in releases.SHELL_DELETERS:
                return any(self._names_whole(w, state) for w in words[1:])
            if isinstance(value, Ref) and value.role is Role.COMMAND:
                return self._is_tracked_or_parent(value, state)
        return False

    # -- functions of the project -----------------------------------------------------------------

    def call_function(
        self, index: int, node: Node, func: v.Func, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        code = self.project.code(func)
        everything = [*args, *(a for _, a in keywords)]
        name = func.qualname.rpartition(".")[2]
        if code is None:
            return self._opaque(index, node, name, args, keywords, dest, state)
        if code.is_generator and not code.is_async or _is_manager(code):
            state[dest] = v.Partial(func, args, "manager" if _is_manager(code) else "generator", keywords)
            if self.registers(index, everything, state, name):
                return self.happen("managed", index, name)
            return node.next
        if self.registers(index, everything, state, name):
            return self.happen("managed", index, name)
        concerned = self.alive(state) and (
            any(self.holds(a, state) or self._may_reach(a, state) for a in everything)
            or self.holds(func, state)
            or self._reaches_globals(code, state)
        )
        if concerned or any(self.touches(a) for a in everything):
            outcomes = self._walk_inside(func, args, keywords, state, quiet=self.is_quiet(node))
            if outcomes is not None:
                return self._take_outcomes(index, node, func, outcomes, dest, state)
        if always_leaves(self.project, func):
            self.fail(index, state, ANY, "exit")
            return DEAD
        if not is_benign(self.project, func):
            self.risk(index, state)
        result = v.Sym(("op", self.ident(index)))
        self.forget_about(result, state)
        state[dest] = self._returned(func) or result
        return node.next

    def _may_reach(self, value: object, state: State) -> bool:
        """A child path, a directory the file lies in: not holding it, but deleting it matters."""
        if isinstance(value, Ref):
            return self._is_tracked_or_parent(value, state)
        return value is not None and value == state.get("$in")

    def _reaches_globals(self, code: Code, state: State) -> bool:
        return any(
            type(key) is tuple and key[0] == "G" and self.holds(value, state) for key, value in state.items()
        ) or any(
            type(key) is tuple and key[0] == "#" and isinstance(key[1], v.Global) and self._held_in(value, state)
            for key, value in state.items()
        )

    def _returned(self, func: v.Func) -> Value | None:
        """A managed directory or file that a helper returns (it registered the deletion itself)."""
        from tmpleak_lint.ownership.owners import returns_managed

        return returns_managed(self.project, func, self.stack)

    def _take_outcomes(
        self,
        index: int,
        node: Node,
        func: v.Func,
        found: tuple[tuple[Outcome, ...], tuple[str, ...], tuple[str, ...]],
        dest: int,
        state: State,
    ) -> int:
        outcomes, kinds, details = found
        for kind, detail in zip(kinds, details, strict=True):
            self.happen(kind, index, detail or func.qualname.rpartition(".")[2])
        onward: list[State] = []
        named = [o for o in outcomes if not o.raised and self.touches(o.value)]
        # In cleanup code only what stands there itself counts, not what its helpers may run into; and converting a
        # path doesn't fail.
        harmless = self.is_quiet(node) or (bool(named) and _is_converter(func.qualname))
        for outcome in outcomes:
            if named and not outcome.raised and isinstance(outcome.value, v.Sym | v.Item | v.Member):
                continue  # a converter of paths: on the ways where it gives something unknown it was given no path
            after = {k: x for k, x in state.items() if not _is_heap(k)}
            for key, value in outcome.heap:
                if type(key) is tuple and key[0] == "^" and key[1] in after:
                    after[key[1]] = value
                else:
                    after[key] = value
            if outcome.raised and harmless:
                continue
            if outcome.raised:
                self.fail(index, after, outcome.flight)
                continue
            after[dest] = outcome.value
            if after not in onward:
                onward.append(after)
        for after in onward:
            self.push(node.next, after, index, "next")
        return DEAD

    def _walk_inside(
        self, func: v.Func, args: Args, keywords: Keywords, state: State, *, quiet: bool = False
    ) -> tuple[tuple[Outcome, ...], tuple[str, ...], tuple[str, ...]] | None:
        """Walk the body of a function of the project with these arguments; None when it is out of reach."""
        code = self.project.code(func)
        if code is None or self.depth >= MAX_INLINE_DEPTH or code in self.stack or self.budget[0] <= 0:
            return None
        if len(code.nodes) > SMALL_BODY and not may_affect(self.project, func):
            return None
        seed: State = {k: x for k, x in state.items() if _is_heap(k)}
        if func.code is not None:
            for name in _free(code):
                if name in state:
                    seed["^", name] = state[name]
        seed.update(self._bind(func, code, args, keywords, state))
        quiet = quiet or self.options.quiet
        key = ("inside", code, self.obligation, quiet, self.depth, self.tracked, frozenset(seed.items()))
        memo = self.project.memo
        if key not in memo:
            memo[key] = None
            memo[key] = self._explore(func, code, seed, quiet)
        return memo[key]  # type: ignore[return-value]

    def _explore(
        self, func: v.Func, code: Code, seed: State, quiet: bool
    ) -> tuple[tuple[Outcome, ...], tuple[str, ...], tuple[str, ...]] | None:
        from tmpleak_lint.ownership.owners import owner_of, sites_of

        module = self.project.module(func.module)
        walker = type(self)(
            self.project,
            module,
            code,
            sites_of(self.project, module, code, owner_of(self.project, func)),
            tracked=None,
            obligation=self.obligation,
            options=Options(quiet=quiet),
            mode=mode_of(code),
            depth=self.depth + 1,
            stack=self.stack,
            budget=[min(self.budget[0], STEPS_INSIDE)],
        )
        allowed = walker.budget[0]
        result = walker.run(seed)
        self.budget[0] -= allowed - walker.budget[0]
        if walker.budget[0] <= 0:
            return None
        outcomes: dict[Outcome, None] = {}
        for end in result.ends:
            from tmpleak_lint.ownership.judge import passes_keep_option

            if not end.raised and "$t" in end.state and passes_keep_option(walker, end):
                result.happenings.append(_held(end.item))
                continue
            heap = tuple(sorted(((k, x) for k, x in end.state.items() if _is_heap(k)), key=repr))
            flight = end.state.get("$exc", ANY)
            assert isinstance(flight, Flight)
            value = end.state.get(RESULT, v.NONE) if not end.raised else v.NONE
            outcomes[Outcome(end.raised, flight, value, heap)] = None  # type: ignore[arg-type]
        kinds: dict[tuple[str, str], None] = {}
        for happening in result.happenings:
            kinds[happening.kind, happening.detail] = None
        return tuple(outcomes), tuple(k for k, _ in kinds), tuple(d for _, d in kinds)

    def _bind(self, func: v.Func, code: Code, args: Args, keywords: Keywords, state: State) -> State:
        """Parameters to values; what isn't passed and has no literal default is an unknown of its own."""
        bound: State = {}
        given = list(args)
        if func.bound is not None and "staticmethod" not in code.decorators:
            given.insert(0, func.bound)
        named = dict(keywords)
        position = 0
        for param in code.params:
            if param.kind == "*":
                rest = tuple(given[position:])
                bound[param.name] = v.Seq(rest)
                position = len(given)
            elif param.kind == "**":
                box = v.Box((code.qualname, "**"), "dict")
                bound["#", box] = tuple(sorted(named.items()))
                bound[param.name] = box
            elif param.kind == "pos" and position < len(given):
                bound[param.name] = given[position]
                position += 1
            elif param.name in named:
                bound[param.name] = named.pop(param.name)
            elif param.has_default and param.default is not ...:
                bound[param.name] = v.Const(param.default)
            elif param.default_name:
                module = self.project.module(func.module)
                bound[param.name] = self.project.resolve_text(module, param.default_name)
            else:
                bound[param.name] = v.Sym(("param", code.qualname, param.name))
        return bound

    def _construct(
        self, index: int, node: Node, klass: v.Klass, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        """An instance of a class of the project: its constructor is walked when it gets the file."""
        if self._is_exception_class(klass):
            state[dest] = Flight(f"{klass.module}::{klass.qualname}")
            return node.next
        instance = v.Inst(klass, self.ident(index))
        everything = [*args, *(a for _, a in keywords)]
        init = self.project.method(klass, "__init__")
        if self.registers(index, everything, state, klass.qualname):
            return self.happen("managed", index, klass.qualname)
        if init is None:
            state[dest] = instance
            if any(self.holds(a, state) for a in everything):
                # A dataclass, NamedTuple or a base outside: the object is built from the path.
                for position, value in enumerate(everything):
                    state["@", instance.ident, f"<{position}>"] = value
                for key, value in keywords:
                    state["@", instance.ident, key] = value
            outside = [b for b in self.project.bases(klass)[1] if b not in frameworks.INERT_BASES]
            if outside:
                self.risk(index, state)
            return node.next
        bound = v.Func(init.module, init.qualname, init.code, instance)
        if self.alive(state) and any(self.holds(a, state) for a in everything):
            scratch = dest
            found = self._walk_inside(bound, args, keywords, state)
            if found is not None:
                outcomes, kinds, details = found
                built = tuple(
                    Outcome(o.raised, o.flight, instance if not o.raised else o.value, o.heap) for o in outcomes
                )
                return self._take_outcomes(index, node, bound, (built, kinds, details), scratch, state)
        elif not is_benign(self.project, bound):
            self.risk(index, state)
            state[dest] = instance
            return node.next
        self.risk(index, state)
        state[dest] = instance if not any(self.holds(a, state) for a in everything) else Ref(TRACKED, Role.WRAP)
        return node.next

    def _is_exception_class(self, klass: v.Klass) -> bool:
        outside = self.project.bases(klass)[1]
        return any(_is_exception(b) for b in outside) or (not outside and _is_exception(klass.qualname))

    # -- methods of what isn't followed -----------------------------------------------------------

    def _method(
        self, index: int, node: Node, base: Value, attr: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        everything = [*args, *(a for _, a in keywords)]
        if isinstance(base, Ref):
            return self._file_method(index, node, base, attr, args, keywords, dest, state)
        if isinstance(base, v.Object):
            return self._object_method(index, node, base, attr, args, keywords, dest, state)
        if isinstance(base, v.Const) and isinstance(base.value, str | bytes):
            return self._string_method(index, node, base, attr, args, keywords, dest, state)
        if attr in _CONTAINER_METHODS and not isinstance(base, v.Seq):
            done = self._container_method(index, node, base, attr, args, dest, state)
            if done is not None:
                return done
        if attr in releases.ENTERERS and any(isinstance(a, Ref) for a in everything):
            return self._enter_by_call(index, node, args, dest, state)
        if attr in releases.ENTERERS and args and isinstance(args[0], v.Partial) and self.holds(args[0], state):
            return self.happen("managed", index, attr)
        if self.registers(index, everything, state, attr):
            return self.happen("managed", index, attr)
        if attr in releases.REGISTRARS and self.alive(state) and self._opaque_callable_with_file(everything, state):
            return self.happen("managed", index, attr)
        if isinstance(base, v.Inst) and attr in known_calls.NEVER_RETURN_METHODS and self._is_test(base.klass):
            self.fail(index, state)
            return DEAD
        if isinstance(base, v.Inst) and attr in known_calls.EXPECTER_METHODS and len(args) == 1:
            state[dest] = v.Object("expecter", self.ident(index), tuple(self.exception_names(args[0])))
            return node.next
        if isinstance(base, v.Inst) and any(self.holds(a, state) for a in everything):
            stored = self.stored_callable(base.klass, attr)
            if stored is not None:
                return self.invoke(index, node, stored, args, keywords, dest, state)
        text = v.text_of(v.Member(base, attr))
        if self.knowledge.never_returns and self.knowledge.leaves_with(text) is not None:
            self.fail(index, state, ANY, "exit")
            return DEAD
        if self.knowledge.takes(text) and any(self.holds(a, state) for a in everything):
            return self.happen("managed", index, attr)
        if self.knowledge.deleters and self.knowledge.deleted_position(text) is not None:
            state[dest] = v.NONE
            return self.delete(index, node, args[0] if args else UNKNOWN, text, state)
        if attr == "joinpath" and self.alive(state) is not None and isinstance(base, v.Member | v.Global):
            state[dest] = v.Item(base, "child")
            return node.next
        if attr in releases.DELETER_METHODS and attr != "remove" and not args:
            # Path("x").unlink() of something that isn't followed.
            state[dest] = v.NONE
            return self.delete(index, node, base, f"pathlib.Path.{attr}", state)
        if attr in known_calls.BENIGN_METHODS or self.knowledge.is_benign(text) or _is_logging(base, attr):
            result = v.Sym(("method", base, attr, args)) if attr in _PURE else v.Sym(("op", self.ident(index)))
            if attr not in _PURE:
                self.forget_about(result, state)
            state[dest] = result
            return node.next
        return self._opaque(index, node, attr, args, keywords, dest, state)

    def stored_callable(self, klass: v.Klass, attr: str) -> Value | None:
        """The function that `self.attr` was bound to when the object was made (see `owners`)."""
        from tmpleak_lint.ownership.owners import attribute_value

        return attribute_value(self.project, klass, attr, self.stack)

    def _opaque_callable_with_file(self, args: Sequence[Value], state: State) -> bool:
        """register(something_unseen, path): whatever is registered with the path is there to clean it up."""
        callables = [a for a in args if isinstance(a, v.Member | v.Sym | v.Item | v.Global) and not self.holds(a, state)]
        first_unseen = bool(args) and args[0] in callables
        return first_unseen and any(self._names_whole(a, state) for a in args[1:])

    def _is_test(self, klass: v.Klass) -> bool:
        inside, outside = self.project.bases(klass)
        return any(b.rpartition(".")[2] in _TEST_TAILS for b in outside) or any("Test" in k.qualname for k in inside)

    def _enter_by_call(self, index: int, node: Node, args: Args, dest: int, state: State) -> int:
        """stack.enter_context(handle): a self-deleting handle is managed from here on."""
        value = next((a for a in args if isinstance(a, Ref)), UNKNOWN)
        if isinstance(value, Ref) and value.obj == TRACKED and self.obligation is Obligation.HANDLE:
            return self.happen("managed", index, "enter_context")
        state[dest] = value
        return node.next

    def _file_method(
        self, index: int, node: Node, base: Ref, attr: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        """A method of a path, of a handle or of a path's text."""
        state[dest] = UNKNOWN
        if self.obligation is Obligation.HANDLE and base.obj == TRACKED and attr in releases.CLOSERS:
            return self.happen("released", index, attr)
        if base.role is Role.HANDLE:
            if attr in releases.CLOSERS or attr in known_calls.BENIGN_METHODS or attr == "__enter__":
                if attr == "__enter__":
                    state[dest] = base
                return node.next
            if attr == "unlink":
                return self.delete(index, node, base, "unlink", state)
            return self._opaque(index, node, attr, args, keywords, dest, state)
        if attr in releases.DELETER_METHODS and not (attr == "remove" and args):
            name = "shutil.rmtree" if "rmtree" in attr or attr == "remove" else f"pathlib.Path.{attr}"
            return self.delete(index, node, base, name, state)
        if attr in releases.MOVER_METHODS and len(args) == 1:
            return self._move_away(index, node, base, f"pathlib.Path.{attr}", dest, state)
        if attr == "replace":  # str.replace
            state[dest] = Ref(base.obj, Role.SIBLING)
            return node.next
        if attr in paths.EXISTENCE_METHODS:
            state[dest] = self._exists(base, attr, index, state)
            return node.next
        if attr in paths.SAME_METHODS:
            state[dest] = base
            return node.next
        if attr in paths.CHILD_METHODS:
            state[dest] = Ref(base.obj, Role.CHILD)
            return node.next
        if attr in paths.SIBLING_METHODS:
            state[dest] = Ref(base.obj, Role.SIBLING)
            return node.next
        if attr in paths.CHILD_LISTERS:
            box = self.new_box(index, "list", ((None, Ref(base.obj, Role.CHILD)),), state)
            state["open", box] = True
            state[dest] = box
            return node.next
        if attr in paths.MAKER_METHODS or attr == "open":
            if self._writes_named(base, attr, args, state):
                self.risk(index, state)
                state["$t"] = "live"
            else:
                self.risk(index, state)
            state[dest] = v.Object("file", self.ident(index)) if attr == "open" else UNKNOWN
            return node.next
        if base.obj == MANAGED and attr in ("mktemp", "getbasetemp", "mkdir", "ensure", "makepyfile"):
            self.risk(index, state)
            state[dest] = Ref(MANAGED, Role.PATH)
            return node.next
        if attr in known_calls.BENIGN_METHODS:
            return node.next
        return self._opaque(index, node, attr, args, keywords, dest, state)

    def _writes_named(self, base: Ref, attr: str, args: Args, state: State) -> bool:
        if state.get("$t") != "named" or base.obj != TRACKED or base.role is not Role.PATH:
            return False
        if attr != "open":
            return True
        mode = args[0] if args else v.Const("r")
        return not isinstance(mode, v.Const) or any(c in str(mode.value) for c in "wax+")

    def _object_method(
        self,
        index: int,
        node: Node,
        base: v.Object,
        attr: str,
        args: Args,
        keywords: Keywords,
        dest: int,
        state: State,
    ) -> int:
        state[dest] = UNKNOWN
        if base.kind == "stack":
            return self._stack_method(index, node, base, attr, args, keywords, dest, state)
        if base.kind == "file":
            if attr == "close":
                self.close_file(base, state)
                return node.next
            if attr == "__enter__":
                state[dest] = base
                return node.next
            if attr in known_calls.BENIGN_METHODS:
                return node.next
        return self._opaque(index, node, attr, args, keywords, dest, state)

    def close_file(self, file: v.Object, state: State) -> None:
        for owned in file.data:
            if isinstance(owned, Ref):
                state["closed", owned.obj] = True

    def _stack_method(
        self, index: int, node: Node, stack: v.Object, attr: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        everything = [*args, *(a for _, a in keywords)]
        if attr in releases.REGISTRARS | releases.ENTERERS:
            enters = attr in releases.ENTERERS
            if enters and args and isinstance(args[0], Ref):
                if args[0].obj == TRACKED and self.obligation is Obligation.HANDLE:
                    return self._into_stack(index, node, stack, args[0], dest, state)
                state[dest] = args[0]
                return node.next
            if enters and args and isinstance(args[0], v.Partial | v.Object | v.Inst) and self.holds(args[0], state):
                released = self.would_be_left(args[0], state)
                if released:
                    return self._into_stack(index, node, stack, args[0], dest, state)
            if self.registers(index, everything, state, attr):
                held = next((a for a in everything if self.holds(a, state)), UNKNOWN)
                return self._into_stack(index, node, stack, held if held != UNKNOWN else Ref(TRACKED, Role.PATH), dest, state)
            if enters and args and not isinstance(args[0], v.Object):
                self.risk(index, state)
            state[dest] = args[0] if args and isinstance(args[0], v.Object) else UNKNOWN
            if enters and args:
                state[dest] = self.entered(args[0]) or state[dest]
            return node.next
        if attr in ("close", "aclose", "__exit__"):
            if self.alive(state) and self._held_in(state.get(("#", stack), ()), state):
                return self.happen("released", index, f"ExitStack.{attr}")
            return node.next
        if attr == "pop_all":
            if self.alive(state) and self._held_in(state.get(("#", stack), ()), state):
                fresh = v.Object("stack", self.ident(index))
                state["#", fresh] = state.pop(("#", stack))
                state["#", stack] = ()
                state[dest] = fresh
            return node.next
        return self._opaque(index, node, attr, args, keywords, dest, state)

    def _into_stack(self, index: int, node: Node, stack: v.Object, value: Value, dest: int, state: State) -> int:
        """The stack deletes the file when it unwinds: at once managed if it has been entered."""
        if ("entered", stack) in state:
            return self.happen("managed", index, "ExitStack")
        state["#", stack] = (*state.get(("#", stack), ()), (None, value))  # type: ignore[misc]
        state[dest] = value
        return node.next

    def would_be_left(self, manager: Value, state: State) -> bool:
        """Whether leaving this manager deletes the file (see `managers`)."""
        raise NotImplementedError

    def entered(self, manager: Value) -> Value | None:
        """The managed path that entering this manager gives, None when it gives none (see `managers`)."""
        raise NotImplementedError

    def _string_method(
        self,
        index: int,
        node: Node,
        base: v.Const,
        attr: str,
        args: Args,
        keywords: Keywords,
        dest: int,
        state: State,
    ) -> int:
        state[dest] = UNKNOWN
        refs = [a for a in [*args, *(a for _, a in keywords)] if isinstance(a, Ref) and a.obj == TRACKED]
        if attr == "format" and refs:
            pieces: list[object] = []
            for position, piece in enumerate(str(base.value).split("{}")):
                pieces += [piece] if piece else []
                pieces += args[position : position + 1]
            state[dest] = self.joined(pieces)
        elif attr == "join" and args:
            held = [i for i in self.elements(args[0], state) if isinstance(i, Ref)]
            if held:
                state[dest] = Ref(held[0].obj, Role.TEXT)
        elif attr in ("encode", "decode"):
            state[dest] = base
        return node.next

    def _container_method(
        self, index: int, node: Node, base: Value, attr: str, args: Args, dest: int, state: State
    ) -> int | None:
        """append, pop and the like; None when it is none of them after all."""
        state[dest] = UNKNOWN
        if attr == "add" and not isinstance(base, v.Box) and not _is_registry(base):
            return None  # archive.add(path) and the like only borrow
        if attr in ("append", "add", "appendleft"):
            return self.keep_in(index, node, base, None, args[0] if args else UNKNOWN, state)
        if attr == "insert" and len(args) == 2:
            return self.keep_in(index, node, base, None, args[1], state)
        if attr == "setdefault" and len(args) == 2:
            return self.keep_in(index, node, base, None, args[1], state)
        if attr in ("extend", "update"):
            for item in self.elements(args[0], state) if args else []:
                if self.keep_in(index, node, base, None, item, state) == DEAD:
                    return DEAD
            return node.next
        if not isinstance(base, v.Box | v.Global | v.Member):
            return None
        held: tuple[tuple[object, Value], ...] = state.get(("#", base), ())  # type: ignore[assignment]
        if attr in ("pop", "popleft", "popitem"):
            if not held:
                return node.next
            mine = [pair for pair in held if self.holds(pair[1], state)]
            if mine and self.alive(state):
                taken = dict(state)
                taken["#", base] = tuple(p for p in held if p != mine[0])
                taken["open", base] = True
                taken[dest] = mine[0][1]
                self.push(node.next, taken, index, "next")
                if len(held) == 1 and ("open", base) not in state:
                    return DEAD
                state[dest] = _stranger_of(mine[0][1])
                return node.next
            state[dest] = held[-1][1]
            state["#", base] = held[:-1]
            return node.next
        if attr in ("values", "items", "keys", "copy"):
            pairs = tuple((None, v.Seq((UNKNOWN, i)) if attr == "items" else i) for _, i in held)
            box = self.new_box(index, "list", pairs if attr != "keys" else (), state)
            if ("open", base) in state or not held:
                state["open", box] = True
            state[dest] = box
            return node.next
        if attr == "get" and args:
            state[dest] = self.item_of(base, args[0], state)
            return node.next
        if attr == "clear":
            self.lose(("#", base), base, state, index)
            state["#", base] = ()
            return node.next
        if attr in ("remove", "discard") and args and isinstance(args[0], Ref):
            state["#", base] = tuple(p for p in held if p[1] != args[0])
            return node.next
        return None

    # -- the rest ---------------------------------------------------------------------------------

    def _opaque(
        self, index: int, node: Node, name: str, args: Args, keywords: Keywords, dest: int, state: State
    ) -> int:
        """A call nothing is known about: it borrows what it gets, and may raise."""
        everything = [*args, *(a for _, a in keywords)]
        if self.alive(state) and self.registers(index, everything, state, name):
            return self.happen("managed", index, name)
        tail = name.rpartition(".")[2]
        if len(everything) >= 1 and isinstance(args[0] if args else None, Ref) and tail in _UNSEEN_CONVERTERS:
            state[dest] = args[0]
            return node.next
        self.risk(index, state)
        if tail[:1].isupper() and any(self.holds(a, state) for a in everything):
            state[dest] = Ref(TRACKED, Role.WRAP)
            return node.next
        if _is_exception(tail):
            state[dest] = Flight(name)
            return node.next
        result = v.Sym(("op", self.ident(index)))
        self.forget_about(result, state)
        state[dest] = result
        return node.next


def mode_of(code: Code) -> str:
    """What a yield means in this body: see `Walker._yield`."""
    if not code.is_generator:
        return "plain"
    names = {d for d in code.decorators} | {d.rpartition(".")[2] for d in code.decorators}
    if names & frameworks.CONTEXT_MANAGER_DECORATORS:
        return "manager"
    if names & frameworks.FIXTURE_DECORATORS:
        return "fixture"
    if names & frameworks.COROUTINE_DECORATORS:
        return "coroutine"
    return "plain"


def _is_manager(code: Code) -> bool:
    return mode_of(code) == "manager"


def _free(code: Code) -> frozenset[str]:
    own = {n.op.name for n in code.nodes if isinstance(n.op, g.Load | g.Store)} - code.local_names
    return frozenset(own) | (free_names(code) - code.local_names)


def _is_heap(key: object) -> bool:
    """What a call can see of its caller's state: objects, containers, globals, and how the file stands."""
    if type(key) is tuple:
        return key[0] in ("@", "#", "G", "closed", "open", "entered", "in", "^")
    return type(key) is str and key[0] == "$" and key not in ("$exc", "$lent", "$result")


def _renumbered(value: object, number: int) -> Value:
    """A handed-over value, naming the file under another number."""
    match value:
        case Ref(obj=TRACKED, role=role):
            return Ref(number, role)
        case v.Seq(items=items):
            return v.Seq(tuple(_renumbered(i, number) for i in items))
        case v.Object(kind=kind, ident=ident, data=data):
            return v.Object(kind, ident, tuple(_renumbered(d, number) if isinstance(d, Ref) else d for d in data))
        case tuple():
            return tuple((k, _renumbered(i, number)) for k, i in value)  # type: ignore[return-value]
    return value  # type: ignore[return-value]


def _stranger_of(value: Value) -> Value:
    return _renumbered(value, 1)


def _held(item: int) -> object:
    from tmpleak_lint.ownership.walk import Happening

    return Happening("managed", 0, item, "kept because the user asked")


def _is_exception(name: str) -> bool:
    tail = name.rpartition(".")[2]
    return tail[:1].isupper() and tail.endswith(known_calls.EXCEPTION_SUFFIXES)


def _is_registry(base: Value) -> bool:
    """A container of the object or module, by its name: in the plural, or a registry by its own word."""
    name = base.attr if isinstance(base, v.Member) else base.name if isinstance(base, v.Global) else ""
    return name.lower().endswith(("s", "registry", "list", "set", "queue")) or "clean" in name.lower()


def _is_converter(name: str) -> bool:
    words = set(re.findall(r"[a-z]+", name.rpartition(".")[2].lower()))
    return bool(words & paths.CONVERTER_WORDS)


def _is_known(name: str) -> bool:
    from tmpleak_lint.ownership.exceptions import ancestors

    return name in ("", "Exception", "BaseException") or ancestors(name, lambda n: None) is not None


def _is_logging(base: Value, attr: str) -> bool:
    if attr not in known_calls.LOGGER_METHODS:
        return False
    tail = ""
    match base:
        case v.Member(attr=last):
            tail = last
        case v.Global(name=last) | v.Dotted(name=last):
            tail = last.rpartition(".")[2]
        case v.Sym(key=key):
            tail = str(key)
    return any(word in tail.lower() for word in known_calls.LOGGER_WORDS)


# Converters of well-known libraries, whose bodies aren't at hand.
_UNSEEN_CONVERTERS = frozenset({
    "to_bytes", "to_text", "to_native", "to_str", "ensure_str", "ensure_text", "ensure_binary", "ensure_bytes", "force_str",
    "force_text", "smart_str", "safe_join", "to_unicode", "cast_unicode", "stringify_path", "fsdecode", "fsencode",
})  # fmt: skip
# Asked again with the same arguments they answer the same.
_STEADY = frozenset({
    "isinstance", "hasattr", "callable", "os.getpid", "os.getppid", "os.getuid", "os.geteuid", "threading.get_ident",
    "platform.system", "os.environ.get", "os.getenv",
})  # fmt: skip
_PURE = frozenset({"startswith", "endswith", "get", "lower", "upper", "strip", "isdigit", "is_set"})
_TEST_TAILS = frozenset(b.rpartition(".")[2] for b in frameworks.TEST_BASES)
_CONTAINER_METHODS = frozenset({
    "append", "add", "appendleft", "insert", "setdefault", "extend", "update", "pop", "popleft", "popitem", "values",
    "items", "keys", "copy", "get", "clear", "remove", "discard",
})  # fmt: skip
_EXTERNAL = {
    "os.close": Caller._close_descriptor,
    "contextlib.ExitStack": Caller._make_stack,
    "contextlib.AsyncExitStack": Caller._make_stack,
    "contextlib.closing": Caller._make_closing,
    "contextlib.aclosing": Caller._make_closing,
    "contextlib.nullcontext": Caller._make_closing,
    "functools.partial": Caller._make_partial,
    "os.path.join": Caller._make_join,
    "posixpath.join": Caller._make_join,
    "os.path.dirname": Caller._make_parent,
    "os.path.split": Caller._make_parent,
    "os.path.splitext": Caller._make_stem,
    "glob.glob": Caller._glob,
    "glob.iglob": Caller._glob,
}
