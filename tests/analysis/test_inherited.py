"""A method that is inherited calls the methods of the class that inherits it."""

from __future__ import annotations

import pytest

from tmpleak_lint.engine import check_source

BASE = """
import shutil
import tempfile


class Base:
    def work(self):
        self.drop(self.scratch)

    def drop(self, path):
        {base}


class Child(Base):
    def prepare(self):
        self.scratch = tempfile.mkdtemp()

    def drop(self, path):
        {child}
"""


@pytest.mark.parametrize(
    ("base", "child", "codes"),
    [("print(path)", "shutil.rmtree(path)", []), ("shutil.rmtree(path)", "print(path)", ["TML108"])],
    ids=["the heir deletes", "the heir only prints"],
)
def test_inherited_method_deletes_if_what_it_calls_there_does(
    base: str, child: str, codes: list[str]
) -> None:
    report = check_source(BASE.format(base=base, child=child))
    assert [finding.code for finding in report.findings] == codes


DIAMOND = """
import shutil
import tempfile


class Top:
    def drop(self, path):
        {top}


class Left(Top):
    pass


class Right(Top):
    def drop(self, path):
        {right}


class Bottom({bases}):
    def work(self):
        scratch = tempfile.mkdtemp()
        self.drop(scratch)
"""
PRINTS, DELETES = "print(path)", "shutil.rmtree(path)"


@pytest.mark.parametrize(
    ("bases", "top", "right", "codes"),
    [
        ("Left, Right", PRINTS, DELETES, []),
        ("Left, Right", DELETES, PRINTS, ["TML101"]),
        ("Right, Left", DELETES, PRINTS, ["TML101"]),
        ("Left", DELETES, PRINTS, []),
        ("Top, Right", DELETES, PRINTS, []),
    ],
    ids=["nearer than the common base", "so it only prints", "first", "not among the bases", "no class"],
)
def test_method_is_looked_up_in_the_order_that_python_does(
    bases: str, top: str, right: str, codes: list[str]
) -> None:
    report = check_source(DIAMOND.format(bases=bases, top=top, right=right))
    assert [finding.code for finding in report.findings] == codes
