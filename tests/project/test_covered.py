"""What is counted of the rooms adds up."""

from __future__ import annotations

from benchmarks.covered import by_room, missing, table


def counted(statements: int, run: int, ways: int, gone: int, left: list[list[int]]) -> dict[str, object]:
    summary = {
        "num_statements": statements,
        "covered_lines": run,
        "num_branches": ways,
        "covered_branches": gone,
    }
    return {"summary": summary, "missing_branches": left}


FILES = {
    "tmpleak_lint/files.py": counted(2, 1, 0, 0, []),
    "tmpleak_lint/fixing/source.py": counted(10, 10, 4, 3, [[7, 9]]),
    "tmpleak_lint/fixing/comparing/side.py": counted(10, 9, 4, 2, [[3, 4], [8, -1]]),
    "tmpleak_lint/analysis/explore/trace.py": counted(4, 4, 2, 2, []),
}


def test_rooms_add_up() -> None:
    assert table(by_room(FILES)).splitlines()[2:] == [
        "| analysis/explore | 4 | 100.0 % | 2 | 100.0 % |",
        "| fixing | 20 | 95.0 % | 8 | 62.5 % |",
        "| modules of their own | 2 | 50.0 % | 0 |  |",
        "| all | 26 | 92.3 % | 10 | 70.0 % |",
    ]


def test_ways_that_were_never_gone() -> None:
    assert missing(FILES, "fixing") == [
        "tmpleak_lint/fixing/comparing/side.py:3 -> 4",
        "tmpleak_lint/fixing/comparing/side.py:8 -> 0",
        "tmpleak_lint/fixing/source.py:7 -> 9",
    ]
