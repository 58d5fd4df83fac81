"""The context of every walk: what helpers, classes and modules do, worked out by walking them in turn.

The one place where the walk of a body and the judgement of others meet: `Context` says what can be
asked, this class answers. It holds nothing of its own: answers are remembered in the project.
"""

from __future__ import annotations

from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import MANAGED, Dotted, Func, Klass, Ref, Value
from tmpleak_lint.analysis.queries.answers import Answers
from tmpleak_lint.analysis.queries.called import as_method, callees
from tmpleak_lint.analysis.queries.context import Given
from tmpleak_lint.analysis.queries.prefilter import creates_to_delete, may_be_handed, may_create, returns
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.questions import question
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.queries.resolver import Statics
from tmpleak_lint.analysis.queries.sites import Handed, Site, find_sites
from tmpleak_lint.analysis.verdict import managed_places as places
from tmpleak_lint.analysis.verdict.carrying import carried
from tmpleak_lint.analysis.verdict.study import study
from tmpleak_lint.flow.graph import Code


class ProjectContext:
    """Answers a walk's questions about a project; see `Context` for what they mean."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @property
    def project(self) -> Project:
        return self._project

    @property
    def answers(self) -> Answers:
        return self._project.answers

    @question(lambda body: ())
    def sites_of(self, body: Body) -> tuple[Site, ...]:
        """The creation sites of a body, calls of creating helpers included."""

        def helper(target: Value) -> tuple[Handed, ...]:
            func = self._project.find(body.module, target.name) if isinstance(target, Dotted) else target
            return self._handed_by(func) if isinstance(func, Func) and self.may_owe(func) else ()

        self.answers.spend(len(body.code.nodes) >> 2)
        return find_sites(Statics(self._project, *body), helper)

    def _handed_by(self, func: Func) -> tuple[Handed, ...]:
        """The files that a call of func gives to its caller, who owes their deletion from then on."""
        known = carried(self._project, func)
        if known is not None:
            return known.handed
        code = self._project.code(func)
        if code is None or code.is_generator:
            return ()
        return study(self, self._body(func, code)).handed

    def _body(self, func: Func, code: Code) -> Body:
        return Body(self._project.module(func.module), code, self._project.owner_of(func))

    def may_owe(self, func: Func) -> bool:
        """Whether a body may owe a deletion: it creates a file, or is handed one by a function that it calls.

        Most bodies that call what creates files get none: what they call deletes its own. So they needn't be parsed.
        """
        if not may_be_handed(self._project, func):
            return False
        return creates_to_delete(self._project, func) or self._is_handed_one(func)

    @question(lambda func: False, about=lambda context, func: as_method(context.project, func))
    def _is_handed_one(self, func: Func) -> bool:
        return any(self.may_hand_over(each) for each in callees(self._project, func))

    def may_hand_over(self, func: Func) -> bool:
        """Whether a call of func may give its caller a file to delete."""
        return returns(self._project, func) and self.may_owe(func) and bool(self._handed_by(func))

    def lent_by(self, func: Func) -> Value | None:
        """The path that a contextmanager function lends to a block and deletes after it on every way."""
        known = carried(self._project, func)
        code = self._project.code(func) if known is None else None
        if (known is None and code is None) or not may_create(self._project, func):
            return None
        values = known.lent if known is not None else ()
        if code is not None:
            values = study(self, self._body(func, code)).lent
        lent = next((value for value in values if isinstance(value, Ref)), None)
        return Ref(MANAGED, lent.role) if lent is not None else None

    def lends_when_well(self, func: Func) -> bool:
        """Whether a contextmanager function lends a path to a block and deletes it only behind one that goes well."""
        code = self._project.code(func)
        if code is None or not may_create(self._project, func):
            return False
        return any(isinstance(value, Ref) for value in study(self, self._body(func, code)).lent_when_well)

    def returns_managed(self, func: Func, settings: State | None = None) -> Value | None:
        """The file or directory that a helper returns when it registered the deletion itself."""
        return places.returns_managed(self, func, settings)

    def what_is_given(self, func: Func, settings: State) -> Given:
        """What a creating helper gives when its parameters are set like this."""
        return places.what_is_given(self, func, settings)

    def lent_by_class(self, klass: Klass) -> Value | None:
        """The path that `with Klass() as path` gives, when the class makes it and its exit deletes it."""
        return places.lent_by_class(self, klass)

    def is_managed_place(self, module: Module, place: Value) -> bool:
        """Whether a directory that comes from an attribute or a module's variable is cleaned up as a
        whole."""
        return places.is_managed_place(self, module, place)

    def attribute_value(self, klass: Klass, attr: str) -> Value | None:
        """The function or class that the constructor stores under an attribute of the object."""
        return places.attribute_value(self, klass, attr)
