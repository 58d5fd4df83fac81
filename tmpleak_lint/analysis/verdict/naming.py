"""What stands in a body, by name: what a call calls, where a value comes from, what has to do with the file.

Comes in: a verdict, or the names of its body. Goes out: names, and the operations that read the file's own. No walk is
looked at: this is what stands there.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.trail import Trail, trail_of
from tmpleak_lint.analysis.domain.values import Dotted, Value
from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.receivers import names_of, origin_of
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import Code
from tmpleak_lint.knowledge.model import ANY, Ambiguous


def concerns_file(verdict: Verdict, index: int) -> bool:
    """Whether a node has to do with the file: it is given its name, or something made of that."""
    explorer = verdict.explorer
    trail = trail_in(explorer.project, explorer.code, verdict.site.nodes)
    return index in verdict.site.nodes or trail.reads(explorer.nodes[index].op)


@question()
def trail_in(project: Project, code: Code, made_at: frozenset[int]) -> Trail:
    return trail_of(code, made_at)


def is_in_loop_since(verdict: Verdict, index: int) -> bool:
    """Whether a node stands in a loop that the creation doesn't stand in."""
    nodes = verdict.explorer.nodes
    around = {place.span for place in nodes[min(verdict.site.nodes)].places() if place.kind == "loop"}
    return any(place.kind == "loop" and place.span not in around for place in nodes[index].places())


def name_called(statics: Statics, temp: int, target: Value | None) -> str:
    """The dotted name of what is called as far as it is known; of a method of something unknown `.name`."""
    if isinstance(target, Dotted):
        return target.name
    made = statics.made.get(temp)
    if isinstance(made, g.GetAttr):
        knowledge = statics.project.knowledge
        if knowledge.effect(f"{ANY}.{made.attr}", Ambiguous) is not None:
            whole = f"{origin_of(statics, made.obj)}.{made.attr}"
            return whole if knowledge.failures(whole) else f".{made.attr}"
        return f".{made.attr}"
    return made.name if isinstance(made, g.Load) else ""


def name_of_call(statics: Statics, call: g.Call) -> str:
    """The same of a call."""
    return name_called(statics, call.func, statics.resolve(call.func))


def target_of(statics: Statics, temp: int) -> Value | None:
    """What is called, as `Statics.resolve` tells it, also where it stands in another module of the project."""
    target = statics.resolve(temp)
    if not isinstance(target, Dotted):
        return target
    return statics.project.find(statics.module, target.name) or target


def last_part(name: str) -> str:
    return name.rpartition(".")[2]


def outside_text(statics: Statics, temp: int) -> str:
    """The dotted text of a value that comes from outside the body: a parameter's, a global's, an attribute's."""
    made = statics.made.get(temp)
    if isinstance(made, g.GetAttr):
        base = statics.made.get(made.obj)
        head = outside_text(statics, made.obj) or (base.name if isinstance(base, g.Load) else "")
        return f"{head}.{made.attr}" if head else ""
    if isinstance(made, g.GetItem) and isinstance(key := statics.literal(made.index), str):
        head = outside_text(statics, made.obj)
        return f"{head}[{key!r}]" if head else ""
    if not isinstance(made, g.Load):
        return ""
    stored = any(isinstance(node.op, g.Store) and node.op.name == made.name for node in statics.code.nodes)
    return "" if stored else made.name


def statics_of_body(verdict: Verdict) -> Statics:
    """The names of a verdict's body, resolved once."""
    return names_of(verdict.explorer.project, verdict.explorer.module, verdict.explorer.code)
