"""Does a handler catch it? Exceptions in flight against the classes that an except clause lists.

An exception in flight is a class name and whether it is exactly that class or possibly any subclass.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from tmpleak_lint.analysis.domain.values import Flight
from tmpleak_lint.knowledge.exceptions import STDLIB_BASES


class Match(Enum):
    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


ANY = Flight("Exception", exact=False)
Bases = Callable[[str], tuple[str, ...] | None]


@lru_cache(maxsize=1024)
def _known_ancestors(name: str) -> tuple[str, ...] | None:
    """The class and its bases up to BaseException, None when it isn't known."""
    if name in STDLIB_BASES:
        rest = _known_ancestors(STDLIB_BASES[name])
        return (name, *rest) if rest is not None else None
    found = getattr(builtins, name, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return tuple(c.__name__ for c in found.__mro__ if c is not object)
    return None


def canonical(name: str) -> str:
    """Aliases of OSError by their one name."""
    return {
        "IOError": "OSError",
        "EnvironmentError": "OSError",
        "os.error": "OSError",
        "socket.error": "OSError",
        "select.error": "OSError",
        "asyncio.exceptions.CancelledError": "asyncio.CancelledError",
    }.get(name.removeprefix("builtins."), name.removeprefix("builtins."))


def ancestors(name: str, project_bases: Bases) -> tuple[str, ...] | None:
    """All classes that `name` is a kind of, itself first, each once; None when some base can't be told, or they come
    from each other alone."""
    found: dict[str, None] = {}
    work = [name]
    while work:
        each = canonical(work.pop())
        if each in found:
            continue
        known = _known_ancestors(each)
        if known is not None:
            found |= dict.fromkeys(known)
            continue
        bases = project_bases(each)
        if bases is None:
            return None
        found[each] = None
        work += reversed(bases)
    return tuple(found) if "BaseException" in found else None


def catches(handler: str, flight: Flight, project_bases: Bases = lambda name: None) -> Match:
    """Whether an except clause that names `handler` catches what is in flight."""
    handler = canonical(handler)
    if handler in ("", "BaseException"):
        return Match.YES
    name = canonical(flight.name)
    if handler == name:
        return Match.YES
    above = ancestors(name, project_bases)
    if above is not None and handler in above:
        return Match.YES
    if above is None and handler == "Exception":
        return Match.YES  # an exception class of somebody's own: nearly all are kinds of Exception
    handler_above = ancestors(handler, project_bases)
    if not flight.exact:
        if handler_above is None:
            return Match.MAYBE
        return Match.MAYBE if name in handler_above else Match.NO
    if above is not None:
        return Match.NO  # the class is known to the top, and the handler is none of it
    return Match.MAYBE
