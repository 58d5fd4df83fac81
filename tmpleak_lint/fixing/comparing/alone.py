"""One version of a body alone: what it may return."""

from __future__ import annotations

from tmpleak_lint.analysis.queries.by_name import words_of
from tmpleak_lint.bounds import COMPARED_PAIRS
from tmpleak_lint.fixing.comparing.side import Side
from tmpleak_lint.fixing.comparing.stops import End, Fork, State
from tmpleak_lint.fixing.comparing.terms import PATH, Term, is_derived, names_file, tail
from tmpleak_lint.knowledge.words import CONVERTER_WORDS


def ends_of(side: Side, given: dict[str, Term]) -> set[Term] | None:
    """What one version alone may return; None where there are too many ways to tell."""
    first = side.start()
    first.names.update(given)
    found: set[Term] = set()
    seen: set[tuple[object, ...]] = set()
    work: list[tuple[State, dict[Term, bool]]] = [(first, {})]
    while work:
        state, facts = work.pop()
        stop = side.advance(state, facts)
        key = (state.key(), frozenset(facts.items()))
        if key in seen:
            continue
        seen.add(key)
        if len(seen) > COMPARED_PAIRS:
            return None
        if isinstance(stop, End):
            if not stop.raised:
                found.add(stop.value)
        elif isinstance(stop, Fork):
            for holds in (True, False):
                after = state.copy()
                side.turned(after, stop.yes if holds else stop.no, stop.element if holds else None)
                work.append((after, facts if stop.fresh else {**facts, stop.fact: holds}))
        else:
            failed = state.copy()
            if side.failed(failed, stop, ("made", str(stop.span), "")):
                work.append((failed, facts))
            after = state.copy()
            if stop.creates:
                side.created(after, stop)
            else:
                mark = "of it" if is_derived(stop.label) else ""
                made = PATH if _is_converted(stop.label) else ("made", str(stop.span), mark)
                side.passed(after, stop, made)
            work.append((after, {}))
            alt = side.nodes[stop.at].alt
            if stop.label[0] in ("next", "leave") and alt >= 0:
                side.turned(state, alt)
                work.append((state, facts))
    return found


def _is_converted(label: Term) -> bool:
    """Whether a call, by its name, gives the path that it is given in another form: `GetLongPathName(path)`."""
    match label:
        case ("call", tuple() as func, (tuple() as given,)):
            return names_file(given, frozenset()) and bool(words_of(tail(func)) & CONVERTER_WORDS)
    return False
