"""From walks to leaks: which ends of a body really leave the file behind, and what is handed to the caller.

Comes in: a body and its sites. Goes out: a `Study`: for every obligation its leaking ends with the walk they
were found on, and the files that the body hands over to whoever calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tmpleak_lint.flow.graph import Code, Kind, Place
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.model import Event, Span, Step
from tmpleak_lint.ownership import values as v
from tmpleak_lint.ownership.answers import question
from tmpleak_lint.ownership.holding import held_in
from tmpleak_lint.ownership.keep import passes_keep_option
from tmpleak_lint.ownership.owners import (
    Kept,
    sets_attribute,
    trips_over_unset,
    who_deletes,
    who_deletes_global,
)
from tmpleak_lint.ownership.project import Module, Project
from tmpleak_lint.ownership.seeds import seed_of
from tmpleak_lint.ownership.sites import Handed, Obligation, Site
from tmpleak_lint.ownership.state import RESULT, State
from tmpleak_lint.ownership.summaries import mode_of
from tmpleak_lint.ownership.surroundings import Surroundings
from tmpleak_lint.ownership.transfer.attributes import deleted_elsewhere
from tmpleak_lint.ownership.transfer.table import FullWalker
from tmpleak_lint.ownership.values import TRACKED, Inst, Klass, Ref, Role, Value
from tmpleak_lint.ownership.walk import End, Happening, Options, Result, Walker

KEPT_AND_RETURNED = "kept and returned"
MAX_ATOMS = 8
MAX_HANDED = 6  # files that one call is taken to hand over
Lasting = dict[tuple[Any, ...], Any]  # parts of a state that outlive the body


@dataclass(frozen=True, slots=True)
class Leak:
    """One end on which the file stays. held_by: what kept it there although nobody deletes it ("" for
    nothing)."""

    end: End
    held_by: str = ""
    child_kept: bool = False
    beside: bool = False
    sometimes: bool = False


@dataclass(slots=True)
class Verdict:
    """All that is known of one obligation of one site."""

    site: Site
    obligation: Obligation
    walker: Walker
    result: Result
    leaks: list[Leak] = field(default_factory=list)
    escapes: list[End] = field(default_factory=list)

    def happened(self, *kinds: str) -> list[Happening]:
        return [h for h in self.result.happenings if h.kind in kinds]


@dataclass(slots=True)
class Study:
    """A body's obligations, and what it hands to its callers or lends to a with block."""

    module: Module
    code: Code
    owner: Klass | None
    verdicts: list[Verdict] = field(default_factory=list)
    handed: tuple[Handed, ...] = ()
    lent: tuple[Value, ...] = ()


def _not_yet(module: Module, code: Code, owner: Klass | None) -> Study:
    """What is known of a body while it is being judged: nothing that it hands over."""
    return Study(module, code, owner)


@question(_not_yet, seen=lambda found: (found.handed, found.lent))
def study(around: Surroundings, module: Module, code: Code, owner: Klass | None) -> Study:
    """Judge every obligation of a body."""
    found = Study(module, code, owner)
    sites = around.sites_of(module, code, owner)
    handed: list[Handed] = []
    lent: list[Value] = []
    for site in sites:
        if site.owned:
            verdict = examine(around, module, code, owner, sites, site, Obligation.NAME)
            found.verdicts.append(verdict)
            handed += _handed_over(module, code, verdict)
            if not verdict.leaks:
                lent += [_settled_lent(value) for value in verdict.result.lent]
        elif mode_of(code) == "manager":
            lent.append(Ref(v.MANAGED, Role.PATH))
        if site.shape is Shape.FD_AND_PATH and (site.handed is None or _has_descriptor(site.handed.value)):
            found.verdicts.append(examine(around, module, code, owner, sites, site, Obligation.DESCRIPTOR))
    found.handed = tuple(dict.fromkeys(handed))[:MAX_HANDED]
    found.lent = tuple(lent)
    return found


def _has_descriptor(value: Value) -> bool:
    if isinstance(value, v.Seq):
        return any(_has_descriptor(i) for i in value.items)
    return isinstance(value, Ref) and value.role is Role.FD


def _settled_lent(value: Value) -> Value:
    return Ref(v.MANAGED, value.role) if isinstance(value, Ref) else value


def examine(
    around: Surroundings,
    module: Module,
    code: Code,
    owner: Klass | None,
    sites: tuple[Site, ...],
    site: Site,
    obligation: Obligation,
) -> Verdict:
    """Walk for one obligation; a second time with what the first walk showed to matter."""
    quiet = code.name in frameworks.FINALIZERS
    first = _walk(around, module, code, owner, sites, site, obligation, Options(quiet=quiet))
    atoms = atoms_of(first.result)
    loud = _loud_finallies(code, first.result)
    if (first.leaks and atoms) or loud:
        options = Options(quiet=quiet, loud=loud, atoms=atoms)
        return _walk(around, module, code, owner, sites, site, obligation, options)
    return first


def _walk(
    around: Surroundings,
    module: Module,
    code: Code,
    owner: Klass | None,
    sites: tuple[Site, ...],
    site: Site,
    obligation: Obligation,
    options: Options,
) -> Verdict:
    walker = FullWalker(
        around, module, code, sites, tracked=site, obligation=obligation, options=options, mode=mode_of(code)
    )
    result = walker.run(seed_of(around, module, code, owner))
    verdict = Verdict(site, obligation, walker, result)
    for end in result.ends:
        if "$lent" in end.state and not result.lent_deleted:
            verdict.escapes.append(end)
            continue
        judge_end(around, verdict, owner, end)
    return verdict


def atoms_of(result: Result) -> frozenset[Value]:
    """Conditions that are tested in two places: only they can correlate."""
    twice = [
        value
        for value, spans in result.tested.items()
        if len(spans) > 1 and not _asks_for_another_file(value)
    ]
    return frozenset(sorted(twice, key=repr)[:MAX_ATOMS])


def _asks_for_another_file(condition: Value) -> bool:
    """Whether a condition asks whether another file of the body exists."""
    match condition:
        case v.Sym(key=("exists", Ref(obj=obj), *_)):
            return obj > 0
    return False


def _loud_finallies(code: Code, result: Result) -> frozenset[Span]:
    """Finally bodies in which this file isn't deleted: what they call may raise and skip a deletion
    further on."""
    bodies = {p.span for node in code.nodes for p in _places(node.place) if p.kind == "finally"}
    if not bodies:
        return frozenset()
    deleting: set[Span] = set()
    for happening in result.happenings:
        if happening.kind in ("released", "managed", "missed"):
            deleting |= {p.span for p in _places(code.nodes[happening.where].place) if p.kind == "finally"}
    return frozenset(bodies - deleting)


def _places(place: Place | None) -> list[Place]:
    found = []
    while place is not None:
        found.append(place)
        place = place.outer
    return found


# -- one end ---------------------------------------------------------------------------------------


def judge_end(around: Surroundings, verdict: Verdict, owner: Klass | None, end: End) -> None:
    """Does this end leave the file behind, hand it over, or leave it with an owner that deletes it?"""
    walker, state, code = verdict.walker, end.state, verdict.walker.code
    if state.get("$t") == "named":
        return  # the file was never made
    if not end.raised and walker.holds(state.get(RESULT), state) and not _is_self(state.get(RESULT)):
        held = holders(walker, state, owner)
        kept, name = _ask_owner(around, verdict, owner, end, held) if held else (Kept.NOBODY, "")
        if kept is Kept.PASSED_OVER and verdict.obligation is Obligation.NAME:
            verdict.leaks.append(Leak(end, held_by=name, sometimes=True))
            return
        if kept is Kept.MANAGED:
            # What deletes it knows it already: whoever gets it as well owes nothing.
            happening = Happening("managed", code.exit_ok, end.item, KEPT_AND_RETURNED)
            verdict.result.happenings.append(happening)
            return
        if kept is Kept.UNKNOWN:
            # Somebody out of sight has it, too: that the caller doesn't delete it says nothing.
            verdict.result.happenings.append(Happening("escaped", code.exit_ok, end.item, KEPT_AND_RETURNED))
        verdict.escapes.append(end)
        return
    if (
        end.raised
        and "$tested" not in state
        and (walker.mode == "fixture" or only_setups_run(around.project, walker.module, code, owner))
    ):
        return  # a set-up that fails breaks the whole test run
    if passes_keep_option(walker, end):
        return
    held = holders(walker, state, owner)
    if held:
        kept, name = _ask_owner(around, verdict, owner, end, held)
        if kept is Kept.MANAGED:
            verdict.result.happenings.append(Happening("managed", code.exit_ok, end.item, name))
            return
        if kept is Kept.UNKNOWN:
            verdict.escapes.append(end)
            return
        if verdict.obligation is Obligation.DESCRIPTOR:
            verdict.escapes.append(end)  # a descriptor that an object keeps is that object's business
            return
        verdict.leaks.append(
            Leak(
                end,
                held_by=name,
                beside=kept is Kept.BESIDE,
                sometimes=kept in (Kept.SOMETIMES, Kept.PASSED_OVER),
            )
        )
        return
    if any(type(k) is tuple and k[0] == "^" and walker.holds(x, state) for k, x in state.items()):
        verdict.escapes.append(end)
        return
    if not end.raised and _lent_to_who_deletes(walker, state):
        verdict.escapes.append(end)
        return
    child_kept = verdict.site.shape is Shape.DIRECTORY and _child_is_kept(state)
    verdict.leaks.append(Leak(end, child_kept=child_kept))


def _lent_to_who_deletes(walker: Walker, state: State) -> bool:
    """Whether an object that isn't followed has the file under an attribute that another function deletes."""
    return any(
        type(key) is tuple
        and key[0] == "@"
        and isinstance(key[1], v.Sym | v.Member | v.Global | v.Dotted)
        and walker.holds(value, state)
        and deleted_elsewhere(walker, key[2])
        for key, value in state.items()
    )


def _is_self(value: object) -> bool:
    """`return self` hands nothing over that the object didn't hold anyway."""
    return isinstance(value, Inst) and value.ident == "self"


def only_setups_run(project: Project, module: Module, code: Code, owner: Klass | None) -> bool:
    """Whether a body is a test's set-up, or a helper that only set-ups of its module call."""
    if code.name in frameworks.SETUPS:
        return True
    return _only_setups_call(project, module, code.name)


@question(lambda module, name: False)
def _only_setups_call(project: Project, module: Module, name: str) -> bool:
    calling: list[str] = []
    if any(known.name in frameworks.SETUPS for known in module.source.skeleton.defs.values()):
        calling = _callers(module, name)
    return bool(calling) and all(name in frameworks.SETUPS for name in calling)


def _callers(module: Module, name: str) -> list[str]:
    """The names of the module's functions and methods in whose text something of this name is called."""
    if module.source.text.count(f"{name}(") < 2:
        return []  # its own def
    called = re.compile(rf"(?<!\bdef )\b{re.escape(name)}\(")
    lines = module.source.lines
    return [
        known.name
        for known in module.source.skeleton.defs.values()
        if called.search("\n".join(lines[known.first_row - 1 : known.last_row]))
    ]


def _child_is_kept(state: State) -> bool:
    """Whether a path inside the directory outlives the body while the directory's own name doesn't."""
    for key, value in state.items():
        if (key == RESULT or (type(key) is tuple and key[0] in ("@", "G"))) and _is_child(value):
            return True
    return False


def _is_child(value: object) -> bool:
    if isinstance(value, v.Seq):
        return any(_is_child(i) for i in value.items)
    return isinstance(value, Ref) and value.obj == TRACKED and value.role is Role.CHILD


def holders(walker: Walker, state: State, owner: Klass | None) -> Lasting:
    """The parts of the state that outlive the body and hold the file: attributes, registries, module
    variables."""
    found: Lasting = {}
    for key, value in state.items():
        place = _lasting_place(walker.code, owner, key)
        if place is not None and held_in(walker, value, state):
            found[place] = value
    # What those parts refer to comes along.
    for key, value in state.items():
        if type(key) is tuple and key[0] in ("#", "@") and key not in found and _reaches(found.values(), key):
            found[key] = value
    return found


def _lasting_place(code: Code, owner: Klass | None, key: object) -> tuple[Any, ...] | None:
    """The key under which what stands there is found once the body has ended, None when it is gone."""
    if type(key) is tuple:
        part = key[1]
        lasting = (
            (key[0] == "@" and (part == "self" or (type(part) is tuple and part[:1] == ("class",))))
            or key[0] == "G"
            or (key[0] == "#" and isinstance(part, v.Global | v.Member))
        )
        return key if lasting else None
    if type(key) is not str or key.startswith("$"):
        return None
    if code.kind is Kind.MODULE and "@" not in key:
        return "G", key
    if code.kind is Kind.CLASS and owner is not None:
        return "@", ("class", owner), key
    return None


def _reaches(values: Iterable[object], key: tuple[object, ...]) -> bool:
    for value in values:
        if isinstance(value, v.Box | v.Object) and key == ("#", value):
            return True
        if isinstance(value, Inst) and key[0] == "@" and key[1] == value.ident:
            return True
    return False


def _ask_owner(
    around: Surroundings, verdict: Verdict, owner: Klass | None, end: End, held: Lasting
) -> tuple[Kept, str]:
    """Whether who holds the file when the body has ended deletes it."""
    code = verdict.walker.code
    seed: State = {"$t": "live"}
    seed.update(held)
    for kept_along in ("$parents", "$managed"):
        if kept_along in end.state:
            seed[kept_along] = end.state[kept_along]
    for key, value in end.state.items():
        # Flags that were set beside the file tell the deleting method what to do.
        if (
            type(key) is tuple
            and key[0] == "@"
            and key[1] == "self"
            and isinstance(value, v.Const)
            and not (owner is not None and sets_attribute(around.project, owner, key[2], code.name))
        ):
            seed.setdefault(key, value)
    name = next((_holder_name(key) for key in held), "")
    on_object = any(key[0] == "@" or isinstance(key[1], v.Member) for key in held)
    if on_object and all(_is_of_another(key) for key in held):
        return Kept.UNKNOWN, name
    if on_object and owner is not None:
        unowned = end.raised and code.name in frameworks.UNOWNED_WHEN_RAISING
        kept = who_deletes(around, owner, seed, verdict.obligation, code.name, always_only=unowned)
        if unowned and kept is Kept.MANAGED:
            made = frozenset(key[2] for key in end.state if type(key) is tuple and key[:2] == ("@", "self"))
            if trips_over_unset(around.project, owner, code.name, made):
                return Kept.NOBODY, ""
        if unowned and kept is Kept.NOBODY:
            if who_deletes(around, owner, seed, verdict.obligation, code.name) is Kept.UNKNOWN:
                return Kept.NOBODY, ""
            return Kept.NOBODY, "" if _somebody_deletes(around, owner, seed, verdict, code) else name
        return kept, name
    if on_object:
        # A body that empties a class's registry itself, on another way, doesn't leave that to anybody else.
        emptied_here = bool(verdict.happened("released")) and any(
            isinstance(key[1], v.Member) and isinstance(key[1].base, Klass) for key in held
        )
        return Kept.NOBODY if emptied_here else Kept.UNKNOWN, "" if emptied_here else name
    found = {
        who_deletes_global(around, module, seed, verdict.obligation)
        for module in _modules_of(around.project, verdict.walker.module, held)
    }
    return next((kept for kept in (Kept.MANAGED, Kept.SOMETIMES) if kept in found), Kept.NOBODY), name


def _modules_of(project: Project, module: Module, held: Lasting) -> list[Module]:
    """The modules whose variables hold the file: the body's own, and those whose registries it was put into."""
    others = {key[1].module for key in held if isinstance(key[1], v.Global)} - {module.key}
    return [module, *(project.module(key) for key in sorted(others))]


def _is_of_another(key: tuple[Any, ...]) -> bool:
    """Whether this is a registry of an object other than `self`."""
    base = key[1].base if isinstance(key[1], v.Member) else None
    return isinstance(base, Inst) and base.ident != "self"


def _somebody_deletes(around: Surroundings, owner: Klass, seed: State, verdict: Verdict, code: Code) -> bool:
    return who_deletes(around, owner, seed, verdict.obligation, code.name) is not Kept.NOBODY


def _holder_name(key: tuple[Any, ...]) -> str:
    """What held the file, as it reads in the source."""
    if key[0] == "@":
        return f"self.{key[2]}"
    if key[0] == "#":
        part = key[1]
        return (
            f"self.{part.attr}"
            if isinstance(part, v.Member)
            else part.name
            if isinstance(part, v.Global)
            else ""
        )
    return str(key[1])


# -- handing over ----------------------------------------------------------------------------------


def _handed_over(module: Module, code: Code, verdict: Verdict) -> list[Handed]:
    """What the caller gets when the body returns the file, one entry a shape."""
    site = verdict.site
    found: dict[object, Handed] = {}
    walker = verdict.walker
    for end in verdict.escapes:
        value = end.state.get(RESULT)
        if value is None or end.raised or not walker.holds(value, end.state) or _is_self(value):
            continue
        heap = tuple(
            (key, held)
            for key, held in end.state.items()
            if type(key) is tuple
            and key[0] in ("@", "#", "G")
            and (_reaches([value], key) or held_in(walker, held, end.state))
        )
        step = Step(
            module.filename, site.span, Event.CREATED, f"{site.creator}() makes it in {code.qualname}()"
        )
        created = (step,) if site.handed is None else (*site.handed.created,)
        sometimes = bool(verdict.happened("managed"))
        if any(h.detail == KEPT_AND_RETURNED for h in verdict.happened("managed", "escaped")):
            continue  # the helper keeps a list of what it gives, which something empties: the caller can't tell
        handed = Handed(
            value, heap, created, site.shape, site.creator, sometimes, code.is_async,
            inside=_parameter(end.state.get("$in")),
        )  # fmt: skip
        found.setdefault(repr((value, heap)), handed)
    return list(found.values())[:1]


def _parameter(place: object) -> str:
    """The name of the parameter that a directory came as, "" where it is anything else."""
    key = place.key if isinstance(place, v.Sym) else None
    return str(key[-1]) if isinstance(key, tuple) and key[0] == "param" else ""
