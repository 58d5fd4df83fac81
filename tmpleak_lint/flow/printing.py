"""A graph as text, so that tests read like tables.

Comes in: a `Code`. Goes out: one line for each operation that changes something or can go another way than
straight on; operations that only compute a value (loads, attributes, operators, displays) are written inside
the operation that uses it, and so are the stores of what it makes. The columns:

    number   row in the source   innermost place   operation   ways on

    -> n    goes on at line n (when it isn't the next one)
    | n     the other way: condition false, loop exhausted, pattern or handler doesn't match, swallowed
    ! n     raised, before anything was stored

`end` is the normal exit of the body and `out` the exceptional one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from functools import cache

from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code

_VALUES = (g.Const, g.Load, g.GetAttr, g.GetItem, g.Build, g.Text, g.Binary, g.Compare, g.Not)
_BRACKETS = {"tuple": "()", "list": "[]", "set": "{}", "dict": "{}", "slice": "<>"}
_OPERANDS = {
    "Temp": "one",
    "Temp | None": "one",
    "tuple[Temp, ...]": "many",
    "tuple[str | Temp, ...]": "many",
    "tuple[Argument, ...]": "arguments",
}


def print_graph(code: Code) -> str:
    """The graph of code, without the bodies nested in it."""
    rows = list(_Table(code).rows())
    places = max((len(row[2]) for row in rows), default=0)
    texts = max((len(row[3]) for row in rows), default=0)
    lines = [f"{code.kind} {code.qualname}({', '.join(p.name for p in code.params)})"]
    for number, source_row, place, text, ways in rows:
        lines.append(f"{number:>3} {source_row:>4}  {place:<{places}}  {text:<{texts}}  {ways}".rstrip())
    return "\n".join(lines) + "\n"


def reads(op: g.Op) -> Iterator[g.Temp]:
    """The temporaries that an operation reads."""
    made_of: type = type(op)
    for name, kind in _operands(made_of):
        value = getattr(op, name)
        if kind == "one":
            if value is not None:
                yield value
        elif kind == "arguments":
            yield from (argument.value for argument in value)
        else:
            yield from (part for part in value if isinstance(part, int))


def writes(op: g.Op) -> tuple[g.Temp, ...]:
    """The temporaries that an operation sets."""
    if isinstance(op, g.Unpack):
        return op.dests
    dest = getattr(op, "dest", None)
    return () if dest is None else (dest,)


@cache
def _operands(kind: type) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f.name, _OPERANDS[str(f.type)])
        for f in fields(kind)
        if str(f.type) in _OPERANDS and f.name not in ("dest", "dests")
    )


class _Table:
    """What is written inside what, and the numbers of the lines that are left."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.nodes = code.nodes
        self.uses = Counter(temp for node in self.nodes for temp in reads(node.op))
        self.made = Counter(temp for node in self.nodes for temp in writes(node.op))
        self.arrivals = Counter(way for n in self.nodes for way in (n.next, n.alt, n.exc))
        self.inside: dict[g.Temp, g.Op] = {}
        self.names: dict[g.Temp, str] = {}
        self.unnamed = 0
        self.returned: dict[int, g.Temp] = {}
        self.number: dict[int, int] = {}
        hidden = {code.exit_ok, code.exit_error}
        for index in range(len(self.nodes)):
            if index not in hidden and self._is_hidden(index):
                hidden.add(index)
            elif index not in hidden:
                hidden.update(self._stores_after(index))
            if index not in hidden:
                self.number[index] = len(self.number) + 1

    def _is_hidden(self, index: int) -> bool:
        node = self.nodes[index]
        op = node.op
        if isinstance(op, _VALUES) and self.made[op.dest] == 1 and self.uses[op.dest] == 1:
            self.inside[op.dest] = op
            return True
        if isinstance(op, g.Move) and isinstance(self.nodes[node.next].op, g.Return):
            self.returned[node.next] = op.src
            return True
        return isinstance(op, g.Move) and node.next == self.code.exit_ok

    def _stores_after(self, index: int) -> Iterator[int]:
        """Stores that only put into names what the operation made."""
        made = set(writes(self.nodes[index].op))
        way = self.nodes[index].next
        while way != NO_EDGE and self.arrivals[way] == 1:
            store = self.nodes[way].op
            if not isinstance(store, g.Store) or store.src not in made or self.uses[store.src] != 1:
                return
            self.names[store.src] = store.name
            yield way
            way = self.nodes[way].next

    # -- lines ------------------------------------------------------------------------------------

    def rows(self) -> Iterator[tuple[int | str, int, str, str, str]]:
        if not self.number:
            yield "", self.code.span.start.row, "", "end", ""
        for index, number in self.number.items():
            node = self.nodes[index]
            place = node.place.kind if node.place is not None else ""
            yield number, node.span.start.row, place, self._line(index), self._ways(index, number)

    def _ways(self, index: int, number: int) -> str:
        node = self.nodes[index]
        ways = []
        for mark, way in (("->", node.next), ("|", node.alt), ("!", node.exc)):
            if way != NO_EDGE and (mark != "->" or self._target(way) != str(number + 1)):
                ways.append(f"{mark} {self._target(way)}")
        return " ".join(ways)

    def _target(self, index: int) -> str:
        while index not in self.number:
            if index == self.code.exit_ok:
                return "end"
            if index == self.code.exit_error:
                return "out"
            index = self.nodes[index].next
        return str(self.number[index])

    def _line(self, index: int) -> str:
        op = self.nodes[index].op
        if isinstance(op, g.Return):
            return f"return {self.temp(self.returned.get(index, op.src))}"
        dests = writes(op)
        if isinstance(op, g.Unpack):
            names = [self.temp(dest) for dest in dests]
            if op.star is not None:
                names[op.star] = f"*{names[op.star]}"
            return f"{', '.join(names)} = unpack {self.temp(op.src)}"
        text = self.text(op)
        if dests and (dests[0] in self.names or self.uses[dests[0]] or isinstance(op, g.Move)):
            return f"{self.temp(dests[0])} = {text}"
        return text

    # -- operations -------------------------------------------------------------------------------

    def temp(self, temp: g.Temp) -> str:
        if temp in self.inside:
            return self.text(self.inside[temp])
        if temp not in self.names:
            self.unnamed += 1
            self.names[temp] = f"t{self.unnamed}"
        return self.names[temp]

    def _list(self, temps: tuple[g.Temp, ...], starred: tuple[int, ...] = ()) -> str:
        return ", ".join("*" * (i in starred) + self.temp(temp) for i, temp in enumerate(temps))

    def text(self, op: g.Op) -> str:
        """An operation, with what only feeds it written inside."""
        temp = self.temp
        match op:
            case g.Const(value=value):
                return "..." if value is ... else value.__name__ if isinstance(value, type) else repr(value)
            case g.Load(name=name):
                return name
            case g.GetAttr(obj=obj, attr=attr):
                return f"{temp(obj)}.{attr}"
            case g.GetItem(obj=obj, index=index):
                return f"{temp(obj)}[{temp(index)}]"
            case g.Build(kind="dict", keys=keys, items=items, starred=starred):
                pairs = zip(keys, items, strict=True)
                shown = ["**" * (i in starred) + f"{temp(k)}: {temp(v)}" for i, (k, v) in enumerate(pairs)]
                return "{" + ", ".join(shown) + "}"
            case g.Build(kind=kind, items=items, starred=starred):
                return _BRACKETS[kind][0] + self._list(items, starred) + _BRACKETS[kind][1]
            case g.Text(parts=parts):
                return "text(" + ", ".join(repr(p) if isinstance(p, str) else temp(p) for p in parts) + ")"
            case g.Binary(operator="unary", left=left):
                return f"unary {temp(left)}"
            case (
                g.Binary(operator=operator, left=left, right=right)
                | g.Compare(operator=operator, left=left, right=right)
            ):
                return f"({temp(left)} {operator} {temp(right)})"
            case g.Not(src=src):
                return f"not {temp(src)}"
        return self._action(op)

    def _action(self, op: g.Op) -> str:
        temp = self.temp
        match op:
            case g.Store(name=name, src=src):
                return f"{name} = {temp(src)}"
            case g.Move(src=src):
                return temp(src)
            case g.Forget(name=name):
                return f"del {name}"
            case g.SetAttr(obj=obj, attr=attr, src=src):
                return f"{temp(obj)}.{attr} = {temp(src)}"
            case g.SetItem(obj=obj, index=index, src=src):
                return f"{temp(obj)}[{temp(index)}] = {temp(src)}"
            case g.Remove(obj=obj, attr=attr):
                return f"del {temp(obj)}" + (f".{attr}" if attr is not None else "[...]")
            case g.Add(container=container, item=item):
                return f"add {temp(item)} to {temp(container)}"
            case g.Call(func=func, args=args):
                given = [(f"{a.keyword}=" if a.keyword else a.star) + temp(a.value) for a in args]
                return f"call {temp(func)}({', '.join(given)})"
            case g.Branch(cond=cond):
                return f"if {temp(cond)}"
            case g.Choice(what=what):
                return f"if {what}"
            case g.Iterate(src=src, nonempty=nonempty, awaits=awaits):
                return "async " * awaits + f"iterate {temp(src)}" + " (not empty)" * nonempty
            case g.Next(iterator=iterator, awaits=awaits):
                return "async " * awaits + f"next {temp(iterator)}"
            case g.Enter(manager=manager, awaits=awaits):
                return "async " * awaits + f"enter {temp(manager)}"
            case g.Leave(manager=manager, error=error, awaits=awaits):
                return "async " * awaits + f"leave {temp(manager)}" + (f", {temp(error)}" if error else "")
            case g.Raise(src=src, cause=cause, said=said):
                return f"{cause} {temp(src)}" + (f", {temp(said)}" if said is not None else "")
            case g.Reraise(error=error):
                return f"reraise {temp(error)}"
            case g.Caught():
                return "caught"
            case g.Catches(error=error, types=types):
                return f"if {temp(error)} is a {temp(types)}" if types is not None else f"any {temp(error)}"
            case g.Await(src=src):
                return f"await {temp(src)}"
            case g.Yield(src=src, delegates=delegates):
                return "yield " + "from " * delegates + temp(src)
            case g.Jump(what=what):
                return what or "idle"
            case g.MakeFunction(code=code):
                return f"def {code.qualname}"
            case g.MakeClass(shape=shape):
                return f"class {shape.qualname}"
            case g.Import(module=module, attr=attr, level=level):
                return f"import {'.' * level}{module}" + (f" {attr}" if attr is not None else "")
        return type(op).__name__.lower()
