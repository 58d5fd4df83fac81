"""Who is given temp files out there? The callables that receive a path, its owner, or a text with it, by how many
packages call them so; and those that are the last in a body to do so.

    python -m benchmarks.receivers FOLDER...        a folder below each FOLDER counts as a package

In: unpacked packages. Out: a Markdown table, the most frequent names first: in how many packages, how often, how often
as the last, and whether the model table has a row for it. A name that is frequent and has none is worth a row, or worth
knowing that it needs none: passing is lending. Names are those of the imports; of a method of something unknown only
the last part counts. What is counted is what stands in the code: nothing is run, and no way is followed.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tmpleak_lint.analysis.domain.trail import Trail, trail_of
from tmpleak_lint.analysis.queries.prefilter import names_creator
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.report import creating_bodies
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, HANDLE, PATH
from tmpleak_lint.knowledge.table import SHIPPED


@dataclass(frozen=True, slots=True)
class Received:
    """A call that is given a temp file; `last`: no later one of the body is."""

    name: str
    last: bool


@dataclass(slots=True)
class Counts:
    """What was counted of one name."""

    packages: set[str] = field(default_factory=set)
    calls: int = 0
    last: int = 0


def received_in(project: Project, module: Module) -> Iterator[Received]:
    """The calls of a module that are given a file which their body makes."""
    context = ProjectContext(project)
    for body in creating_bodies(project, module):
        statics = Statics(project, *body)
        for site in context.sites_of(body):
            given = list(_given(body.code, trail_of(body.code, site.nodes), site.nodes))
            names = [_name(statics, call) for call in given]
            yield from (Received(name, at == len(names) - 1) for at, name in enumerate(names) if name)


def _given(code: Code, trail: Trail, made_at: frozenset[int]) -> Iterator[g.Call]:
    """The calls that get something of the trail, as an argument or as the object whose method they are; the copies of a
    `finally` are one."""
    seen: set[object] = set()
    for node in sorted(code.nodes, key=lambda node: (node.span.start, node.index)):
        op = node.op
        if not isinstance(op, g.Call) or node.index in made_at or node.span in seen:
            continue
        if trail.is_given(op) or op.func in trail.holding:
            seen.add(node.span)
            yield op


def _name(statics: Statics, call: g.Call) -> str:
    """The dotted name of what is called; `.method` for one of something that no import names."""
    text = statics.text(call.func)
    head, _, last = text.rpartition(".")
    imported = text.partition(".")[0] in statics.module.source.skeleton.imports or "." not in text
    resolved = statics.resolve(call.func)
    if resolved is not None:
        return str(getattr(resolved, "name", "")) or f".{last}"
    return text if imported or not head else f".{last}"


def is_known(name: str) -> bool:
    """Whether the model table has a row for a name, or for a method of that name."""
    last = name.rpartition(".")[2]
    kinds = (ANY, PATH, HANDLE)
    rows = [SHIPPED.model(name), *(SHIPPED.model(f"{kind}.{last}") for kind in kinds)]
    return any(row.effects or row.fails for row in (rows if name == f".{last}" else rows[:1]))


def count(packages: Iterable[Path]) -> dict[str, Counts]:
    """What the packages give their temp files to, by name."""
    found: dict[str, Counts] = defaultdict(Counts)
    for package in packages:
        project = Project()
        for file in sorted(package.rglob("*.py")):
            module = project.read(file)
            if module is None or not names_creator(project, module, module.source.text):
                continue
            for each in received_in(project, module):
                counts = found[each.name]
                counts.packages.add(package.name)
                counts.calls += 1
                counts.last += each.last
    return found


def table(found: dict[str, Counts], most: int) -> Iterator[str]:
    """The names that most packages have, a line each."""
    yield "| callable | packages | calls | last in its body | row |"
    yield "|---|---:|---:|---:|---|"
    ranked = sorted(found.items(), key=lambda item: (-len(item[1].packages), -item[1].calls, item[0]))
    for name, counts in ranked[:most]:
        known = "yes" if is_known(name) else "no"
        yield f"| `{name}` | {len(counts.packages)} | {counts.calls} | {counts.last} | {known} |"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=300, help="how many names")
    parser.add_argument("--unknown", action="store_true", help="only names without a row")
    given = parser.parse_args(argv)
    packages = [each for folder in given.folders for each in sorted(folder.iterdir()) if each.is_dir()]
    found = count(packages)
    if given.unknown:
        found = {name: counts for name, counts in found.items() if not is_known(name)}
    known = Counter(is_known(name) for name in found)
    print(f"{len(packages)} packages, {len(found)} names, {known[True]} of them with a row\n")
    print("\n".join(table(found, given.most)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
