"""Programs, and changes of them that mean nothing.

In: numbers of programs, names of changes. Out: texts, and what is said of them without rows and columns.
"""

from __future__ import annotations

import ast
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.layout import laid_out
from tests.oracle.grammar import nth
from tests.session.recursive import draw
from tmpleak_lint.session import Session

Said = list[tuple[str, str]]


def drawn(number: int) -> str:
    """A program: small ones with all ways of losing a file, and ones whose functions call each other in circles."""
    if number % 3:
        return nth(5, number).source
    program = draw(random.Random(number))
    return program.module(sorted(program.definitions))


def said(text: str) -> Said:
    """The codes with the functions that they are found in, of whatever confidence."""
    found = Session().analyse(text.encode(), "app.py", on_disk=False).findings
    return sorted((one.code, one.function) for one in found)


def renamed(chance: random.Random, text: str) -> str:
    """Functions' own variables by other names, each function's the same."""
    tree = ast.parse(text)
    bound = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    other = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    other |= {
        each.arg or "" for node in ast.walk(tree) if isinstance(node, ast.Call) for each in node.keywords
    }
    other |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    other |= {
        name for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names
    }
    other |= {
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }  # 'path' in locals()
    module = {node.id for each in tree.body for node in ast.walk(each) if isinstance(each, ast.Assign | ast.AnnAssign)
              and isinstance(node, ast.Name)}  # fmt: skip
    for name in sorted(bound - other - module):
        text = re.sub(rf"(?<![\w.'\"]){name}(?![\w'\"])", f"{name}_q{chance.randrange(9)}", text)
    return text


def with_dead_code(chance: random.Random, text: str) -> str:
    """At the beginning of each function something that is never run, or does nothing."""
    return _in_functions(
        text,
        lambda indent: (
            indent
            + chance.choice(
                (
                    f"if False:\n{indent}    raise OSError",
                    f"if 0:\n{indent}    return",
                    "unused = 1",
                    "pass",
                    f"while False:\n{indent}    break",
                    "...",
                )
            )
            + "\n"
        ),
    )


def within_true(chance: random.Random, text: str) -> str:
    """The body of each function, without its docstring, in an `if True:`."""
    tree = ast.parse(text)
    lines = text.split("\n")
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.end_lineno != node.lineno:
            return text  # a string over lines can't be indented
    made = []
    tops = {node.lineno: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    for row, line in enumerate(lines, 1):
        for node in tops.values():
            if node.body[0].lineno == row and node.body[0].lineno > node.lineno:
                made.append(" " * node.body[0].col_offset + "if True:")
                inside |= set(range(row, (node.end_lineno or row) + 1))
        made.append(f"    {line}" if row in inside and line else line)
    return "\n".join(made)


def _in_functions(text: str, made: Callable[[str], str]) -> str:
    tree = ast.parse(text)
    lines = text.split("\n")
    starts = {
        node.body[0].lineno: node.body[0].col_offset
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.body[0].lineno > node.lineno
        and not _decorated(node.body[0])
    }
    return "\n".join(
        (made(" " * starts[row]) if row in starts else "") + line for row, line in enumerate(lines, 1)
    )


def _decorated(node: ast.stmt) -> bool:
    return bool(getattr(node, "decorator_list", ()))


def otherwise(chance: random.Random, text: str) -> str:
    """Another layout; the same text where Python takes none of those that were drawn."""
    for _ in range(5):
        made = laid_out(chance, text.rstrip("\n"), 0.2)
        try:
            if ast.dump(ast.parse(made)) == ast.dump(ast.parse(text)):
                return made
        except SyntaxError:
            continue
    return text


CHANGES: dict[str, Callable[[random.Random, str], str]] = {
    "names": renamed, "dead code": with_dead_code, "if True": within_true, "layout": otherwise,
}  # fmt: skip


def differing(number: int, text: str, change: str) -> str:
    """What a change made different in the verdict, "" for nothing."""
    made = CHANGES[change](random.Random(number), text)
    ast.parse(made)
    before, after = Counter(said(text)), Counter(said(made))
    return (
        "" if before == after else f"{number} {change}: gone {before - after}, new {after - before}\n{made}"
    )


def moved_differs(number: int, folder: Path) -> str:
    """What differs where the definitions of a program stand in two modules that import each other, "" for nothing."""
    chance = random.Random(number)
    program = draw(chance)
    names = sorted(program.definitions)
    one = Counter((code, function) for code, function in said(program.module(names)))
    chance.shuffle(names)
    top = folder / str(number)
    files = program.package(top, [names[0::2], names[1::2]])
    session = Session()
    found = [one for file in files for one in session.analyse(file.read_bytes(), str(file)).findings]
    two = Counter((one.code, one.function) for one in found)
    shutil.rmtree(top)
    return "" if one == two else f"{number}: gone {one - two}, new {two - one}"


def protected(number: int) -> str:
    """A function whose body is within a `try` with the deletion in its `finally`."""
    chance = random.Random(number)
    make, end = chance.choice(
        (
            ("path = tempfile.mkdtemp()", "shutil.rmtree(path)"),
            ("path = tempfile.mkdtemp(dir=root)", "shutil.rmtree(path, ignore_errors=True)"),
        )
    )
    lines = ["import shutil, tempfile", "", "", "def f(use, root):", f"    {make}", "    try:"]
    lines += _body(chance, 8, False, 0)
    lines += ["    finally:", f"        {end}"]
    return "\n".join(lines) + "\n"


def _body(chance: random.Random, indent: int, in_loop: bool, depth: int) -> list[str]:
    pad = " " * indent
    simple = [
        "use(path)",
        "x = use(path)",
        "use.append(path)",
        "raise OSError(path)",
        "return use(path)",
        "assert use",
        "pass",
    ]
    simple += ["break", "continue"] * in_loop
    lines: list[str] = []
    for _ in range(chance.randint(1, 3)):
        way = chance.randrange(7) if depth < 3 else 0
        if way < 3:
            lines.append(pad + chance.choice(simple))
            continue
        inner = _body(chance, indent + 4, in_loop or way == 3, depth + 1)
        if way == 3:
            lines += [f"{pad}{chance.choice(('for x in use:', 'while use():'))}", *inner]
        elif way == 4:
            lines += [
                f"{pad}if use(path):",
                *inner,
                f"{pad}else:",
                *_body(chance, indent + 4, in_loop, depth + 1),
            ]
        elif way == 5:
            handler = chance.choice(("except OSError:", "except Exception as error:", "finally:"))
            after = (
                [f"{pad}    use(path)"]
                if handler == "finally:"
                else _body(chance, indent + 4, in_loop, depth + 1)
            )
            lines += [f"{pad}try:", *inner, pad + handler, *after]
        else:
            lines += [f"{pad}with open(use) as h:", *inner]
    return lines
