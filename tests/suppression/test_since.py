"""Which findings a set of changes concerns, and how git's output is read."""

from __future__ import annotations

import pytest

from tests.hand_made import at, finding, step
from tmpleak_lint.suppression.since import Changes, Hunk, parse_diff

SOURCE = "def f():\n    p = mk()\n    a()\n    b()\n    risk(p)\n    c()\n    return 1\n"
FOUND = finding(
    at(SOURCE, "mk()"),
    [
        step(SOURCE, "mk()", "created", "created"),
        step(SOURCE, "risk(p)", "risky", "can raise", "/project/lib.py"),
        step(SOURCE, "return 1", "left-behind", "left behind"),
    ],
)


def concerns(hunks, found=FOUND, filename="/project/app.py"):
    tracked = frozenset({"/project/app.py", "/project/lib.py"})
    return Changes("/project", tracked, {filename: tuple(hunks)}).concerns(found)


@pytest.mark.parametrize(
    ("hunk", "counts"),
    [
        (Hunk(2, 2, False), True),
        (Hunk(7, 7, False), True),
        (Hunk(1, 1, False), False),
        (Hunk(4, 4, False), False),
        (Hunk(4, 4, True), True),
        (Hunk(5, 4, True), True),
        (Hunk(8, 7, True), True),
        (Hunk(9, 8, True), False),
        (Hunk(1, 0, True), False),
        (Hunk(9, 20, True), False),
    ],
)
def test_finding_counts_when_its_steps_changed_or_lines_between_went(hunk, counts):
    assert concerns([hunk]) is counts


def test_change_at_a_step_in_another_file_counts():
    assert concerns([Hunk(5, 5, False)], filename="/project/lib.py")
    assert not concerns([Hunk(6, 6, True)], filename="/project/lib.py")


def test_untracked_file_and_stdin_count_throughout():
    changes = Changes("/project", frozenset(), {})
    assert changes.concerns(FOUND)
    assert changes.concerns(finding(at(SOURCE, "mk()"), filename="-"))


def test_unchanged_file_does_not_count():
    assert not concerns([])


def test_file_that_cannot_be_analysed_counts_when_anything_in_it_changed():
    broken = finding(at(SOURCE, "def"), code="TML900")
    assert concerns([Hunk(7, 7, False)], broken)
    assert not concerns([], broken)


DIFF = b"""\
diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -3 +3,2 @@ def f():
-old
+++ b/forged.py
+@@ -1 +1 @@
@@ -9,2 +9,0 @@
--- a/forged.py
-two
diff --git a/old b/new name.py
similarity index 90%
rename from old
rename to new name.py
--- a/old
+++ b/new name.py\t
@@ -0,0 +1 @@
+x
\\ No newline at end of file
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/pure b/moved
similarity index 100%
rename from pure
rename to moved
diff --git "a/\\303\\244\\"\\t.py" "b/\\303\\244\\"\\t.py"
--- "a/\\303\\244\\"\\t.py"
+++ "b/\\303\\244\\"\\t.py"
@@ -1,2 +1,2 @@
-a
-b
+c
+d
"""


def test_diff_is_read_by_counting_lines_not_by_their_looks():
    assert dict(parse_diff(DIFF)) == {
        "a.py": (Hunk(3, 4, True), Hunk(10, 9, True)),
        "new name.py": (Hunk(1, 1, False),),
        'ä"\t.py': (Hunk(1, 2, True),),
    }


def test_cut_off_diff_ends():
    assert dict(parse_diff(DIFF[:120])) == {"a.py": (Hunk(3, 4, True),)}
    assert dict(parse_diff(b"")) == {}
