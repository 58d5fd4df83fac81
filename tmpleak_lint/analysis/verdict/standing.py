"""Where the code of a finding stands: in tests, beside the package, in an example, in a copy of somebody else's code.

Comes in: a verdict and its diagnosis. Goes out: facts for the confidence of the finding (`confidence.py`), each with
the most that it allows. Names of files, folders, classes and functions decide; nothing is read from disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import PurePath

from tmpleak_lint.analysis.queries.testing import NEAR, folders_of, is_fixture, is_of_tests
from tmpleak_lint.analysis.verdict.cause import elsewhere_at
from tmpleak_lint.analysis.verdict.classify import Diagnosis
from tmpleak_lint.analysis.verdict.judge import Verdict
from tmpleak_lint.analysis.verdict.naming import statics_of_body
from tmpleak_lint.flow import graph as g
from tmpleak_lint.knowledge import folders, frameworks
from tmpleak_lint.model import Confidence

Fact = tuple[Confidence, str]


def _copied(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether the code is a copy: it is mended where it comes from."""
    module = verdict.explorer.module
    above = module.path.parts[:-1] if module.path is not None else ()
    # The package itself may be part of one that has no `__init__.py`: `_vendor/acme/io/run.py`.
    near = above[-len(module.package) - NEAR :]
    if folders.INSTALLED.intersection(above) or not folders.COPIED.isdisjoint((*near, *folders_of(module))):
        yield Confidence.LOW, "this is a copy of somebody else's code"


def _example(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is code that shows something or is run by hand, and takes an exception."""
    if not diagnosis.raised:
        return
    module, above = verdict.explorer.module, folders_of(verdict.explorer.module)
    if set(above) & folders.SHOWING:
        yield Confidence.LOW, "this is an example, and it takes an exception"
    elif above and (
        above[0 if module.package else -1] in folders.BY_HAND
        or (set(above) & folders.BY_HAND and _MAIN.search(module.source.text))
    ):
        yield Confidence.LOW, "this is a script of the developers, and it takes an exception"


def _self_check(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether only who runs a module of a package by itself, to try it, gets there."""
    module, code = verdict.explorer.module, verdict.explorer.code
    if not module.package or PurePath(module.filename).stem == "__main__":
        return
    row = verdict.explorer.nodes[min(verdict.site.nodes)].span.start.row
    lines = module.source.lines
    if code.kind is g.Kind.MODULE:
        above = [line for line in lines[: row - 1] if line[:1].strip() and not line.startswith(("#", ")"))]
        tried = lines[row - 1][:1].isspace() and bool(above) and _MAIN.match(above[-1]) is not None
    else:
        tried = code.name in folders.TRYING and _MAIN.search(module.source.text) is not None
    if tried:
        yield Confidence.LOW, "only who runs the module by itself, to try it, gets there"


def _unused(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is a private function that nothing in its module names: nobody gets there."""
    module, code = verdict.explorer.module, verdict.explorer.code
    name = code.name
    if not module.package or code.qualname != name or code.kind is g.Kind.MODULE or code.decorators:
        return
    if not name.startswith("_") or name.startswith("__"):
        return
    if len(re.findall(rf"\b{re.escape(name)}\b", module.source.text)) == 1:
        yield Confidence.LOW, f"nothing in the module calls `{name}`"


def _test(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it takes a failing test."""
    if not is_test_code(verdict):
        return
    if diagnosis.raised and verdict.explorer.is_cut and not verdict.result.discharges:
        # A way that raises is short: it is found before those that go on to the end.
        yield (
            Confidence.MEDIUM,
            "this is test code, and a bound leaves open whether a green run leaves it, too",
        )
    elif diagnosis.raised:
        yield Confidence.LOW, "this is test code: it takes a failing test"
    else:
        yield Confidence.HIGH, "this is test code, and every green run leaves it"


def _support(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is in a module of helpers for tests, and in none of tests, which may test such helpers."""
    module, above = verdict.explorer.module, folders_of(verdict.explorer.module)
    stem = PurePath(module.filename).stem
    named = stem.startswith("test_") or stem.endswith("_test")
    if named and any(known.name.startswith("test") for known in module.source.skeleton.ordered_defs()):
        return
    in_tests = any(
        outer in folders.TESTS and inner in folders.SUPPORT_IN_TESTS for outer, inner in pairwise(above)
    )
    if in_tests or _SUPPORT_MODULE.fullmatch(stem) or any(_SUPPORT_FOLDER.fullmatch(name) for name in above):
        yield Confidence.LOW, "this is a helper for tests, whose files are seldom anybody's concern"


def _fixture(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it is a fixture's: a test elsewhere may delete what it asks for."""
    if is_fixture(verdict.explorer.code.decorators) and not diagnosis.raised:
        yield Confidence.MEDIUM, "tests in other files may delete what the fixture gives them"


def _elsewhere(verdict: Verdict, diagnosis: Diagnosis) -> Iterator[Fact]:
    """Whether it depends on the system that the code runs on."""
    call = verdict.explorer.nodes[min(verdict.site.nodes)].op
    statics = statics_of_body(verdict)
    if isinstance(call, g.Call) and any(
        a.keyword == "delete" and isinstance(statics.made.get(a.value), g.Compare) for a in call.args
    ):
        yield Confidence.LOW, "whether it deletes itself depends on a condition, such as the system"
    row = elsewhere_at(verdict, diagnosis.leak)
    if row is not None:
        yield Confidence.LOW, f"the condition on line {row} holds on another system than POSIX"
    named = (verdict.explorer.code.name, PurePath(verdict.explorer.module.filename).stem)
    if any(_ELSEWHERE.search(each.lower()) for each in named):
        yield Confidence.LOW, "by its name this is for another system than POSIX"


def is_test_code(verdict: Verdict) -> bool:
    """Whether the body is a test, what is run before or after one, or stands in a module of tests."""
    module, code = verdict.explorer.module, verdict.explorer.code
    if code.name.startswith("test") or code.name in _RUN_BY_TESTS:
        return True
    if is_of_tests(module):
        return True
    owner = module.source.skeleton.classes.get(code.qualname.partition(".")[0])
    return owner is not None and any(base.rpartition(".")[2] in frameworks.TEST_TAILS for base in owner.bases)


FACTS: tuple[Callable[[Verdict, Diagnosis], Iterator[Fact]], ...] = (
    _copied, _example, _self_check, _unused, _test, _support, _fixture, _elsewhere,
)  # fmt: skip


_SUPPORT_MODULE = re.compile(folders.SUPPORT_MODULE)
_SUPPORT_FOLDER = re.compile(folders.SUPPORT_FOLDER)
_MAIN = re.compile(r"^if __name__ ==", re.MULTILINE)
_ELSEWHERE = re.compile(r"(?:^|_)windows(?:_|$)|win(?:32|64)|cygwin")
# (What is called `setup` may be anybody's.)
_RUN_BY_TESTS = (frameworks.SETUPS - {"setup", "set_up"}) | {
    "tearDown",
    "tearDownClass",
    "tearDownModule",
    "teardown_method",
}
