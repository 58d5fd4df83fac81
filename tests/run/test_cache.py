"""A run with a cache says what one without says: cold, warm, after any change, beside others, and over torn files."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.session.recursive import draw
from tmpleak_lint import __version__, engine, fixes
from tmpleak_lint.cli import main
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.engine import Outcome
from tmpleak_lint.reading.discovery import discover
from tmpleak_lint.run import cache as caches
from tmpleak_lint.run import check_files
from tmpleak_lint.run.cache import Cache, CacheError
from tmpleak_lint.settings import Settings

GIVES = "import tempfile\n\n\ndef make():\n    return tempfile.mkdtemp()\n"
MANAGES = (
    "import atexit, shutil, tempfile\n\n\ndef make():\n    path = tempfile.mkdtemp()\n"
    "    atexit.register(shutil.rmtree, path)\n    return path\n"
)
USES = "from {0} import make\n\n\ndef f():\n    path = make()\n    work(path)\n"
LEAKS = "import tempfile\n\n\ndef f():\n    path = tempfile.mkdtemp()\n    work(path)\n"
SILENCED = LEAKS.replace("mkdtemp()", "mkdtemp()  # noqa: TML101") + "x = 1  # noqa: TML103\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two packages, one of which imports the other; old enough for their times to be relied upon."""
    top = tmp_path / "tree"
    for package in ("one", "two"):
        (top / package).mkdir(parents=True)
        (top / package / "__init__.py").write_text("")
    (top / "one" / "helper.py").write_text(GIVES)
    (top / "one" / "user.py").write_text(USES.format(".helper"))
    (top / "one" / "leaks.py").write_text(LEAKS)
    (top / "one" / "silenced.py").write_text(SILENCED)
    (top / "one" / "quiet.py").write_text("x = 1\n")
    (top / "two" / "user.py").write_text(USES.format("one.helper"))
    (top / "two" / "missing.py").write_text(USES.format("one.later"))
    (top / "two" / "broken.py").write_text("import tempfile\nx = (tempfile.mkdtemp()\n")
    age(top)
    return top


def age(top: Path) -> None:
    """Let everything be written long ago."""
    for path in [*top.rglob("*"), top]:
        os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.fixture(autouse=True)
def times_can_be_relied_upon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of change of anything about a file can't be set back: what counts here is that of its content."""
    real = os.stat

    def stat(path: str, **named: bool) -> object:
        found = real(path, **named)
        return os.stat_result(
            [*found[:9], int(found.st_mtime)],
            {"st_mtime_ns": found.st_mtime_ns, "st_ctime_ns": found.st_mtime_ns},
        )

    monkeypatch.setattr(caches.os, "stat", stat)


def run(top: Path, cache: Path | None, settings: Settings | None = None, **named: object) -> list[Outcome]:
    finder = SettingsFinder.fixed(settings or Settings(base=str(top)))
    found = discover([str(top)], finder)
    kept = Cache(str(cache)) if cache is not None else None
    outcomes = check_files(found, cache=kept, **named)  # type: ignore[arg-type]
    return sorted(outcomes, key=lambda outcome: outcome.report.filename)


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read from here on, for themselves or for a digest."""
    read: list[str] = []
    real = engine.read_bytes

    def noted(path: str) -> bytes:
        if path.endswith(".py"):  # what the cache itself holds counts as nothing
            read.append("/".join(Path(path).parts[-2:]))
        return real(path)

    monkeypatch.setattr(engine, "read_bytes", noted)
    monkeypatch.setattr(caches, "read_file", noted)
    return read


def test_warm_run_says_the_same_and_reads_nothing(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = run(tree, None)
    assert [finding.code for outcome in without for finding in outcome.report.findings]
    assert any(outcome.unused_noqa for outcome in without) and any(o.report.suppressed for o in without)
    cold = run(tree, tmp_path / "cache")
    read = looked_at(monkeypatch)
    assert run(tree, tmp_path / "cache") == cold == without
    assert read == []


def spreads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The shelves that are asked what hangs on what, from here on."""
    asked: list[str] = []
    real = Cache._shelf

    def noted(self: Cache, place: str, *more: object) -> object:
        asked.append(place)
        return real(self, place, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Cache, "_shelf", noted)
    return asked


def test_unchanged_tree_shows_at_a_glance(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = run(tree, tmp_path / "cache")
    asked = spreads(monkeypatch)
    assert run(tree, tmp_path / "cache") == cold
    assert asked == []
    (tree / "one" / "quiet.py").write_text("x = 2\n")
    assert run(tree, tmp_path / "cache") == run(tree, None)
    assert len(asked) == 1


def test_folder_in_which_nothing_that_matters_has_changed_is_looked_through_once(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = run(tree, tmp_path / "cache")
    (tree / "one" / "notes.txt").write_text("x")
    os.utime(tree / "one", (1_100_000_000, 1_100_000_000))
    asked, read = spreads(monkeypatch), looked_at(monkeypatch)
    assert run(tree, tmp_path / "cache") == cold
    assert 0 < len(asked) < 3
    assert read == []
    asked.clear()
    assert run(tree, tmp_path / "cache") == cold
    assert asked == []


def test_name_that_is_taken_by_no_file_may_become_one_unseen(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tree / "two" / "elsewhere"
    link = tree / "one" / "later.py"
    link.symlink_to(target)
    os.utime(tree / "one", (1_000_000_000, 1_000_000_000))
    before = run(tree, tmp_path / "cache")
    times = (tree / "one").stat().st_mtime_ns
    target.write_text(GIVES)
    assert (tree / "one").stat().st_mtime_ns == times
    after = run(tree, tmp_path / "cache")
    assert after == run(tree, None) != before


@pytest.mark.parametrize(
    ("path", "text", "again"),
    [
        ("one/quiet.py", LEAKS, {"one/quiet.py"}),
        ("one/leaks.py", "x = 1\n", {"one/leaks.py"}),
        ("one/helper.py", MANAGES, {"one/helper.py", "one/user.py", "two/user.py"}),
        ("two/user.py", LEAKS, {"two/user.py"}),
        ("one/quiet.py", None, set()),
        (
            "one/__init__.py",
            None,
            {"one/user.py", "one/leaks.py", "one/silenced.py", "one/helper.py", "two/user.py"},
        ),
    ],
)
def test_change_has_what_depends_on_it_judged_again_and_nothing_else(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, text: str | None, again: set[str]
) -> None:
    run(tree, tmp_path / "cache")
    judged: list[str] = []
    real = engine.examine_file

    def noted(file: object, session: object) -> Outcome:
        judged.append("/".join(file.path.split("/")[-2:]))  # type: ignore[attr-defined]
        return real(file, session)  # type: ignore[arg-type]

    if text is None:
        (tree / path).unlink()
    else:
        (tree / path).write_text(text)
    read = looked_at(monkeypatch)
    after = run(tree, tmp_path / "cache", examine=noted)
    assert set(judged) <= again
    assert after == run(tree, None) == run(tree, tmp_path / "cache")
    if text is not None:
        assert path in read


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("def tool():\n    return 2  # another body\n", False),
        ("import os\n\n\ndef tool():\n    return 1\n", True),
        ("from .helper import make as tool\n", True),
        (GIVES.replace("make", "tool"), True),
    ],
)
def test_who_imports_a_quiet_module_is_looked_at_again_if_it_offers_something_else(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, is_asked: bool
) -> None:
    (tree / "one" / "tools.py").write_text("def tool():\n    return 1\n")
    (tree / "one" / "asks.py").write_text("from .tools import tool\n\n\ndef f():\n    work(tool())\n")
    age(tree)
    run(tree, tmp_path / "cache")
    (tree / "one" / "tools.py").write_text(text)
    read = looked_at(monkeypatch)
    after = run(tree, tmp_path / "cache")
    assert ("one/asks.py" in read) == is_asked
    assert after == run(tree, None) == run(tree, tmp_path / "cache")


def test_file_that_is_asked_for_its_text_and_for_its_offer_is_looked_at_once(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "one" / "asks.py").write_text("from .quiet import x\n")
    age(tree)
    run(tree, tmp_path / "cache")
    asked = spreads(monkeypatch)
    read = looked_at(monkeypatch)
    run(tree, tmp_path / "cache")
    assert (asked, read) == ([], [])
    (tree / "one" / "quiet.py").write_text("x = 2\n")
    after = run(tree, tmp_path / "cache")
    assert "one/asks.py" not in read
    assert after == run(tree, None)
    asked.clear()
    age(tree)
    run(tree, tmp_path / "cache")
    assert run(tree, tmp_path / "cache") == after
    assert len(asked) == 1


def test_file_that_was_looked_for_in_vain_changes_who_looked(tree: Path, tmp_path: Path) -> None:
    before = run(tree, tmp_path / "cache")
    (tree / "one" / "later.py").write_text(GIVES)
    after = run(tree, tmp_path / "cache")
    assert after == run(tree, None)
    assert (
        len([f for o in after for f in o.report.findings])
        == len([f for o in before for f in o.report.findings]) + 1
    )
    (tree / "one" / "later.py").unlink()
    assert run(tree, tmp_path / "cache") == before


def test_same_size_and_time_of_a_moment_ago_are_not_relied_upon(tree: Path, tmp_path: Path) -> None:
    fresh = tree / "one" / "quiet.py"
    fresh.write_text(LEAKS.replace("mkdtemp", "gettempdir"))
    now = time.time_ns()
    os.utime(fresh, ns=(now, now))
    run(tree, tmp_path / "cache")
    fresh.write_text(LEAKS.replace("mkdtemp", "mkdtemp   "))
    os.utime(fresh, ns=(now, now))
    assert fresh.stat().st_size == len(LEAKS) + 3
    assert run(tree, tmp_path / "cache") == run(tree, None)


def test_random_changes_leave_no_trace_of_what_was(tmp_path: Path) -> None:
    chance = random.Random(3)
    top = tmp_path / "tree"
    program = draw(chance)
    names = sorted(program.definitions)
    files = program.package(top, [names[at::4] for at in range(4)])
    texts = {file: file.read_text() for file in files}
    for _ in range(12):
        file = chance.choice(files)
        lines = texts[file].split("\n")
        file.write_text(
            "\n".join(lines[: chance.randrange(8, len(lines))]) if chance.random() < 0.6 else texts[file]
        )
        if chance.random() < 0.2:
            file.unlink()
        assert run(top, tmp_path / "cache") == run(top, None)


def test_settings_and_kinds_have_shelves_of_their_own(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    plain = run(tree, cache)
    strict = Settings(base=str(tree), ignore=("TML101",))
    assert run(tree, cache, strict) == run(tree, None, strict) != plain
    assert run(tree, cache) == plain


def test_fixes_are_kept_and_hang_on_the_python_that_they_are_for(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree)

    def found(*flags: str) -> object:
        main(["--isolated", "--output-format", "json", "--cache-dir", "../cache", *flags, "."])
        return json.loads(capsys.readouterr().out)

    cold = found()
    assert any(one["fix"] for one in cold)  # type: ignore[attr-defined]
    assert found("--target-version", "3.7") == found("--no-cache", "--target-version", "3.7")
    monkeypatch.delattr(fixes, "with_fixes")
    assert found() == cold


def test_name_that_a_file_is_given_by_is_the_one_it_is_told_by(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(*arguments: str) -> str:
        main(["--isolated", "--quiet", "--output-format", "concise", *arguments])
        return capsys.readouterr().out

    kept = ("--cache-dir", str(tree.parent / "cache"))
    assert found(*kept, str(tree)) == found("--no-cache", str(tree)) != ""
    monkeypatch.chdir(tree)
    read = looked_at(monkeypatch)
    relative = found(*kept, ".")
    assert read == []
    assert relative == found("--no-cache", ".")
    assert found(*kept, str(tree)) == found("--no-cache", str(tree))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "foreign": lambda data: b'{"paths": []}\n',
    "changed": lambda data: data.replace(b"TML101", b"TML102"),
    "binary": lambda data: b"\x80\x04\x95" + os.urandom(64),
    "forged": lambda data: caches._head(b'{"package":3}') + b'\n{"package":3}',
    "forged behind": lambda data: _forged_behind(data, b'{"found":3}'),
    "nothing behind": lambda data: _forged_behind(data, b""),
    "of nothing": lambda data: _forged(data, paths=[], found=[], stamps=[]),
    "in a circle": lambda data: _forged(data, groups=[[-1]] * 200),
    "of another": lambda data: _forged(data, package="/elsewhere"),
    "told wrongly": lambda data: _forged(
        data, told=dict.fromkeys(json.loads(data.splitlines()[1])["told"], 7)
    ),
    "timeless": lambda data: _forged(data, stamps=[[]]),
}


def _forged(data: bytes, **changes: object) -> bytes:
    """A shelf that is whole, but not what we write."""
    parts = [json.loads(part) for part in data.splitlines()[1:]]
    changed = [{**part, **{key: new for key, new in changes.items() if key in part}} for part in parts]
    body = b"\n".join(json.dumps(part).encode() for part in changed)
    assert set(changes) <= {key for part in parts for key in part}
    return caches._head(body) + b"\n" + body


def _forged_behind(data: bytes, rest: bytes) -> bytes:
    body = data.splitlines()[1].replace(b'"stamps":[[', b'"stamps":[[1') + b"\n" + rest
    return caches._head(body) + b"\n" + body


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_shelves_count_as_none_and_are_made_anew(tree: Path, tmp_path: Path, damage: str) -> None:
    cache = tmp_path / "cache"
    expected = run(tree, cache)
    shelves = sorted(cache.rglob("*.json"))
    assert len(shelves) == 2
    for shelf in shelves:
        shelf.write_bytes(DAMAGES[damage](shelf.read_bytes()))
    assert run(tree, cache) == expected
    assert run(tree, cache) == expected
    head, _, body = shelves[0].read_bytes().partition(b"\n")
    assert head == caches._head(body)


def test_another_program_knows_nothing_of_it(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    run(tree, cache)
    monkeypatch.setattr(caches, "program", lambda: "0" * 16)
    read = looked_at(monkeypatch)
    run(tree, cache)
    assert "one/leaks.py" in read
    assert len(list(cache.glob(f"{__version__}-*"))) == 2


def test_folder_says_what_it_is_and_is_left_out_by_git(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(tree, cache)
    tag = (cache / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55\n") and "tmpleak-lint" in tag
    assert (cache / ".gitignore").read_text() == "*\n"
    assert not [path for path in cache.rglob("*") if path.name.endswith(".tmp")]


def test_what_nobody_uses_is_thrown_out_and_foreign_files_stay(tree: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(tree, cache)
    (own,) = cache.glob(f"{__version__}-*")
    old = own / f"{'0' * 24}.json"
    gone = cache / f"0.0.1-{'f' * 16}"
    gone.mkdir()
    for path in (old, gone / old.name, own / f"{old.name}.deadbeef.tmp", own / "notes.txt", cache / "mine"):
        path.write_text("x")
        os.utime(path, (0, 0))
    os.utime(cache / "pruned", (0, 0))
    run(tree, cache)
    left = {path.name for path in cache.rglob("*")}
    assert {"notes.txt", "mine"} <= left
    assert not {old.name, gone.name, f"{old.name}.deadbeef.tmp"} & left
    assert len(list(own.glob("*.json"))) == 2


def test_folder_that_cannot_be_made(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    expected = run(tree, None)
    assert run(tree, tmp_path / "file") == expected  # a cache by default is no reason to stop
    with pytest.raises(CacheError, match="no cache can be kept there"):
        Cache(str(tmp_path / "file"), must=True)
    assert main(["--isolated", "--cache-dir", str(tmp_path / "file"), str(tree)]) == 2
    assert "no cache can be kept there" in capsys.readouterr().err


def test_small_runs_make_no_folder_but_use_one(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree)
    main(["--isolated", "."])
    assert not (tree / ".tmpleak_cache").exists()
    for number in range(20):
        (tree / f"more{number}.py").write_text("x = 1\n")
    main(["--isolated", "--no-cache", "."])
    assert not (tree / ".tmpleak_cache").exists()
    main(["--isolated", "."])
    shelves = list((tree / ".tmpleak_cache").rglob("*.json"))
    assert shelves
    main(["--isolated", "--ignore", "TML101", "one/leaks.py"])
    assert len(list((tree / ".tmpleak_cache").rglob("*.json"))) == len(shelves) + 1
    capsys.readouterr()


def test_part_of_a_package_takes_nothing_from_the_shelf_of_the_whole(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    run(tree, cache)
    run(tree / "one" / "leaks.py", cache, Settings(base=str(tree)))
    read = looked_at(monkeypatch)
    run(tree, cache)
    assert read == []


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_runs_at_the_same_time_share_a_folder(tree: Path, tmp_path: Path, jobs: str) -> None:
    for number in range(25):
        (tree / "one" / f"leaks{number}.py").write_text(LEAKS)
    command = [
        sys.executable,
        "-m",
        "tmpleak_lint",
        "--isolated",
        "--quiet",
        "--output-format",
        "concise",
        "--jobs",
        jobs,
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def begun(*flags: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, *flags, str(tree)], stdout=subprocess.PIPE, text=True, env=environment
        )

    expected = sorted(begun("--no-cache").communicate()[0].splitlines())
    together = [begun("--cache-dir", str(tmp_path / "cache")) for _ in range(4)]
    for each in together:
        assert sorted(each.communicate()[0].splitlines()) == expected
    assert sorted(begun("--cache-dir", str(tmp_path / "cache")).communicate()[0].splitlines()) == expected


def test_run_that_is_broken_off_keeps_what_it_has(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finder = SettingsFinder.fixed(Settings(base=str(tree)))
    outcomes = check_files(discover([str(tree)], finder), cache=Cache(str(tmp_path / "cache")))
    first = [next(outcomes) for _ in range(4)]
    outcomes.close()
    read = looked_at(monkeypatch)
    again = run(tree, tmp_path / "cache")
    assert again == run(tree, None)
    assert {outcome.report.filename for outcome in first} <= {outcome.report.filename for outcome in again}
    assert len(set(read)) < 10 + len(again)
