"""Old and new code side by side: does a rewrite do what the code did, but for the deletion?

In: a body as it was and as it would be, the creation in it. Out: what contradicts the rewrite, and what can't be shown.
Not handled: what other functions do with a file that they were given a name of and kept unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.fixing.comparing.alone import ends_of
from tmpleak_lint.fixing.comparing.functions import Body
from tmpleak_lint.fixing.comparing.grounds import Comparison
from tmpleak_lint.fixing.comparing.lockstep import TOO_LARGE, compare
from tmpleak_lint.fixing.comparing.side import Side
from tmpleak_lint.fixing.comparing.terms import HANDLE, LENT, NONE, PAIR, Term, const, names_file, other_file
from tmpleak_lint.fixing.comparing.trees import text_at
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge.model import Creates
from tmpleak_lint.model import Location, Span

__all__ = ["NOT_FOUND", "Body", "Comparison", "Given", "Told", "compared", "forms_of"]

NOT_FOUND = "what the rewrite does can't be compared with the code: the creation isn't found in it"


class Given(NamedTuple):
    """What a helper gives where it makes nothing: its own parameter, or the `pathlib.Path` or `str` of that."""

    param: str
    made_by: str = ""


class Told(NamedTuple):
    """Where in its tuple a helper tells whether it has made the file: by what is true (`yes`), or false, there."""

    at: int
    yes: bool


Form = str | Given | Told


def compared(
    old: Body,
    new: Body,
    sites: Sequence[Site],
    moved: dict[Location, Location],
    aliases: frozenset[str],
    *,
    descriptor: bool,
    closes: bool = False,
) -> Comparison:
    """Compare two versions. The first site is what the rewrite is about, `moved` says where calls of the old body stand
    in the new text, as far as they are the same. Other files that they don't delete at the same steps are followed in
    their turn. `closes`: the new one may close the file where the old one leaves it open for good."""
    places = {site.span: (_at(old, site), _creations(old, new, site, moved)) for site in sites}

    def at(site: Site) -> Comparison:
        """What comes of following one file."""
        before, after = places[site.span]
        if not before or not after:
            return Comparison(doubts=[NOT_FOUND], is_in_step=False)
        handed = site.handed.value if site.handed is not None else None
        others = [pair for span, pair in places.items() if span != site.span]

        def side(n: int, body: Body, own: frozenset[int]) -> Side:
            beside = frozenset().union(*(pair[n] for pair in others))
            return Side(body, own, site.shape, handed, descriptor, aliases, beside)

        def side_by_side(*, joins: bool) -> Comparison:
            return compare(side(0, old, before), side(1, new, after), closes=closes, joins=joins)

        found = side_by_side(joins=False)
        if TOO_LARGE in (*found.doubts, *found.unwanted):
            fewer = side_by_side(joins=True)
            # What contradicts it may do so only because less is known of what variables hold.
            found = found if fewer.contradicted else fewer
        return found

    found = Comparison()
    waiting = [sites[0]]
    left = [*sites[1:]]
    while waiting and not found.contradicted:
        step = at(waiting.pop())
        found.contradicted += step.contradicted
        found.unwanted += step.unwanted
        found.doubts += step.doubts
        found.ends_well |= step.ends_well
        found.improves |= step.improves
        found.is_in_step &= step.is_in_step and not step.apart
        apart = {str(each[1]) for each in step.apart}
        waiting += [each for each in left if f"{each.span.start.row}:{each.span.start.column}:call" in apart]
        left = [each for each in left if each not in waiting]
    return found


def forms_of(body: Body, sites: Sequence[Site], given: dict[str, Term], at: int) -> frozenset[Form]:
    """In which forms a helper gives its file when its parameters are set like this: path, handle, pair, none, part (a
    tuple with none in its place), what it was given, or other (something else that it didn't make). In a tuple the file
    is looked for at that place; one that tells what it holds is told of alone. Empty where there are too many ways to
    tell."""
    found: set[Form] = set()
    ends: set[Term] = set()
    for site in sites:
        handed = site.handed.value if site.handed is not None else None
        others = frozenset().union(*(_at(body, each) for each in sites if each is not site))
        side = Side(body, _at(body, site), site.shape, handed, False, frozenset(), others)
        values = ends_of(side, given)
        if values is None:
            return frozenset()
        ends |= values
        found |= {_given(value) or _form(value, at) for value in values}
    if found - {"pair"} and (told := _told(ends, at)) is not None:
        return frozenset({"pair", told})
    return frozenset(found)


def _told(ends: set[Term], at: int) -> Told | None:
    """What in all of these tuples tells those that hold the file from the others."""
    made, others = list[list[Term]](), list[list[Term]]()
    for value in ends:
        if value[:1] not in (("seq",), ("build",)):
            return None
        items = [each for each in value[1:] if isinstance(each, tuple)]
        if len(items) <= at:
            return None
        (made if _form(items[at], at) in ("path", "handle") else others).append(items)
    if not made or len({len(items) for items in made + others}) > 1:
        return None
    for place in range(len(made[0])):
        flags = {items[place] for items in made}, {items[place] for items in others}
        for yes, no in ((True, False), (False, True)):
            if place != at and flags == ({const(yes)}, {const(no)}):
                return Told(place, yes)
    return None


def _given(value: Term) -> Given | None:
    """The parameter that a value is, or is the path object or text of."""
    match value:
        case ("param", str(name)) if name not in ("self", "cls"):
            return Given(name)
        case ("call", ("name", "pathlib.Path" | "str" as made_by), (("param", str(name)),)):
            return Given(name, str(made_by))
    return None


def _form(value: Term, at: int) -> str:
    if value[:1] in (("seq",), ("build",)) and len(value) > 1:
        items = [each for each in value[1:] if isinstance(each, tuple)]
        inside = _form(items[at], at) if at < len(items) else "other"
        return {"none": "part", "other": "other"}.get(inside, "pair")
    if value in (HANDLE, NONE, PAIR, LENT):
        return {HANDLE: "handle", NONE: "none", PAIR: "pair", LENT: "handle"}[value]
    if names_file(value, frozenset()) or other_file(value) is not None:
        return "path"
    return "other"


def _at(body: Body, site: Site) -> frozenset[int]:
    return frozenset(i for i, node in _calls(body) if node.span == site.span)


def _creations(old: Body, new: Body, site: Site, moved: dict[Location, Location]) -> frozenset[int]:
    """The nodes of the new body that make the file: where the call was, or the call that is there in its place."""
    place = moved.get(site.span.start)
    there = frozenset(
        i for i, node in _calls(new) if node.span.start == place and _is_like(old, new, site, node.span)
    )
    if there:
        return there
    known = {moved[node.span.start] for _, node in _calls(old) if node.span.start in moved}
    return frozenset(
        i for i, node in _calls(new) if node.span.start not in known and _is_like(old, new, site, node.span)
    )


def _is_like(old: Body, new: Body, site: Site, span: Span) -> bool:
    """Whether a call of the new text is the creating call as it was, or one of another creator."""
    text = text_at(new.module, span).split()
    function = "".join(text).partition("(")[0].rpartition(".")[2]
    return text == text_at(old.module, site.span).split() or function in old.project.knowledge.tails(Creates)


def _calls(body: Body) -> list[tuple[int, g.Node]]:
    return [(i, node) for i, node in enumerate(body.code.nodes) if isinstance(node.op, g.Call)]
