"""Puts the account of one obligation together.

In: what the analysis made of a site (a verdict, and what was reported of it), the names under which files
may be shown. Out: an `Account` without its remedy, fingerprint and silencing, which need the file and its
settings (the caller adds them).
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable

from tmpleak_lint.analysis.queries.sites import Obligation, Site
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.raisers import of_wrong_kind
from tmpleak_lint.analysis.verdict.report import Judged
from tmpleak_lint.analysis.verdict.standing import is_test_code
from tmpleak_lint.analysis.verdict.witness import what
from tmpleak_lint.explaining import symptoms
from tmpleak_lint.explaining.account import Account, Cause, Outcome, WayOut
from tmpleak_lint.explaining.cause import cause_told, source_of
from tmpleak_lint.explaining.path import path_of
from tmpleak_lint.explaining.silence import silencers
from tmpleak_lint.explaining.ways import Ways
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Kind
from tmpleak_lint.knowledge.model import Shape
from tmpleak_lint.model import Event, Finding, Step, renamed
from tmpleak_lint.rules import RULES

Name = Callable[[str], str]
_DIRECTORIES = frozenset({Shape.DIRECTORY, Shape.DIRECTORY_HANDLE})
_GETTEMPDIR = "gettempdir("
_ON_ANY_WAY = ("TML101", "TML105", "TML108", "TML109", "TML205", "TML301")
_NOT_EMPTY = "The deletion takes an empty directory only; shutil.rmtree deletes what is in it, too."
_WRONG_KIND = "The deletion is for something of another kind, so it fails each time."
_FAILS = "What takes it away can fail itself, and nothing else deletes it then."
_OWED = {
    Obligation.NAME: "{}",
    Obligation.DESCRIPTOR: "the descriptor of {}",
    Obligation.HANDLE: "{}, which deletes itself when it is closed",
}
_MET = {
    Obligation.NAME: "{} is deleted or handed over on every way out",
    Obligation.DESCRIPTOR: "the descriptor of {} is closed or handed over on every way out",
    Obligation.HANDLE: "{} deletes itself when it is closed",
}


def account_of(judged: Judged, name: Name) -> Account:
    """What can be told of an obligation from the analysis alone. `name` says how a file may be shown."""
    finding, verdict = judged.finding, judged.verdict
    if verdict is None:
        assert finding is not None
        return _bare(finding, name)
    if finding is not None:  # under the name that the walk has for its file
        finding = renamed(finding, finding.filename, verdict.explorer.module.filename)
    walked = Ways(verdict, judged.owner)
    ways = walked.out()
    thing = _OWED[verdict.obligation].format(_thing(verdict.site))
    account = Account(
        filename=name(verdict.explorer.module.filename),
        span=verdict.site.span,
        function=verdict.explorer.code.qualname,
        obligation=verdict.obligation.value,
        thing=thing,
        message=_met(verdict, ways),
        ways=ways,
        incomplete=verdict.explorer.budget[0] <= 0,
        path=_shown(_clean_path(verdict, ways), name),
    )
    return account if finding is None else _leaking(account, judged, finding, walked, name)


def _leaking(account: Account, judged: Judged, finding: Finding, walked: Ways, name: Name) -> Account:
    verdict, diagnosis = judged.verdict, judged.diagnosis
    assert verdict is not None
    cause: Cause | None = None
    path = finding.steps
    raised = False
    if diagnosis is not None:
        cause = cause_told(verdict, diagnosis, walked.to_leak(diagnosis.cause, diagnosis.raised))
        path = path_of(verdict, diagnosis, finding, walked)
        raised = diagnosis.raised and not _without_failure(verdict, diagnosis)
        if cause is not None and diagnosis.raised and any(not leak.end.raised for leak in verdict.leaks):
            cause = dataclasses.replace(cause, needed=raised)
    bare = _bare(finding, name)
    if diagnosis is not None and (summary := _of_the_deletion(verdict, diagnosis)):
        bare = dataclasses.replace(bare, summary=summary)
    directory = verdict.site.shape in _DIRECTORIES
    return dataclasses.replace(
        bare,
        obligation=account.obligation,
        thing=account.thing,
        ways=() if finding.code == "TML404" else account.ways,  # those of the handle say nothing of it
        incomplete=account.incomplete,
        path=_shown(path, name),
        cause=cause,
        stays=symptoms.stays(finding.code, account.thing, raised=raised, directory=directory),
        symptoms=symptoms.symptoms_of(
            finding.code,
            raised=raised,
            many_small=directory,
            setting=_setting(verdict),
            folder=_folder(verdict.site, verdict),
        ),
    )


def _of_the_deletion(verdict: Verdict, diagnosis: Diagnosis) -> str:
    """What is wrong where the deletion itself fails; "" where it is something else."""
    if diagnosis.finds_it_filled:
        return _NOT_EMPTY
    if diagnosis.cause is not None and of_wrong_kind(verdict, diagnosis.cause) is not None:
        return _WRONG_KIND
    return _FAILS if diagnosis.deletion_fails else ""


def _setting(verdict: Verdict) -> symptoms.Setting:
    if is_test_code(verdict):
        return symptoms.Setting.TEST
    return symptoms.Setting.SCRIPT if verdict.explorer.code.kind is Kind.MODULE else symptoms.Setting.CALLED


def _without_failure(verdict: Verdict, diagnosis: Diagnosis) -> bool:
    """The path shown has an exception on it, but the file stays without a failure too."""
    if diagnosis.code == "TML104":
        return True  # it leaves on purpose
    return diagnosis.code in _ON_ANY_WAY and any(not leak.end.raised for leak in verdict.leaks)


def _folder(site: Site, verdict: Verdict) -> str:
    """What the creating call says of where the file is to be made (`dir=`), as it is written; "" for the usual."""
    if site.row is None or site.handed is not None:
        return ""
    try:
        call = ast.parse(source_of(verdict.explorer.module, site.span), mode="eval").body
    except SyntaxError:  # newer syntax than this interpreter knows, or rows that only make sense together
        return ""
    if not isinstance(call, ast.Call):
        return ""
    at = site.row.dir_position
    given = [keyword.value for keyword in call.keywords if keyword.arg == "dir"]
    given += call.args[at : at + 1] if at is not None else []
    usual = not given or (isinstance(given[0], ast.Constant) and given[0].value is None)
    return "" if usual or _GETTEMPDIR in (text := ast.unparse(given[0])) else text


def _thing(site: Site) -> str:
    """What was made; a path that is written out by hand has no creator to name."""
    return what(site) if site.creator.replace(".", "").isidentifier() else f"the file at `{site.creator}`"


def _bare(finding: Finding, name: Name) -> Account:
    """What a finding says by itself."""
    rule = RULES[finding.code]
    return Account(
        filename=name(finding.filename),
        span=finding.span,
        function=finding.function,
        obligation="name",
        thing="",
        message=finding.message,
        code=finding.code,
        name=finding.name,
        summary=rule.summary,
        path=_shown(finding.steps, name),
        stays=symptoms.stays(finding.code, "it", raised=False, directory=False),
        symptoms=symptoms.symptoms_of(finding.code, raised=False, many_small=False),
        confidence=finding.confidence,
        reasons=finding.reasons,
        silencers=silencers(finding.code, name(finding.filename), finding.noqa_rows[1]),
    )


def _met(verdict: Verdict, ways: tuple[WayOut, ...]) -> str:
    if not ways and verdict.site.shape is Shape.NAME:
        return "nothing here makes the file that mktemp() names"
    if not ways and verdict.site.handed is not None:
        return f"nothing is owed here for {_thing(verdict.site)}: the function that makes it sees to its deletion"
    if verdict.obligation is Obligation.HANDLE and any(way.outcome is Outcome.LEFT_BEHIND for way in ways):
        return (
            f"{_thing(verdict.site)} deletes itself when it is closed, which some ways leave to the collector"
        )
    return _MET[verdict.obligation].format(_thing(verdict.site))


def _clean_path(verdict: Verdict, ways: tuple[WayOut, ...]) -> tuple[Step, ...]:
    """The creation, and the lines that release it."""
    module, site, nodes = verdict.explorer.module, verdict.site, verdict.explorer.nodes
    steps = list(site.handed.created) if site.handed is not None else []
    words = "hands it over here" if steps else f"{site.creator}() creates it here"
    steps.append(Step(module.filename, site.span, Event.ALIASED if steps else Event.CREATED, words))
    releasing: dict[int, Step] = {}
    for discharge in verdict.discharged("released", "managed", "escaped"):
        node = nodes[discharge.where]
        if isinstance(node.op, g.Exit):
            continue
        event = Event.HANDED_OVER if discharge.kind == "escaped" else Event.RELEASED
        told = [way for way in ways if way.row == node.span.start.row]
        releasing.setdefault(
            node.span.start.row,
            Step(module.filename, node.span, event, told[0].words if told else discharge.kind),
        )
    for way in ways:
        if way.outcome is Outcome.HANDED_OVER and not way.row and way.rows:
            spans = [
                node.span
                for node in nodes
                if isinstance(node.op, g.Return) and node.span.start.row in way.rows
            ]
            for span in spans[:1]:
                releasing.setdefault(
                    span.start.row, Step(module.filename, span, Event.HANDED_OVER, way.words)
                )
    return (*steps, *(releasing[row] for row in sorted(releasing)))


def _shown(steps: tuple[Step, ...], name: Name) -> tuple[Step, ...]:
    return tuple(dataclasses.replace(step, filename=name(step.filename)) for step in steps)
