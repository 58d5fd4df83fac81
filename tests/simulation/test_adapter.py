"""Real findings become programs: leaking examples leave something real, fixed ones nothing."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import pytest

from tmpleak_lint.analysis.queries.project import Project
from tmpleak_lint.analysis.queries.sites import Obligation
from tmpleak_lint.analysis.verdict.judge import examine
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.analysis.verdict.report import reported_of, studies_of
from tmpleak_lint.reading.regions import Unreadable
from tmpleak_lint.rules import RULES, page
from tmpleak_lint.simulation.adapter import program_of
from tmpleak_lint.simulation.engine import NoStore, Settings, run
from tmpleak_lint.simulation.program import Kind, Program, Resource, Way, states_after
from tmpleak_lint.simulation.scratch import scratch

NOTHING_STAYS = {"TML501", "TML900"}  # a race for a name, a file that can't be read
CODES = [code for code, rule in RULES.items() if rule.default_on and code not in NOTHING_STAYS]
REQUESTS = 1000
FIXTURES = Path(__file__).parents[2] / "fixtures"
MEMORY = Path("/dev/shm")


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of real files: on a file system in memory, where the machine has one."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        monkeypatch.setattr(tempfile, "tempdir", str(MEMORY))


def examples(code: str, kind: str) -> list[str]:
    return re.findall(rf"^```python {kind}\n(.*?)^```", page(code), re.DOTALL | re.MULTILINE)


def leaking(source: str) -> list[Program]:
    """The programs of all findings in a source text."""
    project = Project()
    module = project.add(source.encode(), "example.py", None)
    owners = {id(verdict): study.owner for study in studies_of(project, module) for verdict in study.verdicts}
    return [
        program_of(one.verdict, owners[id(one.verdict)], "example.py", one.finding.code)
        for one in reported_of(project, module)
        if one.verdict is not None
    ]


def every_site(source: str) -> list[Program]:
    """The programs of all creation sites, self-deleting ones included."""
    project = Project()
    module = project.add(source.encode(), "example.py", None)
    context = ProjectContext(project)
    programs = []
    for study in studies_of(project, module):
        for site in context.sites_of(study.body):
            # A creation that deletes itself owes no deletion: it is walked for its handle, which a `with` takes over.
            owed = Obligation.NAME if site.owned else Obligation.HANDLE
            verdict = examine(context, study.body, site, owed)
            programs.append(program_of(verdict, study.owner, "example.py", ""))
    return programs


def left_on_disk(program: Program, failure_ppm: int = 300_000) -> int:
    """What 1,000 requests really leave: names in the scratch directory, or open descriptors."""
    descriptor = program.resource is Resource.DESCRIPTOR
    slots = 100 if descriptor else 3 * REQUESTS
    settings = Settings(requests=REQUESTS, slots=slots, failure_ppm=failure_ppm, file_size=10)
    with scratch(settings.file_size) as place:
        run([program], settings, place)
        return place.descriptors() if descriptor else place.names()


@pytest.mark.parametrize("code", CODES)
def test_every_leaking_example_leaves_something_real(code: str) -> None:
    sources = examples(code, "leaking")
    assert sources
    for source in sources:
        programs = leaking(source)
        assert programs, source
        assert any(left_on_disk(program) > 0 for program in programs), source


@pytest.mark.parametrize("code", CODES)
def test_every_fixed_example_leaves_nothing(code: str) -> None:
    sources = examples(code, "fixed")
    assert sources
    for source in sources:
        for program in every_site(source):
            assert left_on_disk(program) == 0, source


@pytest.mark.parametrize("code", CODES)
def test_solved_graphs_know_at_every_node_whether_the_file_is_held(code: str) -> None:
    for source in examples(code, "leaking"):
        for program in leaking(source):
            after = states_after(program)
            assert {n.id: frozenset({n.holds}) for n in program.nodes} == after, source


def program_for(source: str) -> Program:
    (program,) = leaking("import os, tempfile\n" + source)
    return program


def test_a_guard_needs_no_evaluation() -> None:
    """The deletion under `if path` follows every creation; walks that made nothing pass it by."""
    program = program_for(
        "def f(x):\n    path = None\n    if x.big():\n        path = tempfile.mkdtemp()\n    x.work(path)\n"
        "    if path:\n        os.rmdir(path)\n"
    )
    assert left_on_disk(program, failure_ppm=0) == 0
    assert 100 < left_on_disk(program, failure_ppm=1_000_000) < 900


def test_what_stands_after_the_deletion_is_walked_too() -> None:
    program = program_for(
        "def f(x):\n    p = tempfile.mkdtemp()\n    x.a(p)\n    os.rmdir(p)\n    return x.b()\n"
    )
    labels = [node.label for node in program.nodes if node.kind is Kind.RISKY]
    assert labels == ["x.a(p)", "x.b()"]
    outcome = run([program], Settings(requests=REQUESTS, slots=REQUESTS, failure_ppm=1_000_000)).counts
    assert outcome.failed == REQUESTS
    assert 350 < outcome.orphans < 650, "a failure after the deletion leaves nothing"


def test_a_loop_that_deletes_in_each_turn_makes_a_file_in_each_turn() -> None:
    program = program_for(
        "def f(xs):\n    for x in xs:\n        p = tempfile.mkdtemp()\n        x.a(p)\n        os.rmdir(p)\n"
    )
    assert left_on_disk(program, failure_ppm=0) == 0
    assert left_on_disk(program, failure_ppm=1_000_000) > 300


def test_a_returned_path_is_handed_over() -> None:
    program = program_for("def f(x):\n    p = tempfile.mkdtemp()\n    x.fill(p)\n    return p\n")
    assert left_on_disk(program, failure_ppm=0) == 0
    assert left_on_disk(program, failure_ppm=1_000_000) == REQUESTS


def test_lines_and_source_are_those_of_the_file() -> None:
    source = "def other():\n    pass\n\n\ndef f(x):\n    p = tempfile.mkdtemp()\n    x.fill(p)\n"
    program = program_for(source)
    assert [line.number for line in program.source] == [6, 7, 8]
    assert program.source[1].text == "    p = tempfile.mkdtemp()"
    created = next(node for node in program.nodes if node.kind is Kind.CREATE)
    assert (created.line, created.label) == (7, "tempfile.mkdtemp()")


def test_what_the_analysis_calls_clean_leaves_nothing() -> None:
    """The walk with real files says of every holding fixture what the analysis says."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((FIXTURES / "holding").glob("*.py"))]
    programs = [program for source in sources for program in every_site(source)]
    assert len(programs) > 10
    for program in programs:
        assert left_on_disk(program, failure_ppm=500_000) == 0, program.function


def test_fixtures_play_and_leave_something() -> None:
    folder = FIXTURES / "leaky"
    played = 0
    for path in sorted(folder.glob("*.py")):
        try:
            programs = leaking(path.read_text(encoding="utf-8"))
        except Unreadable:
            continue  # the fixture of TML900
        assert all(left_on_disk(program, failure_ppm=500_000) > 0 for program in programs), path.name
        played += len(programs)
    assert played > 10


def test_ways_beyond_the_bound_of_states_go_on_as_others_do() -> None:
    flags = [f"flag{number}" for number in range(8)]
    early = "".join(
        f"    {flag} = None\n    if ask({number}):\n        {flag} = {number}\n"
        for number, flag in enumerate(flags)
    )
    late = "".join(f"    if {flag} is not None:\n        note({flag})\n" for flag in flags)
    source = (
        f"import os, tempfile\n\n\ndef f(data):\n{early}    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
        f"    if ask(9):\n        data = None\n    use(path, data)\n{late}"
    )
    (program,) = (one for one in leaking(source) if one.resource is Resource.FILE)
    for node in program.nodes:
        onward = [edge for edge in program.leaving(node.id) if edge.kind is not Way.ERROR]
        assert onward or node.kind is not Kind.CREATE
    settings = Settings(requests=500, slots=5000, failure_ppm=300_000)
    assert run([program], settings, NoStore()).counts.orphaned > 350
