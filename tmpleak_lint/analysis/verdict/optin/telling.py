"""What the opt-in codes share: walking for one site, who keeps a file at an end, and the finding itself.

Comes in: a walker class and a site. Goes out: a `Verdict` whose leaks are the ends that count for the code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tmpleak_lint.analysis.domain.values import Inst, Klass
from tmpleak_lint.analysis.explore.explorer import End
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.records import Options, Task
from tmpleak_lint.analysis.queries.resolver import readers_of
from tmpleak_lint.analysis.queries.sites import Site
from tmpleak_lint.analysis.queries.summaries import mode_of
from tmpleak_lint.analysis.semantics.seeds import seed_of
from tmpleak_lint.analysis.semantics.table import FullExplorer
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.correlating import atoms_of
from tmpleak_lint.analysis.verdict.holders import holders
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge import frameworks
from tmpleak_lint.model import Event, Finding, Span, Step
from tmpleak_lint.rules import RULES


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with the walk it was drawn from (None: it says that there was none); `diagnosis` where an end of that
    walk is what it says."""

    finding: Finding
    verdict: Verdict | None
    diagnosis: Diagnosis | None = None


JudgeEnd = Callable[[Verdict, Klass | None, End], None]


def walk_for(walker_class: type[FullExplorer], project: Project, task: Task, judge_end: JudgeEnd) -> Verdict:
    """Walk for one site, a second time with the conditions that the first walk showed to be tested twice."""
    code = task.body.code
    options = Options(quiet=code.name in frameworks.FINALIZERS)
    task = task._replace(options=options, mode=mode_of(code))
    verdict = _walk(walker_class, project, task, judge_end)
    atoms = atoms_of(code, verdict.result)
    if verdict.leaks and atoms:
        task = task._replace(options=Options(quiet=options.quiet, atoms=atoms))
        return _walk(walker_class, project, task, judge_end)
    return verdict


def _walk(walker_class: type[FullExplorer], project: Project, task: Task, judge_end: JudgeEnd) -> Verdict:
    context = ProjectContext(project)
    context.answers.spend(len(task.body.code.nodes) >> 2)  # each has the whole body looked through
    explorer = walker_class(context, task)
    assert task.tracked is not None
    verdict = Verdict(task.tracked, task.obligation, explorer, explorer.run(seed_of(context, task.body)))
    for end in verdict.result.ends:
        judge_end(verdict, task.body.owner, end)
    verdict.result.ends.clear()  # verdicts are kept
    return verdict


def is_returned(verdict: Verdict, end: End) -> bool:
    """Whether the body gives the file to its caller at this end."""
    result = end.state.result
    by_self = isinstance(result, Inst) and result.ident == "self"
    return not end.raised and not by_self and verdict.explorer.holds(result, end.state)


def is_kept(verdict: Verdict, owner: Klass | None, end: End) -> bool:
    """Whether an object, a variable of the module, a registry or an enclosing function holds the file."""
    explorer, state = verdict.explorer, end.state
    return bool(holders(explorer, state, owner)) or any(
        explorer.holds(value, state) for value in state.heap.enclosing.values()
    )


def is_bound(project: Project, code: Code, temp: int) -> bool:
    """Whether something refers to the value of a temporary when its expression is over."""
    return any(isinstance(op, _KEEPING) for op in readers_of(project, code, temp))


_KEEPING = (
    g.Store, g.Enter, g.SetAttr, g.SetItem, g.Build, g.Add, g.Move, g.Return, g.Yield, g.Unpack, g.Await,
)  # fmt: skip


def dest_of(site: Site, code: Code) -> int:
    """The temporary that the creating call writes."""
    op = code.nodes[min(site.nodes)].op
    assert isinstance(op, g.Call)
    return op.dest


def tell(verdict: Verdict, code: str, message: str, span: Span, steps: tuple[Step, ...]) -> Finding:
    """The finding of an opt-in code."""
    return Finding(
        code=code,
        name=RULES[code].name,
        message=message,
        filename=verdict.explorer.module.filename,
        span=span,
        function=verdict.explorer.code.qualname,
        tier=None,
        steps=steps,
        noqa_rows=(span.start.row, span.end.row),
    )


def step(verdict: Verdict, span: Span, event: Event, message: str) -> Step:
    return Step(verdict.explorer.module.filename, span, event, message)
