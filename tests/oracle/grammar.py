"""The grammar: small programs that create temporary files and mostly delete them.

In: a `random.Random`: seeded (the long run) or one that Hypothesis draws from and shrinks (`programs`).
Out: `Drawn`, the source text and the names of the constructs in it.

A program is one module: imports, helper functions (private), one or two public entries (function,
coroutine, generator, context manager, class). Statements stand one a line and each creating call has its
own line. What the contract leaves open is not drawn; the README beside this file lists it.
"""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.oracle.blocks import statement
from tests.oracle.hazards import lifecycle as hazardous
from tests.oracle.instrument import undefined
from tests.oracle.lifecycles import handed_over, lifecycle
from tests.oracle.owners import owner
from tests.oracle.writer import Context, Writer

IMPORTS = """\
import asyncio
import atexit
import contextlib
import functools
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path
"""
KINDS = (
    (52, "function"),
    (12, "coroutine"),
    (9, "generator"),
    (10, "manager"),
    (5, "asyncmanager"),
    (3, "asyncgenerator"),
    (14, "class"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    source: str
    tags: frozenset[str]


def draw(dice: random.Random, *, hazards: bool = False) -> Drawn:
    """One program; with `hazards` one in which much could be harmed by a fix."""
    w = Writer(dice, hazardous if hazards else lifecycle)
    for _ in range(1 + w.chance(15)):
        kind = w.weighted(KINDS)
        w.tag(f"entry {kind}")
        if kind == "class":
            owner(w)
        else:
            function(w, kind)
        w.line("")
    parts = [IMPORTS, *w.helpers.values(), "\n".join(w.lines)]
    text = "\n".join(parts)
    return Drawn(imports_from_app(text) + text, frozenset(w.tags))


def function(w: Writer, kind: str) -> None:
    """A public function of the given kind around one or two lifecycles."""
    name = w.fresh("entry")
    before, w.lines = w.lines, []
    w.parameters = {}
    w.indent = 1
    yielded = None
    if kind in ("manager", "asyncmanager"):
        yielded = w.pick(["yield", "yield 1", f"yield {w.parameter('cfg')}"])
    elif kind in ("generator", "asyncgenerator"):
        yielded = f"yield {w.parameter('cfg')}"
    ctx = Context(kind=kind, must_yield=yielded, may_return=kind not in ("manager", "asyncmanager"))
    if w.chance(15):
        statement(w, Context(kind=kind, may_return=ctx.may_return, depth=3))
    if kind in ("generator", "asyncgenerator") and w.chance(30):
        handed_over(w, Context(kind=kind))
    else:
        w.lifecycle(w, ctx)
    if w.chance(25):
        w.lifecycle(w, Context(kind=kind, may_return=ctx.may_return))
    body, w.lines = w.lines, before
    w.indent = 0
    if kind in ("manager", "asyncmanager"):
        w.line(f"@contextlib.{'async' if kind == 'asyncmanager' else ''}contextmanager")
    prefix = "async " if kind in ("coroutine", "asyncmanager", "asyncgenerator") else ""
    w.line(f"{prefix}def {name}({', '.join(w.parameters)}):")
    w.lines.extend(body)


def imports_from_app(text: str) -> str:
    """The line that imports every name the program does not define, from a module nobody knows."""
    wanted = undefined(ast.parse(text))
    return f"from app import {', '.join(wanted)}\n" if wanted else ""


def nth(seed: int, number: int, *, hazards: bool = False) -> Drawn:
    """The program with this number in the endless list of a seed."""
    return draw(random.Random(f"{seed}:{number}"), hazards=hazards)


def programs() -> st.SearchStrategy[Drawn]:
    """Programs whose every choice Hypothesis makes, so that it can shrink them."""
    return st.randoms(use_true_random=False).map(draw)
