"""What `simulate` plays: from a code, a place or a path to cases.

In: the target as the user wrote it. Out: for each creation site what the page shows of it, its program
inside. Raises `UsageError` when there is nothing to play, with the nearest places where there is. Names are
those that the user gave, relative to the working directory: no path of the machine goes into the output.
Not handled: notebooks, and the codes whose rule says that they are not played.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tmpleak_lint.cli import UsageError, nearest
from tmpleak_lint.model import Event
from tmpleak_lint.rules import RULES, page
from tmpleak_lint.session import NotJudged, Session
from tmpleak_lint.settings import did_you_mean
from tmpleak_lint.simulation.compare import Case
from tmpleak_lint.simulation.page.build import Shown
from tmpleak_lint.simulation.program import BadProgram, Kind
from tmpleak_lint.simulation.strategies import DEFAULT, FOR_MANY
from tmpleak_lint.simulation.text import visible

if TYPE_CHECKING:
    from tmpleak_lint.analysis.domain.values import Klass
    from tmpleak_lint.analysis.verdict.judge import Verdict
    from tmpleak_lint.model import Finding
    from tmpleak_lint.reading.discovery import SourceFile
    from tmpleak_lint.simulation.cleanups import Cleanup

NO_NOTEBOOKS = "notebooks can't be played"
_OPT_IN_SITES = frozenset({"TML401", "TML402", "TML403"})  # so that a place can say why it is not played
_ROW = re.compile(r"\d{1,9}")
_LEAKING = re.compile(r"^```python leaking\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One obligation: its finding, None where it is met on every way; and what it was found in."""

    verdict: Verdict
    owner: Klass | None
    finding: Finding | None
    data: bytes
    session: Session

    @property
    def rows(self) -> range:
        span = self.finding.span if self.finding is not None else self.verdict.site.span
        return range(span.start.row, span.end.row + 1)

    def is_on(self, row: int) -> bool:
        """Whether one may ask for it by this row: of the call, or of the creation, where several calls lose it."""
        made = self.finding.made_here if self.finding is not None else None
        return row in self.rows or (made is not None and made.span.start.row <= row <= made.span.end.row)

    @property
    def playable(self) -> bool:
        return self.finding is None or RULES[self.finding.code].played


def find(target: str, *, isolated: bool, wanted: Collection[str] = ()) -> list[Shown]:
    """What `target` stands for: a code or rule name, PATH:LINE, or a file or folder.

    `wanted` are the cleanups to look for; none: all of them for one place, and for a whole path the trap and the
    first cleanup that holds, since each proof analyses a file anew.
    """
    by_name = {rule.name: code for code, rule in RULES.items()}
    code = by_name.get(target.lower(), target.upper())
    if code in RULES:
        return _example(code, wanted)
    if os.path.exists(target):  # noqa: PTH110
        return _everything(target, isolated, wanted)
    path, colon, line = target.rpartition(":")
    if colon and _ROW.fullmatch(line) and os.path.isfile(path):  # noqa: PTH113
        return _place(path, int(line), isolated, wanted)
    if re.fullmatch(r"TML\d+", target, re.IGNORECASE):
        raise UsageError(f"no rule is called {target!r}{did_you_mean(code, RULES)}")
    notebook, cell, _ = target.partition(":cell ")
    if cell and os.path.isfile(notebook):  # noqa: PTH113
        raise UsageError(f"{_name(notebook)}: {NO_NOTEBOOKS}")
    raise UsageError(f"{target}: no such file or folder, code or PATH:LINE")


def _example(code: str, wanted: Collection[str]) -> list[Shown]:
    """The rule's first leaking example that leaves something in this sense."""
    if not RULES[code].played:
        raise UsageError(f"{code} is not played: {RULES[code].not_played}")
    for match in _LEAKING.finditer(page(code)):
        everything = _judge(Session(), match[1].encode(), f"{code}.py", frozenset({code}), on_disk=False)
        judged = [one for one in everything if one.finding is not None]
        # Where the analysis gives another code to the page's example, the example is still the rule's.
        for one in sorted(judged, key=lambda j: j.finding is None or j.finding.code != code):
            return [_shown(one, f"{code} example, line {one.rows[0]}", None, wanted or DEFAULT)]
    raise UsageError(f"no example of {code} can be played")


def _place(path: str, line: int, isolated: bool, wanted: Collection[str]) -> list[Shown]:
    from tmpleak_lint.configuration import SettingsFinder
    from tmpleak_lint.reading.discovery import discover

    (file,) = discover([path], SettingsFinder({}, None, isolated)).files
    judged = _judge_file(file, _OPT_IN_SITES)
    here = [one for one in judged if one.is_on(line)]
    for one in here if not any(one.playable for one in here) else ():
        if one.finding is not None:
            raise UsageError(
                f"{_name(path)}:{line}: {one.finding.code} is not played: {RULES[one.finding.code].not_played}"
            )
    here = [one for one in here if one.playable]
    if not here:
        rows = sorted({one.rows[0] for one in judged if one.playable}, key=lambda row: (abs(row - line), row))
        near = nearest(rows, lambda row: f"{_name(path)}:{row}") if rows else ""
        raise UsageError(f"{_name(path)}:{line}: no temp file is created there{near}")
    # The name before the descriptor, what leaks before what holds.
    first = min(here, key=lambda one: (one.finding is None, one.finding.code if one.finding else ""))
    shown = _shown(first, f"{_name(path)}:{first.rows[0]}", file, wanted or DEFAULT)
    if all(node.kind is not Kind.CREATE for node in shown.case.program.nodes):
        raise UsageError(
            f"{_name(path)}:{line}: nothing is owed there, so there is nothing to play; "
            f"tmpleak-lint explain {_name(path)}:{line} says why"
        )
    return [shown]


def _everything(path: str, isolated: bool, wanted: Collection[str]) -> list[Shown]:
    from tmpleak_lint import engine
    from tmpleak_lint.configuration import SettingsFinder
    from tmpleak_lint.reading.discovery import discover
    from tmpleak_lint.worth import curiosity

    shown: list[Shown] = []
    for file in discover([path], SettingsFinder({}, None, isolated)).files:
        try:
            if not curiosity(file.settings)(engine.read_bytes(file.filename)):
                continue
            judged = _judge_file(file)
        except (OSError, UsageError, NotJudged) as error:
            print(f"tmpleak-lint: {visible(str(error))}: left out", file=sys.stderr)
            continue
        for one in _reported(judged, file):
            title = f"{_name(file.filename)}:{one.rows[0]}"
            try:
                shown.append(_shown(one, title, file, wanted or FOR_MANY))
            except BadProgram as error:
                print(f"tmpleak-lint: {visible(str(error))}: left out", file=sys.stderr)
    if not shown:
        raise UsageError(f"{path}: nothing is found there that could be played")
    return shown


def _reported(judged: list[_Judged], file: SourceFile) -> list[_Judged]:
    """What `check` would report, too: no comment silences it, and its code is on."""
    from tmpleak_lint import engine

    found = [one.finding for one in judged if one.finding is not None]
    if not found:
        return []
    kept = engine.counting(found, judged[0].data, file.filename, file.settings)
    return [one for one in judged if one.finding in kept and RULES[one.finding.code].played]


def _judge_file(file: SourceFile, opt_in: frozenset[str] = frozenset()) -> list[_Judged]:

    from tmpleak_lint import engine

    if file.filename.endswith(".ipynb"):
        raise UsageError(f"{_name(file.filename)}: {NO_NOTEBOOKS}")
    try:
        data = engine.read_bytes(file.filename)
    except OSError as error:
        raise UsageError(f"{_name(file.filename)}: {error.strerror}") from error
    return _judge(Session(file.settings), data, file.filename, opt_in)


def _judge(
    session: Session, data: bytes, filename: str, opt_in: frozenset[str], *, on_disk: bool = True
) -> list[_Judged]:
    """Every obligation of a file, clean ones included, in source order. Of creations that delete themselves those
    whose handle is closed on every way, and those of which something is found."""
    from tmpleak_lint.analysis.queries.sites import Obligation

    analysis = session.analyse(data, filename, opt_in=opt_in, on_disk=on_disk)
    if analysis.module is None:
        reason = analysis.findings[0].message.removeprefix("not analysed: ")
        raise UsageError(f"{_name(filename)}: {reason}")
    judged = []
    for one in analysis.judged:
        if one.verdict is None:
            continue
        if one.finding is None and one.verdict.obligation is Obligation.HANDLE and one.verdict.leaks:
            continue
        judged.append(_Judged(one.verdict, one.owner, one.finding, data, session))
    return judged


def _shown(one: _Judged, title: str, file: SourceFile | None, wanted: Collection[str]) -> Shown:
    from tmpleak_lint.simulation.adapter import program_of

    finding = one.finding
    program = program_of(one.verdict, one.owner, title, finding.code if finding else "")
    if finding is None:
        return Shown(Case(program), message="Deleted or handed over on every way out.")
    leaving = [step for step in finding.steps if step.event in (Event.RISKY, Event.LEAVES)]
    row = leaving[0].span.start.row if leaving and leaving[0].filename == finding.filename else 0
    return Shown(Case(program, _cleanups(one, title, file, wanted)), finding.name, finding.message, row)


def _cleanups(
    one: _Judged, title: str, file: SourceFile | None, wanted: Collection[str]
) -> Mapping[str, Cleanup]:
    """What the site is under other cleanups; none where no rewrite may touch the file."""
    from tmpleak_lint.fixes import workshop
    from tmpleak_lint.fixing.source import Source, Unfit
    from tmpleak_lint.settings import Settings
    from tmpleak_lint.simulation.cleanups import Place, cleanups_of

    settings = file.settings if file is not None else Settings(base=os.getcwd())  # noqa: PTH109
    name = one.verdict.explorer.module.filename
    try:
        source = Source(one.data)
        found, shop = workshop(one.data, name, settings, on_disk=file is not None, session=one.session)
    except Unfit:
        return {}
    place = (one.finding.span, one.finding.code) if one.finding is not None else None
    for each in found:
        if (each.finding.span, each.finding.code) == place:
            return cleanups_of(Place(source, found, each, shop, title, _name(name)), wanted)
    return {}


def _name(path: str) -> str:
    """The path as it may be shown: below the working directory, or its last part."""
    relative = os.path.relpath(path)
    return os.path.basename(path) if relative.startswith(os.pardir) else relative  # noqa: PTH119
