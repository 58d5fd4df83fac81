"""Dataclasses that are made quickly, for a start of the program that makes a hundred and fifty of them.

Of each generated method the standard library's decorator compiles a text of its own, six for a frozen class. Here it
generates `__init__` alone; equality, hash and text are the same functions for all, over the fields. So a frozen class
is frozen for mypy, which takes this for the standard library's decorator, and not while it runs: that also makes its
objects faster, of which a walk makes millions. Not handled: what is part of the Python interface (that stays frozen),
inheriting from what the standard library's decorator has frozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # the one that mypy knows
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, frozen=False, order=False, eq=True, repr=True, **more):
        """As `dataclasses.dataclass`, given keywords."""

        def made(cls):
            if cls.__doc__ is None:
                cls.__doc__ = cls.__name__  # or the signature is worked out for it
            if not frozen or order:
                return dataclasses.dataclass(cls, frozen=frozen, order=order, eq=eq, repr=repr, **more)
            own = {name for name, value in vars(cls).items() if value is not None}
            cls = dataclasses.dataclass(cls, eq=False, repr=False, **more)
            fields = dataclasses.fields(cls)
            if repr and "__repr__" not in own:
                cls.__repr__ = _shown
            compared = [field.name for field in fields if field.compare]
            if eq and "__eq__" not in own:
                cls.__eq__ = _equality(compared)
            if eq and "__hash__" not in own:
                cls.__hash__ = _hash(compared)
            return cls

        return made

    def _shown(self):
        fields = dataclasses.fields(self)
        shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields if each.repr)
        return f"{type(self).__qualname__}({shown})"

    def _equality(names):
        parts = _parts(names)

        def __eq__(self, other):
            return parts(self) == parts(other) if other.__class__ is self.__class__ else NotImplemented

        return __eq__

    def _hash(names):
        parts = _parts(names)

        def __hash__(self):
            return hash(parts(self))

        return __hash__

    def _parts(names):
        if len(names) == 1:
            only = attrgetter(names[0])
            return lambda value: (only(value),)
        return attrgetter(*names) if names else lambda value: ()
