"""Programs out of a grammar, of every statement that Python has, up to syntax that is newer than the Python that runs.

In: a source of chance. Out: a program with temp files in it, and from which Python on it is one. Expressions and blocks
are put together freely: what the programs do makes no sense, but each is valid.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

Chance = random.Random
MOST_LINES = 25  # after which blocks get no blocks any more
FEW_LINES = 5  # the same for a small program
HEAD = "import os, shutil, tempfile, contextlib, atexit\nfrom tempfile import mkdtemp, mkstemp, NamedTemporaryFile\n"
NAMES = ("a", "b", "path", "fd", "use", "x", "self", "d")
MAKERS = (
    "tempfile.mkdtemp()", "mkdtemp(dir=d)", "mkstemp()", "tempfile.mkstemp('x')[1]", "NamedTemporaryFile(delete=False)",
    "tempfile.NamedTemporaryFile()", "tempfile.TemporaryDirectory()", "tempfile.mktemp()", "make()", "mkstemp",
)  # fmt: skip
OPERATORS = ("+", "-", "@", "//", "<<", "|", "and", "or", "is not", "not in", "<")
ENDERS = (
    "os.remove(path)", "os.unlink(a)", "shutil.rmtree(path)", "os.rmdir(d)", "os.close(fd)", "use(path)", "a.close()",
    "os.replace(path, x)", "atexit.register(shutil.rmtree, path)", "self.path = path", "a.append(path)", "print(path)",
)  # fmt: skip


@dataclass
class Text:
    """A program in the making: how new the Python must be, and what the place that is written to allows."""

    chance: Chance
    newest: tuple[int, int] = (3, 11)
    most: int = MOST_LINES
    lines: list[str] = field(default_factory=list)
    depth: int = 0
    in_loop: bool = False
    in_def: bool = False
    in_async: bool = False
    can_leave: bool = True  # not in `except*`, nor in a finally (3.14 warns there)

    def needs(self, version: tuple[int, int]) -> None:
        self.newest = max(self.newest, version)

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def body(self, newer: tuple[int, int], count: int | None = None) -> None:
        """An indented block of some statements."""
        self.depth += 1
        for _ in range(self.chance.randint(1, 3) if count is None else count):
            statement(self, newer)
        self.depth -= 1


def program(
    chance: Chance, newest: tuple[int, int] = (3, 14), *, small: bool = False
) -> tuple[str, tuple[int, int]]:
    """A program with syntax of at most `newest`, and the oldest Python that can read it."""
    text = Text(chance, most=FEW_LINES if small else MOST_LINES)
    for _ in range(1 if small else chance.randint(1, 4)):
        text.can_leave = True
        _definition(text, newest) if chance.random() < 0.7 else statement(text, newest)
    return HEAD + "\n".join(text.lines) + "\n", text.newest


def expression(text: Text, newer: tuple[int, int], depth: int = 0) -> str:
    """Any expression. Those that may stand within others are in brackets where it matters."""
    chance = text.chance
    if depth > 2 or chance.random() < 0.4:
        return chance.choice(
            (*NAMES, *MAKERS, "1", "None", "'t'", "b'x'", "...", "0.5", "path.name", "a[0]", "1j")
        )

    def inner() -> str:
        return expression(text, newer, depth + 1)

    kinds: list[Callable[[], str]] = [
        lambda: f"({inner()} {chance.choice(OPERATORS)} {inner()})",
        lambda: f"use({inner()}, *{chance.choice(NAMES)}, k={inner()}, **{chance.choice(NAMES)})",
        lambda: f"({inner()} if {inner()} else {inner()})",
        lambda: f"[{inner()} for {chance.choice(NAMES)} in ({inner()}) if {inner()}]",
        lambda: f"{{{inner()}: {inner()}, **{chance.choice(NAMES)}}}",
        lambda: f"{{{inner()}, *{chance.choice(NAMES)}}}",
        lambda: f"(lambda {chance.choice(('', 'p', 'p, /, q=1, *r, s, **t'))}: {inner()})",
        lambda: f"f'{{{chance.choice(NAMES)}!r:>{{{chance.choice(NAMES)}}}}} {{x}}'",
        lambda: f"({chance.choice(('a', 'b', 'path'))} := {inner()})",
        lambda: f"({inner()}).attribute[{inner()}:{inner()}]",
        lambda: f"({inner()}, *{chance.choice(NAMES)})",
        lambda: f"-{inner()}" if chance.random() < 0.5 else f"(not {inner()})",
    ]
    if newer >= (3, 12):
        kinds.append(lambda: _newer(text, (3, 12), f"f'{{{chance.choice(NAMES)}['k']}} {{f'{{x}}'}}'"))
    if newer >= (3, 14):
        kinds.append(lambda: _newer(text, (3, 14), f"t'{{{chance.choice(NAMES)}}} and {{x!r:>3}}'"))
    if text.in_async:
        kinds.append(lambda: f"(await use({inner()}))")
    if text.in_def and not text.in_async:
        kinds.append(lambda: f"(yield {inner()})")
    return chance.choice(kinds)()


def _newer(text: Text, version: tuple[int, int], made: str) -> str:
    text.needs(version)
    return made


def statement(text: Text, newer: tuple[int, int]) -> None:
    """Any statement that may stand here."""
    chance = text.chance
    simple = text.depth > 3 or len(text.lines) > text.most or chance.random() < 0.5
    chance.choice(SIMPLE if simple else COMPOUND)(text, newer)


def _make(text: Text, newer: tuple[int, int]) -> None:
    target = text.chance.choice(("path", "a", "fd, path", "self.path", "a = b", "a, *b", "d"))
    text.line(f"{target} = {text.chance.choice(MAKERS)}")


def _end(text: Text, newer: tuple[int, int]) -> None:
    text.line(text.chance.choice(ENDERS))


def _say(text: Text, newer: tuple[int, int]) -> None:
    text.line(expression(text, newer))


def _assign(text: Text, newer: tuple[int, int]) -> None:
    target = text.chance.choice(
        ("x =", "a[0] =", "x: int =", "x +=", "a.b =", "a = b =", "[a, (b, *x)] =", "x @=")
    )
    text.line(f"{target} {expression(text, newer)}")


def _leave(text: Text, newer: tuple[int, int]) -> None:
    ways = [
        "pass",
        "raise OSError(path) from None",
        "assert path, x",
        "del x",
        "import json as j",
        "from os import path",
    ]
    if text.can_leave:
        ways += ["return"] * text.in_def + ["return path"] * (text.in_def and not text.in_async)
        ways += ["break", "continue"] * text.in_loop
    text.line(text.chance.choice(ways))


def _type(text: Text, newer: tuple[int, int]) -> None:
    if newer < (3, 12) or text.in_async:
        _say(text, newer)
    else:
        text.needs((3, 12))
        text.line("type Alias[T: (int, str), *Ts, **P] = dict[T, list[int]]")


def _if(text: Text, newer: tuple[int, int]) -> None:
    text.line(f"if {expression(text, newer)}:")
    text.body(newer)
    if text.chance.random() < 0.3:
        text.line(f"elif {expression(text, newer)}:")
        text.body(newer)
    if text.chance.random() < 0.4:
        text.line("else:")
        text.body(newer)


def _loop(text: Text, newer: tuple[int, int]) -> None:
    chance = text.chance
    heads = ["while {0}:", "for x in {0}:", "for a, *b in ({0}), x:", "for self.x in [{0}]:"]
    text.line(chance.choice(heads + ["async for x in {0}:"] * text.in_async).format(expression(text, newer)))
    outer, text.in_loop = text.in_loop, True
    text.body(newer)
    text.in_loop = outer
    if chance.random() < 0.3:
        text.line("else:")
        text.body(newer)


def _try(text: Text, newer: tuple[int, int]) -> None:
    chance = text.chance
    text.line("try:")
    text.body(newer)
    starred = chance.random() < 0.2
    handlers = chance.randint(0, 2)
    outer = text.can_leave
    for _ in range(handlers):
        kinds = ["OSError", "OSError as error", "(OSError, ValueError) as error", "x.Error"]
        if newer >= (3, 14) and chance.random() < 0.3:
            text.needs((3, 14))
            kinds = ["OSError, ValueError"]
        text.line(f"except{'*' * starred} {chance.choice(kinds)}:")
        text.can_leave = outer and not starred
        text.body(newer)
    if handlers and not starred and chance.random() < 0.3:
        text.line(chance.choice(("except:", "except BaseException:")))
        text.body(newer)
    text.can_leave = outer
    if handlers and chance.random() < 0.3:
        text.line("else:")
        text.body(newer)
    if not handlers or chance.random() < 0.4:
        text.line("finally:")
        text.can_leave = False
        text.body(newer)
        text.can_leave = outer


def _with(text: Text, newer: tuple[int, int]) -> None:
    chance = text.chance
    items = chance.choice(
        ("{0} as x", "{0}", "open(path) as a, {0} as b", "({0} as a, use() as (b, c),)", "({0})")
    )
    word = "async with" if text.in_async and chance.random() < 0.5 else "with"
    text.line(f"{word} {items.format(expression(text, newer))}:")
    text.body(newer)


def _match(text: Text, newer: tuple[int, int]) -> None:
    chance = text.chance
    patterns = (
        "1 | 2",
        "[a, *b]",
        "{'k': x, **b}",
        "A(x, y=b)",
        "str() as a",
        "None",
        "(1, [a]) if x",
        "-1",
        "os.sep",
        "a",
    )
    text.line(f"match {expression(text, newer)}:")
    text.depth += 1
    for _ in range(chance.randint(1, 3)):
        text.line(f"case {chance.choice(patterns[:-1])}:")
        text.body(newer)
    if chance.random() < 0.5:
        text.line("case _:")
        text.body(newer)
    text.depth -= 1


def _definition(text: Text, newer: tuple[int, int]) -> None:
    chance = text.chance
    outer = text.in_loop, text.in_def, text.in_async, text.can_leave
    text.in_loop, text.can_leave = False, True
    for _ in range(chance.choice((0, 0, 1, 2))):
        text.line(
            f"@{chance.choice(('staticmethod', 'contextlib.contextmanager', 'a.b(1)', 'property', 'x'))}"
        )
    generic = ""
    if newer >= (3, 12) and chance.random() < 0.2:
        text.needs((3, 12))
        generic = "[T: int, *Ts, **P]"
        if newer >= (3, 13) and chance.random() < 0.3:
            text.needs((3, 13))
            generic = "[T = int]"
    if chance.random() < 0.25:
        text.in_def = text.in_async = False
        text.line(
            f"class {chance.choice('ABC')}{generic}{chance.choice(('', '(A)', '(a.B, metaclass=x)', '()'))}:"
        )
        text.depth += 1
        for name in ("__init__", "close", "__exit__", "setUp", "tearDown")[: chance.randint(1, 4)]:
            text.line(f"def {name}(self, *args):")
            text.in_def = True
            text.body(newer)
            text.in_def = False
        text.depth -= 1
    else:
        text.in_def, text.in_async = True, chance.random() < 0.2
        arguments = chance.choice(
            ("", "use", "path, /, x=1, *a, d, **b", "a: int = 1, *, x: 'y' = None", "self, path")
        )
        result = chance.choice(("", " -> int", " -> 'A'"))
        name = chance.choice(("f", "g", "make", "_h"))
        text.line(f"{'async ' * text.in_async}def {name}{generic}({arguments}){result}:")
        text.body(newer, chance.randint(2, 5))
    text.in_loop, text.in_def, text.in_async, text.can_leave = outer


Kind = Callable[[Text, tuple[int, int]], None]
SIMPLE: tuple[Kind, ...] = (_make, _make, _end, _end, _say, _assign, _leave, _type)
COMPOUND: tuple[Kind, ...] = (_if, _loop, _try, _try, _with, _match, _definition)
