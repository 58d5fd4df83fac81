"""A cache, or a baseline, that came with somebody's code: nothing of it is believed, and nothing is put elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tmpleak_lint.cli import main
from tmpleak_lint.run import cache as caches
from tmpleak_lint.run import identity
from tmpleak_lint.run.cache import Cache, CacheError

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
LEAK = "import tempfile\n\n\ndef f(use):\n    path = tempfile.mkdtemp()\n    use(path)\n"


def as_another_user(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    forget()


def forget() -> None:
    identity.key.cache_clear()
    identity.program.cache_clear()


@pytest.fixture(autouse=True)
def own_key() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    top.mkdir()
    (top / "a.py").write_text(LEAK)
    os.utime(top / "a.py", (1_000_000_000, 1_000_000_000))
    return top


def told(capsys: pytest.CaptureFixture[str], tree: Path, *more: str) -> list[str]:
    main([*more, "--isolated", "--cache-dir", str(tree / "kept"), "--output-format", "json", str(tree)])
    return [finding["code"] for finding in json.loads(capsys.readouterr().out)]


def test_shelf_of_another_user_is_not_believed(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_another_user(monkeypatch, tmp_path / "theirs")
    assert told(capsys, tree) == ["TML101"]
    (theirs,) = (tree / "kept").rglob("*.json")
    _, glance, rest = theirs.read_bytes().splitlines()
    body = json.dumps({**json.loads(glance), "told": {}}).encode() + b"\n" + rest
    theirs.write_bytes(caches._head(body) + b"\n" + body)
    assert told(capsys, tree) == [], "whoever has the key is believed: else this test says nothing"
    forged = theirs.read_bytes()
    as_another_user(monkeypatch, tmp_path / "ours")
    assert told(capsys, tree) == ["TML101"]
    for ours in (tree / "kept").rglob("*.json"):  # also under the name that our own shelf has
        ours.write_bytes(forged)
    assert told(capsys, tree) == ["TML101"]


@posix
def test_nobody_else_can_read_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    as_another_user(monkeypatch, tmp_path / "ours")
    key = identity.key()
    path = tmp_path / "ours" / "tmpleak-lint" / "key"
    assert (len(key), path.read_bytes()) == (identity.KEY, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["key"]
    path.write_bytes(key[:5])  # what a full disk can leave
    forget()
    assert len(identity.key()) == identity.KEY


def test_without_a_place_for_the_key_there_is_no_cache(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    as_another_user(monkeypatch, tmp_path / "file")
    Cache(str(tree / "kept"))
    assert not (tree / "kept").exists()
    with pytest.raises(CacheError, match=r"its key can't be kept in .*file"):
        Cache(str(tree / "kept"), must=True)
    assert main(["--isolated", str(tree)]) == 1


@pytest.mark.parametrize("content", ["letter.txt", "CACHEDIR.TAG"])
def test_folder_that_holds_other_things_is_left_as_it_is(tree: Path, tmp_path: Path, content: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / content).write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    Cache(str(home)).close()
    with pytest.raises(CacheError, match="holds other things"):
        Cache(str(home), must=True)
    assert [each.name for each in home.iterdir()] == [content]


@posix
def test_nothing_is_thrown_out_through_a_link(tree: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / f"{'0' * 24}.json").write_text("x")
    os.utime(elsewhere / f"{'0' * 24}.json", (0, 0))
    Cache(str(tree / "kept")).close()
    (tree / "kept" / f"0.0.1-{'f' * 16}").symlink_to(elsewhere)
    os.utime(tree / "kept" / "pruned", (0, 0))
    Cache(str(tree / "kept")).close()
    assert len(list(elsewhere.iterdir())) == 1


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "../../etc/passwd", "code": "TML101", "function": "\x1b[2J", "fingerprint": "0" * 40},
        {"path": "a.py", "code": "::error::", "function": "", "fingerprint": ""},
        {"path": "\x00", "code": "TML101", "function": "f", "fingerprint": "../x"},
    ],
)
def test_foreign_baseline_silences_nothing_else_and_prints_nothing_odd(
    tree: Path, capsys: pytest.CaptureFixture[str], entry: dict[str, str]
) -> None:
    known = tree / "known.json"
    known.write_text(json.dumps({"version": 1, "entries": [entry]}))
    assert main(["--isolated", "--baseline", str(known), str(tree)]) == 1
    out, err = capsys.readouterr()
    assert "TML101" in out
    assert not any(sign in out + err for sign in ("\x1b", "\x00"))
    assert not any(line.lstrip().startswith("::") for line in (out + err).splitlines())


def test_deep_and_long_documents_are_refused_with_a_reason(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = tree / "known.json"
    for text in ("[" * 200_000, '{"version": 1, "entries": [' + "{}," * 9 + "7]}", "9" * 10_000, "\ufeff{}"):
        known.write_text(text, encoding="utf-8")
        assert main(["--isolated", "--baseline", str(known), str(tree)]) == 2
        assert "Traceback" not in capsys.readouterr().err
    shutil.rmtree(tree)


@posix
@pytest.mark.parametrize("where", ["../elsewhere.json", "inner/known.json"])
def test_settings_name_no_baseline_to_be_made_outside_of_their_folder(
    tree: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
) -> None:
    (tree / "inner").symlink_to(tmp_path)
    (tree / "pyproject.toml").write_text(f'[tool.tmpleak-lint]\nbaseline = "{where}"\n')
    monkeypatch.chdir(tree)
    assert main(["check", "--update-baseline", "."]) == 2
    assert "outside of the project a flag has to name it" in capsys.readouterr().err
    assert sorted(each.name for each in tmp_path.iterdir()) == ["tree"]
    assert main(["check", "--update-baseline", "--baseline", where, "."]) == 0
    assert len(list(tmp_path.glob("*.json"))) == 1
