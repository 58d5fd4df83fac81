"""What is known of a callable: one `Model` a name, and the vocabulary of its effects.

In: nothing. Out: `Model`, the kinds of `Effect`, `Shape`. A row says all that is known of a name; everything else
(what is searched for in bytes, what the walk does, what a fix may write, why `explain` says a call can fail) is derived
from the rows. Positions count from 0 as in the call, without a method's receiver, which is `SELF`.

A model's name is one of
    shutil.rmtree           a function or class by its dotted name
    pathlib.Path.unlink     a method of a class that is known by its dotted name
    <path>.unlink           a method of that kind of object, see `RECEIVERS`
    os.path.*               whatever begins like this and has no longer row; `*` elsewhere as in fnmatch (user's rows)
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Literal, NoReturn, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from tmpleak_lint.knowledge.failures import Failure

SELF = -1  # the position of a method's receiver

# The kinds of objects that methods are known of. `<any>` is whatever has no row of its own kind.
PATH, HANDLE, FILE, STACK = "<path>", "<handle>", "<file>", "<stack>"
CONTAINER, TEXT, LOGGER, TEST, FUTURE, ANY = (
    "<container>",
    "<text>",
    "<logger>",
    "<test>",
    "<future>",
    "<any>",
)
RECEIVERS = (PATH, HANDLE, FILE, STACK, CONTAINER, TEXT, LOGGER, TEST, FUTURE, ANY)


class Shape(StrEnum):
    """What a creating call returns."""

    FD_AND_PATH = "fd-and-path"
    DIRECTORY = "directory"
    NAME = "name"  # a name without a file
    HANDLE = "handle"  # a file object with .name; deletes itself unless told otherwise
    SELF_DELETING = "self-deleting"  # a handle that always deletes itself
    DIRECTORY_HANDLE = "directory-handle"  # TemporaryDirectory: .name, .cleanup()
    PATH = "path"  # the path of a file
    PATH_FIRST = "path-first"  # a tuple, the path of a file in front


# Shapes whose handle removes the file by itself (unless delete=False).
SELF_DELETING_SHAPES = frozenset({Shape.HANDLE, Shape.SELF_DELETING, Shape.DIRECTORY_HANDLE})


class Relation(StrEnum):
    """How what a path function returns relates to the path that it is given."""

    SAME = "same"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    STEM = "stem"  # without its end
    PARENT_AND_NAME = "parent and name"  # os.path.split
    STEM_AND_ENDING = "stem and ending"  # os.path.splitext
    CHILDREN = "children"  # a listing


class Handling(StrEnum):
    """What a method does to the container that it belongs to."""

    PUTS = "puts"
    PUTS_EACH = "puts each"  # of the elements of what it is given
    TAKES = "takes"  # an element out, and gives it
    REMOVES = "removes"
    EMPTIES = "empties"
    VIEWS = "views"  # gives the elements
    COPIES = "copies"  # gives another one with the same
    PAIRS = "pairs"  # gives pairs of key and element
    KEYS = "keys"
    LOOKS_UP = "looks up"


class Moment(StrEnum):
    """When a callable runs that is given to a runner, and what the call itself gives."""

    NOW = "now"  # before the call returns; its result is the callable's
    AWAITED = "awaited"  # while the call is awaited; so is the result
    FUTURE = "future"  # somewhere else; `.result()` gives the result
    EACH = "each"  # for each element of the arguments; the results one by one


class Life(StrEnum):
    """What a registrar waits for the end of."""

    SCOPE = "scope"  # a block, a test, a request
    OBJECT = "object"
    PROCESS = "process"


class Share(StrEnum):
    """What of a call is handed on to another part of the program."""

    GIVEN = "given"  # what it is given
    COROUTINE = "coroutine"  # what the coroutine was given that it is given
    STARTED = "started"  # what it is given, once the object that it makes is told to start


@dataclass_transform(frozen_default=True)
class Record:
    """A frozen dataclass in all but its making: thirty generated ones would cost each start of the program more than
    reading a hundred files."""

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)

    def __init__(self, *values: object, **named: object) -> None:
        given = dict(zip(self._fields, values, strict=False), **named)
        if len(values) > len(self._fields) or not given.keys() <= set(self._fields):
            raise TypeError(f"{type(self).__name__} takes {self._fields}, not {(*values, *named)}")
        self.__dict__.update(given)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{self!r} is not to be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def _values(self) -> tuple[object, ...]:
        return (type(self), *(getattr(self, name) for name in self._fields))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


class Effect(Record):
    """What a call does to files, names and the flow."""


class Creates(Effect):
    """Makes a temp file (or a name for one).

    `delete_position` and `dir_position`: where those arguments stand when positional. `deleted_by`: the method of what
    it gives that deletes it, where functions of `os` don't take that for a path. It makes none, or somebody
    else deletes it: `unless_given` an argument, where the first one begins with `unless_first`, in a module that says
    `unless_said`.
    """

    shape: Shape
    delete_position: int | None = None
    dir_position: int | None = None
    unless_given: tuple[str, int] | None = None
    unless_first: str = ""
    unless_said: str = ""
    deleted_by: str = ""
    guessable: bool = False  # somebody else can take the name before the file is made
    awaited: bool = (
        False  # the file is there when the await (or the `async with`) has returned, and not before
    )


class Deletes(Effect):
    """Deletes what it is given: a directory with all that is in it, only while nothing is, or only ever a file, or only
    ever a directory."""

    at: int = 0
    whole_tree: bool = False
    files_only: bool = False
    empty_only: bool = False
    trees_only: bool = False


class Moves(Effect):
    """The path at this position is gone from its place afterwards."""

    at: int = 0


class Makes(Effect):
    """Makes the file whose name it is given; with `mode_at` or `flags_at` only if it is opened for writing."""

    at: int = 0
    mode_at: int | None = None
    flags_at: int | None = None  # those of os.open
    directory: bool = False
    fills: bool = False  # writes into it at once: on a full disk half of it is there


class Opens(Effect):
    """Gives a file object: closing it, or leaving its `with`, is not deleting. `descriptor_only`: it is given one."""

    descriptor_only: bool = False


class OpensNamed(Effect):
    """Opens the file whose name stands at this position: not possible on Windows while a handle is open."""

    at: int = 0


class HoldsOpen(Effect):
    """Gives an object, no file object, that has the file whose name it is given open until it is closed, or its `with`
    is left. `beyond_with`: leaving that doesn't close it."""

    beyond_with: bool = False


class Permits(Effect):
    """Says, by the mode at this position, who may write to a file: one that nobody may is not deleted on Windows."""

    at: int = 1


class Wraps(Effect):
    """Builds an object around a file object, which then lives as long as that does."""


class Ends(Effect):
    """Ends a self-deleting handle; of a stack, what it holds; `descriptor`: closes the descriptor it is given."""

    descriptor: bool = False


class Registers(Effect):
    """Runs the callable that it is given at `at` when a life ends. (Any call that is given a deleter as a value takes
    the path over; these do so with a callable that can't be seen, too.) `stacked`: in the reverse of the order in
    which they were registered."""

    until: Life = Life.SCOPE
    at: int = 0
    stacked: bool = False

    @property
    def at_exit(self) -> bool:
        """Whether it waits for the end of the process, or of what may live as long."""
        return self.until is not Life.SCOPE


class Unregisters(Effect):
    """Takes the callable that it is given first back from what runs when a life ends."""


class Announces(Effect):
    """Speaks to the user, or to who reads its output.

    `goes_on`: as a program goes along, so that what is said last counts. `alone`: a function says so by its bare name.
    `for_speakers`: only a method of an object that is named after speaking.
    """

    goes_on: bool = False
    alone: bool = False
    for_speakers: bool = False


class HandsOn(Effect):
    """Puts what it is given where another part of the program takes it later: a queue. `by_ways`: only a method of what
    is named after such a way between parts."""

    what: Share = Share.GIVEN
    by_ways: bool = False


class ReadsLater(Effect):
    """Reads what it is given when it gets round to it, after the call has come back. Who gave it still owes it."""


class Starts(Effect):
    """Begins what its receiver was made for: a thread."""


class Waits(Effect):
    """What has been started is over when it returns. `program`: a program that runs already, whatever it ends with."""

    program: bool = False


class Limited(Effect):
    """Waits no longer than `timeout` says, which stands at this position when positional."""

    at: int = 0


class Forks(Effect):
    """Another process goes on from here as well, with all that this one has."""


class Launches(Effect):
    """Starts a program; with `checks` it raises where that fails, without only where `check=` says so."""

    checks: bool = False


class Keeps(Effect):
    """Has what it is given from then on: a registry, a connection; `process`: a setting that whoever comes later goes
    by; `bears_absence`: and what is named there may be missing; `in_itself`: its object has it, whoever made that."""

    process: bool = False
    bears_absence: bool = False
    in_itself: bool = False


class Tells(Effect):
    """People are told what it is given: a log, a terminal, a window. (`Announces` asks whether they can act on it.)"""


class Reads(Effect):
    """Its result holds nothing of the file but what was read from it. `lazily`: unless it was given the name, which
    it may go back to."""

    lazily: bool = False


class Borrows(Effect):
    """Neither deletes nor moves what it is given, nor has it done."""


class Pure(Effect):
    """Without effects, and the same wherever it is asked in one breath."""


class Lends(Effect):
    """Gives a directory or file, or an object that has its path, which the test framework removes after the test."""


class Enters(Effect):
    """Enters the manager that it is given, and leaves it when the scope ends."""


class TakesOver(Effect):
    """Takes over the duty to delete what it is given."""


class Runs(Effect):
    """Calls the callable at `at` with the arguments behind it; `lazily`: once somebody asks for what it gives;
    `packed`: these stand in a tuple of their own."""

    moment: Moment
    at: int = 0
    lazily: bool = False
    packed: bool = False


class Gives(Effect):
    """Gives the result of the callable that a runner was given: `future.result()`."""


class ClassOf(Effect):
    """Gives the class of the one thing that it is given: `type(self)`."""


class Above(Effect):
    """Gives the object of the method that it stands in as the classes above the method's see it: `super()`."""


class Allocates(Effect):
    """Gives an object of the class that it is given first, made from the rest: `str.__new__(cls, text)`."""


class Copies(Effect):
    """Gives an object like the first (or the receiver), with what it is given by keywords in the place of what that one
    has: `dataclasses.replace`."""


class Binds(Effect):
    """Gives a callable that has the arguments already: functools.partial. With a `runner` only the callable is taken,
    and is run by that one when what is given is called."""

    runner: str = ""


class RunsCommand(Effect):
    """Runs a program: `rm` deletes what it is given."""


class Derives(Effect):
    """Gives a path made from the first one, or from its receiver.

    `joins`: with more arguments a child of it. `opens`: the result opens like the path; quoted text may not.
    """

    relation: Relation
    at: int = 0
    joins: bool = False
    opens: bool = False
    quotes: bool = False  # of a handle too: its text
    attribute: bool = False  # not called
    alike: bool = False  # whatever it is, the very thing or one like it
    cuts: bool = False  # given an empty text, the stem
    words: bool = False  # of a command that deletes its words, of a path nothing


class Renders(Effect):
    """Gives a text in which what it is given stands: `json.dumps`.

    `command`: the words of a program's call. `into`: where it is given a stream to write to, it gives nothing.
    """

    command: bool = False
    into: int | None = None


class Asks(Effect):
    """Is it there?"""


class AsksForLink(Effect):
    """Is it something else than a file or directory that somebody made there?"""


class TempRoot(Effect):
    """Gives the directory for temporary files."""


class ReadsEnvironment(Effect):
    """Gives a variable of the environment."""


class Leaves(Effect):
    """Never returns; leaves by this exception ("" for the end of the process, "any" for one that isn't known)."""

    by: str = "any"


class Swallows(Effect):
    """A manager that goes on behind its block when what it lists was raised there."""


class Expects(Effect):
    """A manager that swallows what it lists, and raises at its end when that did not come."""


class Denies(Effect):
    """A test's check that passes only where what it is given isn't so."""


class QuietManager(Effect):
    """A manager whose enter and exit don't raise in practice."""


class Stack(Effect):
    """Gives an exit stack."""


class Closing(Effect):
    """Gives a manager that gives what it is given, and closes it in the end."""


class Benign(Effect):
    """Doesn't raise on a realistic path. `steady`: asked again with the same arguments it answers the same; where
    it is `plain`, that is told of texts and numbers that the body has for itself alone."""

    steady: bool = False
    plain: bool = False


class Ambiguous(Effect):
    """A method that containers have, and never fails there; sessions, repositories and clients have it as well."""


class Raises(Effect):
    """When it fails, it raises one of these kinds and nothing else; `given` an argument, another one as well, and what
    `encodes` text a UnicodeError in an unusual encoding."""

    kinds: tuple[str, ...] = ("OSError",)
    given: tuple[tuple[str, str], ...] = ()
    encodes: bool = False


class HandlesSignals(Effect):
    """Has what it is given called when a signal comes, and otherwise never: that guarantees nothing."""


class Refuses(Effect):
    """Raises one of these where it is given what it can't take: expected only where a handler names it."""

    kinds: tuple[str, ...] = ("ValueError", "TypeError")


class Collects(Effect):
    """Gives a container: an empty one, or (`relists`) one of what it is given, (`pairs`) in pairs with something else,
    (`again`) what has the very thing that it is given, again and again.
    `frozen`: what can't be changed stays what it is. `all_of_them`: as many as it is given. `shuffles`: in
    another order, or none."""

    kind: Literal["dict", "list"] | None = None
    relists: bool = False
    pairs: bool = False
    again: bool = False
    numbered: bool = False  # enumerate: the other of the pair is a number
    frozen: bool = False
    all_of_them: bool = False
    shuffles: bool = False


class Picks(Effect):
    """Gives one of the elements of what it is given, or of several things one: `max`."""


class Names(Effect):
    """Without arguments gives the names that are bound where it is called."""


class Awaits(Effect):
    """Gives what the coroutine or future gives that it is given first; where it takes `several`, a list of what each
    gives."""

    several: bool = False


class Holds(Effect):
    """A container's method. `at`: where what is put in stands; `unless_there`: it isn't where something else is, and
    what is there then is given."""

    how: Handling
    at: int = 0
    unless_there: bool = False


class Converts(Effect):
    """Gives a path as another kind of string."""


Kind = TypeVar("Kind", bound=Effect)


class Model(Record):
    """A row of the table: all that is known of one name. `fails`: why it can raise in production, the likeliest
    first; what its effects say of that needn't be repeated."""

    name: str
    effects: tuple[Effect, ...] = ()
    fails: tuple[Failure, ...] = ()

    def __init__(self, name: str, effects: tuple[Effect, ...] = (), fails: tuple[Failure, ...] = ()) -> None:
        self.__dict__.update(name=name, effects=effects, fails=fails)

    def effect(self, kind: type[Kind]) -> Kind | None:
        """Its effect of this kind, None without one."""
        for effect in self.effects:
            if isinstance(effect, kind):
                return effect
        return None

    @property
    def tail(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]


def rows(names: str, *effects: Effect, fails: tuple[Failure, ...] = ()) -> tuple[Model, ...]:
    """A row for each of the names, which stand in one text with blanks between them."""
    return tuple(Model(name, effects, fails) for name in names.split())
