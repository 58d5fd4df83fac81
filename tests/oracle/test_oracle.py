"""The analyzer against the truth: thousands of small programs, run under faults and analysed.

A fixed seed, drawn, run and judged on a few processes. The long run over fresh seeds is
`benchmarks/oracle.py`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.oracle.campaign import Judgement, by_construct, judgements, minimised, processors
from tests.oracle.grammar import Drawn, programs
from tests.oracle.instrument import OracleGap
from tests.oracle.runner import explore
from tests.oracle.verdict import compare
from tests.oracle.world import World

SEED = 20260
PROGRAMS = 2000
AGREEMENT = 0.995
SHOWN = 3  # disagreements that a failure prints in full

# Every construct the oracle promises to cover, as the grammar tags it.
CONSTRUCTS = (
    *(
        f"entry {kind}"
        for kind in (
            "function",
            "coroutine",
            "generator",
            "manager",
            "asyncmanager",
            "asyncgenerator",
            "class",
        )
    ),
    "mkstemp",
    "mkdtemp",
    "mktemp",
    "NamedTemporaryFile",
    "NamedTemporaryFile with",
    "mkstemp descriptor lost",
    "fdopen",
    "os.write",
    "descriptor kept open",
    "descriptor closed in finally",
    "helper creates",
    "walrus",
    "Path of mkdtemp",
    "alias",
    "child by dir=",
    "child of directory",
    "parent forgotten",
    "TemporaryDirectory parent",
    "risky call",
    "risky await",
    "risky open",
    "risky assert",
    "risky command",
    "risky helper",
    "benign",
    "delete file",
    "delete directory",
    "helper deletes",
    "helper deletes on a condition",
    "exists guard",
    "wrong path deleted",
    "keep option",
    "move",
    "move in try",
    "try",
    "try else",
    "deletion in finally",
    "deletion in except",
    "finally without deletion",
    "unbound in finally",
    "return in finally",
    "finally first does assert",
    "finally first does await",
    "finally first does call",
    *(
        f"except {kind}"
        for kind in (
            "OSError",
            "ValueError",
            "Exception",
            "BaseException",
            "(OSError, ValueError)",
            "AppError",
            "_Refused",
            "",
        )
    ),
    *(f"handler ends in {end}" for end in ("pass", "raise", "other", "return", "break", "continue", "risky")),
    "with",
    "suppress",
    "async with",
    "ExitStack callback",
    "ExitStack lambda",
    "ExitStack enter",
    "ExitStack nested",
    *(f"loop over {kind}" for kind in ("unknown", "literal", "range", "call")),
    "while",
    "async for",
    "loop else",
    "creation in loop",
    "rebound",
    "retry loop",
    "match",
    *(f"leave by {way}" for way in ("return", "raise", "exit", "break", "continue", "helper")),
    "None guard",
    "flag guard",
    "locals guard",
    "same condition",
    "conditional expression",
    "boolean short cut",
    "deletion on a condition",
    "never deleted",
    "straight deletion",
    "hand-over",
    "return path",
    "yield",
    "yield path",
    "container list",
    "container set",
    "container dict",
    "container comprehension",
    "container return",
    "atexit",
    "finalize",
    "nested function",
    "module manager _scratch",
    "module manager _scratch_bare",
    "module manager _Scratch",
    "module manager _Holder",
    "list of the caller",
    "success flag",
    "error kept",
    "partial",
    "pop_all",
    "list popped",
    "nonlocal",
    "return from try",
    "names swapped",
    "attempts",
    "except*",
    "coroutine helper",
    "coroutine helper deletes",
    "module async manager",
    "module generator",
    "unpacked",
    "risky in handler",
    "except asyncio.CancelledError",
    "module registry atexit",
    "module registry global",
    "module registry global here",
    *(
        f"class ends by {end}"
        for end in ("close", "__exit__", "exit and close", "__del__", "nothing", "finalize", "atexit")
    ),
    "class with a list",
    "class stores gap",
)


@pytest.fixture(scope="module")
def judged() -> list[Judgement]:
    return [*judgements(SEED, PROGRAMS, processors(None))]


def story(item: Judgement) -> str:
    """One disagreement for a reader: the smallest program found, and both sides."""
    with World() as world:
        small, _, left = minimised(world, item.source, item.disagreements[0])
    return f"program {item.number}: {item.disagreements[0]}\n{small}" + "\n".join(map(str, left))


def test_verdict_and_truth_agree(judged: list[Judgement]) -> None:
    differing = [item for item in judged if item.disagreements]
    shown = "\n\n".join(story(item) for item in differing[:SHOWN])
    assert len(differing) <= (1 - AGREEMENT) * len(judged), (
        f"{len(differing)} of {len(judged)} differ\n{shown}"
    )


def test_every_program_has_a_truth(judged: list[Judgement]) -> None:
    assert [(item.number, item.gap) for item in judged if item.gap is not None] == []
    assert sum(not item.complete for item in judged) <= len(judged) / 100


def test_the_programs_cover_every_construct(judged: list[Judgement]) -> None:
    drawn = by_construct(judged)
    assert [name for name in CONSTRUCTS if drawn.get(name, (0, 0))[0] < 3] == []


def test_leaking_and_holding_creations_are_both_common(judged: list[Judgement]) -> None:
    created = sum(item.created for item in judged)
    leaking = sum(item.leaking for item in judged)
    assert 0.25 < leaking / created < 0.65
    assert sum(item.leaking == 0 for item in judged) > len(judged) / 4


def test_an_analyzer_that_says_nothing_would_fail(judged: list[Judgement]) -> None:
    """The bound means something: silence, or an alarm on every creation, is far from it."""
    silent = sum(item.leaking == 0 for item in judged)
    noisy = sum(item.leaking == item.created for item in judged)
    assert max(silent, noisy) < AGREEMENT * len(judged) / 1.5


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck])
@given(programs())
def test_hypothesis_finds_no_disagreement(drawn: Drawn) -> None:
    """Few examples, but Hypothesis shrinks what it finds to the smallest program it can draw."""
    with World() as world:
        try:
            truth = explore(world, drawn.source)
        except OracleGap as gap:
            pytest.fail(f"no truth: {gap}")
    assert compare(drawn.source, truth) == [], drawn.source
