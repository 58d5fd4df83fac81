"""The model table: the shipped rows with the user's own, asked by name.

In: the rows of `knowledge.rows`, patterns of the settings. Out: `Knowledge`, which answers what a dotted name, a method
or a name's last part means. A user's row is a `Model` like any other; its name may be a pattern (`*` as in fnmatch) and
fits methods by their text (`*.make_scratch` is `self.pool.make_scratch` too). What the user says of a name comes before
what is shipped. Not handled: what a name in a module stands for (`analysis.queries.resolver`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache

from tmpleak_lint.knowledge.failures import EXITS, MOVE, NO_NAME, PROCESS, TIMEOUT, Failure
from tmpleak_lint.knowledge.model import (
    ANY,
    LOGGER,
    PATH,
    Benign,
    Binds,
    Creates,
    Deletes,
    Derives,
    Effect,
    Ends,
    Enters,
    Kind,
    Leaves,
    Makes,
    Model,
    Moves,
    Opens,
    Registers,
    Relation,
    Runs,
    RunsCommand,
    Shape,
    Swallows,
    TakesOver,
)
from tmpleak_lint.knowledge.pieces import piece_of, shortest
from tmpleak_lint.knowledge.rows import (
    announcing,
    benign,
    containers,
    creating,
    failing,
    leaving,
    lending,
    methods,
    opening,
    paths,
    registering,
    releasing,
    running,
)
from tmpleak_lint.knowledge.words import EFFECT_PATTERN, EFFECT_WORDS

SUBJECTS = (
    creating, releasing, registering, running, opening, paths, leaving, containers, announcing, methods, lending,
    benign, failing,
)  # fmt: skip

TABLE: Mapping[str, Model] = {row.name: row for subject in SUBJECTS for row in subject.ROWS}
_NAMESPACES = {name[:-1]: row for name, row in TABLE.items() if name.endswith("*")}
_BEGINNINGS = tuple(sorted(_NAMESPACES, key=len, reverse=True))
_MODULES = frozenset(
    name[:at] for name in TABLE if name[0] != "<" for at, letter in enumerate(name) if letter == "."
)
_NOTHING = Model("")
_EFFECTS = re.compile(EFFECT_PATTERN)
MOST_REMEMBERED = 1 << 14

# What an effect alone says of how a call fails.
_FAILS: Mapping[type[Effect], tuple[Failure, ...]] = {
    Creates: (NO_NAME,),
    Moves: (MOVE,),
    RunsCommand: (PROCESS, TIMEOUT),
    Leaves: (EXITS,),
}
# Effects that change who owes a file's deletion.
_OWNING: tuple[type[Effect], ...] = (Deletes, Moves, Registers, Enters, TakesOver)
# Keys of the settings, and what they say of the names that they list.
OWN: Mapping[str, Effect] = {
    "creators": Creates(Shape.PATH),
    "deleters": Deletes(),
    "takes_ownership": TakesOver(),
    "benign_calls": Benign(),
    "never_returns": Leaves(),
    "suppressing_context_managers": Swallows(),
}


@dataclass(frozen=True)
class Knowledge:
    """The shipped rows under the user's own, by key of the settings; see `OWN`."""

    creators: tuple[str, ...] = ()
    deleters: tuple[str, ...] = ()
    takes_ownership: tuple[str, ...] = ()
    benign_calls: tuple[str, ...] = ()
    never_returns: tuple[str, ...] = ()
    suppressing_context_managers: tuple[str, ...] = ()
    managed_directories: tuple[str, ...] = ()
    _known: dict[str, Model] = field(default_factory=dict, init=False, compare=False, repr=False)

    # -- rows -------------------------------------------------------------------------------------

    @cached_property
    def own(self) -> tuple[Model, ...]:
        """The user's rows."""
        return tuple(Model(name, (effect,)) for key, effect in OWN.items() for name in getattr(self, key))

    def own_model(self, text: str) -> Model | None:
        """What the user says of a name, or of a method as it reads in the source."""
        if not self.own or not text:
            return None
        effects = tuple(row.effects[0] for row in self.own if fits(text, row.name))
        return Model(text, effects) if effects else None

    def model(self, dotted: str) -> Model:
        """All that is known of a dotted name, or of `<kind>.method`. Without effects where it isn't known."""
        found = self._known.get(dotted)
        if found is None:
            row, space, own = TABLE.get(dotted), _namespace(dotted), self.own_model(dotted)
            parts = [part for part in (own, row, space) if part is not None]
            if len(parts) == 1 and parts[0].name == dotted:
                found = parts[0]
            elif parts:
                effects = tuple(effect for part in parts for effect in part.effects)
                found = Model(dotted, effects, next((part.fails for part in parts if part.fails), ()))
            else:
                found = _NOTHING
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[dotted] = found
        return found

    def knows(self, dotted: str) -> bool:
        """Whether a row speaks of just this name, or it is a module with such names in it."""
        return dotted in TABLE or dotted in _MODULES or self.own_model(dotted) is not None

    def effect(self, dotted: str, kind: type[Kind]) -> Kind | None:
        """The effect of this kind that a call of a dotted name has, None without one."""
        return self.model(dotted).effect(kind)

    def method(self, receiver: str, attr: str) -> Model:
        """What is known of a method of this kind of receiver, or of whatever object."""
        found = self.model(f"{receiver}.{attr}")
        return found if found is not _NOTHING or receiver == ANY else self.model(f"{ANY}.{attr}")

    def rows(self, kind: type[Effect]) -> Iterator[Model]:
        """The rows that have an effect of this kind, the user's first."""
        return (row for row in (*self.own, *TABLE.values()) if row.effect(kind) is not None)

    def tails(self, *kinds: type[Effect]) -> frozenset[str]:
        """What the names of the rows with such an effect end in: what a call is called in the source."""
        return self._tails(kinds, "")

    @cached_property
    def deleting(self) -> str:
        """What deletes, by these last parts of names, as a pattern; also with underscores before it: so modules, and
        defaults of parameters that outlast them, call what they have from elsewhere."""
        return rf"_*(?:{'|'.join(sorted(map(re.escape, self.tails(Deletes))))})"

    @cached_property
    def closing(self) -> frozenset[str]:
        """What closes a descriptor, or makes a file object of it that does."""
        return self.tails_where(Ends, lambda ends: ends.descriptor) | self.tails(Opens)

    @cached_property
    def naming_the_same(self) -> frozenset[str]:
        """What makes another path of the same file."""
        return self.tails_where(Derives, lambda derives: derives.relation is Relation.SAME)

    @cached_property
    def ending_the_process(self) -> frozenset[str]:
        """What ends the process on the spot."""
        return self.tails_where(Leaves, lambda leaves: not leaves.by)

    def method_tails(self, *kinds: type[Effect]) -> frozenset[str]:
        """The names of methods that have such an effect, whatever their object."""
        return self._tails(kinds, "<")

    def tails_where(self, kind: type[Kind], holds: Callable[[Kind], object]) -> frozenset[str]:
        """The same of those rows whose effect is one for which `holds` is true."""
        effects = ((row.tail, row.effect(kind)) for row in self.rows(kind))
        return frozenset(tail for tail, effect in effects if effect is not None and holds(effect))

    # -- what single effects mean --------------------------------------------------------------------

    def creator(self, dotted: str) -> Model | None:
        """The row of a name that creates temp files."""
        row = self.model(dotted)
        return row if row.effect(Creates) is not None else None

    def deleted_position(self, dotted: str) -> int | None:
        found = self.effect(dotted, Deletes)
        return found.at if found is not None else None

    def takes(self, dotted: str) -> bool:
        return self.effect(dotted, TakesOver) is not None

    def is_benign(self, dotted: str) -> bool:
        return self.effect(dotted, Benign) is not None

    def leaves_with(self, dotted: str) -> str | None:
        """The exception a call that never returns leaves with ("" for the process's end), None if it returns."""
        found = self.effect(dotted, Leaves)
        return found.by if found is not None else None

    def is_managed_directory(self, text: str) -> bool:
        """Whether what `dir=` is given, as it reads in the source, is a directory that somebody else cleans up."""
        return bool(self.managed_directories and text) and matches(text, self.managed_directories)

    def failures(self, dotted: str) -> tuple[Failure, ...]:
        """Why a call can raise, the likeliest first; empty where nothing is known."""
        row = self.model(dotted)
        if row.fails:
            return row.fails
        for effect in row.effects:
            if (kind := type(effect)) in _FAILS:
                return _FAILS[kind]
        return ()

    # -- texts --------------------------------------------------------------------------------------

    def names_effect(self, text: str) -> bool:
        """Whether a body's text has anything that could change who owns a file that it is given."""
        # A search for each word beats one pattern with all of them in it.
        return any(word in text for word in self._effect_pieces) or _EFFECTS.search(text) is not None

    @cached_property
    def _effect_pieces(self) -> tuple[str, ...]:
        names = {piece_of(row.name) for kind in _OWNING for row in self.rows(kind)}
        return (*EFFECT_WORDS, *shortest(n for n in names if not any(word in n for word in EFFECT_WORDS)))

    @cached_property
    def harmless_methods(self) -> frozenset[str]:
        """Methods that don't raise in practice, whatever object they belong to."""
        return self._methods(ANY, Benign) | self._methods(PATH, Deletes)

    @cached_property
    def writing_methods(self) -> frozenset[str]:
        """Methods of any object that write the file whose name they are given, and may keep the name."""
        return self._methods(ANY, Makes)

    @cached_property
    def logging_methods(self) -> frozenset[str]:
        return self._methods(LOGGER, Benign)

    def _methods(self, receiver: str, kind: type[Effect]) -> frozenset[str]:
        return frozenset(row.tail for row in self.rows(kind) if row.name.startswith(receiver))

    @cached_property
    def creator_pieces(self) -> tuple[str, ...]:
        """What a text must contain one of to name a creator."""
        return shortest(piece_of(row.name) for row in self.rows(Creates))

    def given_to_runners(self, text: str) -> list[str]:
        """The plain arguments, up to the first bracket, of each call in a text of what runs or prepares callables."""
        calls, pattern = self._runners
        return pattern.findall(text) if any(call in text for call in calls) else []

    @cached_property
    def _runners(self) -> tuple[tuple[str, ...], re.Pattern[str]]:
        """How their calls begin; most texts have none of them, which is told in a tenth of the time."""
        tails = sorted(self.tails(Runs, Binds))
        return tuple(f"{tail}(" for tail in tails), re.compile(rf"\b(?:{'|'.join(tails)})\(([^()]*)")

    @cached_property
    def _tails_known(self) -> dict[tuple[tuple[type[Effect], ...], str], frozenset[str]]:
        return {}

    def _tails(self, kinds: tuple[type[Effect], ...], beginning: str) -> frozenset[str]:
        found = self._tails_known.get((kinds, beginning))
        if found is None:
            found = frozenset(
                row.tail
                for row in (*self.own, *TABLE.values())
                if row.name.startswith(beginning)
                and any(row.effect(kind) is not None for kind in kinds)
                and "*" not in row.tail
            )
            self._tails_known[kinds, beginning] = found
        return found


def deletes_empty_only(name: str) -> bool:
    """Whether a call of this name fails on a directory that isn't empty. A method goes by its last part."""
    row = TABLE.get(name)
    deletes = row.effect(Deletes) if row is not None else None
    return deletes.empty_only if deletes is not None else name.rpartition(".")[2] in _empty_only()


@cache
def _empty_only() -> frozenset[str]:
    return SHIPPED.tails_where(Deletes, lambda effect: effect.empty_only)


@lru_cache(maxsize=4096)
def _namespace(dotted: str) -> Model | None:
    """The row of the longest beginning of a name."""
    return next((_NAMESPACES[start] for start in _BEGINNINGS if dotted.startswith(start)), None)


@lru_cache(maxsize=4096)
def fits(dotted: str, pattern: str) -> bool:
    """Whether a dotted name fits a pattern, in which `*` stands for any part."""
    return fnmatchcase(dotted, pattern)


def matches(dotted: str, patterns: Iterable[str]) -> bool:
    """Whether a dotted name fits one of the patterns."""
    return any(fits(dotted, pattern) for pattern in patterns)


SHIPPED = Knowledge()
