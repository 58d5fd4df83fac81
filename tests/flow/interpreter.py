"""Runs a graph: each operation does for real what it stands for, each edge is taken as the language says.

Comes in: a `Code` and the names that it may use. Goes out: a callable. Exceptions raised by an operation
travel along its exceptional edge; an operation that raises without having one is an error of the graph.

Not supported: `match`, class statements, imports, and the groups that `except*` makes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "is not": operator.is_not,
    "in": lambda item, container: item in container,
    "not in": lambda item, container: item not in container,
}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {"Add": operator.add, "Add=": operator.iadd}
_BUILD: dict[str, Callable[[list[Any]], Any]] = {"tuple": tuple, "list": list, "set": set}
_ABSENT = object()


class BrokenGraph(Exception):
    """The graph has no way on from where it is."""


@dataclass(eq=False)
class Scope:
    code: Code
    names: dict[str, Any]
    outer: Scope | None
    globals: dict[str, Any]

    def find(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        if name in self.code.local_names:
            raise NameError(name)
        if self.outer is not None and name not in self.code.global_names:
            return self.outer.find(name)
        if name in self.globals:
            return self.globals[name]
        raise NameError(name)

    def owner(self, name: str) -> dict[str, Any]:
        if name in self.code.global_names:
            return self.globals
        if name in self.code.nonlocal_names:
            assert self.outer is not None
            return self.outer.owner(name)
        return self.names


@dataclass
class Interpreter:
    """`taken` collects the edges that were walked, as (body, node, kind of edge)."""

    globals: dict[str, Any]
    taken: set[tuple[str, int, str]] = field(default_factory=set)

    def function(self, code: Code, outer: Scope | None = None) -> Callable[..., Any]:
        """Code as a callable; async code runs at once, its awaits must not suspend."""

        def call(*args: Any) -> Any:
            names = dict(zip((p.name for p in code.params), args, strict=True))
            running = self._run(code, Scope(code, names, outer, self.globals))
            if code.is_generator:
                return running
            try:
                next(running)
            except StopIteration as stop:
                return stop.value
            raise BrokenGraph("a yield in code that is no generator")

        return call

    def _run(self, code: Code, scope: Scope) -> Generator[Any, Any, Any]:
        temps: dict[int, Any] = {}
        index = 0
        flying: BaseException | None = None
        while True:
            node = code.nodes[index]
            op = node.op
            if isinstance(op, g.Exit):
                if not op.raised:
                    return temps[code.result]
                assert flying is not None
                raise flying
            kind = "next"
            try:
                if isinstance(op, g.Yield):
                    assert not op.delegates
                    temps[op.dest] = yield temps[op.src]
                elif isinstance(op, g.Caught):
                    temps[op.dest], flying = flying, None
                else:
                    kind = self._step(op, temps, scope)
            except BrokenGraph:
                raise
            except BaseException as error:
                kind, flying = "exc", error
            self.taken.add((code.qualname, index, kind))
            index = {"next": node.next, "alt": node.alt, "exc": node.exc}[kind]
            if index == NO_EDGE:
                raise BrokenGraph(f"no {kind} edge at {op} in row {node.span.start.row}") from flying

    def _step(self, op: g.Op, temps: dict[int, Any], scope: Scope) -> str:
        """Do op; the kind of edge to go on by."""
        match op:
            case g.Const(dest=dest, value=value):
                temps[dest] = value
            case g.Load(dest=dest, name=name):
                temps[dest] = scope.find(name)
            case g.Store(name=name, src=src):
                scope.owner(name)[name] = temps[src]
            case g.Forget(name=name):
                if scope.owner(name).pop(name, _ABSENT) is _ABSENT:
                    raise NameError(name)
            case g.Move(dest=dest, src=src):
                temps[dest] = temps[src]
            case g.GetAttr(dest=dest, obj=obj, attr=attr):
                temps[dest] = getattr(temps[obj], attr)
            case g.SetAttr(obj=obj, attr=attr, src=src):
                setattr(temps[obj], attr, temps[src])
            case g.GetItem(dest=dest, obj=obj, index=index):
                temps[dest] = temps[obj][temps[index]]
            case g.SetItem(obj=obj, index=index, src=src):
                temps[obj][temps[index]] = temps[src]
            case g.Build(dest=dest, kind="dict", keys=keys, items=items):
                temps[dest] = {temps[k]: temps[v] for k, v in zip(keys, items, strict=True)}
            case g.Build(dest=dest, kind=kind, items=items, starred=starred):
                parts: list[Any] = []
                for position, item in enumerate(items):
                    parts.extend(temps[item] if position in starred else [temps[item]])
                temps[dest] = _BUILD[kind](parts)
            case g.Add(container=container, item=item):
                made = temps[container]
                made.add(temps[item]) if isinstance(made, set) else made.append(temps[item])
            case g.Text(dest=dest, parts=pieces):
                temps[dest] = "".join(p if isinstance(p, str) else str(temps[p]) for p in pieces)
            case g.Binary(dest=dest, operator=sign, left=left, right=right):
                temps[dest] = _BINARY[sign](temps[left], temps[right])
            case g.Compare(dest=dest, operator=sign, left=left, right=right):
                temps[dest] = _COMPARE[sign](temps[left], temps[right])
            case g.Not(dest=dest, src=src):
                temps[dest] = not temps[src]
            case g.Unpack(src=src, dests=dests, star=star):
                self._unpack(temps, src, dests, star)
            case g.Call(dest=dest, func=func, args=args):
                temps[dest] = self._call(temps[func], args, temps)
            case g.Await(dest=dest, src=src):
                temps[dest] = finish(temps[src])
            case g.MakeFunction(dest=dest, code=code):
                temps[dest] = self.function(code, scope)
            case g.Raise(src=src):
                raise temps[src]
            case g.Reraise(error=error):
                raise temps[error]
            case g.Jump() | g.Return():
                pass
            case _:
                return self._decide(op, temps)
        return "next"

    def _decide(self, op: g.Op, temps: dict[int, Any]) -> str:
        match op:
            case g.Branch(cond=cond):
                return "next" if temps[cond] else "alt"
            case g.Iterate(dest=dest, src=src, awaits=awaits):
                temps[dest] = temps[src].__aiter__() if awaits else iter(temps[src])
                return "next"
            case g.Next(dest=dest, iterator=iterator, awaits=awaits):
                try:
                    temps[dest] = finish(temps[iterator].__anext__()) if awaits else next(temps[iterator])
                except (StopIteration, StopAsyncIteration):
                    return "alt"
                return "next"
            case g.Enter(dest=dest, manager=manager, awaits=awaits):
                entered = temps[manager].__aenter__() if awaits else temps[manager].__enter__()
                temps[dest] = finish(entered) if awaits else entered
                return "next"
            case g.Leave(manager=manager, error=error, awaits=awaits):
                raised = temps[error] if error is not None else None
                told = (type(raised), raised, None) if raised is not None else (None, None, None)
                said = temps[manager].__aexit__(*told) if awaits else temps[manager].__exit__(*told)
                swallowed = finish(said) if awaits else said
                return "alt" if raised is not None and swallowed else "next"
            case g.Catches(error=error, types=types):
                caught = types is None or isinstance(temps[error], temps[types])
                return "next" if caught else "alt"
        raise BrokenGraph(f"don't know how to run {op}")

    def _unpack(self, temps: dict[int, Any], src: int, dests: tuple[int, ...], star: int | None) -> None:
        values = list(temps[src])
        if star is not None:
            after = len(dests) - star - 1
            values[star : len(values) - after] = [values[star : len(values) - after]]
        for dest, value in zip(dests, values, strict=True):
            temps[dest] = value

    def _call(self, func: Callable[..., Any], args: tuple[g.Argument, ...], temps: dict[int, Any]) -> Any:
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        for argument in args:
            value = temps[argument.value]
            if argument.keyword is not None:
                keywords[argument.keyword] = value
            elif argument.star == "**":
                keywords.update(value)
            else:
                positional.extend(value if argument.star else [value])
        return func(*positional, **keywords)


def finish(awaitable: Any) -> Any:
    """The result of an awaitable that never suspends."""
    waiting = awaitable.__await__()
    try:
        next(waiting)
    except StopIteration as stop:
        return stop.value
    raise BrokenGraph("an await that suspends")
