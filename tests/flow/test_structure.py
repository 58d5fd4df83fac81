"""What the graph promises about single constructs, one promise a test."""

from __future__ import annotations

import sys

import pytest

from tests.flow.lowering import lower, lower_module
from tmpleak_lint.flow import graph as g
from tmpleak_lint.flow.graph import NO_EDGE, Code


def _calls(code: Code) -> list[tuple[int, str]]:
    """Calls of plain names, as (node, name), in the order of the nodes."""
    loaded = {node.op.dest: node.op.name for node in code.nodes if isinstance(node.op, g.Load)}
    return [
        (index, loaded[node.op.func])
        for index, node in enumerate(code.nodes)
        if isinstance(node.op, g.Call) and node.op.func in loaded
    ]


def _names(code: Code) -> list[str]:
    return [name for _, name in _calls(code)]


def _reached(code: Code, start: int, *, without: frozenset[int] = frozenset()) -> set[int]:
    """Nodes that control can come to; every name that is read is taken as bound."""
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        index = waiting.pop()
        if index != NO_EDGE and index not in seen and index not in without:
            seen.add(index)
            node = code.nodes[index]
            waiting += [node.next, node.alt, NO_EDGE if isinstance(node.op, g.Load) else node.exc]
    return seen


def _find(code: Code, name: str) -> int:
    (index,) = [index for index, called in _calls(code) if called == name]
    return index


def test_finally_runs_once_per_way_of_leaving() -> None:
    code = lower("""
        def f(xs):
            for x in xs:
                try:
                    if a(): break
                    if b(): continue
                    if c(): return 1
                    if d(): return 2
                finally:
                    last()
    """)
    # break, continue, both returns together, the normal end, an exception
    assert _names(code).count("last") == 5


def test_no_way_past_a_finally() -> None:
    code = lower("""
        def f(xs):
            for x in xs:
                try:
                    inside()
                    if a(): break
                    if b(): return 1
                finally:
                    last()
    """)
    inside = _find(code, "inside")
    lasts = frozenset(index for index, name in _calls(code) if name == "last")
    assert not _reached(code, inside, without=lasts) & {code.exit_ok, code.exit_error}


def test_return_in_finally_swallows_the_exception() -> None:
    code = lower("""
        def f():
            try:
                work()
            finally:
                return 1
    """)
    assert code.exit_ok in _reached(code, _find(code, "work"))
    assert not any(isinstance(node.op, g.Reraise) for node in code.nodes)


def test_break_in_finally_swallows_the_exception() -> None:
    code = lower("""
        def f():
            while True:
                try:
                    work()
                finally:
                    break
            after()
    """)
    after = frozenset({_find(code, "after")})
    assert code.exit_error not in _reached(code, code.nodes[_find(code, "work")].exc, without=after)


def test_exception_in_else_is_not_handled_here() -> None:
    code = lower("""
        def f():
            try:
                work()
            except OSError:
                undo()
            else:
                good()
    """)
    assert code.nodes[_find(code, "good")].exc == code.exit_error


def test_exception_in_handler_passes_its_siblings_and_runs_finally() -> None:
    code = lower("""
        def f():
            try:
                work()
            except OSError:
                undo()
            except Exception:
                sibling()
            finally:
                last()
    """)
    reached = _reached(code, code.nodes[_find(code, "undo")].exc)
    assert _find(code, "sibling") not in reached
    assert reached & {index for index, name in _calls(code) if name == "last"}


def test_bare_except_leaves_no_exception_unhandled() -> None:
    code = lower("""
        def f():
            try:
                work()
            except:
                undo()
    """)
    assert _reached(code, code.nodes[_find(code, "work")].exc) >= {_find(code, "undo")}
    assert code.exit_error not in _reached(
        code, code.nodes[_find(code, "work")].exc, without=frozenset({_find(code, "undo")})
    )


@pytest.mark.parametrize("jump", ["return", "break", "continue"])
def test_managers_are_left_innermost_first_on_the_way_out(jump: str) -> None:
    code = lower(f"""
        def f():
            while a():
                with outer() as x, inner() as y:
                    {jump}
    """)
    entered = [node.op.manager for node in code.nodes if isinstance(node.op, g.Enter)]
    left = [node.op.manager for node in code.nodes if isinstance(node.op, g.Leave) and node.op.error is None]
    assert left == entered[::-1]


def test_manager_may_swallow_and_the_code_after_the_block_goes_on() -> None:
    code = lower("""
        def f():
            with manager():
                work()
            after()
    """)
    (leave,) = [node for node in code.nodes if isinstance(node.op, g.Leave) and node.op.error is not None]
    assert _find(code, "after") in _reached(code, leave.alt)
    assert isinstance(code.nodes[leave.next].op, g.Reraise)


def test_failing_enter_does_not_leave_its_own_manager() -> None:
    code = lower("""
        def f():
            with manager():
                work()
    """)
    (enter,) = [node for node in code.nodes if isinstance(node.op, g.Enter)]
    assert enter.exc == code.exit_error


def test_loop_without_condition_or_break_never_ends() -> None:
    code = lower("""
        def f():
            while True:
                work()
            never()
    """)
    assert "never" not in _names(code)
    assert code.exit_ok not in _reached(code, 0)


def test_else_of_a_loop_is_skipped_by_break_only() -> None:
    code = lower("""
        def f(xs):
            for x in xs:
                if a(): break
            else:
                other()
            after()
    """)
    (broken,) = [i for i, node in enumerate(code.nodes) if node.op == g.Jump("break")]
    (step,) = [node for node in code.nodes if isinstance(node.op, g.Next)]
    assert _find(code, "other") not in _reached(code, broken)
    assert _find(code, "other") in _reached(code, step.alt)


def test_operand_found_false_is_not_tested_again() -> None:
    code = lower("""
        def f():
            return a() and b() or c()
    """)
    a, b, c = _find(code, "a"), _find(code, "b"), _find(code, "c")
    (tested,) = [
        n
        for n in code.nodes
        if isinstance(n.op, g.Branch) and b in _reached(code, n.next, without=frozenset({c}))
    ]
    assert c in _reached(code, tested.alt) and b not in _reached(code, tested.alt)
    assert a < b < c


def test_later_comparison_of_a_chain_is_evaluated_only_where_the_first_holds() -> None:
    code = lower("""
        def f():
            return a() < b() < c()
    """)
    (tested,) = [node for node in code.nodes if isinstance(node.op, g.Branch)]
    assert _find(code, "c") in _reached(code, tested.next)
    assert _find(code, "c") not in _reached(code, tested.alt)


def test_what_an_augmented_target_stands_in_is_evaluated_once() -> None:
    code = lower("""
        def f():
            table()[key()] += value()
    """)
    assert _names(code) == ["table", "key", "value"]


def test_starred_arguments_are_evaluated_before_keywords() -> None:
    assert _names(lower("def f(): g(k=one(), *two())")) == ["two", "one", "g"]


def test_decorators_and_defaults_are_evaluated_where_the_def_stands() -> None:
    code = lower("""
        def f():
            @register()
            def inner(a=default()):
                inside()
    """)
    assert _names(code)[:2] == ["register", "default"]
    assert [_names(part) for part in code.nested] == [["inside"]]


def test_bare_raise_in_a_finally_raises_what_is_in_flight() -> None:
    code = lower("""
        def f():
            try:
                work()
            finally:
                raise
    """)
    flying = code.nodes[_find(code, "work")].exc
    caught = code.nodes[flying].op
    assert isinstance(caught, g.Caught)
    assert any(node.op == g.Reraise(caught.dest) for node in code.nodes)


def test_bare_raise_in_a_nested_def_knows_nothing_of_the_handler_around_it() -> None:
    code = lower("""
        def f():
            try:
                work()
            except OSError:
                def inner():
                    raise
    """)
    (inner,) = code.nested
    assert g.Const(2, RuntimeError) in [node.op for node in inner.nodes]


def test_yield_in_dead_code_makes_a_generator() -> None:
    assert lower("""
        def f():
            return
            yield
    """).is_generator


def test_comprehension_targets_stay_its_own_and_walrus_targets_do_not() -> None:
    code = lower("""
        def f(xs):
            ys = [(last := x) for x in xs]
    """)
    assert code.local_names == {"xs", "ys", "last", "x@1"}


def test_lambda_in_a_comprehension_sees_the_comprehensions_name() -> None:
    code = lower("""
        def f(xs):
            return [lambda a=x: (x, a) for x in xs]
    """)
    (inner,) = code.nested
    assert [node.op.name for node in inner.nodes if isinstance(node.op, g.Load)] == ["x@1", "a"]


def test_global_and_nonlocal_names_are_not_local() -> None:
    code = lower("""
        def f():
            global a
            nonlocal b
            a = b = c = 1
    """)
    assert [set(s) for s in (code.local_names, code.global_names, code.nonlocal_names)] == [
        {"c"},
        {"a"},
        {"b"},
    ]


def test_names_bound_by_every_statement_are_local() -> None:
    code = lower("""
        def f(p, *q, r=1, **s):
            import a.b, c as d
            from e import g
            def h(): inside = 1
            class i: inside = 1
            for j, (k, *l) in m: pass
            with n as o: pass
            try: pass
            except T as t: pass
            match u:
                case {"x": v, **w} | [v, w]: pass
            y: int
            z += 1
            del aa
            (bb := 1)
            type cc = int
    """)
    assert code.local_names == set("pqrsadghijklotvwyz") | {"aa", "bb", "cc"}


def test_a_failing_import_reaches_its_handler() -> None:
    code = lower_module("""
        try:
            import fast
        except ImportError:
            fast = None
    """)
    (imported,) = [node for node in code.nodes if isinstance(node.op, g.Import)]
    assert isinstance(code.nodes[imported.exc].op, g.Caught)


def test_deeply_nested_finally_bodies_do_not_multiply() -> None:
    depth = 12
    lines = ["def f():"]
    for level in range(depth):
        lines += [
            "    " * (level + 1) + "try:",
            "    " * (level + 2) + f"step({level})",
            "    " * (level + 1) + "finally:",
        ]
    lines.append("    " * (depth + 1) + "last()")
    code = lower("\n".join(lines))
    assert len(code.nodes) < 2_500
    assert code.exit_ok in _reached(code, 0) and code.exit_error in _reached(code, 0)


def test_clause_of_except_star_follows_one_that_took_its_part() -> None:
    code = lower("""
        def f():
            try:
                work()
            except* OSError:
                one()
            except* ValueError:
                two()
    """)
    twos = {index for index, name in _calls(code) if name == "two"}
    after_one = code.nodes[_find(code, "one")]
    assert twos & _reached(code, after_one.next)
    assert twos & _reached(code, after_one.exc)
    assert code.exit_ok not in _reached(code, after_one.exc)


def test_every_node_goes_on_unless_it_is_an_exit_or_raises() -> None:
    code = lower("""
        def f(xs):
            for x in xs:
                try:
                    with a() as b:
                        if b: return
                        raise c
                except* d:
                    e()
    """)
    for node in code.nodes:
        assert node.next != NO_EDGE or isinstance(node.op, g.Exit | g.Raise | g.Reraise)
    assert all(isinstance(node.op, g.Exit) or node.op != g.Jump() for node in code.nodes)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    x = " + " + ".join(["a"] * 1_000),
        "def f():\n    x = " + " and ".join(["a"] * 1_000),
        "def f():\n    if " + " or ".join(["a"] * 1_000) + ": pass",
        "def f():\n    x = (" + "\n".join(["'a'"] * 1_000) + ")",
        "def f():\n    x = " + "[" * 199 + "a" + "]" * 199,
        "def f():\n" + "".join(f"    {'el' * (i > 0)}if a{i}:\n        b{i}()\n" for i in range(1_000)),
    ],
    ids=["operators", "and", "or", "strings", "brackets", "elifs"],
)
def test_what_is_long_or_deep_is_lowered(source: str) -> None:
    limit = sys.getrecursionlimit()
    code = lower(source)
    assert code.exit_ok in _reached(code, 0)
    assert sys.getrecursionlimit() == limit
