"""The ways out of a function: what is said of each must be what the analysis knows."""

from __future__ import annotations

import textwrap

import pytest

from tmpleak_lint.analysis.verdict.report import Judged
from tmpleak_lint.explaining.account import Leaving, Outcome, WayOut
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.explaining.ways import Ways
from tmpleak_lint.model import Event
from tmpleak_lint.session import Session

HEAD = "import os, shutil, tempfile, asyncio, contextlib\n"


def judged(body: str, obligation: str = "name") -> Judged:
    """The first obligation of the kind in a module of this text."""
    source = (HEAD + textwrap.dedent(body)).encode()
    for one in Session().analyse(source, "app.py", on_disk=False).judged:
        if one.verdict is not None and one.verdict.obligation.value == obligation:
            return one
    raise AssertionError("no such obligation")


def ways(body: str, obligation: str = "name") -> tuple[WayOut, ...]:
    one = judged(body, obligation)
    assert one.verdict is not None
    return Ways(one.verdict, one.owner).out()


def brief(found: tuple[WayOut, ...]) -> list[tuple[str, tuple[int, ...], str, int]]:
    return [(way.leaving.value, way.rows, way.outcome.value, way.row) for way in found]


def test_each_way_of_raising_is_told_from_the_end() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            work(data, folder)
            more(folder)
            shutil.rmtree(folder)
        """)
    assert brief(found) == [
        ("ends", (), "deleted", 6),
        ("raises", (4, 5), "left-behind", 0),
    ]


def test_finally_deletes_on_every_way() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            try:
                if data:
                    return work(data, folder)
                more(folder)
            finally:
                shutil.rmtree(folder)
        """)
    assert brief(found) == [
        ("returns", (6,), "deleted", 9),
        ("ends", (), "deleted", 9),
        ("raises", (6, 7), "deleted", 9),
    ]
    assert {way.words for way in found} == {"deletes it, in a finally"}


def test_except_that_does_not_match_is_named() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            try:
                work(data, folder)
            except ValueError:
                shutil.rmtree(folder)
                raise
            shutil.rmtree(folder)
        """)
    left = [way for way in found if way.outcome is Outcome.LEFT_BEHIND]
    assert [(way.rows, way.words) for way in left] == [((5,), "it stays (line 6 does not catch that)")]


def test_exception_caught_before_the_deletion_is_told() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            try:
                work(data, folder)
            except Exception:
                return None
            shutil.rmtree(folder)
        """)
    left = [way for way in found if way.outcome is Outcome.LEFT_BEHIND]
    assert [way.words for way in left] == ["it stays (line 6 catches that, and nothing after it deletes it)"]


def test_explicit_raise_is_a_way_of_its_own_and_not_the_end() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            if not data:
                raise ValueError
            return folder
        """)
    assert brief(found) == [("returns", (6,), "handed-over", 0), ("raises", (5,), "left-behind", 0)]


def test_exception_raised_again_counts_where_it_began() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            try:
                work(folder)
            except OSError as error:
                raise ValueError from error
            shutil.rmtree(folder)
        """)
    left = {way.rows for way in found if way.outcome is Outcome.LEFT_BEHIND}
    assert left == {(5,), (5, 7)}


def test_deletion_of_a_child_is_no_way_out_of_the_directory() -> None:
    found = ways("""\
        def f(data):
            folder = tempfile.mkdtemp()
            path = os.path.join(folder, "a")
            work(path)
            os.remove(path)
        """)
    assert {way.outcome for way in found} == {Outcome.LEFT_BEHIND}


def test_attribute_that_a_method_deletes_is_managed_by_its_object() -> None:
    found = ways("""\
        class Renderer:
            def __init__(self):
                self.folder = tempfile.mkdtemp()

            def __exit__(self, *error):
                shutil.rmtree(self.folder)
        """)
    assert [(way.leaving, way.outcome) for way in found] == [(Leaving.ENDS, Outcome.MANAGED)]
    assert "`self.folder`" in found[0].words


def test_registered_deletion_counts_from_its_line_on() -> None:
    found = ways("""\
        def f(data, stack):
            folder = tempfile.mkdtemp()
            work(data)
            stack.callback(shutil.rmtree, folder)
            work(folder)
        """)
    assert brief(found) == [("ends", (), "managed", 5), ("raises", (4,), "left-behind", 0)]


LEAKING = {
    "loop": """\
        def f(names):
            for name in names:
                fd, path = tempfile.mkstemp()
                os.close(fd)
                if skip(name):
                    continue
                use(path)
                os.remove(path)
        """,
    "swallowed": """\
        def f(data):
            folder = tempfile.mkdtemp()
            with contextlib.suppress(OSError):
                work(folder)
                shutil.rmtree(folder)
        """,
    "generator": """\
        @contextlib.contextmanager
        def f(data):
            folder = tempfile.mkdtemp()
            yield folder
            shutil.rmtree(folder)
        """,
    "cancelled": """\
        async def f(session):
            folder = tempfile.mkdtemp()
            try:
                await session.get(folder)
            except Exception:
                shutil.rmtree(folder)
                raise
            shutil.rmtree(folder)
        """,
}


@pytest.mark.parametrize("name", LEAKING)
def test_path_begins_at_the_creation_passes_the_cause_and_ends_with_the_file_left(name: str) -> None:
    one = judged(LEAKING[name])
    assert one.finding is not None
    assert one.diagnosis is not None
    account = account_of(one, str)
    events = [step.event for step in account.path]
    assert events[0] is Event.CREATED
    assert events[-1] is Event.LEFT_BEHIND
    assert any(way.outcome is Outcome.LEFT_BEHIND for way in account.ways)
    assert account.path[0] == one.finding.steps[0]
    if account.cause is not None:
        assert account.cause.row in [step.span.start.row for step in account.path]


def test_path_says_which_side_of_a_branch_was_taken() -> None:
    one = judged("""\
        def f(data, dry):
            folder = tempfile.mkdtemp()
            if dry:
                print("dry")
            elif data:
                return None
            shutil.rmtree(folder)
        """)
    account = account_of(one, str)
    told = {step.span.start.row: step.message for step in account.path}
    assert told[4] == "this does not hold"
    assert told[6] == "this holds"


def test_path_follows_the_except_that_did_not_match() -> None:
    one = judged(LEAKING["cancelled"])
    account = account_of(one, str)
    assert [step.message for step in account.path if step.span.start.row == 6] == ["does not match"]


def test_move_is_told_as_a_move_and_a_file_object_takes_the_descriptor_over() -> None:
    body = """\
        def f(data, target):
            fd, path = tempfile.mkstemp()
            with os.fdopen(fd, "w") as out:
                out.write(data)
            os.replace(path, target)
        """
    (moved, _) = ways(body)
    assert (moved.outcome, moved.row, moved.words) == (Outcome.DELETED, 6, "moves it away")
    (closed,) = ways(body, "descriptor")
    assert (closed.row, closed.words) == (4, "takes it over: closing the file object closes it")


def test_cancellation_that_an_except_lets_through_is_named() -> None:
    found = ways("""\
        async def f(job):
            folder = tempfile.mkdtemp()
            try:
                await job(folder)
            except Exception:
                shutil.rmtree(folder)
                raise
            shutil.rmtree(folder)
        """)
    assert "it stays (line 6 does not catch a cancellation)" in [way.words for way in found]


def test_way_that_an_except_turns_into_a_hand_over_says_so() -> None:
    found = ways("""\
        def f(job):
            folder = tempfile.mkdtemp()
            try:
                job(folder)
            except Exception:
                pass
            return folder
        """)
    (raised,) = (way for way in found if way.leaving is Leaving.RAISES)
    assert raised.outcome is Outcome.HANDED_OVER
    assert raised.words.endswith("(line 6 catches that)")


RMDIR = """\
    def f(data):
        folder = tempfile.mkdtemp()
        try:
            work(data, folder)
        finally:
            {deletion}
    """


@pytest.mark.parametrize("deletion", ["os.rmdir(folder)", "os.removedirs(folder)"])
def test_a_deletion_of_empty_directories_fails_on_what_is_in_it(deletion: str) -> None:
    body = RMDIR.format(deletion=deletion)
    told = {(way.leaving, way.rows): way.words for way in ways(body)}
    assert told[Leaving.RAISES, (7,)] == "it isn't empty: it stays"
    assert told[Leaving.ENDS, ()] == "deletes it if it is empty, in a finally"
    one = judged(body)
    account = account_of(one, str)
    assert (
        account.message == f"the directory from mkdtemp() stays when `{deletion}` (line 7) finds it not empty"
    )
    assert one.finding is not None and "shutil.rmtree" in one.finding.advice
    assert account.cause is not None
    assert [failure.kind for failure in account.cause.failures] == ["directory not empty"]
    said = [step.message for step in account.path] + [account.summary]
    assert not any("skipped" in text or "without deleting it" in text or "earlier" in text for text in said)


def test_a_failing_deletion_that_is_caught_leaves_at_the_end() -> None:
    account = account_of(
        judged("""\
            def f(data):
                folder = tempfile.mkdtemp()
                try:
                    work(data, folder)
                finally:
                    try:
                        os.rmdir(folder)
                    except OSError:
                        pass
            """),
        str,
    )
    assert [(step.span.start.row, step.message) for step in account.path[-3:]] == [
        (8, "`os.rmdir(folder)` fails where it isn't empty"),
        (9, "caught here"),
        (10, "f ends here: it stays on disk"),
    ]


def told(body: str) -> tuple[str, str, list[str]]:
    """Of the first obligation: what its kind comes to, why the cause can raise, and the words of the path."""
    account = account_of(judged(body), str)
    kinds = ", ".join(failure.what for failure in account.cause.failures) if account.cause else ""
    return account.summary, kinds, [step.message for step in account.path]


@pytest.mark.parametrize(
    ("made", "deletion", "why"),
    [
        ("tempfile.mkdtemp()", "os.remove(made)", "it deletes files, and this is a directory"),
        (
            "tempfile.NamedTemporaryFile(delete=False)",
            "os.unlink(made)",
            "it takes a path, and this is a file object",
        ),
    ],
)
def test_a_deletion_of_the_wrong_kind_is_told_as_that(made: str, deletion: str, why: str) -> None:
    summary, kinds, _ = told(f"def f():\n    made = {made}\n    {deletion}\n")
    assert (summary, kinds) == ("The deletion is for something of another kind, so it fails each time.", why)


def test_the_way_of_a_descriptor_ends_below_the_finally_that_it_passes() -> None:
    body = """\
        def f(data):
            fd, path = tempfile.mkstemp()
            try:
                os.write(fd, data)
                os.close(fd)
            finally:
                os.remove(path)
        """
    path = account_of(judged(body, "descriptor"), str).path
    assert [(step.span.start.row, step.message) for step in path[-3:]] == [
        (6, "`os.close(fd)` is skipped"),
        (8, "the finally runs, without closing it"),
        (8, "the exception leaves f: the descriptor stays open"),
    ]


def test_a_move_that_fails_is_not_an_exception_above_it() -> None:
    summary, _, path = told("""\
        def f(target):
            fd, path = tempfile.mkstemp()
            os.close(fd)
            try:
                os.replace(path, target)
            except OSError:
                return False
            return True
        """)
    assert summary == "What takes it away can fail itself, and nothing else deletes it then."
    assert path[-2:] == ["caught here", "f ends here: it stays on disk"]


def test_a_skipped_deletion_above_the_handler_does_not_turn_the_path_back() -> None:
    body = """\
        def f():
            path = tempfile.mkdtemp()
            try:
                work(path)
                shutil.rmtree(path)
            except Exception:
                log("no")
        """
    account = account_of(judged(body), str)
    rows = [step.span.start.row for step in account.path]
    assert rows == sorted(rows)
    assert [step.message for step in account.path[-3:]] == [
        "`shutil.rmtree(path)` is skipped",
        "caught here",
        "f ends here: it stays on disk",
    ]


def test_a_deletion_that_a_branch_skips_stands_above_the_return_that_leaves() -> None:
    body = """\
        def f(keep_it, other):
            path = tempfile.mkdtemp()
            if other():
                shutil.rmtree(path)
            return work(path)
        """
    path = account_of(judged(body), str).path
    rows = [step.span.start.row for step in path]
    assert rows == sorted(rows)
    assert path[-1].message.endswith("it stays on disk")
