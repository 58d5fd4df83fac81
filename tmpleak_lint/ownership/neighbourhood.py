"""The surroundings of every walk: what helpers, classes and modules do, worked out by walking them in turn.

The one place where the walk of a body and the judgement of others meet: `Surroundings` says what can be
asked, this class answers. It holds nothing of its own: answers are remembered in the project.
"""

from __future__ import annotations

from tmpleak_lint.flow.graph import Code
from tmpleak_lint.ownership import places
from tmpleak_lint.ownership.by_text import callees, creates_to_delete, may_be_handed, may_create, returns
from tmpleak_lint.ownership.judge import study
from tmpleak_lint.ownership.project import Module, Project
from tmpleak_lint.ownership.sites import Handed, Site, Statics, find_sites
from tmpleak_lint.ownership.state import State
from tmpleak_lint.ownership.surroundings import Given, Stack
from tmpleak_lint.ownership.values import MANAGED, Dotted, Func, Klass, Ref, Value


class Neighbourhood:
    """Answers a walk's questions about a project; see `Surroundings` for what they mean."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @property
    def project(self) -> Project:
        return self._project

    def sites_of(self, module: Module, code: Code, owner: Klass | None) -> tuple[Site, ...]:
        """The creation sites of a body, calls of creating helpers included."""
        memo = self._project.memo
        key = ("sites", code, owner)
        if key not in memo:
            memo[key] = ()
            complete = True

            def helper(target: Value) -> tuple[Handed, ...]:
                nonlocal complete
                func = self._project.find(module, target.name) if isinstance(target, Dotted) else target
                if not isinstance(func, Func) or not self.may_owe(func):
                    return ()
                handed = self._handed_by(func)
                complete = complete and handed is not None
                return handed or ()

            sites = find_sites(Statics(self._project, module, code, owner), helper)
            if not complete:
                del memo[key]  # asked for in the middle of judging one of its helpers: not the last word
                return sites
            memo[key] = sites
        known: tuple[Site, ...] = memo[key]
        return known

    def _handed_by(self, func: Func) -> tuple[Handed, ...] | None:
        """The files that a call of func gives to its caller, who owes their deletion from then on.

        None while func is being judged: then it isn't known yet.
        """
        code = self._project.code(func)
        if code is None or code.is_generator:
            return ()
        found = study(self, self._project.module(func.module), code, self._project.owner_of(func))
        return found.handed if found.done else None

    def may_owe(self, func: Func) -> bool:
        """Whether a body may owe a deletion: it creates a file, or is handed one by a function that it calls.

        Most bodies that call what creates files get none: what they call deletes its own. So they needn't be parsed.
        """
        return self._owes(func, {})

    def _owes(self, func: Func, asked: dict[Func, bool]) -> bool:
        """`asked` are the functions being asked about; those whose answer hangs on one further out are marked."""
        project = self._project
        if func in asked:
            asked[func] = True
            return False
        if not may_be_handed(project, func):
            return False
        if creates_to_delete(project, func):
            return True
        key = ("owes", func)
        if key in project.memo:
            return bool(project.memo[key])
        asked[func] = False
        found = any(
            returns(project, each) and self._owes(each, asked) and self._hands_over(each)
            for each in callees(project, func)
        )
        del asked[func]
        # A no that a function further out was part of is kept for that one only.
        if found or not any(asked.values()):
            project.memo[key] = found
        return found

    def may_hand_over(self, func: Func) -> bool:
        """Whether a call of func may give its caller a file to delete."""
        return returns(self._project, func) and self.may_owe(func) and self._hands_over(func)

    def _hands_over(self, func: Func) -> bool:
        handed = self._handed_by(func)
        return handed is None or bool(handed)

    def lent_by(self, func: Func, stack: Stack) -> Value | None:
        """The path that a contextmanager function lends to a block and deletes after it on every way."""
        code = self._project.code(func)
        if code is None or code in stack or not may_create(self._project, func):
            return None
        found = study(self, self._project.module(func.module), code, self._project.owner_of(func))
        lent = next((value for value in found.lent if isinstance(value, Ref)), None)
        return Ref(MANAGED, lent.role) if lent is not None else None

    def returns_managed(self, func: Func, stack: Stack, settings: State | None = None) -> Value | None:
        """The file or directory that a helper returns when it registered the deletion itself."""
        return places.returns_managed(self, func, stack, settings)

    def what_is_given(self, func: Func, stack: Stack, settings: State) -> Given:
        """What a creating helper gives when its parameters are set like this."""
        return places.what_is_given(self, func, stack, settings)

    def lent_by_class(self, klass: Klass, stack: Stack) -> Value | None:
        """The path that `with Klass() as path` gives, when the class makes it and its exit deletes it."""
        return places.lent_by_class(self, klass, stack)

    def is_managed_place(self, module: Module, place: Value, stack: Stack) -> bool:
        """Whether a directory that comes from an attribute or a module's variable is cleaned up as a
        whole."""
        return places.is_managed_place(self, module, place, stack)

    def attribute_value(self, klass: Klass, attr: str, stack: Stack) -> Value | None:
        """The function or class that the constructor stores under an attribute of the object."""
        return places.attribute_value(self, klass, attr, stack)
