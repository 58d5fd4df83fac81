"""All that is owed in a body, and what the body hands to its callers or lends to a with block.

Comes in: a body. Goes out: a `Study`: a verdict on every obligation (`judge`), and the files that are for somebody else
to delete from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tmpleak_lint.analysis.domain import symbols
from tmpleak_lint.analysis.domain import values as v
from tmpleak_lint.analysis.domain.state import Stands, State
from tmpleak_lint.analysis.domain.values import TRACKED, Item, Klass, Ref, Role, Value
from tmpleak_lint.analysis.explore.beginnings import Beginnings
from tmpleak_lint.analysis.queries.context import Context
from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.analysis.queries.questions import OverBudget, question
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.queries.sites import Handed, Obligation, Site
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.semantics.creating import is_one_of_two
from tmpleak_lint.analysis.semantics.holding import held_in
from tmpleak_lint.analysis.verdict.holders import reaches
from tmpleak_lint.analysis.verdict.judge import KEPT_AND_RETURNED, Strictly, Verdict, examine, is_self
from tmpleak_lint.bounds import MAX_HANDED
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.model import Event, Location, Step


@dataclass(frozen=True, slots=True)
class Asked:
    """Which obligations are to be judged, by the place where the file is made, and how strictly."""

    which: Callable[[Location, Obligation], bool]
    strictly: Strictly = Strictly.OF_ALL


@dataclass(slots=True)
class Study:
    """A body's obligations, and what it hands to its callers or lends to a with block."""

    body: Body
    verdicts: list[Verdict] = field(default_factory=list)
    handed: tuple[Handed, ...] = ()
    lent: tuple[Value, ...] = ()
    lent_when_well: tuple[Value, ...] = ()  # what only a block that goes well has deleted
    left_out: int = 0  # obligations that are not judged, for the body's are too many
    limit: int = 0  # of steps, that is why
    price: int = 0
    unsettled: str = ""  # why what it calls is not to be relied on, where it hangs on itself

    @property
    def module(self) -> Module:
        return self.body.module

    @property
    def code(self) -> Code:
        return self.body.code

    @property
    def owner(self) -> Klass | None:
        return self.body.owner


def _not_yet(body: Body) -> Study:
    """What is known of a body while it is being judged: nothing that it hands over."""
    return Study(body)


def _unsettled(found: Study, why: str) -> Study:
    """The study of a body that hangs on an answer that never settled: more may be owed."""
    return replace(found, unsettled=why)


@question(
    _not_yet,
    unsettled=_unsettled,
    seen=lambda found: (tuple(each.unwitnessed for each in found.handed), found.lent, found.lent_when_well),
    is_apart=True,
)
def study(context: Context, body: Body) -> Study:
    """Judge every obligation of a body, as many as its budget allows."""
    found = Study(body)
    handed: list[Handed] = []
    lent: list[Value] = []
    when_well: list[Value] = []
    due = _due(context, body)
    beginnings: Beginnings = {}
    for done, (site, obligation) in enumerate(due):
        if not site.owned and obligation is Obligation.NAME:
            lent.append(Ref(v.MANAGED, Role.PATH))
            continue
        try:
            verdict = examine(context, body, site, obligation, beginnings=beginnings)
        except OverBudget:
            found.left_out, found.limit = len(due) - done, context.answers.limit
            break
        found.verdicts.append(verdict)
        if obligation is Obligation.NAME:
            handed += _handed_over(verdict)
            if not verdict.leaks or verdict.doubtful:
                lent += [_settled_lent(value) for value in verdict.result.lent]
            elif all(leak.end.raised for leak in verdict.leaks):
                when_well += verdict.result.lent
    first: dict[Handed, Handed] = {}
    for each in handed:
        first.setdefault(each.unwitnessed, each)
    found.handed = tuple(first.values())[:MAX_HANDED]
    found.lent, found.lent_when_well = tuple(lent), tuple(when_well)
    found.price = context.answers.spent
    return found


def _due(context: Context, body: Body) -> list[tuple[Site, Obligation]]:
    """What is to be judged in a body, in source order; of handles that delete themselves only what is lent."""
    due: list[tuple[Site, Obligation]] = []
    for site in context.sites_of(body):
        if site.owned or mode_of(body.code) == "manager":
            due.append((site, Obligation.NAME))
        if _opens_descriptor(site):
            due.append((site, Obligation.DESCRIPTOR))
    return due


def study_of_some(context: Context, body: Body, asked: Asked) -> Study:
    """What is owed in a body at the places that are asked for; nothing of what it hands over."""
    found = Study(body)
    due = [each for each in _due(context, body) if each[0].owned or each[1] is not Obligation.NAME]
    due = [each for each in due if _is_guessable(each[0]) or asked.which(each[0].span.start, each[1])]
    for done, (site, obligation) in enumerate(due):
        try:
            found.verdicts.append(verdict_of(context, body, site, obligation, asked.strictly))
        except OverBudget:
            found.left_out, found.limit = len(due) - done, context.answers.limit
            break
    found.price = context.answers.spent
    return found


def _is_guessable(site: Site) -> bool:
    """Whether there is more to be said of it than what becomes of the file."""
    return site.row is not None and site.row.guessable


@question()
def verdict_of(
    context: Context, body: Body, site: Site, obligation: Obligation, strictly: Strictly
) -> Verdict:
    """One obligation of a body, where the others aren't asked for: it is judged once, however often it is."""
    return examine(context, body, site, obligation, strictly=strictly)


def _opens_descriptor(site: Site) -> bool:
    return site.shape is Shape.FD_AND_PATH and (site.handed is None or _has_descriptor(site.handed.value))


def _has_descriptor(value: Value) -> bool:
    if isinstance(value, v.Seq):
        return any(_has_descriptor(i) for i in value.items)
    return isinstance(value, Ref) and value.role is Role.FD


def _settled_lent(value: Value) -> Value:
    return Ref(v.MANAGED, value.role) if isinstance(value, Ref) else value


def _handed_over(verdict: Verdict) -> list[Handed]:
    """What the caller gets when the body returns the file, one entry a shape."""
    site = verdict.site
    found: dict[object, Handed] = {}
    explorer = verdict.explorer
    module, code, _ = explorer.task.body
    if site.passed:
        return []  # what a caller passes makes it: that call is told apart from others
    if site.handed is not None and site.handed.made_in == code.qualname and not site.handed.named:
        return []  # a body that calls itself hands over what it makes, and what it is given of that in turn
    ends = (*verdict.escapes, *verdict.names)
    in_temp_root = all(end.state.file.in_temp_root for end in ends if not end.raised)
    for end in ends:
        value = end.state.result
        if end.raised:
            continue
        cells = tuple(
            (name, held)
            for name, held in sorted(end.state.heap.enclosing.items())
            if name in code.nonlocal_names and isinstance(held, Ref) and held.obj == TRACKED
        )
        if cells and verdict.obligation is Obligation.NAME and not explorer.holds(value, end.state):
            value = v.NONE
        elif value is None or not explorer.holds(value, end.state) or is_self(value):
            continue
        if verdict.obligation is Obligation.NAME and _gives_directory_of(value, end.state):
            continue  # the caller is given the directory that it lies in, and owes that
        heap = tuple(
            (slot, held)
            for slot, held in end.state.heap.slots.items()
            if reaches([value], slot) or held_in(explorer, held, end.state)
        )
        step = Step(
            module.filename, site.span, Event.CREATED, f"{site.creator}() makes it in {code.qualname}()"
        )
        created = (step,) if site.handed is None else (*site.handed.created,)
        sometimes = bool(verdict.discharged("managed")) or any(
            is_one_of_two(each.state.file.inside) for each in verdict.escapes
        )
        if any(h.detail == KEPT_AND_RETURNED for h in verdict.discharged("managed", "escaped")):
            continue  # the helper keeps a list of what it gives, which something empties: the caller can't tell
        handed = Handed(
            value, heap, created, site.shape, site.creator, sometimes, code.is_async,
            inside=_parameter(_whole(end.state.file.inside)), inside_at=_position(end.state.file.inside),
            in_temp_root=in_temp_root,
            made_in=code.qualname if site.handed is None else site.handed.made_in,
            cells=cells, once=any(name in code.tested for name, _ in cells),
            named=end.state.file.stands is Stands.NAMED,
        )  # fmt: skip
        found.setdefault(repr((value, heap, handed.named)), handed)
    at_times = any(each.named for each in found.values())
    return [
        replace(each, at_times_named=at_times) for each in sorted(found.values(), key=lambda x: x.named)[:1]
    ]


def _gives_directory_of(value: object, state: State) -> bool:
    """Whether a result has the directory in it that the file lies in, made here as well."""
    match value:
        case v.Seq(items=items):
            return any(_gives_directory_of(each, state) for each in items)
        case Ref(obj=number, role=Role.PATH | Role.HANDLE):
            return number > TRACKED and number in state.file.parents
    return False


def _whole(place: object) -> object:
    """What a directory was taken out of, or itself."""
    return place.base if isinstance(place, Item) and _position(place) is not None else place


def _position(place: object) -> int | None:
    """Where a directory stood in a tuple that it was taken out of; None where it was in none."""
    return place.index if isinstance(place, Item) and isinstance(place.index, int) else None


def _parameter(place: object) -> str:
    """The name of the parameter that a directory came as, or of a variable around the body; "" where it is anything
    else."""
    return place.name if isinstance(place, symbols.Param | symbols.FreeName) else ""
