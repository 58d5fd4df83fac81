"""Which bodies are judged again after a change: those in which something else could be found, and no others."""

from __future__ import annotations

from tmpleak_lint.analysis.queries.project import Module
from tmpleak_lint.fixing.showing import bodies_to_judge
from tmpleak_lint.reading.regions import SourceModule

CODE = """
import tempfile

LIMIT = 3


def made():
    return tempfile.mkdtemp()


def middle():
    return made()


def top():
    use(middle())


def apart():
    use(tempfile.mkdtemp())


class Store:
    def open(self):
        self.path = made()

    def close(self):
        log(self.path)


class Other:
    def open_it(self):
        self.path = tempfile.mkdtemp()
"""


def module(text: str) -> Module:
    return Module("app", SourceModule(text.encode(), "app"), None)


def judged_after(old: str, new: str, code: str = CODE) -> frozenset[str] | None:
    assert old in code
    return bodies_to_judge(module(code), module(code.replace(old, new)))


def test_a_body_that_nobody_names_is_judged_alone() -> None:
    assert judged_after("use(tempfile", "use( tempfile") == {"apart"}


def test_callers_are_judged_however_far_and_methods_with_their_class() -> None:
    found = judged_after("return tempfile", "return  tempfile")
    assert found == {"made", "middle", "top", "Store.open", "Store.close"}


def test_what_a_changed_body_calls_is_judged() -> None:
    found = judged_after("use(middle())", "use( middle())")
    assert found is not None
    assert {"top", "middle"} <= found
    assert "apart" not in found


def test_a_change_in_one_method_concerns_the_others() -> None:
    found = judged_after("log(self.path)", "log( self.path)")
    assert found is not None
    assert {"Store.open", "Store.close"} <= found
    assert not found & {"apart", "Other.open_it"}


def test_an_import_more_concerns_nobody_and_another_constant_everybody() -> None:
    assert judged_after("import tempfile\n", "import os\nimport tempfile\n") == frozenset()
    assert judged_after("LIMIT = 3", "LIMIT = 4") is None


def test_code_outside_of_defs_is_judged_when_it_names_what_changed() -> None:
    code = CODE + "\n\nKEPT = apart()\n"
    found = judged_after("use(tempfile", "use( tempfile", code)
    assert found == {"apart", "<module>", "Store", "Other"}
