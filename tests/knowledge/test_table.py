"""The model table: one row a name, rows that are well formed, and what is derived from them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from tests.environment import MEASURING, without
from tmpleak_lint.knowledge.model import (
    ANY,
    RECEIVERS,
    Benign,
    Creates,
    Deletes,
    Effect,
    Leaves,
    Model,
    Moves,
    Shape,
    rows,
)
from tmpleak_lint.knowledge.pieces import creator_pieces, piece_of, shortest
from tmpleak_lint.knowledge.table import SHIPPED, SUBJECTS, TABLE, Knowledge

ROWS = [row for subject in SUBJECTS for row in subject.ROWS]


def test_each_name_has_one_row() -> None:
    assert [name for name, times in Counter(row.name for row in ROWS).items() if times > 1] == []
    assert len(TABLE) == len(ROWS)


def test_rows_are_well_formed() -> None:
    for row in ROWS:
        head, _, rest = row.name.partition(".")
        assert row.effects or row.fails, row
        assert len({type(effect) for effect in row.effects}) == len(row.effects), row
        assert head in RECEIVERS if head.startswith("<") else head, row
        assert rest.isidentifier() if head.startswith("<") else True, row
        assert "*" not in row.name.removesuffix("*"), row
        for effect in row.effects:  # every field that has no default is given
            assert all(hasattr(effect, name) for name in type(effect)._fields), row


def test_effect_is_equal_by_value_and_not_to_be_changed() -> None:
    assert Deletes() == Deletes(0) != Deletes(whole_tree=True)
    assert len({Creates(Shape.PATH), Creates(shape=Shape.PATH)}) == 1
    with pytest.raises(AttributeError, match="not to be changed"):
        Deletes().at = 1  # type: ignore[misc]
    with pytest.raises(TypeError, match="Deletes takes"):
        Deletes(wholetree=True)  # type: ignore[call-arg]


def test_name_is_known_with_a_row_or_as_a_module_that_has_some() -> None:
    assert SHIPPED.knows("shutil.rmtree")
    assert SHIPPED.knows("shutil")
    assert SHIPPED.knows("os.path")
    assert not SHIPPED.knows("shutil.rmtree.x")
    assert not SHIPPED.knows("shut")
    assert not SHIPPED.knows("os.pa")
    assert not SHIPPED.knows("s")
    assert not SHIPPED.knows("acme.wipe")
    assert Knowledge(deleters=("acme.wipe",)).knows("acme.wipe")


def test_last_parts_of_names_are_those_of_rows_with_such_an_effect() -> None:
    assert {"rmtree", "unlink"} <= SHIPPED.tails(Deletes)
    assert not {"mkdtemp", "loads", "move"} & SHIPPED.tails(Deletes)
    assert {"rmtree", "move"} <= SHIPPED.tails(Deletes, Moves)
    assert "unlink" in SHIPPED.method_tails(Deletes)
    assert not {"DeleteRecursively", "exists"} & SHIPPED.method_tails(Deletes)
    assert not any("*" in tail for tail in SHIPPED.tails(Effect, Benign, Deletes))
    assert "wipe" in Knowledge(deleters=("acme.wipe",)).tails(Deletes)
    assert "wipe" not in SHIPPED.tails(Deletes)
    whole = SHIPPED.tails_where(Deletes, lambda effect: effect.whole_tree)
    assert "rmtree" in whole and "unlink" not in whole


def test_what_was_asked_tells_no_two_tables_apart() -> None:
    one, other = Knowledge(deleters=("acme.wipe",)), Knowledge(deleters=("acme.wipe",))
    one.model("shutil.rmtree")
    assert one == other != Knowledge()
    assert hash(one) == hash(other)
    assert "rmtree" not in repr(one)


def test_longest_beginning_of_a_name_speaks_where_it_has_no_row() -> None:
    assert SHIPPED.is_benign("os.path.commonpath")
    assert [f.kind for f in SHIPPED.failures("json.dumps")] == ["disk full", "odd data"]
    assert [f.kind for f in SHIPPED.failures("json.loads")] == ["corrupt input"]
    assert SHIPPED.failures("jsonish.loads") == ()


def test_a_name_is_known_by_its_row_as_a_module_with_such_and_as_the_users_own() -> None:
    own = Knowledge(creators=("acme.scratch",))
    assert all(own.knows(name) for name in ("tempfile.mkstemp", "os.path", "acme.scratch"))
    assert not any(own.knows(name) for name in ("acme.other", "tempfile.mkstemp.x", "jsonish"))
    assert not SHIPPED.knows("acme.scratch")


def test_own_rows_are_rows_and_come_first() -> None:
    own = Knowledge(creators=("acme.scratch",), deleters=("*.wipe",), never_returns=("os.remove",))
    row = own.creator("acme.scratch")
    assert row is not None
    assert row.effects == (Creates(Shape.PATH),)
    assert own.deleted_position("pool.files.wipe") == 0
    assert own.leaves_with("os.remove") == "any"
    assert own.deleted_position("os.remove") == 0
    assert [failure.kind for failure in own.failures("acme.scratch")] == ["no room for a file"]
    assert SHIPPED.creator("acme.scratch") is None


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Creates, {"mkdtemp", "mkstemp"}),
        (Deletes, {"rmtree", "unlink"}),
        (Moves, {"replace", "move"}),
        (Leaves, {"_exit"}),
    ],
)
def test_tails_are_what_calls_are_named_in_the_source(kind: type[Effect], names: set[str]) -> None:
    assert names <= SHIPPED.tails(kind)


def test_text_has_an_effect_by_the_names_of_rows_and_by_general_words() -> None:
    assert SHIPPED.names_effect("os.unlink(path)")
    assert SHIPPED.names_effect("request.addBoth(done)")
    assert not SHIPPED.names_effect("return path.read_text()")
    assert Knowledge(deleters=("acme.shred",)).names_effect("shred(path)")


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("tempfile.mkdtemp", "mkdtemp"),
        ("*.make_scratch", "make_scratch"),
        ("acme.*_scratch_*", "_scratch_"),
        ("acme.scratch.*", "scratch"),
        ("<any>.temporarySibling", "temporarySibling"),
        ("*", ""),
    ],
)
def test_piece_of_a_name_stands_in_every_call_of_it(name: str, piece: str) -> None:
    assert piece_of(name) == piece


def test_pieces_that_hold_others_are_not_searched_for() -> None:
    assert shortest(["NamedTemporaryFile", "TemporaryFile", "mkstemp", "mkstemp"]) == (
        "mkstemp",
        "TemporaryFile",
    )
    assert all(any(piece in row.name for piece in creator_pieces()) for row in SHIPPED.rows(Creates))


def test_row_for_several_names() -> None:
    assert rows(f"a.b {ANY}.c", Benign()) == (Model("a.b", (Benign(),)), Model("<any>.c", (Benign(),)))


def test_search_in_bytes_loads_the_creators_and_no_more() -> None:
    code = "import sys, tmpleak_lint.reading.matters; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=without(*MEASURING)
    ).stdout.split()
    assert "libcst" not in loaded
    assert "ast" not in loaded
    assert [name for name in loaded if name.startswith("tmpleak_lint.knowledge.rows.")] == [
        "tmpleak_lint.knowledge.rows.creating"
    ]
