"""What the text of a function says of it, beside what its graph says: a sure answer by text must be the graph's."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tmpleak_lint.analysis.domain.values import Func
from tmpleak_lint.analysis.queries import by_syntax, summaries
from tmpleak_lint.analysis.queries.project import Module, Project

READ = ("argparse", "shutil", "subprocess", "tempfile", "textwrap", "tokenize", "zipfile", "unittest.case")


def module_named(name: str, project: Project) -> Module:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin)
    return project.add(path.read_bytes(), str(path), path)


def functions(module: Module) -> list[Func]:
    return [Func(module.key, known.qualname) for known in module.source.skeleton.ordered_defs()]


@pytest.mark.parametrize("name", READ)
def test_what_is_risky_by_syntax_is_not_benign(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project()
    module = module_named(name, project)
    risky = [func for func in functions(module) if by_syntax.is_risky_by_syntax(project, func)]
    assert len(risky) > 2
    monkeypatch.setattr(summaries, "is_risky_by_syntax", lambda project, func: False)
    slow = Project()
    module_named(name, slow)
    assert [func.qualname for func in risky if summaries.is_benign(slow, func)] == []


@pytest.mark.parametrize("name", READ)
def test_what_returns_by_syntax_comes_back(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project()
    module = module_named(name, project)
    back = [func for func in functions(module) if by_syntax.returns_by_syntax(project, func)]
    assert len(back) > 2
    monkeypatch.setattr(summaries, "returns_by_syntax", lambda project, func: False)
    slow = Project()
    module_named(name, slow)
    assert [func.qualname for func in back if summaries.always_leaves(slow, func)] == []
