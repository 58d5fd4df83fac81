"""`tmpleak-lint simulate`: what it shows, what it refuses, and that its output is the same each time."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tmpleak_lint.cli import UsageError
from tmpleak_lint.cli.simulate import main
from tmpleak_lint.simulation.scratch import PREFIX

LEAKY = """\
import os
import tempfile


def handler(request):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    process(request, path)
    os.remove(path)


def export(rows):
    folder = tempfile.mkdtemp()
    return write(rows, folder)


def tidy(rows):
    with tempfile.NamedTemporaryFile() as file:
        return write(rows, file)


def careful(request):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        process(request, path)
    finally:
        os.remove(path)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "jobs.py").write_text(LEAKY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def out(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def values(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(out(capsys, *arguments, "--json"))


def by_name(result: Any) -> dict[str, Any]:
    return {row["strategy"]: row for row in result["strategies"]}


def test_a_code_plays_its_pages_example(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    text = out(capsys, "TML103")
    assert text.startswith("TML103 example, line ")
    assert "delete on the last line" in text and "full at request" in text
    assert out(capsys, "deleted-on-last-line") == text


def test_a_place_plays_that_function(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    result = values(capsys, "app/jobs.py:6")
    assert result["programs"][0]["title"] == "app/jobs.py:6"
    assert result["programs"][0]["function"] == "handler"
    rows = by_name(result)
    assert rows["as-written"]["orphans"] == 12 and rows["as-written"]["rejected_valid"] > 0
    assert rows["last-line"]["orphans"] == 12
    assert rows["try-finally"]["orphans"] == rows["with"]["orphans"] == 0
    assert result["correlation"]["exact"] is True


def test_the_tools_own_fix_leaves_nothing(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    rows = by_name(values(capsys, "app/jobs.py:6"))
    assert rows["fix"]["orphans"] == 0
    assert (rows["fix"]["served"], rows["fix"]["failed"]) == (rows["with"]["served"], rows["with"]["failed"])
    assert values(capsys, "app/jobs.py:6")["programs"][0]["cleanups"] == [
        "last-line",
        "try-finally",
        "with",
        "fix",
    ]
    assert "fix" not in by_name(values(capsys, "app/jobs.py:23")), "there is nothing to fix"


def test_a_clean_place_plays_too_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    result = values(capsys, "app/jobs.py:23")
    assert by_name(result)["as-written"]["orphans"] == 0
    assert result["programs"][0]["code"] == ""


def test_a_path_plays_every_finding_in_one_directory(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    result = values(capsys, "app", "--requests", "100", "--slots", "200")
    titles = [program["title"] for program in result["programs"]]
    assert titles == ["app/jobs.py:6", "app/jobs.py:13"]
    row = by_name(result)["as-written"]
    assert sum(row["by_program"]) == row["orphaned"] and all(row["by_program"])


def test_a_place_without_a_site_names_the_nearest(project: Path) -> None:
    with pytest.raises(UsageError, match=r"app/jobs\.py:9: no temp file is created there.*app/jobs\.py:6, "):
        main(["app/jobs.py:9"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name a CODE, a PATH:LINE or a PATH"),
        (["TML999"], "no rule is called 'TML999'"),
        (["nowhere.py"], "no such file or folder, code or PATH:LINE"),
        (["app/notes.ipynb:cell 2:1"], "app/notes.ipynb: notebooks can't be played"),
        (["TML501"], "TML501 is not played: a name without a file"),
        (["TML403"], "TML403 is not played: calls that build the same name"),
        (["TML102", "--failure-rate", "2"], "write 2% for per cent"),
        (["TML102", "--slots", "0"], "--slots must lie between 1 and 10,000"),
        (["TML301", "--slots", "5000"], "open descriptors"),
        (["TML102", "--requests", "0"], "--requests must lie"),
        (["TML102", "--seed", "-1"], "--seed must lie"),
        (["TML102", "--strategy", "prayer"], "no strategy is called 'prayer'"),
        (["TML203", "--strategy", "with"], "with can't be shown for this target"),
        (["TML102", "--fail-at", "nothing"], "no step that can fail is there; steps: "),
        (["--rate", "many"], "is not a rate"),
        (["--rate", "5/day", "--volume", "0GB"], "--volume must be above 0"),
        (["--rate", "5/day", "--html", "x.html"], "--html needs"),
        (["TML102", "--speed", "0"], "--speed must be above 0"),
        (
            ["TML102", "--html", "no/such/folder/x.html"],
            "x.html: cannot be written: No such file",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(project: Path, arguments: list[str], said: str) -> None:
    (project / "app" / "notes.ipynb").write_text("{}")
    with pytest.raises(UsageError, match=said):
        main(arguments)


def test_failures_can_be_put_on_one_step(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    at_line = values(capsys, "app/jobs.py:6", "--fail-at", "8")
    by_text = values(capsys, "app/jobs.py:6", "--fail-at", "process")
    assert at_line == by_text
    assert at_line["settings"]["fail_at"] == ["process(request, path)"]
    nowhere = values(capsys, "app/jobs.py:6", "--fail-at", "mkstemp")
    assert by_name(nowhere)["as-written"]["orphans"] == 0 < by_name(nowhere)["as-written"]["failed"]


def test_same_seed_same_bytes_whatever_the_machine(project: Path) -> None:
    """In new processes, with other hash seeds, temp directories and working directories."""
    results = set()
    for number in ("1", "2"):
        place = project / f"tmp{number}"
        place.mkdir()
        code = "import sys; from tmpleak_lint.cli.simulate import main; sys.exit(main(sys.argv[1:]))"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": number,
            "TMPDIR": str(place),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        arguments = ["app/jobs.py", "--json", "--rate", "100/day"]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=project, env=environment, capture_output=True, check=True, timeout=120,
        )  # fmt: skip
        assert list(place.iterdir()) == []
        results.add(done.stdout)
    (result,) = results
    assert str(project).encode() not in result and b"tmp1" not in result


def test_another_seed_gives_another_run(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    assert out(capsys, "TML102") != out(capsys, "TML102", "--seed", "2")


def test_capacity_flags_alone_give_the_closed_form(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--rate", "100000/day", "--failure-rate", "2%", "--file-size", "300KB", "--volume", "50GB"]
    text = out(capsys, *flags)
    assert "orphans a day        2,000, 600 MB" in text
    assert "bytes run out        after 83.3 days" in text
    with_reaper = out(capsys, *flags, "--reaper", "6h")
    assert "500 orphans stand at any time, 150 MB: fits" in with_reaper
    assert values(capsys, *flags)["bytes_out_day"] == 83.333333


def test_capacity_of_a_place_uses_what_its_requests_leave(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    result = values(capsys, "app/jobs.py:13", "--rate", "1000/day", "--failure-rate", "0.5")["capacity"]
    assert result["orphans_a_day"] == 1000, "never deleted: failing or not, every request leaves one"
    assert result["inodes"] == 50 * 10**9 // 16384


def test_html_writes_one_page_without_the_machines_paths(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    assert main(["app", "--html", "page.html"]) == 0
    assert "wrote page.html" in capsys.readouterr().err
    page = (project / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and len(page) < 300_000
    assert str(project) not in page
    assert "app/jobs.py:13" in page


def test_an_absolute_path_shows_only_its_name(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    os.chdir(elsewhere)
    assert out(capsys, f"{project}/app/jobs.py:6").startswith("jobs.py:6: TML103 in handler()")


def run_in_terminal(
    arguments: list[str], place: Path, stop: signal.Signals | None = None, press: bytes = b""
) -> tuple[int, str]:
    """Run the command on a pseudo-terminal; `stop` is sent, or keys are pressed, once something is drawn."""
    code = "import sys; from tmpleak_lint.cli import main; from tmpleak_lint.cli import simulate\n"
    code += "try: sys.exit(simulate.main(sys.argv[1:]))\nexcept KeyboardInterrupt: sys.exit(130)"
    environment = {
        **os.environ, "TMPDIR": str(place), "TERM": "xterm", "COLUMNS": "90", "LINES": "50",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=theirs, stderr=theirs, stdin=theirs, env=environment
    )
    os.close(theirs)
    text = b""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        text += piece
        if stop is not None and b"request 3 of" in text:
            process.send_signal(stop)
            stop = None
        if press and b"request 3 of" in text:
            os.write(ours, press)
            press = b""
    os.close(ours)
    return process.wait(timeout=30), text.decode("utf-8", "replace")


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_a_terminal_gets_the_animation_and_then_the_table(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    status, text = run_in_terminal(
        ["app/jobs.py:6", "--requests", "20", "--failure-rate", "50%", "--speed", "1000"], place
    )
    assert status == 0
    assert "\x1b[?25l" in text and "\x1b[?25h" in text, "the cursor is hidden, and comes back"
    assert "request 20 of 20, left behind:" in text and "cleanup guaranteed (the tool's fix)" in text
    assert "process(request, path)" in text and "ORPHAN" in text and "/tmp: " in text
    assert text.index("ORPHAN") < text.index("strategy  ")
    lines = text.rstrip().splitlines()
    assert lines[-1] == (
        "play it in a browser: tmpleak-lint simulate app/jobs.py:6 --requests 20 --failure-rate 50% --html page.html"
    )
    assert list(place.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_keys_steer_the_animation(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    # At two ticks a second 240 requests would take two minutes.
    status, text = run_in_terminal(["app/jobs.py:6", "--speed", "2"], place, press=b"q")
    assert status == 0
    assert "request 3 of 240" in text and "request 240 of 240" not in text
    assert "strategy  " in text
    assert list(place.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_animation_leaves_nothing(
    project: Path, tmp_path: Path, number: signal.Signals
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    status, text = run_in_terminal(["TML102", "--speed", "10"], place, stop=number)
    assert status in (130, 128 + number)
    assert text.endswith("\x1b[?25h") or "\x1b[?25h" in text[-400:]
    assert [path for path in place.iterdir() if path.name.startswith(PREFIX)] == []


def test_hostile_source_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    hostile = LEAKY.replace("process(request, path)", "process(request, path, '\u202e\x1b[2J')")
    (project / "app" / "hostile.py").write_text(hostile)
    text = out(capsys, "app/hostile.py:6", "--fail-at", "process")
    assert "\x1b" not in text and "\u202e" not in text
    assert "\\x1b[2J" in text


def test_silenced_findings_and_unreadable_files_are_left_out(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    quiet = LEAKY.replace("tempfile.mkdtemp()", "tempfile.mkdtemp()  # noqa: TML101")
    (project / "app" / "jobs.py").write_text(quiet)
    (project / "app" / "broken.py").write_text("import tempfile\ndef f(:\n    tempfile.mkdtemp()\n")
    assert main(["app", "--json"]) == 0
    captured = capsys.readouterr()
    assert [program["title"] for program in json.loads(captured.out)["programs"]] == ["app/jobs.py:6"]
    assert "app/broken.py" in captured.err and "left out" in captured.err


OTHERS = """\
import atexit, os, shutil, tempfile


def tidy(rows):
    with tempfile.NamedTemporaryFile() as file:
        return write(rows, file)


def collected(rows):
    file = tempfile.NamedTemporaryFile()
    write(rows, file)


def by_hand(report):
    with open(os.path.join(tempfile.gettempdir(), "report.json"), "w") as out:
        dump(report, out)


def name():
    return tempfile.mktemp()
"""


def test_a_handle_that_deletes_itself_plays_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "others.py").write_text(OTHERS)
    assert main(["others.py:5", "--json", "--isolated"]) == 0
    strategies = json.loads(capsys.readouterr().out)["strategies"]
    assert {row["orphans"] for row in strategies} == {0}
    assert strategies[0]["peak"] > 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (10, "others.py:10: TML401 is not played: the file goes when"),
        (15, "others.py:15: TML403 is not played: calls that build"),
        (20, "others.py:20: TML501 is not played|others.py:20: nothing is owed there"),
    ],
)
def test_a_place_that_is_not_played_says_why(project: Path, line: int, said: str) -> None:
    (project / "others.py").write_text(OTHERS)
    with pytest.raises(UsageError, match=said):
        main([f"others.py:{line}", "--isolated"])


MANY_BRANCHES = """\
import os, tempfile


def handle(request):
    if request.one:
        return None
    if request.two:
        return None
    if request.three:
        return None
    fd, path = tempfile.mkstemp()
    os.close(fd)
    convert(request, path)
    os.remove(path)
"""


def test_most_requests_go_where_the_file_is_made(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "branches.py").write_text(MANY_BRANCHES)
    assert main(["branches.py:11", "--json", "--isolated", "--fail-at", "convert", "--failure-rate", "100%",
                 "--slots", "1000"]) == 0  # fmt: skip
    as_written = json.loads(capsys.readouterr().out)["strategies"][0]
    assert 0.7 < as_written["orphans"] / 240 < 1


SELDOM = """\
import os, tempfile


def handle(request):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        one(path)
        two(path)
        three(path)
        four(path)
        five(path)
        six(path)
    except Exception:
        os.remove(path)
        raise
    publish(path)
    os.remove(path)
"""


def test_where_few_failures_leave_anything_the_finding_says_where(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "seldom.py").write_text(SELDOM)
    assert main(["seldom.py:5", "--isolated"]) == 0
    assert "The path of the finding fails in line 17: --fail-at 17" in capsys.readouterr().out
    assert main(["seldom.py:5", "--isolated", "--fail-at", "17"]) == 0
    out = capsys.readouterr().out
    assert "every failing request leaves one orphan" in out and "Few failures" not in out


def test_deletion_of_something_else_changes_nothing(
    capsys: pytest.CaptureFixture[str], project: Path
) -> None:
    (project / "other.py").write_text(
        "import os, tempfile\n\n\ndef f(data):\n    path = tempfile.mkdtemp()\n"
        "    os.remove(os.path.join(path, 'x'))\n    work(path)\n"
    )
    assert main(["other.py:5", "--json", "--isolated", "--slots", "1000"]) == 0
    as_written = json.loads(capsys.readouterr().out)["strategies"][0]
    assert as_written["orphans"] == 240


def test_equal_results_share_a_row_and_lines_end_at_the_width(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["TML103"])
    text = capsys.readouterr().out
    (row,) = [line for line in text.splitlines() if line.startswith("as written, delete on the last line ")]
    assert row.split()[-1] == "12"
    assert any(line.startswith("try / finally, with, the tool's fix ") for line in text.splitlines())
    assert text.count("full at request") == 1
    *lines, command = text.splitlines()
    assert max(map(len, lines)) <= 100 and command.startswith("play it in a browser: ")


def test_a_full_directory_is_told_as_it_is_then_and_in_the_end(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = by_name(values(capsys, "TML103"))["as-written"]
    full, end = row["broke"]["orphans"], row["orphans"]
    assert full < end == 12
    assert f"({full} left behind, {12 - full} in use)" in row["story"]
    assert row["story"].endswith(f"; {end} left behind in the end")


def test_where_a_finally_may_find_the_directory_filled_no_finally_guarantees_anything(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "app" / "empty.py").write_text(
        "import os, tempfile\n\n\ndef draw(page):\n    folder = tempfile.mkdtemp()\n    try:\n"
        "        page.save(folder)\n    finally:\n        os.rmdir(folder)\n"
    )
    offered = set(by_name(values(capsys, "app/empty.py:5")))
    assert offered <= {"as-written", "last-line", "as-written+reaper"}
