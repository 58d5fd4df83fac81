"""Two versions of a body, put side by side as a fix's proof does it: what is said of them.

In: the bodies as text, what stands before the function, in which class it is. Out: everything that is held against
the new version, with how much it weighs: `no` (it is no fix), `shown` (it is only shown), `doubt` (it is no safe one).
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from tmpleak_lint.analysis.queries import records
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.verdict.double_release import bodies_named
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.fixing.comparing import Body, Comparison, compared
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.table import SHIPPED, Knowledge
from tmpleak_lint.model import Location

TABLES = Path(__file__).parent / "compared"
IMPORTS = "import contextlib, os, pathlib, shutil, subprocess, sys, tempfile, threading, weakref, atexit\n\n"
MADE = "folder = tempfile.mkdtemp()\n"
HEADER = "def f(target, other):"
GONE = "shutil.rmtree(folder)\n"


def guarded(body: str, made: str = MADE, gone: str = GONE) -> str:
    """The body in a try whose finally deletes."""
    return f"{made}try:\n{textwrap.indent(body, '    ')}finally:\n{textwrap.indent(gone, '    ')}"


def body_of(
    text: str, before: str = "", header: str = HEADER, owner: str = "", knowledge: Knowledge = SHIPPED
) -> Body:
    """The function of a module, or the method of a class, that begins with this header."""
    own = f"{header}\n{textwrap.indent(text, '    ')}"
    if owner:
        own = f"{owner}\n{textwrap.indent(own, '    ')}"
    project = Project(knowledge=knowledge)
    module = project.add(f"{IMPORTS}{before}\n\n{own}".encode(), "example.py", None)
    name = header.partition("(")[0].split()[-1]
    if owner:
        name = f"{owner.split()[1].partition('(')[0].rstrip(':')}.{name}"
    (found,) = bodies_named(project, module, name)
    return Body(project, found.module, found.code, found.owner)


def calls_of(body: Body) -> Iterator[tuple[tuple[str, int], Location]]:
    """The calls of a body by what they are, and which of those alike, with where they stand."""
    seen: Counter[str] = Counter()
    lines = body.module.source.lines
    starts = dict.fromkeys(node.span for node in body.code.nodes if isinstance(node.op, g.Call))
    for span in sorted(starts, key=lambda span: span.start):
        text = " ".join(
            [*lines[span.start.row - 1 : span.end.row - 1], lines[span.end.row - 1][: span.end.column - 1]]
        )
        text = " ".join(text[span.start.column - 1 :].split())
        yield (text, seen[text]), span.start
        seen[text] += 1


def comparison(
    old: str,
    new: str,
    before: str = "",
    header: str = HEADER,
    owner: str = "",
    *,
    aliases: str = "folder",
    descriptor: bool = False,
    knowledge: Knowledge = SHIPPED,
) -> Comparison:
    """What comes of comparing; the file is the first that the old body makes."""
    was, will_be = (body_of(text, before, header, owner, knowledge) for text in (old, new))
    sites = ProjectContext(was.project).sites_of(records.Body(was.module, was.code, was.owner))
    there = dict(calls_of(will_be))
    moved = {place: there[call] for call, place in calls_of(was) if call in there}
    sites = tuple(sorted(sites, key=lambda site: site.span.start))
    return compared(was, will_be, sites, moved, frozenset(aliases.split()), descriptor=descriptor)


def cases(table: str, title: str) -> dict[str, str]:
    """A table out of `compared/`: bodies, a blank line between them, each with what is said of it behind an arrow."""
    text = (TABLES / f"{table}.txt").read_text(encoding="utf-8")
    (own,) = (part for part in f"\n{text}".split("\n## ") if part.partition("\n")[0] == title)
    blocks = [block.strip("\n").partition("\n-> ") for block in own.partition("\n")[2].strip().split("\n\n")]
    found = {body: said.replace("\n-> ", "\n") for body, _, said in blocks}
    assert len(found) == len(blocks), "two of them are the same"
    return found


def weighed(found: Comparison, first: int = 0) -> str:
    """All that is held against the new version, one a line; statements by their line in the old body."""
    said = [
        *(f"no: {each}" for each in found.contradicted),
        *(f"shown: {each}" for each in found.unwanted),
        *(f"doubt: {each}" for each in found.doubts),
    ]
    text = "\n".join(said) if said else "the same" if found.is_in_step else "other files differ"
    return re.sub(r"`[^`]*` \(line (\d+)\)", lambda match: f"line {int(match[1]) - first}", text)


def said_of(
    old: str,
    new: str,
    before: str = "",
    header: str = HEADER,
    owner: str = "",
    *,
    aliases: str = "folder",
    descriptor: bool = False,
) -> str:
    """What is held against the new version."""
    rows = f"{IMPORTS}{before}\n\n{owner}".count("\n") + bool(owner) + 1
    found = comparison(old, new, before, header, owner, aliases=aliases, descriptor=descriptor)
    return weighed(found, rows)


def of_new_deletion(body: str, before: str = "", header: str = HEADER, owner: str = "") -> str:
    """What is held against deleting in a finally what nothing has deleted."""
    return said_of(f"{MADE}{body}\n", guarded(f"{body}\n"), before, header, owner)


def of_deletion_that_held_at_the_end(
    body: str, before: str = "", header: str = HEADER, owner: str = ""
) -> str:
    """What is held against deleting in a finally what the last line deletes."""
    body = f"{body}\ntarget.last()\n"  # which may fail
    return said_of(f"{MADE}{body}{GONE}", guarded(body), before, header, owner)


def of_deletion_where_it_fails(body: str, before: str = "", header: str = HEADER, owner: str = "") -> str:
    """What is held against deleting, where the body fails, what is returned where it doesn't."""
    handler = f"except BaseException:\n    {GONE}    raise\nreturn folder\n"
    new = f"{MADE}try:\n{textwrap.indent(body, '    ')}\n{handler}"
    return said_of(f"{MADE}{body}\nreturn folder\n", new, before, header, owner)


def pairs(table: str, title: str) -> dict[tuple[str, str], str]:
    """The same of pairs: the old body, `=>`, the new one, what is said of it behind an arrow."""
    found: dict[tuple[str, str], str] = {}
    for both, said in cases(table, title).items():
        old, arrow, new = both.partition("\n=>\n")
        assert arrow, f"there is no new body: {old}"
        found[f"{old}\n", f"{new}\n"] = said
    return found


Key = TypeVar("Key")


def together(*tables: dict[Key, str]) -> dict[Key, str]:
    """Tables as one: none has a body, or a pair, that another has."""
    found = {key: said for table in tables for key, said in table.items()}
    assert len(found) == sum(map(len, tables)), "two of them are the same"
    return found
