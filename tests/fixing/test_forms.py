"""In which forms a helper hands its file over, as far as that can be told from its body."""

from __future__ import annotations

import pytest

from tests.fixing.pairs import body_of
from tmpleak_lint.analysis.queries import records
from tmpleak_lint.analysis.verdict.project_context import ProjectContext
from tmpleak_lint.fixing.comparing import Form, Given, Told, forms_of
from tmpleak_lint.fixing.comparing.terms import NONE, const

FORMS: dict[str, set[Form]] = {
    "return tempfile.mkdtemp()": {"path"},
    "return str(tempfile.mkdtemp())": {"path"},
    "return tempfile.NamedTemporaryFile()": {"handle"},
    "return tempfile.TemporaryDirectory()": {"handle"},
    "return tempfile.mkstemp()": {"pair"},
    "return tempfile.mkstemp()[1]": {"path"},
    "fd, path = tempfile.mkstemp()\nreturn path": {"path"},
    "fd, path = tempfile.mkstemp()\nreturn path, fd": {"pair"},
    "return tempfile.mkdtemp(), 1": {"pair"},
    "return 1, tempfile.mkdtemp()": {"other"},
    "return None, tempfile.mkdtemp()": {"part"},
    "folder = tempfile.mkdtemp()\nif other:\n    return None\nreturn folder": {"none", "path"},
    "folder = tempfile.mkdtemp()\nif other:\n    return None, 1\nreturn folder, 1": {"part", "pair"},
    "folder = tempfile.mkdtemp()\nif target:\n    return None\nreturn folder": {"none"},
    "folder = tempfile.mkdtemp()\nif not target:\n    return None\nreturn folder": {"path"},
    "folder = tempfile.mkdtemp()\nreturn other": {Given("other")},
    "import pathlib\nfolder = tempfile.mkdtemp()\nreturn pathlib.Path(other)": {
        Given("other", "pathlib.Path")
    },
    "folder = tempfile.mkdtemp()\nreturn str(other)": {Given("other", "str")},
    "folder = tempfile.mkdtemp()\nreturn str(other.name)": {"other"},
    "folder = tempfile.mkdtemp()\nother = go()\nreturn other": {"other"},
    "if other:\n    return tempfile.mkdtemp(), True\nreturn other, False": {"pair", Told(1, yes=True)},
    "if other:\n    return tempfile.mkdtemp(), False, 1\nreturn 2, True, 1": {"pair", Told(1, yes=False)},
    "if other:\n    return tempfile.mkdtemp(), True\nreturn None, False": {"pair", Told(1, yes=True)},
    "if other:\n    return tempfile.mkdtemp(), True\nreturn other, True": {"pair", "other"},
    "if other:\n    return tempfile.mkdtemp(), other\nreturn other, False": {"pair", "other"},
    "if other:\n    return tempfile.mkdtemp(), True\nreturn None": {"pair", "none"},
    "folder = tempfile.mkdtemp()\ntarget.go(folder)": {"none"},
    "folder = tempfile.mkdtemp()\nreturn other.make(folder)": {"other"},
    "folder = tempfile.mkdtemp()\nreturn os.path.join(folder, 'a')": {"other"},
    "folder = tempfile.mkdtemp()\ntry:\n    go()\nexcept OSError:\n    return None\nreturn folder": {
        "none",
        "path",
    },
    "folder = tempfile.mkdtemp()\nfor each in other:\n    return each\nreturn folder": {"other", "path"},
    "folder = tempfile.mkdtemp()\nwith other:\n    return folder\nreturn None": {"path"},
    "folder = tempfile.mkdtemp()\nraise ValueError": set(),
    "if other:\n    return tempfile.mkdtemp()\nreturn tempfile.mkstemp()[1]": {"path"},
    "if other:\n    return tempfile.mkdtemp()\nreturn tempfile.NamedTemporaryFile()": {"handle", "path"},
}


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    body = body_of(f"{text}\n")
    sites = ProjectContext(body.project).sites_of(records.Body(body.module, body.code, body.owner))
    assert (
        forms_of(body, sorted(sites, key=lambda site: site.span.start), {"target": const(1)}, 0)
        == FORMS[text]
    )


def test_forms_at_another_place() -> None:
    body = body_of("folder = tempfile.mkdtemp()\nif other:\n    return 1, None\nreturn 1, folder\n")
    sites = ProjectContext(body.project).sites_of(records.Body(body.module, body.code, body.owner))
    assert forms_of(body, sites, {}, 1) == {"part", "pair"}
    assert forms_of(body, sites, {}, 2) == {"other"}
    assert forms_of(body, sites, {"other": NONE}, 1) == {"pair"}
