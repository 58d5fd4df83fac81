"""What other linters say on the same sites, scored by the same rules.

In: the labels and the pinned packages. Out: a Markdown table (`docs/accuracy.md` and the README quote it)
and the versions. The peers are installed by pip into an environment of their own below `.cache`; each is
asked only for its rules that speak of unclosed or temporary files. semgrep is named with the reason when it
cannot take part: its rules are not part of its package, they come from a registry on the network.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.accuracy import all_found, claims, locate, run_linter
from benchmarks.corpus import CACHE, Corpus, prepare
from benchmarks.scoring import Found, Outcome, percent, rates, score
from benchmarks.sites import SPLITS, Label, creation_calls, read_labels

PACKAGES = ("ruff", "pylint", "bandit")


@dataclass(frozen=True, slots=True)
class Peer:
    """A rule (or two) of a linter: how it is run, and how its output is read: code, file, row, end row.

    `within` says where it points: into the creating "call", or anywhere into the "function" around it.
    """

    name: str
    package: str
    command: tuple[str, ...]
    within: str
    read: Callable[[str], Iterator[tuple[str, str, int, int]]]


def _read_ruff(output: str) -> Iterator[tuple[str, str, int, int]]:
    for item in json.loads(output):
        yield item["code"], item["filename"], item["location"]["row"], item["end_location"]["row"]


def _read_pylint(output: str) -> Iterator[tuple[str, str, int, int]]:
    for item in json.loads(output):
        yield item["message-id"], item["path"], item["line"], item["endLine"] or item["line"]


def _read_bandit(output: str) -> Iterator[tuple[str, str, int, int]]:
    for item in json.loads(output)["results"]:
        yield item["test_id"], item["filename"], item["line_number"], max(item["line_range"])


@dataclass(frozen=True, slots=True)
class Extent:
    """A creating call by its first line, and the lines that speak of it."""

    call: int
    first: int
    last: int

    def holds(self, line: int) -> bool:
        return self.first <= line <= self.last


_RUFF = ("check", "--isolated", "--no-cache", "--exit-zero", "--ignore-noqa", "--output-format=json")
_PYLINT = ("--rcfile=", "--disable=all", "--output-format=json", "--exit-zero", "--persistent=n", "--score=n")
PEERS = (
    Peer(
        "ruff SIM115 (handle without `with`)", "ruff", ("ruff", *_RUFF, "--select=SIM115"), "call", _read_ruff
    ),
    Peer(
        "ruff RUF075 (contextmanager without `finally`, preview)",
        "ruff",
        ("ruff", *_RUFF, "--preview", "--select=RUF075"),
        "function",
        _read_ruff,
    ),
    Peer(
        "pylint R1732 (consider-using-with)",
        "pylint",
        ("pylint", *_PYLINT, "--enable=consider-using-with"),
        "call",
        _read_pylint,
    ),
    Peer(
        "bandit B306, B108 (mktemp, /tmp in code)",
        "bandit",
        ("bandit", "--quiet", "--exit-zero", "--ignore-nosec", "--format=json", "--tests=B306,B108"),
        "call",
        _read_bandit,
    ),
)


def install(folder: Path) -> Path:
    """The `bin` folder of an environment that holds the peers."""
    programs = folder / "bin"
    if not all((programs / name).exists() for name in PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(programs / "pip"), "install", "--quiet", *PACKAGES], check=True)
    return programs


def versions(programs: Path) -> dict[str, str]:
    command = [str(programs / "pip"), "list", "--format=json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {item["name"]: item["version"] for item in json.loads(done.stdout) if item["name"] in PACKAGES}


def run_peer(peer: Peer, programs: Path, files: Sequence[Path], corpus: Corpus) -> list[Found]:
    """A peer's findings on the labelled files. Raises SystemExit when its output can't be read."""
    command = [str(programs / peer.command[0]), *peer.command[1:], *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        raw = list(peer.read(done.stdout))
    except (json.JSONDecodeError, KeyError) as error:
        raise SystemExit(f"{peer.name}: {error!r}\n{done.stdout[:500]}\n{done.stderr[:2000]}") from error
    places = [(code, locate(filename, corpus), row, end) for code, filename, row, end in raw]
    return [Found(code, (*where, row), end) for code, where, row, end in places if where is not None]


def extents(labels: Sequence[Label], corpus: Corpus, within: str) -> dict[tuple[str, str], list[Extent]]:
    """For each labelled file: the creating calls, each with the lines that a peer may point at to mean it."""
    found: dict[tuple[str, str], list[Extent]] = {}
    for label in labels:
        key = (label.distribution, label.path)
        if key in found:
            continue
        source = corpus.file(label).read_bytes()
        if not parses(source):
            found[key] = []
        elif within == "call":
            found[key] = [Extent(call.line, call.line, call.end_line) for call in creation_calls(source)]
        else:
            found[key] = list(_function_extents(source))
    return found


def _function_extents(source: bytes) -> Iterator[Extent]:
    functions = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    for call in creation_calls(source):
        around = [(first, last) for first, last in functions if first <= call.line <= last]
        if around:
            first, last = max(around)
            yield Extent(call.line, first, last)


def onto_calls(findings: Sequence[Found], extents: dict[tuple[str, str], list[Extent]]) -> list[Found]:
    """Put each finding on the first line of every creating call that it may mean, else leave it."""
    moved = []
    for found in findings:
        meant = [extent for extent in extents.get(found.place[:2], ()) if extent.holds(found.place[2])]
        lines = [extent.call for extent in meant] or [found.place[2]]
        moved += [replace(found, place=(*found.place[:2], line)) for line in lines]
    return moved


def semgrep_note() -> str:
    """Why semgrep has no row."""
    return (
        "semgrep has no row: pip installs the program, but not its rules; it fetches them from semgrep.dev "
        "when it runs, in whatever state they are that day. Its two public rules on tempfile (flush.yaml and "
        "mktemp.yaml) speak of using `.name` before a flush and of `mktemp`, not of deletion."
    )


def row(name: str, outcomes: Sequence[Outcome]) -> str:
    total = rates(outcomes)
    tier1 = rates(outcome for outcome in outcomes if outcome.label.tier == 1)
    tier2 = rates(outcome for outcome in outcomes if outcome.label.tier == 2)
    return (
        f"| {name} | {total.reported} | {total.true} | {percent(total.precision)} | {percent(total.recall)} "
        f"| {percent(tier1.recall)} | {percent(tier2.recall)} |"
    )


def parses(source: bytes) -> bool:
    """Whether this Python's parser takes the file; the peers run on this Python."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--split", choices=SPLITS, action="append", help="only this split (default: all)")
    parser.add_argument("--findings", type=Path, metavar="FILE", help="tmpleak-lint's JSON output")
    arguments = parser.parse_args(argv)
    splits = arguments.split or SPLITS
    corpus = prepare(splits)
    labels = corpus.present([label for split in splits for label in read_labels(split)])
    files = sorted({corpus.file(label) for label in labels})
    programs = install(CACHE / "peers")
    lines = [
        "| linter | reported sites | of them leaks | precision | recall | recall tier 1 | recall tier 2 |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    raw: list[dict[str, Any]]
    if arguments.findings:
        raw = json.loads(arguments.findings.read_text(encoding="utf-8"))
    else:
        raw = run_linter(corpus.roots.values(), None)
    own = all_found(raw, corpus)
    lines.append(row("**tmpleak-lint**", score(labels, claims(own))))
    for peer in PEERS:
        theirs = onto_calls(run_peer(peer, programs, files, corpus), extents(labels, corpus, peer.within))
        lines.append(row(peer.name, score(labels, theirs)))
    print("\n".join(lines))
    leaks = sum(label.verdict == "leak" for label in labels)
    print(f"\n{len(labels)} sites, {leaks} leaks; splits: {', '.join(splits)}")
    print(", ".join(f"{name} {version}" for name, version in sorted(versions(programs).items())))
    print(semgrep_note())
    unread = [file for file in files if not parses(file.read_bytes())]
    if unread:
        print(f"{len(unread)} labelled files use syntax newer than the Python that ran this: {unread}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
