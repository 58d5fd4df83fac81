"""One module from top to bottom: its bodies, their obligations, the findings in source order."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from tmpleak_lint.analysis.domain.values import Func, Klass
from tmpleak_lint.analysis.queries.called import functions_named
from tmpleak_lint.analysis.queries.prefilter import may_create, names_creator, names_creator_to_delete
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import FileOverBudget, OverBudget
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.classify import Diagnosis, diagnose
from tmpleak_lint.analysis.verdict.double_release import MODULE
from tmpleak_lint.analysis.verdict.judge import Verdict, examine
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.study import Asked, Study, study, study_of_some
from tmpleak_lint.analysis.verdict.witness import finding
from tmpleak_lint.bounds import BODY_STEPS, FILE_STEPS, SHARED_STEPS, SHARINGS
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.model import Event, Finding, Location, Span, Step
from tmpleak_lint.reading.decoding import unanalysable
from tmpleak_lint.reading.regions import Unreadable
from tmpleak_lint.rules import RULES

_OF_HANDLES = frozenset({"TML401", "TML404"})
_FACTORY = re.compile(r"\b(?:default_)?factory=([A-Za-z_][\w.]*)")


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding with what it was drawn from: the fixer and the simulator read the verdict, reports the
    finding."""

    finding: Finding
    verdict: Verdict | None
    diagnosis: Diagnosis | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One obligation of a site, and the finding if there is one. `verdict` None: a finding without an
    obligation."""

    verdict: Verdict | None
    owner: Klass | None
    finding: Finding | None
    diagnosis: Diagnosis | None

    @property
    def span(self) -> Span:
        """Where the file is created."""
        if self.finding is not None:
            return self.finding.span
        assert self.verdict is not None
        return self.verdict.site.span


def reported_of(
    project: Project, module: Module, within: Container[str] | None = None, asked: Asked | None = None
) -> list[Reported]:
    """All findings of a module in source order, each with its verdict (None for those without an
    obligation). Bodies that can't be parsed are findings too; the others count all the same. `within`: the outermost
    bodies that are looked at, by qualified name; `MODULE` is that of the module. `asked`: which obligations of them
    are, by the place where the file is made."""
    found: dict[tuple[object, ...], Reported] = {}
    # The opt-in codes are about files that somebody deletes, too.
    context = ProjectContext(project)
    worth = (
        _all_that_create(project, module)
        if project.opt_in
        else _Worth(context.may_owe, context.may_hand_over, partial(names_creator_to_delete, project, module))
    )
    bodies, refused = _bodies(project, module, worth, within)
    for error in refused:
        lost = unanalysable(module.filename, error.reason, error.row, error.column)
        found[lost.span, lost.code] = Reported(lost, None, None)
    price = 0
    for body in bodies:
        with project.answers.own_budget():
            judged = study(context, body) if asked is None else study_of_some(context, body, asked)
            said = (*_findings(judged), *_left_out(judged))
        price += judged.price
        if price > FILE_STEPS and not project.answers.is_sharing:
            raise FileOverBudget
        if judged.left_out:
            project.answers.cut += 1
        else:
            project.answers.needed += judged.price
        for each in said:
            found.setdefault((each.finding.span, each.finding.code), each)
    if project.opt_in:
        from tmpleak_lint.analysis.verdict.optin import opt_in_findings

        for told in opt_in_findings(project, module, bodies):
            reported = Reported(told.finding, told.verdict, told.diagnosis)
            found.setdefault((told.finding.span, told.finding.code), reported)
    return sorted(found.values(), key=lambda r: r.finding.sort_key)


def _left_out(found: Study) -> Iterator[Reported]:
    """That a body has more to judge than its budget allows, or is judged anew without an end."""
    where, steps = found.code.span.start, found.limit
    if found.unsettled:
        reason = (
            f"{found.code.qualname} and what it calls hang on each other, and {found.unsettled}: "
            "not all of its files and descriptors are judged"
        )
        yield Reported(unanalysable(found.module.filename, reason, where.row, where.column), None, None)
    if found.left_out:
        reason = (
            f"{found.code.qualname} takes more than {steps:,} steps: "
            f"{found.left_out:,} of its {found.left_out + len(found.verdicts):,} files and descriptors are not judged"
        )
        yield Reported(unanalysable(found.module.filename, reason, where.row, where.column), None, None)


def shared_out(
    project: Project,
    module: Module,
    again: Callable[[Project], Module],
    within: Container[str] | None = None,
    asked: Asked | None = None,
) -> tuple[Project, Module, list[Reported]]:
    """The findings of a module that takes too many steps, the project in which they were made, and the module there:
    what `again` reads.

    Every body gets the same share at first. What those that need less leave over goes to those that need more, in equal
    parts again, if that is much: so it doesn't matter in which order they stand. Where that leaves out more, since who
    may take more steps goes further, the first share is what counts.
    """
    share = SHARED_STEPS // count_bodies(module)
    unjudged = project.for_sharing(share)
    project.forget(module.key)  # what was found out by then is of no use, and much
    best: tuple[Project, Module, list[Reported]] | None = None
    for _ in range(SHARINGS):
        sharing = unjudged.for_sharing(share)
        read = again(sharing)
        found = reported_of(sharing, read, within, asked)
        if best is None or sharing.answers.cut < best[0].answers.cut:
            best = sharing, read, found
        answers = sharing.answers
        more = min((SHARED_STEPS - answers.needed) // answers.cut, BODY_STEPS) if answers.cut else 0
        if more < 2 * share:
            break
        share = more
    assert best is not None
    return best


def count_bodies(module: Module) -> int:
    """How many bodies a module has, as its text tells."""
    return len(re.findall(r"\b(?:def|class|lambda)\b", module.source.text)) + 1


def creating_bodies(project: Project, module: Module) -> list[Body]:
    """The bodies of a module that may make temp files."""
    return _bodies(project, module, _all_that_create(project, module))[0]


def studies_of(project: Project, module: Module) -> list[Study]:
    """The judged bodies of a module, clean obligations included, in source order."""
    return [study(ProjectContext(project), body) for body in creating_bodies(project, module)]


def judged_of(project: Project, module: Module, reported: Iterable[Reported]) -> tuple[Judged, ...]:
    """Every obligation of a module with what is reported of it, in source order; on one place a finding before what is
    met. Creations that delete themselves count too, each followed for its handle."""
    left = {(one.finding.span, one.finding.code): one for one in reported}
    said = frozenset(left)
    judged = []
    for verdict, owner in _verdicts(project, module):
        codes = _OF_HANDLES if verdict.obligation is Obligation.HANDLE else RULES
        mine = [key for key, one in left.items() if key[1] in codes and _is_about(one, verdict)]
        found = [left.pop(key) for key in mine]
        judged += [Judged(verdict, owner, one.finding, one.diagnosis) for one in found]
        if not found and not _is_said_of_another(verdict, said):
            judged.append(Judged(verdict, owner, None, None))
    judged += [Judged(one.verdict, None, one.finding, one.diagnosis) for one in left.values()]
    return tuple(sorted(judged, key=_order))


def _is_said_of_another(verdict: Verdict, said: Container[tuple[Span, str]]) -> bool:
    """Whether what is to be said of an obligation is said already, of another file that the same call may give."""
    diagnosis = None if verdict.obligation is Obligation.HANDLE else diagnose(verdict)
    return diagnosis is not None and (verdict.site.span, diagnosis.code) in said


def _is_about(one: Reported, verdict: Verdict) -> bool:
    """Whether a finding is about this obligation.

    A helper may make one of several files, each with a verdict at the same call; the other findings of an opt-in
    code come with a verdict of their own.
    """
    if one.verdict is None or RULES[one.finding.code].default_on:
        return one.verdict is verdict
    return (one.verdict.site.span, one.verdict.obligation) == (verdict.site.span, verdict.obligation)


def _verdicts(project: Project, module: Module) -> Iterator[tuple[Verdict, Klass | None]]:
    """Every obligation, with the class that its code belongs to: also of creations that delete themselves."""
    context = ProjectContext(project)
    for found in studies_of(project, module):
        yield from ((verdict, found.owner) for verdict in found.verdicts)
        for site in context.sites_of(found.body):
            if not site.owned:
                with contextlib.suppress(OverBudget), project.answers.own_budget():
                    yield examine(context, found.body, site, Obligation.HANDLE), found.owner


def _order(one: Judged) -> tuple[Location, bool, str]:
    return one.span.start, one.finding is None, one.finding.code if one.finding is not None else ""


@dataclass(frozen=True, slots=True)
class _Worth:
    """What is worth studying: which functions; and outside of them, a call of which, or which text."""

    function: Callable[[Func], bool]
    call: Callable[[Func], bool]
    text: Callable[[str], bool]


def _all_that_create(project: Project, module: Module) -> _Worth:
    creates = partial(may_create, project)
    return _Worth(creates, creates, partial(names_creator, project, module))


def _bodies(
    project: Project, module: Module, worth: _Worth, within: Container[str] | None = None
) -> tuple[list[Body], list[Unreadable]]:
    """The bodies worth studying, nested ones included; and why others can't be."""
    bodies: list[Body] = []
    refused: list[Unreadable] = []

    def take(parse: Callable[[], Code | None], owner: Klass | None) -> None:
        try:
            code = parse()
        except Unreadable as error:
            refused.append(error)
            return
        if code is not None:
            bodies.extend(Body(module, code, owner).with_nested())

    def is_asked(name: str) -> bool:
        return within is None or name in within

    source, skeleton = module.source, module.source.skeleton
    for known in skeleton.ordered_defs():
        if is_asked(known.qualname) and worth.function(Func(module.key, known.qualname)):
            owner = Klass(module.key, known.owner) if known.owner is not None else None
            take(partial(source.function, known.qualname), owner)
    for qualname, shape in skeleton.classes.items():
        if is_asked(qualname) and _outside_defs(project, module, shape.first_row, shape.last_row, worth):
            take(partial(source.class_body, qualname), Klass(module.key, qualname))
    if is_asked(MODULE) and _outside_defs(project, module, 1, len(source.lines), worth):
        take(lambda: source.module_body, None)
    return bodies, refused


def _outside_defs(project: Project, module: Module, first: int, last: int, worth: _Worth) -> bool:
    """Whether what stands in rows that belong to no def is worth studying."""
    calls = "\n".join(
        line
        for line in module.source.outside_defs[first - 1 : last]
        if "(" in line and not line.lstrip().startswith(("import ", "from ", "#"))
    )
    # What fills a data class's field is named there, not called.
    calls += "".join(f"\n{name}()" for name in _FACTORY.findall(calls))
    return bool(calls) and (
        worth.text(calls) or any(worth.call(each) for each in functions_named(project, module, None, calls))
    )


def _findings(found: Study) -> list[Reported]:
    findings = []
    for verdict in found.verdicts:
        diagnosis = diagnose(verdict)
        if diagnosis is not None:
            made = finding(verdict, diagnosis, RULES[diagnosis.code].name)
            findings.append(Reported(made, verdict, diagnosis))
    for verdict in found.verdicts:
        if verdict.site.row is not None and verdict.site.row.guessable:
            findings.append(Reported(_race(found, verdict.site.span), None, None))
    return findings


def _race(found: Study, span: Span) -> Finding:
    step = Step(
        found.module.filename, span, Event.CREATED, "mktemp() only makes up a name; anybody can take it first"
    )
    return Finding(
        code="TML501",
        name=RULES["TML501"].name,
        message="mktemp() gives a name without a file: another process can create it first",
        filename=found.module.filename,
        span=span,
        function=found.code.qualname,
        tier=None,
        steps=(step,),
        noqa_rows=(span.start.row, span.end.row),
    )
