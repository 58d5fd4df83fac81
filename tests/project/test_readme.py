"""What the README shows and claims is so: its commands, its finding, its fix, its figures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
HANDLER = "fixtures/leaky/request_handler.py"


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tmpleak_lint", *arguments], cwd=PROJECT, capture_output=True, text=True,
        check=False, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip


def test_there_are_two_set_up_commands_of_one_line_each() -> None:
    commands = blocks("console")
    assert [command.count("\n") for command in commands] == [1, 1]
    assert [command.split(" && ")[0] for command in commands] == [
        "python3 -m venv .venv",
        "python3 -m venv .venv-test",
    ]


def test_ci_runs_the_second_command_as_it_stands() -> None:
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"\n{{ {blocks('console')[1].strip()}; }} " in script
    assert "\nset -euo pipefail\n" in script
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)


def test_extras_that_are_named_exist() -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    named = re.findall(r"'\.\[(\w+)\]'", README) + re.findall(r"extra `(\w+)`", README)
    assert sorted(named) == ["docs", "test"]
    assert set(named) <= set(extras)


def test_first_command_shows_the_finding_that_is_shown_and_exits_with_1() -> None:
    done = run("--isolated", "fixtures")
    assert done.returncode == 1
    (finding,) = blocks("text")
    assert finding in done.stdout


def test_fix_that_is_shown_is_the_fix() -> None:
    (shown,) = blocks("diff")
    assert run("--isolated", "--diff", HANDLER).stdout == shown


def test_code_that_is_shown_is_the_code_that_is_checked() -> None:
    (shown,) = blocks("python")
    source = (PROJECT / HANDLER).read_text(encoding="utf-8")
    assert shown in source.replace("  # TML103", "")


def test_what_is_said_of_the_simulation_is_what_it_says() -> None:
    requests = re.search(r"full\s+after (\d+) requests", README)
    assert requests is not None
    said = run("simulate", f"{HANDLER}:21", "--no-animation").stdout
    both = "as written, delete on the last line"  # one row: moving the deletion there changes nothing
    assert f"{both}: full at request {requests[1]} (" in said
    assert re.search(rf"^{both}  +\d+ ", said, re.MULTILINE)
    assert "try / finally, the tool's fix: never full" in said


def test_comparison_is_the_measured_one() -> None:
    accuracy = (PROJECT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    measured = accuracy.partition("<!-- peers -->\n")[2].partition("<!-- end peers -->")[0]
    assert measured.count("\n") > 4
    assert measured in README


def test_pictures_are_there_and_small() -> None:
    pictures = re.findall(r"^\[[\w-]+\]: https://raw\.[^/]+/[^/]+/[^/]+/main/(\S+)$", README, re.MULTILINE)
    assert pictures
    for picture in pictures:
        assert 0 < (PROJECT / picture).stat().st_size < 300_000


def test_links_work_where_the_readme_is_shown_alone() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", README) + re.findall(r"^\[[^\]]+\]: (\S+)$", README, re.MULTILINE)
    assert targets
    assert [target for target in targets if not target.startswith("https://")] == []
