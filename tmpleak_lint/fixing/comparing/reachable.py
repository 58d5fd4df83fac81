"""What can still be asked for: the part of what is known at a place that can make any difference from there on.

In: what names hold, what is known of conditions, an exception in flight. Out: the same without what no operation can
come to any more: two ways that differ in nothing else go on as one. Leaving more out is no harm to the proof: a
condition whose answer was forgotten is asked again, of both versions alike.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from functools import lru_cache

from tmpleak_lint.fixing.comparing.terms import ASKED, Term, parts
from tmpleak_lint.flow import graph as g

Names = dict[object, Term]
_OWN = ("made", "param", "temp")  # what only a name can lead to


def roots(terms: Iterable[Term]) -> set[Term]:
    """The values that terms are made of and that nothing but a name leads to."""
    return set().union(*map(_roots_of, terms))


@lru_cache(ASKED)
def _roots_of(term: Term) -> frozenset[Term]:
    return frozenset(part for part in parts(term) if part[:1] and part[0] in _OWN)


def kept_names(names: Names, live: Container[str | int], aliases: Collection[str], flight: Term) -> Names:
    """What live names hold, and the attributes and elements of what they lead to."""
    kept = {
        key: term for key, term in names.items() if type(key) is not tuple and (key in live or key in aliases)
    }
    stored = {key: term for key, term in names.items() if type(key) is tuple}
    if not stored:
        return kept
    led_to = roots([*kept.values(), flight])
    more = True
    while more:
        more = False
        for key, term in list(stored.items()):
            if roots([key]) <= led_to:
                kept[key] = stored.pop(key)
                led_to |= roots([term])
                more = True
    return kept


def kept_facts(facts: dict[Term, bool], held: Iterable[Term]) -> dict[Term, bool]:
    """What is known of conditions that can be asked again, by what is held."""
    if not facts:
        return facts
    led_to = roots(held)
    return {fact: holds for fact, holds in facts.items() if roots([fact]) <= led_to}


def carrying(nodes: list[g.Node]) -> frozenset[int]:
    """The nodes from which the exception in flight is come to, before another one is raised."""
    above: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        if not isinstance(node.op, g.Raise | g.Reraise):
            for target in (node.next, node.alt):
                above.setdefault(target, []).append(index)
    found: set[int] = set()
    work = [
        i for i, node in enumerate(nodes)
        if isinstance(node.op, g.Caught) or (isinstance(node.op, g.Exit) and node.op.raised)
    ]  # fmt: skip
    while work:
        at = work.pop()
        if at not in found:
            found.add(at)
            work += above.get(at, ())
    return frozenset(found)
