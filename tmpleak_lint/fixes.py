"""Fixes of whole files: each finding's proposal, and files with every allowed fix in them, proven by analysing anew.

In: the bytes of a file, its settings, what may be fixed. Out: findings that carry a fix or the reason why there is
none, or the new bytes. Nothing is written here (`cli.fix` does, through `fixing.writing`). `examine_with_fixes`,
`propose_for` and `repair_file` are what worker processes run: they take and give what pickles cheaply.
Not handled: notebooks, whose cells aren't rewritten; baseline and `--since` (the caller says which functions count).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tmpleak_lint import engine
from tmpleak_lint.bounds import FIX_CHARACTERS, FIX_STEPS, MOST_IN_FILE, TEXTS_IN_HAND
from tmpleak_lint.engine import Outcome
from tmpleak_lint.model import Applicability, FileReport, Finding, Fix
from tmpleak_lint.session import Analysis, Session
from tmpleak_lint.settings import Settings

if TYPE_CHECKING:
    from tmpleak_lint.analysis.queries.project import Module, Project
    from tmpleak_lint.analysis.verdict.report import Reported
    from tmpleak_lint.analysis.verdict.study import Asked
    from tmpleak_lint.fixing.comparing import Body
    from tmpleak_lint.fixing.prove import Analysed
    from tmpleak_lint.fixing.repair import Repaired, Workshop
    from tmpleak_lint.reading.discovery import SourceFile

NO_NOTEBOOKS = "the cells of a notebook are not rewritten"
LOOKING = "looking for a fix"
AT_ONCE = 8  # findings of one file that one piece of work proposes fixes for, and analyses it for
TOO_MANY = f"fixes are proposed for the first {MOST_IN_FILE} findings of a file only"


@dataclass(frozen=True, slots=True)
class Job:
    """A file whose findings are to be fixed. `data` None: it is read by who does the job.

    With `narrow` only what the report names is fixed: the baseline or `--since` left out the rest. Proposals are
    made for the findings of the report from `first` up to `last`.
    """

    report: FileReport
    settings: Settings
    data: bytes | None
    on_disk: bool
    unsafe: bool = False
    narrow: bool = False
    first: int = 0
    last: int | None = None

    @property
    def slice(self) -> slice:
        return slice(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Done:
    """A file before and after its fixes, what was fixed and what is left; `error`: why it could not be read."""

    before: bytes
    after: bytes
    fixed: tuple[tuple[Finding, Fix], ...]
    left: tuple[Finding, ...]
    error: str | None = None


def examine_with_fixes(file: SourceFile, session: Session, most: int = AT_ONCE) -> Outcome:
    """Read and analyse one file of a run, with the fix of each of the first `most` findings; the run goes on
    whatever happens here."""
    outcome, analysis = engine.examine_file_closely(file, session)
    return _with_fixes(outcome, analysis, file, session, most)


def examine_traced(file: SourceFile, session: Session, most: int = 0) -> Outcome:
    """The same as `examine_with_fixes`, for who wants to know when it has to be done again."""
    outcome, analysis = engine.examine_file_closely(file, session)
    reads = analysis.reads if analysis is not None else {}  # before anything is forgotten
    outcome = _with_fixes(outcome, analysis, file, session, most) if most else outcome
    return dataclasses.replace(outcome, reads=reads)


def _with_fixes(
    outcome: Outcome, analysis: Analysis | None, file: SourceFile, session: Session, most: int
) -> Outcome:
    report = outcome.report
    if not report.findings:
        return outcome
    job = Job(report, file.settings, None, on_disk=True, last=most)
    findings = propose_for(job, session, analysis) + report.findings[most:]
    return dataclasses.replace(outcome, report=dataclasses.replace(report, findings=findings))


def propose_for(
    job: Job, session: Session | None = None, analysis: Analysis | None = None
) -> tuple[Finding, ...]:
    """The findings of a job with fixes. `session`: the one that the file has been analysed in; `analysis`: what came of
    it."""
    name = job.report.filename
    findings = job.report.findings[job.slice]
    within = max(MOST_IN_FILE - job.first, 0)
    part = dataclasses.replace(job.report, findings=findings[:within])
    beyond = _refused(dataclasses.replace(job.report, findings=findings[within:]), TOO_MANY).findings
    try:
        data = engine.read_bytes(name) if job.data is None else job.data
        part = with_fixes(part, data, job.settings, on_disk=job.on_disk, session=session, analysis=analysis)
    except OSError:
        pass  # gone since it was analysed: it keeps its findings, without fixes
    except Exception as error:  # its findings are known, and count
        from tmpleak_lint.reading.decoding import internal_error

        part = _refused(part, internal_error(error))
    return part.findings + beyond


def propose_crashed(job: Job, how: str) -> tuple[Finding, ...]:
    """The findings of a job that ended its process."""
    return _refused(job.report, f"{LOOKING} {how}").findings[job.slice]


def repair_file(job: Job) -> Done:
    """Do a job: the file with every allowed fix in it, written nowhere."""
    from tmpleak_lint.fixing.source import Unfit

    name = job.report.filename
    findings = job.report.findings
    data = b""
    try:
        data = engine.read_bytes(name) if job.data is None else job.data
        repaired = fix_bytes(
            data,
            name,
            job.settings,
            unsafe=job.unsafe,
            on_disk=job.on_disk,
            only=findings if job.narrow else None,
        )
        return done_with(job, data, repaired)
    except OSError as error:
        return Done(data, data, (), findings, f"{name}: {error.strerror or error}")
    except Unfit as unfit:
        reason = str(unfit)
    except Exception as error:  # the file stays as it is, and the run goes on
        from tmpleak_lint.reading.decoding import internal_error

        reason = internal_error(error)
    return Done(data, data, (), _refused(job.report, reason).findings)


def done_with(job: Job, before: bytes, repaired: Repaired) -> Done:
    """What a repaired file is told by."""
    left = report_after(repaired, job.report.filename, job.settings)
    if job.narrow:
        known = {finding.function for finding in job.report.findings}
        left = tuple(finding for finding in left if finding.function in known)
    return Done(before, repaired.data, tuple(repaired.fixed), left)


def repair_crashed(job: Job, how: str) -> Done:
    """What is told of a job that ended its process: the file stays as it is."""
    return Done(b"", b"", (), _refused(job.report, f"{LOOKING} {how}").findings)


def weight_of(job: Job) -> int:
    """How long a job will take, compared with others."""
    return len(job.report.findings[job.slice])


def with_fixes(
    report: FileReport,
    data: bytes,
    settings: Settings,
    *,
    on_disk: bool = True,
    session: Session | None = None,
    analysis: Analysis | None = None,
) -> FileReport:
    """The report with a proven fix, or the reason why there is none, in each of its findings.

    `session`: the one that the file has been analysed in, if it has been: its answers are there already. `analysis`:
    what came of that; it counts where it is of these bytes.
    """
    from tmpleak_lint.fixing.repair import Unfit, propose
    from tmpleak_lint.fixing.source import Source
    from tmpleak_lint.reading.notebooks import is_notebook

    if not report.findings:
        return report
    if is_notebook(report.filename):
        return _refused(report, NO_NOTEBOOKS)
    try:
        source = Source(data)
        texts = _Texts(
            data,
            report.filename,
            settings,
            on_disk=on_disk,
            session=session,
            analysis=analysis,
            passing=True,
        )
    except Unfit as unfit:
        return _refused(report, str(unfit))
    found, shop = list(texts.first.reported), texts.workshop()
    by_place = {(one.finding.span, one.finding.code): one for one in found}
    findings = []
    for finding in report.findings:
        one = by_place.get((finding.span, finding.code))
        if one is None:
            findings.append(finding)
            continue
        try:
            proposal = propose(source, found, one, shop)
            findings.append(dataclasses.replace(finding, fix=proposal.fix, fix_refused=proposal.refused))
        except RecursionError:
            findings.append(dataclasses.replace(finding, fix_refused="the code is nested too deeply"))
    texts.let_go()
    return dataclasses.replace(report, findings=tuple(findings))


def workshop(
    data: bytes, filename: str, settings: Settings, *, on_disk: bool, session: Session | None = None
) -> tuple[list[Reported], Workshop]:
    """What is found in the bytes, and what proofs of changes to them need. Raises `Unfit`: they can't be analysed."""
    texts = _Texts(data, filename, settings, on_disk=on_disk, session=session)
    return list(texts.first.reported), texts.workshop()


def fix_bytes(
    data: bytes,
    filename: str,
    settings: Settings,
    *,
    unsafe: bool = False,
    on_disk: bool = True,
    only: Sequence[Finding] | None = None,
    agree: Callable[[Finding, Fix], bool] | None = None,
) -> Repaired:
    """The file with every allowed fix in it. `only`: touch no function and code but theirs; `agree` is asked for each.

    Raises `fixing.source.Unfit` for a file that no rewrite may touch.
    """
    from tmpleak_lint.fixing.repair import repair

    found, shop = workshop(data, filename, settings, on_disk=on_disk)
    places = None if only is None else {(finding.function, finding.code) for finding in only}

    def wanted(now: bytes, findings: Sequence[Finding]) -> frozenset[Finding]:
        kept = engine.counting(findings, now, filename, settings)
        return frozenset(f for f in kept if places is None or (f.function, f.code) in places)

    most = Applicability.UNSAFE if unsafe else Applicability.SAFE
    return repair(data, found, shop, most, wanted, agree)


def report_after(repaired: Repaired, filename: str, settings: Settings) -> tuple[Finding, ...]:
    """The findings that are left in a repaired file, each with the reason why it wasn't fixed."""
    findings = [one.finding for one in repaired.found]
    kept = engine.counting(findings, repaired.data, filename, settings)
    return tuple(dataclasses.replace(f, fix_refused=repaired.refused.get(f)) for f in kept)


def _refused(report: FileReport, reason: str) -> FileReport:
    findings = tuple(dataclasses.replace(finding, fix_refused=reason) for finding in report.findings)
    return dataclasses.replace(report, findings=findings)


@dataclass(slots=True)
class _Effort:
    """The steps that the analyses of changed texts take together, in one piece of work."""

    steps: int = 0

    def check(self) -> None:
        """Raises `Unproven` where they are too many for another one."""
        from tmpleak_lint.fixing.prove import Unproven

        if self.steps > FIX_STEPS:
            raise Unproven(f"the proofs of fixes here take more than {FIX_STEPS:,} steps together")


class _Texts:
    """A file's text and others in its place, as proofs ask for them; the last few are kept: findings that stand close
    together get the same candidates, and each text holds its trees. Raises `Unfit`: it can't be analysed.

    `passing`: nobody goes on from a changed text. What is known of it refers to itself, so that it takes a search
    through all memory to find it unused, unless it is forgotten here.
    """

    def __init__(
        self,
        data: bytes,
        filename: str,
        settings: Settings,
        *,
        on_disk: bool,
        session: Session | None,
        analysis: Analysis | None = None,
        passing: bool = False,
    ) -> None:
        from tmpleak_lint.reading.content import digest_of

        self.passing = passing
        self.filename, self.settings, self.on_disk = filename, settings, on_disk
        self._session = Session(settings) if session is None else session
        if analysis is None or analysis.digest != digest_of(data):
            analysis = self._session.analyse(data, filename, settings, on_disk=on_disk)
        self.first = analysis
        self._effort = _Effort()
        known = _proof_of(self.first, self._session, settings, self._effort, on_disk=on_disk)
        self._known: dict[bytes, tuple[Analysed, Session | None]] = {data: (known, None)}

    def analyse(self, changed: bytes) -> Analysed:
        known = self._known.pop(changed, None) or self._take_in(changed)
        while len(self._known) >= TEXTS_IN_HAND:
            self._drop(next(iter(self._known)))
        self._known[changed] = known
        if not self.passing:
            self._session.tidy()
        return known[0]

    def let_go(self) -> None:
        """Forget all of them."""
        for text in list(self._known):
            self._drop(text)

    def _drop(self, text: bytes) -> None:
        _, own = self._known.pop(text)
        if self.passing and own is not None:
            own.forget_all()

    def _take_in(self, changed: bytes) -> tuple[Analysed, Session]:
        from tmpleak_lint.analysis.verdict.carrying import carry_over
        from tmpleak_lint.fixing.showing import untouched_bodies

        self._effort.check()
        # It is read as a whole. Who has files fixed waits longer than who asks what is wrong with them.
        self._effort.steps += len(changed) if self.passing else len(changed) // FIX_CHARACTERS
        own, on_disk = self._session.fork(), self.on_disk
        bare = own.analyse(changed, self.filename, self.settings, on_disk=on_disk, within=frozenset())
        before = self.first.module
        if before is not None and bare.module is not None:
            untouched = untouched_bodies(before, bare.module)
            carry_over(
                self.first.project, before, bare.project, bare.module, untouched.names, untouched.words
            )
        return _proof_of(bare, own, self.settings, self._effort, on_disk=on_disk, data=changed), own

    def workshop(self) -> Workshop:
        """What proofs of changes to the text need."""
        from tmpleak_lint.configuration import target_for
        from tmpleak_lint.fixing.repair import Workshop

        def trust(code: str, own: Applicability) -> Applicability:
            return trusted(code, own, self.settings)

        folder = str(Path(self.filename).absolute().parent)
        return Workshop(self.first.project, self.analyse, target_for(self.settings, folder), trust)


def _proof_of(
    analysis: Analysis,
    session: Session,
    settings: Settings,
    effort: _Effort,
    *,
    on_disk: bool,
    data: bytes | None = None,
) -> Analysed:
    """What a proof asks of a text. With `data` the text was only taken in so far: what is found in a body is worked out
    when it is asked for, since one body costs less than all of them."""
    from tmpleak_lint.analysis.verdict.double_release import MODULE, double_releases
    from tmpleak_lint.fixing.prove import Analysed
    from tmpleak_lint.fixing.showing import bodies_to_judge
    from tmpleak_lint.fixing.source import Unfit

    project, module = analysis.project, analysis.module
    if module is None:
        reason = analysis.findings[0].message.removeprefix("not analysed: ")
        raise Unfit(f"it can't be analysed: {reason}")

    def found(within: frozenset[str] | None, asked: Asked | None) -> list[Reported]:
        if data is None:
            return list(analysis.reported)
        effort.check()
        found = session.analyse(
            data, analysis.filename, settings, on_disk=on_disk, within=within, asked=asked
        )
        effort.steps += found.project.answers.worked
        return list(found.reported)

    is_whole = bool(project.opt_in) or project.answers.is_sharing

    def near(function: str, asked: Asked) -> list[Reported]:
        while function and function not in module.source.skeleton.defs:
            function = function.rpartition(".")[0]
        bodies = frozenset({function} if function else {MODULE, *module.source.skeleton.classes})
        return found(bodies, None if is_whole else asked)

    def around(before: Module, asked: Asked) -> list[Reported]:
        return found(None, None) if is_whole else found(bodies_to_judge(before, module), asked)

    return Analysed(
        module,
        near,
        around,
        partial(found, None, None),
        cache(partial(double_releases, project, module)),
        cache(partial(_body, project, module)),
    )


def _body(project: Project, module: Module, function: str) -> Body | None:
    from tmpleak_lint.analysis.verdict.double_release import bodies_named
    from tmpleak_lint.fixing.comparing import Body

    bodies = list(bodies_named(project, module, function))
    return Body(project, *bodies[0]) if len(bodies) == 1 else None


def trusted(code: str, own: Applicability, settings: Settings) -> Applicability:
    """What the settings make of a fix: the longer prefix wins, and unsafe over safe."""
    if own is Applicability.DISPLAY:
        return own
    raised = max((len(p) for p in settings.extend_safe_fixes if code.startswith(p)), default=-1)
    lowered = max((len(p) for p in settings.extend_unsafe_fixes if code.startswith(p)), default=-1)
    if raised == lowered == -1:
        return own
    return Applicability.SAFE if raised > lowered else Applicability.UNSAFE
