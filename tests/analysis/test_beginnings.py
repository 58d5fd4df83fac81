"""A body's files are judged as if each had been walked for from the entry, whatever walks have in common."""

from __future__ import annotations

import textwrap

import pytest

from tests.analysis.test_inheriting import project_of
from tmpleak_lint.analysis.verdict.judge import Verdict, examine
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.report import creating_bodies
from tmpleak_lint.analysis.verdict.study import study

BODIES = {
    "in a row": """
        def f():
            a = tempfile.mkdtemp()
            use(a)
            b = tempfile.mkdtemp(dir=a)
            c = tempfile.mkdtemp()
            use(b, c)
            shutil.rmtree(c)
            shutil.rmtree(a)
    """,
    "behind a condition": """
        def f(x):
            a = tempfile.mkdtemp() if x else None
            b = tempfile.mkdtemp()
            if a:
                use(a)
                shutil.rmtree(a)
            c = tempfile.mkdtemp()
            shutil.rmtree(b)
            use(c)
    """,
    "a handler that makes another": """
        def f():
            try:
                a = tempfile.mkdtemp()
                use(a)
            except OSError:
                a = tempfile.mkdtemp()
            b = tempfile.mkdtemp()
            shutil.rmtree(a)
            return b
    """,
    "in loops": """
        def f(xs):
            for x in xs:
                a = tempfile.mkdtemp()
                for y in x:
                    b = tempfile.mkdtemp()
                    use(b)
                    shutil.rmtree(b)
                shutil.rmtree(a)
            c = tempfile.mkdtemp()
            use(c)
    """,
    "within blocks": """
        def f():
            with contextlib.ExitStack() as stack:
                a = tempfile.mkdtemp()
                stack.callback(shutil.rmtree, a)
                fd, b = tempfile.mkstemp(dir=a)
                c, d = tempfile.mkstemp()
                os.close(fd)
                use(d)
                os.close(c)
    """,
    "helpers": """
        def make(x):
            if x:
                return tempfile.mkdtemp()
            return tempfile.mkdtemp(prefix="b")

        def f(x):
            a = make(x)
            b = make(x)
            use(a)
            shutil.rmtree(a)
            c = make(b)
            shutil.rmtree(c)
    """,
}


def said(verdict: Verdict) -> object:
    """What a verdict comes to, with the ways of its leaks."""
    trace, nodes = verdict.result.trace, verdict.explorer.nodes
    leaks = [(leak.end.raised, leak.held_by, trace.way_to(leak.end.item, nodes)) for leak in verdict.leaks]
    return leaks, [(each.kind, each.where) for each in verdict.result.discharges], len(verdict.escapes)


@pytest.mark.parametrize("name", BODIES)
def test_a_verdict_is_the_same_alone(name: str) -> None:
    head = "import contextlib\nimport os\nimport shutil\nimport tempfile\n\n"
    project, module = project_of(head + textwrap.dedent(BODIES[name]))
    context = ProjectContext(project)
    judged = 0
    for body in creating_bodies(project, module):
        for verdict in study(context, body).verdicts:
            with project.answers.own_budget():
                alone = examine(context, body, verdict.site, verdict.obligation)
            assert said(alone) == said(verdict)
            judged += 1
    assert judged >= 3
