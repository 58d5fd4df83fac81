"""What is found out of methods where they are defined holds for heirs, but where those put others in their place."""

from __future__ import annotations

import textwrap

import pytest

from tmpleak_lint.analysis.domain.values import Inst, Klass
from tmpleak_lint.analysis.queries.called import region_text
from tmpleak_lint.analysis.queries.prefilter import may_affect
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.verdict.owners import _as_seen, _concerned, _naming, _rank
from tmpleak_lint.session import Session
from tmpleak_lint.settings import Settings


def project_of(source: str) -> tuple[Project, Module]:
    """A project that knows one module."""
    session = Session(Settings(base="/", select=("TML1",)))
    project = session.analyse(source.encode(), "program.py", on_disk=False).project
    module = project.known("program.py")
    assert module is not None
    return project, module


LINE = """
    import shutil, tempfile

    class A:
        def __init__(self):
            self.d = tempfile.mkdtemp()
        def stop(self):
            self._hook(self.d)
        def read(self):
            return open(self.d)
        def later(self):
            self.unknown(self.d)
        def _hook(self, path):
            pass

    class B(A):
        def _hook(self, path):
            shutil.rmtree(path)

    class C(B):
        def unknown(self, path):
            shutil.rmtree(path)

    class D(C):
        def _hook(self, path):
            pass
        def read(self):
            shutil.rmtree(self.d)

    class Mixin:
        def stop(self):
            shutil.rmtree(self.d)

    class E(D, Mixin):
        pass

    class F(E):
        def use(self):
            return self.d
"""


@pytest.mark.parametrize("name", "ABCDEF")
def test_the_methods_that_may_delete_are_those_that_a_look_at_each_finds(name: str) -> None:
    project, module = project_of(textwrap.dedent(LINE))
    klass = Klass(module.key, name)
    itself, naming = Inst(klass, "self"), _naming(["d"])
    each_by_itself = {
        method
        for method, func in project.methods(klass).items()
        if _rank(method) < 2
        or (
            naming.search(region_text(project, func)) and may_affect(project, _as_seen(project, func, itself))
        )
    }
    assert _concerned(project, klass, frozenset({"d"})).names == each_by_itself


@pytest.mark.parametrize(
    ("heir", "is_deleted"),
    [
        ("class B(A):\n    def _drop(self):\n        shutil.rmtree(self.d)\n", True),
        ("class B(A):\n    def read(self):\n        return self.d\n", False),
        ("class M(A):\n    pass\nclass B(M):\n    def _drop(self):\n        shutil.rmtree(self.d)\n", True),
        ("class M(A):\n    def close(self):\n        shutil.rmtree(self.d)\nclass B(M):\n    pass\n", True),
    ],
)
def test_a_directory_within_one_that_an_heir_deletes_is_deleted(heir: str, is_deleted: bool) -> None:
    base = (
        "import shutil, tempfile\n\nclass A:\n    def __init__(self):\n        self.d = tempfile.mkdtemp()\n"
        "    def close(self):\n        self._drop()\n    def _drop(self):\n        pass\n"
    )
    more = "class Z(B):\n    def work(self):\n        q = tempfile.mkdtemp(dir=self.d)\n        use(q)\n"
    session = Session(Settings(base="/", select=("TML1",)))
    found = session.analyse((base + heir + more).encode(), "program.py", on_disk=False).findings
    assert ("Z.work" in {each.function for each in found}) is not is_deleted
