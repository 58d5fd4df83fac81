"""The engine in Python and the page's in JavaScript give the same numbers (through node, where it is)."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from dataclasses import asdict, replace
from importlib.resources import files
from typing import Any

import pytest

from tests.simulation.programs import (
    early_return,
    example,
    handed_over,
    happy_path,
    loop_rebinds,
    random_program,
)
from tmpleak_lint.simulation.engine import Settings, run
from tmpleak_lint.simulation.page.build import packed
from tmpleak_lint.simulation.program import Program
from tmpleak_lint.simulation.rng import Stream

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def in_node(script: str, data: object) -> Any:
    """What `script` writes, given `data`, the page's engine and its reader of data."""
    page = files("tmpleak_lint.simulation.page")
    engine = "\n".join(page.joinpath(name).read_text(encoding="utf-8") for name in ("engine.js", "data.js"))
    whole = f"{engine}\nconst data = JSON.parse(require('fs').readFileSync(0, 'utf8'));\n{script}"
    assert NODE is not None
    done = subprocess.run(
        [NODE, "-e", whole], input=json.dumps(data), capture_output=True, text=True, timeout=120, check=True
    )
    return json.loads(done.stdout)


def outcome(programs: list[Program], settings: Settings) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(asdict(run(programs, settings))))
    return result


def test_streams_are_equal() -> None:
    chance = random.Random(5)
    pairs = [(chance.getrandbits(32), chance.getrandbits(20)) for _ in range(50)]
    bounds = [1, 2, 3, 7, 1000, 1_000_000, 1 << 20]
    script = """
    const rows = data.pairs.map(([seed, number]) => {
      const stream = new Engine.Stream(seed, number);
      return data.bounds.map((bound) => stream.below(bound));
    });
    console.log(JSON.stringify(rows));
    """
    expected = []
    for seed, number in pairs:
        stream = Stream(seed, number)
        expected.append([stream.below(bound) for bound in bounds])
    assert in_node(script, {"pairs": pairs, "bounds": bounds}) == expected


def test_outcomes_are_equal_for_hand_written_and_random_programs() -> None:
    chance = random.Random(11)
    jobs: list[tuple[list[Program], Settings]] = []
    for program in (happy_path(), early_return(), loop_rebinds(), handed_over()):
        for age in (0, 30):
            jobs.append(([program], Settings(seed=chance.getrandbits(32), reaper_age=age)))
    for code in ("TML103", "TML106", "TML108", "TML203", "TML302"):
        for cleanup in example(code).cleanups.values():
            jobs.append(([cleanup.program], Settings(seed=chance.getrandbits(32))))
    for _ in range(60):
        programs = [random_program(chance) for _ in range(chance.randint(1, 3))]
        settings = Settings(
            requests=chance.randint(1, 80),
            slots=chance.randint(1, 14),
            failure_ppm=chance.randint(0, 1_000_000),
            seed=chance.getrandbits(32),
            fail_at=chance.choice([(), (), ("step 2",), ("make()", "step 3")]),
            reaper_age=chance.choice([0, 0, 5, 30]),
            lanes=chance.randint(1, 9),
        )
        jobs.append((programs, settings))
    script = """
    console.log(JSON.stringify(data.map((job) => Engine.run(job.programs, job.settings))));
    """
    data = [{"programs": [p.to_json() for p in programs], "settings": asdict(s)} for programs, s in jobs]
    for result, (programs, settings) in zip(in_node(script, data), jobs, strict=True):
        assert result == outcome(programs, settings)


def test_packed_programs_are_read_as_they_were_written() -> None:
    chance = random.Random(11)
    programs = [happy_path(), handed_over(), *(random_program(chance) for _ in range(20))]
    programs.append(example("TML108").cleanups["close"].program)  # its lines have gaps
    weighted = replace(programs[0], edges=tuple(replace(edge, weight=19) for edge in programs[0].edges))
    sources: dict[tuple[Any, ...], int] = {}
    rows = [packed(program, sources) for program in [*programs, weighted]]
    script = "console.log(JSON.stringify(data.rows.map((row) => Data.program(row, data.sources))));"
    read = in_node(script, {"rows": rows, "sources": [list(source) for source in sources]})
    assert read == [json.loads(json.dumps(program.to_json())) for program in [*programs, weighted]]
