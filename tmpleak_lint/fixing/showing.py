"""In which bodies of a module a change could show: those that it touches, and whoever names them, directly or not.

In: a module as it was and as it would be. Out: the names of bodies to be judged again (`MODULE` for what stands outside
of all defs); None where that is all of them. And those of bodies that the change can't show in. Told by the words of
the text: too many to be judged rather than too few, too few that the change can't show in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.verdict.double_release import MODULE
from tmpleak_lint.reading.skeleton import DefOutline

_WORD = re.compile(r"\w+")
_CLASS = re.compile(r"\bclass \w+")
_IMPORTS = ("import ", "from ")


def bodies_to_judge(old: Module, new: Module) -> frozenset[str] | None:
    """The bodies of the new module in which something else could be found than in the old one."""
    if _outside(old) != _outside(new):
        return None
    before = {known.qualname: _text(old, known) for known in old.source.skeleton.ordered_defs()}
    after = {known.qualname: known for known in new.source.skeleton.ordered_defs()}
    found = {name for name, known in after.items() if before.get(name) != _text(new, known)}
    if before.keys() != after.keys():
        return None
    words = {name: frozenset(_WORD.findall(_text(new, known))) for name, known in after.items()}
    # What is found in a function may hang on its callers, too.
    called = frozenset().union(*(words[name] for name in found))
    found |= {name for name in after if name.rpartition(".")[2] in called}
    said = {word for name in found for word in _names_of(after[name])}
    outside = frozenset(_WORD.findall(_CLASS.sub("", "\n".join(new.source.outside_defs))))
    while True:
        more = {
            name
            for name, known in after.items()
            if name not in found and (words[name] & said or known.owner in said)
        }
        if not more:
            break
        found |= more
        said |= {word for name in more for word in _names_of(after[name])}
    if outside & said:
        found |= {MODULE, *new.source.skeleton.classes}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Untouched:
    """The bodies of which all is as it was, and by which words others may speak of those that were changed."""

    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def untouched_bodies(old: Module, new: Module) -> Untouched:
    """The bodies that have the same text, and say nothing by which what was changed may be meant, be it through others;
    nor does what was changed speak of them where it didn't, or no more."""
    if _outside(old) != _outside(new):
        return Untouched()
    before = {known.qualname: known for known in old.source.skeleton.ordered_defs()}
    after = {known.qualname: known for known in new.source.skeleton.ordered_defs()}
    if before.keys() != after.keys():
        return Untouched()
    words = {name: frozenset(_WORD.findall(_text(new, known))) for name, known in after.items()}
    found: set[str] = set()
    said: set[str] = set()
    for name, known in after.items():
        text = _text(old, before[name])
        if text != _text(new, known):
            found.add(name)
            said |= words[name] ^ frozenset(_WORD.findall(text))
    said &= {word for known in after.values() for word in _names_of(known)}
    said |= {word for name in found for word in _names_of(after[name])}
    outside = [frozenset(_WORD.findall(line)) for line in new.source.outside_defs if line.strip()]
    while True:
        more = {
            name
            for name, known in after.items()
            if name not in found and (words[name] & said or known.owner in said)
        }
        named = {word for name in more for word in _names_of(after[name])}
        named |= {word for line in outside if line & said for word in line}  # by another name
        if not more and named <= said:
            return Untouched(frozenset(after.keys() - found), frozenset(said))
        found |= more
        said |= named


def _names_of(known: DefOutline) -> Iterator[str]:
    """By which words others speak of a def: a method by those of its class, too."""
    yield known.qualname.rpartition(".")[2]
    if known.owner is not None:
        yield known.owner
        yield known.owner.rpartition(".")[2]


def _outside(module: Module) -> list[str]:
    """What stands outside of defs, but for blank lines, comments and imports: those only bring in what a fix needs."""
    return [
        line.strip()
        for line in module.source.outside_defs
        if line.strip() and not line.lstrip().startswith(("#", *_IMPORTS))
    ]


def _text(module: Module, known: DefOutline) -> str:
    return "".join(module.source.lines[known.first_row - 1 : known.last_row])
