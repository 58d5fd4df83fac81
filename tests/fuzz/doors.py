"""The doors of the tool, and what must hold at each whatever comes: no crash, no file harmed, the right exit status.

In: a folder with an input in it, a source of chance. Out: what went wrong, a line each; nothing where all is well. How
long it took is for who calls.
"""

from __future__ import annotations

import ast
import io
import json
import random
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import tmpleak_lint
from tmpleak_lint.cli import main
from tmpleak_lint.fixing.leftovers import PREFIX

PACKAGE = Path(tmpleak_lint.__file__).parent
Door = Callable[[random.Random, Path], Iterator[str]]
BUGS = (
    "this is a bug of tmpleak-lint",
    "internal error, please report it",
    "Traceback (most recent call last)",
)
FURTHER = 0.3  # of the passages ask the same again in another way, which takes as long again
FORMATS = ("concise",) * 8 + ("full", "json", "sarif", "github", "gitlab", "junit")


def said(*arguments: str, command: Callable[[list[str]], int] = main) -> tuple[int, str, str]:
    """The exit status of a command, and what it printed; an exit of argparse is one too."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = streams
    try:
        status = command(list(arguments))
    except SystemExit as ended:
        status = int(ended.code or 0) if not isinstance(ended.code, str) else 2
    finally:
        sys.stdout, sys.stderr = before
    out, err = (stream.buffer.getvalue().decode("utf-8", "replace") for stream in streams)  # type: ignore[attr-defined]
    return status, out, err


def bugs(status: int, allowed: Sequence[int], out: str, err: str, what: str) -> Iterator[str]:
    """What no run may say, and exit statuses that it may not have."""
    for sign in BUGS:
        text = out + err
        if sign in text:
            at = text.index(sign)
            yield f"crash: {what}: {' | '.join(text[max(at - 200, 0) : at + 300].split(chr(10))[-12:])}"
            return
    if status not in allowed:
        yield f"status: {what}: {status}: {err[-200:]}"


def check(chance: random.Random, case: Path) -> Iterator[str]:
    """`check` with every code on: it changes nothing, and its status says whether it found anything."""
    before = case.read_bytes()
    form = chance.choice(FORMATS)
    own = ("--isolated", "--no-cache", "--jobs", "1", "--select", "TML")
    status, out, err = said(*own, "--output-format", form, str(case))
    yield from bugs(status, (0, 1), out, err, f"check as {form}")
    if status in (0, 1) and form in ("json", "concise"):
        found = [one["message"] for one in json.loads(out)] if form == "json" else out.splitlines()
        if bool(found) != bool(status):
            yield f"status: check: {status} with {len(found)} findings"
        refused = [one for one in found if "invalid syntax" in one]
        if refused and case.suffix == ".py" and is_python(before):
            yield f"refused: check: {refused}"
    if case.read_bytes() != before:
        yield "harmed: check changed the file"


def fix(chance: random.Random, case: Path) -> Iterator[str]:
    """`--fix`: the file is whole, still Python where it was, and nothing lies beside it."""
    before, beside = case.read_bytes(), sorted(case.parent.iterdir())
    own = ("--isolated", "--no-cache", "--jobs", "1", "--unsafe-fixes")
    diff = None
    if chance.random() < FURTHER:
        status, diff, err = said(*own, "--diff", str(case))
        yield from bugs(status, (0, 1), diff, err, "--diff")
        if case.read_bytes() != before:
            yield "harmed: --diff changed the file"
    status, out, err = said(*own, "--fix", str(case))
    yield from bugs(status, (0, 1), out, err, "--fix")
    after = case.read_bytes()
    if after != before and newest(before) and not newest(after):
        yield "harmed: --fix made a program into none"
    if diff is not None and (after != before) != bool(diff):
        yield "harmed: --fix did another thing than --diff showed"
    if sorted(case.parent.iterdir()) != beside or any(
        p.name.startswith(PREFIX) for p in case.parent.iterdir()
    ):
        yield "harmed: --fix left a file"
    case.write_bytes(before)


def explain(chance: random.Random, case: Path) -> Iterator[str]:
    """`explain` of a line: it is shown, or refused with a reason."""
    row = _row(chance, case)
    answer = said("explain", f"{case}:{row}", "--isolated", *chance.choice(((), ("--json",))))
    yield from bugs(*_with(answer, (0, 2)), f"explain {row}")


def simulate(chance: random.Random, case: Path) -> Iterator[str]:
    """`simulate` of a line: it is played, or refused with a reason."""
    row, page = _row(chance, case), case.parent / "page.html"
    more = chance.choice(((), ("--json",), ("--html", str(page))))
    run = chance.choice(((), *(("--requests", str(most), "--slots", "4") for most in (1, 5, 10, 20, 20))))
    answer = said("simulate", f"{case}:{row}", "--isolated", *run, *more)
    yield from bugs(*_with(answer, (0, 2)), f"simulate {row}")
    page.unlink(missing_ok=True)


def flake8(chance: random.Random, case: Path) -> Iterator[str]:
    """The plugin in its host."""
    from flake8.main.cli import main as host  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = said("--isolated", "--select", "TML", "-j", "1", str(case), command=host)
        except Exception as error:
            # The host reads the file itself, and has checks of its own: what they don't survive isn't ours.
            if any(
                PACKAGE in Path(frame.filename).parents for frame in traceback.extract_tb(error.__traceback__)
            ):
                raise
            return
    yield from bugs(*_with(answer, (0, 1)), "flake8")


def server(chance: random.Random, case: Path) -> Iterator[str]:
    """What the language server has its workers do."""
    from tmpleak_lint.hosts.server.bench import Bench
    from tmpleak_lint.hosts.server.jobs import Choice, FixAll, Look, Propose, Text

    bench = Bench()
    text = Text(str(case), case.read_bytes(), chance.random() < 0.5, Choice(None, {"select": ("TML",)}))
    seen = Look(text).run(bench)
    findings = seen.outcome.report.findings
    if any("internal error, please report it" in one.message for one in findings):
        yield f"crash: server: {[one.message for one in findings]}"
    if not case.name.endswith(".ipynb"):
        proposed = Propose(text, findings[:5]).run(bench)
        refusals = [
            str(one.fix_refused)
            for one in proposed
            if "internal error, please report it" in str(one.fix_refused)
        ]
        if refusals:
            yield f"crash: server proposes: {refusals}"
        FixAll(text).run(bench)


def surrounded(chance: random.Random, case: Path) -> Iterator[str]:
    """The command line with odd files around: settings, a baseline, results."""
    from tests.fuzz import surroundings

    top = case.parent
    way = chance.randrange(3)
    if way == 0:
        (top / "pyproject.toml").write_bytes(surroundings.settings(chance))
        arguments: tuple[str, ...] = ("--no-cache",)
    elif way == 1:
        (top / "known.json").write_bytes(surroundings.baseline(chance))
        arguments = ("--isolated", "--no-cache", "--baseline", str(top / "known.json"))
    else:
        (top / "results").write_bytes(surroundings.results(chance))
        arguments = ("--isolated", "--results", str(top / "results"))
    before = case.read_bytes()
    answer = said(*arguments, "--jobs", "1", str(case))
    yield from bugs(*_with(answer, (0, 1, 2)), f"check with {('settings', 'baseline', 'results')[way]}")
    if answer[0] == 2 and not answer[2].startswith("tmpleak-lint: error: "):
        yield f"status: no reason given: {answer[2][:200]}"
    if case.read_bytes() != before:
        yield "harmed: check changed the file"
    for path in top.iterdir():
        if path != case and path.is_file():
            path.unlink()


DOORS: dict[str, Door] = {
    "check": check, "fix": fix, "explain": explain, "simulate": simulate, "flake8": flake8, "server": server,
    "surrounded": surrounded,
}  # fmt: skip


def is_python(data: bytes) -> bool:
    """Whether this Python's parser takes a text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "case.py", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def newest(data: bytes) -> str:
    """Which parser takes a text: that of this Python ("3.11"), or only libcst's, which knows more; "" for none."""
    if is_python(data):
        return "3.11"
    from tmpleak_lint.reading.regions import SourceModule, Unreadable

    try:
        SourceModule(data, "case.py").check_whole()
    except Unreadable:
        return ""
    return "newer"


def _row(chance: random.Random, case: Path) -> int:
    """A row where a temp file may be made, most often; else any."""
    lines = case.read_bytes().splitlines()
    making = [row for row, line in enumerate(lines, 1) if re.search(rb"mk|Temp|temp", line)]
    return chance.choice(making) if making and chance.random() < 0.8 else chance.randint(0, len(lines) + 1)


def _with(answer: tuple[int, str, str], allowed: Sequence[int]) -> tuple[int, Sequence[int], str, str]:
    status, out, err = answer
    return status, allowed, out, err
