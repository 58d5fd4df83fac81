"""Random small functions in which every step leaves a mark, and what the steps do is chosen from outside.

`write_program` gives the source of one function `f`. It calls the names of `Stage`, which follow a list of
choices (does the step hold, raise, swallow; how many elements has the loop) and note each step in `trace`.
When the choices are used up every condition is false, every loop empty and nothing raises, so each program
ends.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


class Left(Exception):
    """One of the exceptions that steps raise."""


class Right(Exception):
    """Another one."""


class Other(Exception):
    """One that no handler names."""


@dataclass
class Stage:
    """What a program finds around it: `step`, `many`, `keeper` and their async twins."""

    choices: Sequence[int]
    trace: list[tuple[object, ...]] = field(default_factory=list)
    asked: int = 0

    def _choose(self, ways: int) -> int:
        self.asked += 1
        return self.choices[self.asked - 1] % ways if self.asked <= len(self.choices) else 0

    def step(self, mark: int) -> bool:
        chosen = self._choose(5)
        self.trace.append(("step", mark, chosen))
        if chosen == 2:
            raise Left(mark)
        if chosen == 3:
            raise Right(mark)
        if chosen == 4:
            raise Other(mark)
        return chosen == 1

    async def step_later(self, mark: int) -> bool:
        return self.step(mark)

    def many(self, mark: int) -> list[tuple[int, int]]:
        count = self._choose(3)
        self.trace.append(("many", mark, count))
        return [(mark, i) for i in range(count)]

    async def many_later(self, mark: int) -> AsyncIterator[tuple[int, int]]:
        for pair in self.many(mark):
            yield pair

    def keeper(self, mark: int) -> Keeper:
        return Keeper(self, mark)

    def names(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in ("step", "step_later", "many", "many_later", "keeper")}
        return {**found, "Left": Left, "Right": Right, "Exception": Exception}


def _name_of(kind: type[BaseException] | None) -> str | None:
    """The exception's kind; which NameError it is depends on the scope that owns the name."""
    return "NameError" if kind is UnboundLocalError else kind.__name__ if kind is not None else None


@dataclass
class Keeper:
    """A context manager that notes entry and exit, and swallows when it is told to."""

    stage: Stage
    mark: int

    def __enter__(self) -> tuple[int, int, int]:
        self.stage.step(self.mark)
        return (self.mark, 0, 1)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self.stage.trace.append(("leave", self.mark, _name_of(kind)))
        return self.stage.step(-self.mark)

    async def __aenter__(self) -> tuple[int, int, int]:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return self.__exit__(kind)


@dataclass
class _Writer:
    """Writes the lines of one program; what may stand where is kept in the arguments of its methods."""

    random: random.Random
    kind: str
    lines: list[str] = field(default_factory=list)
    marks: int = 0
    budget: int = 14
    every_way: bool = False

    def mark(self) -> int:
        self.marks += 1
        return self.marks

    # -- expressions ------------------------------------------------------------------------------

    def step(self) -> str:
        if self.kind == "async" and self.random.random() < 0.4:
            return f"(await step_later({self.mark()}))"
        return f"step({self.mark()})"

    def condition(self, depth: int = 0) -> str:
        simple = depth > 1 or self.random.random() < 0.55
        form = "step" if simple else self.random.choice(_FREE if self.every_way else list(_CONDITIONS))
        return _CONDITIONS[form](self, depth + 1)

    # -- statements -------------------------------------------------------------------------------

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def block(self, depth: int, *, loop: bool, handler: bool) -> None:
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.budget -= 1
            compound = self.budget > 0 and depth < 7 and self.random.random() < 0.6
            table = _COMPOUND if compound else _SIMPLE
            name = self.random.choice([n for n in table if not (self.every_way and n in _TYPED)])
            table[name](self, depth, loop, handler)


def _walrus(w: _Writer, depth: int) -> str:
    return f"(w{w.random.randrange(2)} := {w.step()})"


def _comprehension(w: _Writer, depth: int) -> str:
    source = f"many({w.mark()})"
    test = f" if {w.condition(depth)}" if w.random.random() < 0.5 else ""
    inner = f" for c, d in many({w.mark()})" if w.random.random() < 0.3 else ""
    opening, closing = w.random.choice((("[", "]"), ("{", "}")))
    return f"{opening}(a, {w.step()}) for a, b in {source}{test}{inner}{closing}"


_CONDITIONS: dict[str, Callable[[_Writer, int], str]] = {
    "step": lambda w, d: w.step(),
    "not": lambda w, d: f"(not {w.condition(d)})",
    "and": lambda w, d: f"({w.condition(d)} and {w.condition(d)} and {w.condition(d)})",
    "or": lambda w, d: f"({w.condition(d)} or {w.condition(d)})",
    "mixed": lambda w, d: f"({w.condition(d)} and {w.condition(d)} or {w.condition(d)})",
    "ternary": lambda w, d: f"({w.condition(d)} if {w.condition(d)} else {w.condition(d)})",
    "chain": lambda w, d: f"({w.step()} < {w.step()} <= (not {w.condition(d)}))",
    "value": lambda w, d: f"(({w.condition(d)} or {w.step()}) == ({w.step()} < {w.step()} < {w.step()}))",
    "walrus": _walrus,
    "comprehension": _comprehension,
    "true": lambda w, d: "True",
    "false": lambda w, d: "False",
}


# Conditions that can come out either way whatever was found out before.
_FREE = ("not", "and", "or", "mixed", "ternary")
# Statements whose outcome depends on values or on the kind of an exception raised before.
_TYPED = ("store", "raise", "def")


def _return(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    if w.kind != "generator" and w.random.random() < 0.6:
        w.line(depth, f"return ({w.mark()}, {w.condition()})")
    else:
        w.line(depth, "return")


def _jump(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    if loop:
        w.line(depth, w.random.choice(("break", "continue")))
    else:
        w.line(depth, w.step())


def _jump_if(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    w.line(depth, f"if step({w.mark()}):")
    leave = _jump if loop and w.random.random() < 0.7 else _return
    leave(w, depth + 1, loop, handler)


def _raise(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    forms = ["raise Left", "raise Right(1) from None", *["raise"] * 3 * handler]
    w.line(depth, w.random.choice(forms))


def _store(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    value = w.condition()
    forms = (
        f"x = {value}",
        f"x, *y = many({w.mark()})",
        f"x = y = {value}",
        f"z[{w.step()}] = {value}",
        "del x",
    )
    w.line(depth, w.random.choice((*forms, f"q[{w.step()}] += {w.step()}", f"step(z.get({w.step()}, 0))")))


def _yield(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    if w.kind == "generator":
        w.line(depth, f"x = yield ({w.mark()}, {w.step()})")
    else:
        w.line(depth, w.step())


_Statement = Callable[[_Writer, int, bool, bool], None]
_SIMPLE: dict[str, _Statement] = {
    "step": lambda w, depth, loop, handler: w.line(depth, w.step()),
    "condition": lambda w, depth, loop, handler: w.line(depth, w.condition()),
    "store": _store,
    "return": _return,
    "jump": _jump,
    "jump if": _jump_if,
    "jump if something else": _jump_if,
    "raise": _raise,
    "assert": lambda w, depth, loop, handler: w.line(depth, f"assert {w.condition()}, {w.step()}"),
    "yield": _yield,
}


def _if(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    w.line(depth, f"if {w.condition()}:")
    w.block(depth + 1, loop=loop, handler=handler)
    if w.random.random() < 0.3:
        w.line(depth, f"elif {w.condition()}:")
        w.block(depth + 1, loop=loop, handler=handler)
    if w.random.random() < 0.4:
        w.line(depth, "else:")
        w.block(depth + 1, loop=loop, handler=handler)


def _loop_else(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    if w.random.random() < 0.4:
        w.line(depth, "else:")
        w.block(depth + 1, loop=loop, handler=handler)


def _while(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    if w.random.random() < 0.3:
        w.line(depth, "while True:")
        w.line(depth + 1, f"if not step({w.mark()}):")
        w.line(depth + 2, "break")
    else:
        w.line(depth, f"while step({w.mark()}) and {w.condition()}:")
    w.block(depth + 1, loop=True, handler=handler)
    _loop_else(w, depth, loop, handler)


def _for(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    later = w.kind == "async" and w.random.random() < 0.4
    source = f"many_later({w.mark()})" if later else f"many({w.mark()})"
    target = w.random.choice(("x", "x, y", "x, *y", "z[0]"))
    w.line(depth, f"{'async ' * later}for {target} in {source}:")
    w.block(depth + 1, loop=True, handler=handler)
    _loop_else(w, depth, loop, handler)


def _with(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    items = []
    for _ in range(w.random.choice((1, 1, 2, 3))):
        target = w.random.choice(("", "", " as x", " as (x, *y)", *[" as (x, y)"] * (not w.every_way)))
        items.append(f"keeper({w.mark()}){target}")
    later = "async " * (w.kind == "async" and w.random.random() < 0.5)
    joined = ", ".join(items)
    w.line(depth, f"{later}with ({joined}):" if w.random.random() < 0.3 else f"{later}with {joined}:")
    w.block(depth + 1, loop=loop, handler=handler)


def _try(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    w.line(depth, "try:")
    if w.every_way:
        w.line(depth + 1, w.step())
    w.block(depth + 1, loop=loop, handler=handler)
    clauses = w.random.choice(_CLAUSES[w.every_way :])
    for clause in clauses:
        w.line(depth, clause)
        w.block(depth + 1, loop=loop, handler=True)
    if clauses and w.random.random() < 0.4:
        w.line(depth, "else:")
        w.block(depth + 1, loop=loop, handler=handler)
    if not clauses or w.random.random() < 0.5:
        w.line(depth, "finally:")
        w.block(depth + 1, loop=loop, handler=handler)


_CLAUSES: Sequence[Sequence[str]] = (
    ("except Exception as e:",),  # first: there is nothing that it doesn't take
    (),
    (),
    ("except Left:",),
    ("except Left as e:", "except Right:"),
    ("except (Left, Right):",),
    ("except Left:", "except:"),
)


def _def(w: _Writer, depth: int, loop: bool, handler: bool) -> None:
    name = f"g{w.mark()}"
    outer, w.kind = w.kind, "plain"
    w.line(depth, f"def {name}():")
    if w.random.random() < 0.3:
        w.line(depth + 1, "nonlocal x")
    w.block(depth + 1, loop=False, handler=False)
    w.kind = outer
    w.line(depth, f"x = {name}()")


_COMPOUND: dict[str, _Statement] = {
    "if": _if,
    "while": _while,
    "for": _for,
    "with": _with,
    "try": _try,
    "try again": _try,
    "try once more": _try,
    "def": _def,
}


def write_program(seed: int, kind: str, *, budget: int = 14, every_way: bool = False) -> str:
    """The source of a function `f`; kind is plain, generator or async.

    With `every_way` only such statements are used that every edge of the graph can be taken in some run.
    """
    writer = _Writer(random.Random(f"{kind}-{seed}"), kind, budget=budget, every_way=every_way)
    writer.line(0, f"{'async ' * (kind == 'async')}def f():")
    writer.line(1, "x = w0 = w1 = None")
    writer.line(1, "y, z, q = 0, {}, {False: 0, True: 1}")
    if kind == "generator":
        writer.line(1, "yield")
    writer.block(1, loop=False, handler=False)
    writer.line(1, f"return ({writer.mark()}, step({writer.mark()}))" if kind != "generator" else "return")
    return "\n".join(writer.lines) + "\n"


def some_choices(source: str, count: int) -> Iterator[list[int]]:
    """Lists of choices, most of them mild: a step that raises ends much."""
    chance = random.Random(source)
    for number in range(count):
        raising = (0.0, 0.05, 0.15, 0.3)[number % 4]
        yield [
            chance.choice((2, 3, 4)) if chance.random() < raising else chance.choice((0, 1, 1))
            for _ in range(40)
        ]
