"""How right is tmpleak-lint on real packages? Precision and recall against the labelled sites.

In: the label tables and the pinned packages (`corpus.py` fetches them). Out: Markdown tables overall and by
confidence, split, tier, kind, reach and verdict, then every false alarm and missed alarm; with `--json`, the same as
one object. The linter runs as a program of its own over the unpacked packages, as a user would run it.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.corpus import Corpus, prepare
from benchmarks.scoring import (
    GROUPINGS,
    Found,
    Outcome,
    Rates,
    grouped,
    percent,
    rates,
    score,
    table,
    unlabelled,
)
from benchmarks.sites import SPLITS, Label, read_labels

CLAIMS_A_LEAK = ("TML1", "TML2")
LOW = "low"
UNANALYSABLE = "TML900"
ANY_CONFIDENCE = ("--min-confidence", "low")
READ_ALL = (
    *ANY_CONFIDENCE, "--no-cache", "--no-respect-gitignore", "--exclude", "__pycache__", "--no-show-fixes"
)  # fmt: skip


def linter_command() -> list[str]:
    """The `tmpleak-lint` that belongs to this interpreter."""
    script = shutil.which("tmpleak-lint", path=str(Path(sys.executable).parent))
    if script is None:
        raise SystemExit("tmpleak-lint is not installed beside this Python: pip install -e .")
    return [script]


def knowledge_flags(knowledge: str | None) -> list[str]:
    """The flags for a file of settings, for shipped conventions by their name, or for nothing."""
    if knowledge is None:
        return ["--isolated"]
    if Path(knowledge).is_file():
        return ["--config", knowledge]
    return ["--isolated", "--conventions", knowledge]


def run_linter(roots: Iterable[Path], knowledge: str | None) -> list[dict[str, Any]]:
    """The findings over the folders, as the JSON output gives them."""
    settings = knowledge_flags(knowledge)
    command = [*linter_command(), "check", *READ_ALL, "--output-format", "json", *settings]
    done = subprocess.run([*command, *map(str, roots)], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"tmpleak-lint failed ({done.returncode}):\n{done.stderr}")
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    return findings


def to_found(raw: dict[str, Any], corpus: Corpus) -> Found | None:
    """A finding in terms of the corpus, or None when its file lies outside."""
    where = locate(raw["filename"], corpus)
    if where is None:
        return None
    created = [
        (*place, step["location"]["row"])
        for step in raw["steps"]
        if step["event"] == "created" and (place := locate(step["filename"], corpus)) is not None
    ]
    row, end = raw["location"]["row"], raw["end_location"]["row"]
    return Found(raw["code"], (*where, row), end, raw["message"], raw["confidence"], tuple(created))


def all_found(raw: Iterable[dict[str, Any]], corpus: Corpus) -> list[Found]:
    """The findings in terms of the corpus, each loss by itself of those that are joined: a label is about one call."""
    return [
        found for item in raw for loss in each_loss(item) if (found := to_found(loss, corpus)) is not None
    ]


def each_loss(item: dict[str, Any]) -> list[dict[str, Any]]:
    """What a finding says of each of the calls that lose what one creation makes."""
    return [{**item, **loss, "losses": []} for loss in item.get("losses") or ()] or [item]


def locate(filename: str, corpus: Corpus) -> tuple[str, str] | None:
    """Distribution and path inside it of a file of the corpus."""
    path = Path(filename).resolve()
    for name, root in corpus.roots.items():
        if path.is_relative_to(root.resolve()):
            return name, path.relative_to(root.resolve()).as_posix()
    return None


def claims(findings: Iterable[Found]) -> list[Found]:
    """Those that say a file stays: TML1xx and TML2xx."""
    return [found for found in findings if found.code.startswith(CLAIMS_A_LEAK)]


def all_rates(outcomes: Sequence[Outcome]) -> dict[str, Rates]:
    rows = {"shown by default": rates(shown_by_default(outcomes)), "of any confidence": rates(outcomes)}
    for key in GROUPINGS:
        rows.update(grouped(outcomes, key))
    return rows


def shown_by_default(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same sites as a user sees them who asks for nothing: findings of low confidence are none."""
    return [
        replace(outcome, found=None) if outcome.found and outcome.found.confidence == LOW else outcome
        for outcome in outcomes
    ]


def wrong(outcomes: Iterable[Outcome], leak: bool) -> list[Outcome]:
    """The missed alarms (`leak=True`) or the false ones."""
    return [outcome for outcome in outcomes if not outcome.right and outcome.is_leak == leak]


def describe(outcome: Outcome) -> str:
    label = outcome.label
    said = f" said {outcome.found.code}: {outcome.found.message}" if outcome.found else ""
    verdict = f"{label.verdict}/{label.kind}" if outcome.is_leak else label.verdict
    place = f"{label.place} {label.creator}"
    return f"- {place} [{verdict}, reach {label.reach}] witness {label.witness}: {label.note}{said}"


def report(outcomes: Sequence[Outcome]) -> list[str]:
    lines = table(all_rates(outcomes))
    for title, leak in (("False alarms", False), ("Missed alarms", True)):
        listed = wrong(outcomes, leak)
        lines += ["", f"## {title}: {len(listed)}", *map(describe, listed)]
    return lines


def as_json(outcomes: Sequence[Outcome], corpus: Corpus, raw: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "missing": corpus.missing,
        "not_analysed": not_analysed(raw)[2:],
        "rates": {
            name: {
                "sites": rate.sites,
                "leaks": rate.leaks,
                "reported": rate.reported,
                "true": rate.true,
                "precision": rate.precision,
                "recall": rate.recall,
            }
            for name, rate in all_rates(outcomes).items()
        },
        "false_alarms": [describe(outcome)[2:] for outcome in wrong(outcomes, leak=False)],
        "missed_alarms": [describe(outcome)[2:] for outcome in wrong(outcomes, leak=True)],
    }


def sample(labels: Sequence[Label], findings: Sequence[Found], count: int, seed: int) -> list[str]:
    """Some findings without a label, to be read by hand."""
    rest = sorted(unlabelled(labels, findings), key=lambda found: (found.place, found.code))
    chosen = random.Random(seed).sample(rest, min(count, len(rest)))
    lines = ["", f"## {len(chosen)} of {len(rest)} findings without a label (seed {seed})"]
    for found in sorted(chosen, key=lambda found: found.place):
        distribution, path, line = found.place
        lines.append(f"- {distribution}/{path}:{line} {found.code} {found.message}")
    return lines


def measure(labels: Sequence[Label], raw: Iterable[dict[str, Any]], corpus: Corpus) -> list[Outcome]:
    return score(corpus.present(labels), claims(all_found(raw, corpus)))


def not_analysed(raw: Iterable[dict[str, Any]]) -> list[str]:
    """Files that the linter could not analyse; their sites count as not reported."""
    lines = [f"- {item['filename']}: {item['message']}" for item in raw if item["code"] == UNANALYSABLE]
    return ["", f"## Not analysed: {len(lines)}", *lines] if lines else []


def chosen_labels(arguments: argparse.Namespace) -> list[Label]:
    labels = [label for split in arguments.split or SPLITS for label in read_labels(split)]
    return [label for label in labels if arguments.reach in (None, label.reach)]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--split", choices=SPLITS, action="append", help="only this split (default: all)")
    parser.add_argument("--reach", choices=("local", "class", "module", "package", "beyond"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--knowledge",
        metavar="NAME",
        help="measure again with these conventions, or with the settings of a file",
    )
    parser.add_argument("--sample-unlabelled", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, metavar="FILE", help="score this JSON output; do not run")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the linter's JSON output")
    arguments = parser.parse_args(argv)
    corpus = prepare(arguments.split or SPLITS)
    labels = chosen_labels(arguments)
    if arguments.findings:
        raw = json.loads(arguments.findings.read_text(encoding="utf-8"))
    else:
        raw = run_linter(corpus.roots.values(), None)
    if arguments.save:
        arguments.save.write_text(json.dumps(raw), encoding="utf-8")
    outcomes = measure(labels, raw, corpus)
    if arguments.json:
        print(json.dumps(as_json(outcomes, corpus, raw), indent=1))
        return 0
    for name, reason in corpus.missing.items():
        print(f"WITHOUT {name}: {reason}\n")
    print("\n".join([*report(outcomes), *not_analysed(raw)]))
    if arguments.knowledge:
        informed = measure(labels, run_linter(corpus.roots.values(), arguments.knowledge), corpus)
        print(f"\n## With {Path(arguments.knowledge).name}\n" + "\n".join(report(informed)))
        print("\n" + "\n".join(table({"without": rates(outcomes), "with": rates(informed)})))
    if arguments.sample_unlabelled:
        everything = [label for split in SPLITS for label in read_labels(split)]
        found = all_found(raw, corpus)
        print("\n".join(sample(everything, claims(found), arguments.sample_unlabelled, arguments.seed)))
    for name, total in (("by default", rates(shown_by_default(outcomes))), ("of any", rates(outcomes))):
        print(
            f"\n{name}: precision {percent(total.precision)}, recall {percent(total.recall)}, {total.sites} sites"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
