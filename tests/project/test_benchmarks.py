"""The benchmark's own arithmetic: which sites count as reported, and that drift is noticed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import changes, fresh, receivers, speed
from benchmarks.accuracy import knowledge_flags
from benchmarks.corpus import Corpus, drift, find_wheel, names_creator, normalise
from benchmarks.draw_sites import Drawn, order, pick, worth_labelling
from benchmarks.peers import Extent, onto_calls
from benchmarks.scoring import Found, by_tier, grouped, percent, rates, score, table, unlabelled
from benchmarks.sites import LABELS, SPLITS, CallSite, Label, creation_calls, read_labels

PROJECT = Path(__file__).parents[2]
LEAK = Label(
    split="visible",
    distribution="pkg",
    version="1",
    path="a.py",
    line=10,
    creator="mkstemp",
    verdict="leak",
    kind="happy",
    tier=1,
    witness="12",
    note="",
    reach="local",
)
SAFE = replace(LEAK, line=20, verdict="safe", kind="-", tier=None)


def found(line: int, end: int | None = None, code: str = "TML102", path: str = "a.py") -> Found:
    return Found(code, ("pkg", path, line), end or line)


def test_a_finding_on_the_line_reports_the_site() -> None:
    leak, safe = score([LEAK, SAFE], [found(10)])
    assert (leak.found is not None, safe.found is not None) == (True, False)
    assert leak.right and safe.right


def test_a_finding_in_another_file_reports_nothing() -> None:
    (leak,) = score([LEAK], [found(10, path="b.py")])
    assert leak.found is None and not leak.right


def test_a_longer_call_reports_the_site_from_up_to_three_lines_above() -> None:
    assert score([LEAK], [found(7, end=10)])[0].found is not None
    assert score([LEAK], [found(6, end=10)])[0].found is None
    assert score([LEAK], [found(8, end=9)])[0].found is None


def test_a_finding_on_a_labelled_line_never_reports_the_site_below() -> None:
    above = replace(LEAK, line=9)
    outcomes = score([above, LEAK], [found(9, end=11)])
    assert [outcome.found is not None for outcome in outcomes] == [True, False]


def test_a_created_step_reports_a_leak_but_no_other_verdict() -> None:
    elsewhere = replace(found(50), created=(("pkg", "a.py", 10), ("pkg", "a.py", 20)))
    leak, safe = score([LEAK, SAFE], [elsewhere])
    assert leak.found is elsewhere
    assert safe.found is None


def test_unclear_sites_are_not_scored() -> None:
    assert score([replace(SAFE, verdict="unclear")], [found(20)]) == []


def test_rates_count_false_and_missed_alarms() -> None:
    missed = replace(LEAK, line=30)
    total = rates(score([LEAK, SAFE, missed], [found(10), found(20)]))
    assert (total.sites, total.leaks, total.reported, total.true) == (3, 2, 2, 1)
    assert (total.precision, total.recall) == (0.5, 0.5)


def test_a_rate_of_nothing_is_none() -> None:
    total = rates(score([SAFE], []))
    assert (total.precision, total.recall) == (None, None)
    assert percent(total.recall) == "–"


def test_a_false_alarm_counts_in_the_tier_of_its_finding() -> None:
    groups = grouped(score([LEAK, SAFE], [found(10), found(20, code="TML203")]), by_tier)
    assert groups["tier 1"].precision == 1.0
    assert groups["tier 2"].precision == 0.0


def test_unlabelled_leaves_out_whatever_speaks_of_a_site() -> None:
    caller = replace(found(70), created=(("pkg", "a.py", 10),))
    other = found(80)
    assert unlabelled([LEAK, SAFE], [found(10), caller, other]) == [other]


def test_the_table_has_a_row_for_each_group() -> None:
    lines = table({"all": rates(score([LEAK], [found(10)]))})
    assert lines[2:] == ["| all | 1 | 1 | 1 | 1 | 100.0 % | 100.0 % |"]


def test_drift_names_a_wrong_version_a_missing_file_and_a_moved_line(tmp_path: Path) -> None:
    root = tmp_path / "pkg-1"
    root.mkdir()
    (root / "a.py").write_text("import os\n" * 9 + "fd, name = mkstemp()\n", encoding="utf-8")
    corpus = Corpus({"pkg": root}, {})
    assert drift(corpus, [LEAK]) == []
    assert "labelled in 2" in drift(corpus, [replace(LEAK, version="2")])[0]
    assert "no such file" in drift(corpus, [replace(LEAK, path="b.py")])[0]
    assert "nothing there names mkdtemp" in drift(corpus, [replace(LEAK, creator="mkdtemp")])[0]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("x = tempfile.mktemp()", True),
        ("x = _mktemp()", True),
        ("x = self.mktemp()", True),
        ("mktempfile()", False),
    ],
)
def test_a_creator_is_found_by_its_whole_name(text: str, named: bool) -> None:
    assert names_creator([text], 1, "mktemp") is named


def test_a_wheel_is_found_however_its_name_is_spelt(tmp_path: Path) -> None:
    wheel = tmp_path / "scikit_learn-1.9.1-cp311-abi3-any.whl"
    wheel.touch()
    assert find_wheel(tmp_path, "scikit-learn==1.9.1") == wheel
    assert find_wheel(tmp_path, "scikit-learn==1.9") is None
    assert normalise("Scikit.-learn") == "scikit_learn"


def test_creation_calls_follow_imports_and_know_with_items() -> None:
    source = b"""
import tempfile as t
from tempfile import mkdtemp as make, mkstemp
with t.TemporaryDirectory() as d, t.NamedTemporaryFile(
    delete=False
) as f:
    x = make()
other.mkstemp()
y = t.SpooledTemporaryFile(
)
"""
    calls = creation_calls(source)
    assert [
        (call.creator, call.line, call.end_line, call.with_item, call.delete_given) for call in calls
    ] == [
        ("TemporaryDirectory", 4, 4, True, False),
        ("NamedTemporaryFile", 4, 6, True, True),
        ("mkdtemp", 7, 7, False, False),
        ("SpooledTemporaryFile", 9, 10, False, False),
    ]
    assert [worth_labelling(call) for call in calls] == [False, True, True, True]


def test_the_draw_depends_on_the_seed_alone() -> None:
    names = ["b", "a", "Known.One", "c"]
    assert order(names, ["known-one"], seed=1) == order(reversed(names), ["known-one"], seed=1)
    assert sorted(order(names, ["known-one"], seed=2)) == ["a", "b", "c"]
    sites = [Drawn("p", "1", "a.py", CallSite(line, line, "mkstemp", False, False)) for line in range(20)]
    chosen = pick(sites, seed=1, limit=5)
    assert chosen == pick(sites, seed=1, limit=5)
    assert len(chosen) == 5 and chosen == sorted(chosen, key=lambda drawn: drawn.site.line)


def test_a_peer_that_points_inside_a_call_points_at_the_call() -> None:
    moved = onto_calls([found(12), found(15)], {("pkg", "a.py"): [Extent(10, 10, 13)]})
    assert [item.place[2] for item in moved] == [10, 15]


def test_a_peer_that_points_into_a_function_means_every_call_in_it() -> None:
    moved = onto_calls(
        [found(12)], {("pkg", "a.py"): [Extent(3, 1, 20), Extent(8, 1, 20), Extent(40, 30, 50)]}
    )
    assert [item.place[2] for item in moved] == [3, 8]


@pytest.mark.parametrize("split", SPLITS)
def test_the_label_tables_are_well_formed(split: str) -> None:
    labels = read_labels(split)
    places = [(label.distribution, label.path, label.line, label.creator) for label in labels]
    assert len(labels) >= 60
    assert len(set(places)) == len(places)
    assert {label.reach for label in labels} <= {"local", "class", "module", "package", "beyond"}


def test_a_malformed_label_is_refused(tmp_path: Path) -> None:
    head = "distribution\tversion\tpath\tline\tcreator\tverdict\tkind\ttier\twitness\tnote\treach\n"
    (tmp_path / "bad.tsv").write_text(
        head + "p\t1\ta.py\t1\tmkstemp\tleak\t-\t-\t-\tn\tlocal\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"bad.tsv:2: a leak has a tier"):
        read_labels("bad", tmp_path)
    (tmp_path / "bad.tsv").write_text(head + "p\t1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="wrong number of columns"):
        read_labels("bad", tmp_path)


def test_knowledge_is_a_file_or_the_name_of_shipped_conventions(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("")
    assert knowledge_flags(str(file)) == ["--config", str(file)]
    assert knowledge_flags("ansible") == ["--isolated", "--conventions", "ansible"]
    assert knowledge_flags(None) == ["--isolated"]


def fresh_row(line: int, verdict: str, worth: str = "-", tier: str = "-") -> dict[str, str]:
    return {
        "distribution": "pkg", "path": "a.py", "line": str(line), "verdict": verdict, "worth": worth, "tier": tier,
        "kind": "-", "note": "because",
    }  # fmt: skip


def test_fresh_figures_weigh_what_was_read_by_what_there_is() -> None:
    key = {
        "findings": 40,
        "silent": 10,
        "said": [
            {"place": ["pkg", "a.py", line], "codes": ["TML102"], "confidence": level, "tier": 1}
            for line, level in ((1, "high"), (2, "high"), (3, "medium"), (4, "medium"))
        ],
    }
    labels = [
        fresh_row(1, "leak", "yes", "1"),
        fresh_row(2, "leak", "no", "2"),
        fresh_row(3, "safe"),
        fresh_row(4, "unclear"),
        fresh_row(5, "leak", "yes", "1"),
        fresh_row(6, "managed"),
    ]
    lines = list(fresh.score(labels, key))
    assert "| findings | 40 | read 3 |" in lines
    assert any(line.startswith("| of them leaks | 2 of 3, 67 %") for line in lines)
    assert any(line.startswith("| worth a maintainer's time | 1 of 3, 33 %") for line in lines)
    assert any(line.startswith("| confidence high | 2 of 2, 100 %") for line in lines)
    assert any(line.startswith("| confidence medium | 0 of 1, 0 %") for line in lines)
    # 2/3 of 40 findings are leaks, 1/2 of 10 silent sites
    assert "| recall, all, estimated | 84 % (1 leaks in 2 silent) |" in lines
    assert "- false: pkg/a.py:3 TML102 (medium): safe, because" in lines
    assert "- missed: pkg/a.py:5 -: because" in lines


def test_every_draw_that_was_read_is_in_the_table_which_the_pages_quote() -> None:
    read = {int(file.name.split("_")[1]) for file in LABELS.glob("fresh_*_key.json")}
    assert read == set(fresh.ORDER)
    page = (PROJECT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    quoted = page.partition("<!-- draws -->\n")[2].partition("<!-- end draws -->")[0]
    assert quoted == fresh.table()
    late = [fresh.joined(fresh.labels_of(seed), fresh.key_of(seed)) for seed in fresh.ORDER[-fresh.LATELY :]]
    shown = [row for both in late for row in both.at(*fresh.SHOWN)]
    readme = " ".join((PROJECT / "README.md").read_text(encoding="utf-8").split())
    assert f"{fresh.leaks(shown)} of {len(shown)} findings" in readme
    assert f"{fresh.worth(shown)} ({100 * fresh.worth(shown) / len(shown):.0f} %) worth" in readme


def test_memory_is_that_of_the_whole_process_tree_and_time_that_of_its_processors() -> None:
    child = "x = bytearray(60_000_000); import time; time.sleep(0.4)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    wall, used, memory = speed.run(speed.Command("tree", (sys.executable, "-c", parent)))
    assert wall >= 0.4
    assert used > 0
    assert memory > 50 or sys.platform != "linux"


def test_command_that_fails_ends_the_measurement() -> None:
    with pytest.raises(SystemExit, match="broken ended with 3"):
        speed.run(speed.Command("broken", (sys.executable, "-c", "raise SystemExit(3)")))


def test_receivers_are_counted_by_package_and_told_from_the_last(tmp_path: Path) -> None:
    one, other = tmp_path / "one-1", tmp_path / "other-2"
    for folder in (one, other):
        folder.mkdir()
    (one / "a.py").write_text(
        "import os, shutil, tempfile\nfrom acme import pack as wrap\n\n\ndef job(item):\n"
        "    work = tempfile.mkdtemp()\n    try:\n        wrap(os.path.join(work, 'a'), item)\n"
        "        item.load(work)\n    finally:\n        shutil.rmtree(work)\n"
    )
    (other / "b.py").write_text(
        "import tempfile\n\n\ndef job(item, other):\n    with tempfile.NamedTemporaryFile() as f:\n"
        "        f.write(b'')\n        item.load(f.name)\n        other.load('x')\n"
    )
    found = receivers.count([one, other])
    assert {name: (len(c.packages), c.calls, c.last) for name, c in found.items()} == {
        "os.path.join": (1, 1, 0),
        "acme.pack": (1, 1, 0),
        ".load": (2, 2, 1),
        "shutil.rmtree": (1, 1, 1),
        ".write": (1, 1, 0),
    }
    assert [receivers.is_known(name) for name in ("acme.pack", "shutil.rmtree", ".write")] == [
        False,
        True,
        True,
    ]
    assert list(receivers.table(found, 1))[-1] == "| `.load` | 2 | 2 | 1 | yes |"


def test_changes_are_told_where_something_else_is_shown() -> None:
    at = changes.place("pkg/a.py", 3, 1, "TML101")
    was = changes.Said("TML101", "never")

    def change(code: str, message: str, reason: str = "") -> changes.Change | None:
        return changes.differences({at: was}, {at: changes.Said(code, message, reason)}).get(at)

    assert change("TML101", "never") is None
    assert change("TML101", "other words") == ("TML101", "TML101", changes.OTHERWISE)
    assert change(changes.LOW, "never", "a test") == ("TML101", changes.LOW, "a test")
    assert change("TML102", "sometimes") == ("TML101", "TML102", changes.UNEXPLAINED)
    assert changes.differences({at: was}, {}) == {at: ("TML101", changes.NOTHING, changes.UNEXPLAINED)}
    assert changes.differences({}, {at: changes.Said(changes.LOW, "never")}) == {}


def test_every_change_has_a_reason_and_the_page_counts_them() -> None:
    known, old = changes.listed(), changes.before()
    assert all(change.why not in ("", changes.UNEXPLAINED) for change in known.values())
    assert {at: change.before for at, change in known.items() if at in old} == {
        at: old[at].code for at in known if at in old
    }
    page = (PROJECT / "docs" / "accuracy.md").read_text(encoding="utf-8")
    assert changes.summary(known) in page
    assert f"found {len(old)} things" in page.replace("\n", " ")
