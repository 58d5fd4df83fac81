"""What a walk asks about everything outside its own body.

The walk stands below the judgement of whole bodies, classes and modules, yet a call in its body can need
just that: what does the helper hand over, who deletes what the attribute holds? A walk gets an object that
answers; who implements it (`verdict.project_context`) may use walks itself.
"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from tmpleak_lint.analysis.domain.state import State
from tmpleak_lint.analysis.domain.values import Func, Klass, Value
from tmpleak_lint.analysis.queries.answers import Answers
from tmpleak_lint.analysis.queries.project import Module, Project
from tmpleak_lint.analysis.queries.records import Body
from tmpleak_lint.analysis.queries.sites import Site


class Given(Enum):
    """What a creating helper gives to one particular call."""

    NEW = "new"  # a file that the caller owes the deletion of
    MANAGED = "managed"  # a file whose deletion the helper has registered
    NOTHING = "nothing"  # no file of its own


class Context(Protocol):
    """Answers about helpers, classes and modules; each is worked out once and remembered in the project."""

    @property
    def project(self) -> Project: ...

    @property
    def answers(self) -> Answers: ...

    def sites_of(self, body: Body) -> tuple[Site, ...]:
        """The creation sites of a body, calls of creating helpers included."""

    def returns_managed(self, func: Func, settings: State | None = None) -> Value | None:
        """The file or directory that a helper returns when it registered the deletion itself."""

    def what_is_given(self, func: Func, settings: State) -> Given:
        """What a creating helper gives when its parameters are set like this."""

    def lent_by(self, func: Func) -> Value | None:
        """The path that a contextmanager function lends to a block and deletes after it on every way."""

    def lends_when_well(self, func: Func) -> bool:
        """Whether a contextmanager function lends a path to a block and deletes it only behind one that goes well."""

    def lent_by_class(self, klass: Klass) -> Value | None:
        """The path that `with Klass() as path` gives, when the class makes it and its exit deletes it."""

    def is_managed_place(self, module: Module, place: Value) -> bool:
        """Whether a directory that comes from an attribute or a module's variable is cleaned up as a
        whole."""

    def attribute_value(self, klass: Klass, attr: str) -> Value | None:
        """The function or class that the constructor stores under an attribute of the object."""
