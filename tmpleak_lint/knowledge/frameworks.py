"""How test frameworks and web frameworks call user code: which methods always run, what they hand out."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple


class Framework(NamedTuple):
    """A framework of tests, or one that is run like them.

    `bases`: the classes that its tests inherit from, which delete nothing that is stored on the object. Methods that it
    calls of a class, by exact name: `setups` before the tests, `each` before each of them; `teardowns` whatever
    happened before, `once` after all tests of a class. `before` and `after`: functions of a module. `fixtures`:
    decorators of generators that are resumed whatever the test did. `on_request`: parameters that it fills with a
    directory which it removes itself.
    """

    bases: tuple[str, ...] = ()
    setups: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    teardowns: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    on_request: tuple[str, ...] = ()


UNITTEST = Framework(
    bases=(
        "unittest.TestCase", "unittest.case.TestCase", "TestCase", "unittest.IsolatedAsyncioTestCase",
        "IsolatedAsyncioTestCase",
    ),
    setups=("setUpClass",),
    each=("setUp", "asyncSetUp"),
    teardowns=("tearDown", "asyncTearDown", "doCleanups"),
    once=("tearDownClass",),
    before=("setUpModule",),
    after=("tearDownModule",),
)  # fmt: skip
MANAGED_FACTORIES = ("tmp_path_factory", "tmpdir_factory")  # of these each method makes another one
PYTEST = Framework(
    setups=("setup", "setup_class"),
    each=("setup_method",),
    teardowns=("teardown", "teardown_method"),
    once=("teardown_class",),
    before=("setup_module", "setup_function"),
    after=(
        "teardown_module", "teardown_function", "pytest_sessionfinish", "pytest_unconfigure",
        "pytest_runtest_teardown",
    ),
    fixtures=(
        "pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture", "pytest_cases.fixture",
        "pytest_twisted.async_yield_fixture",
    ),
    on_request=("tmp_path", "tmpdir", "testdir", "pytester", *MANAGED_FACTORIES),
)  # fmt: skip
FRAMEWORKS: tuple[Framework, ...] = (
    UNITTEST,
    PYTEST,
    Framework(  # Django
        bases=(
            "django.test.TestCase", "django.test.SimpleTestCase", "SimpleTestCase",
            "django.test.TransactionTestCase", "TransactionTestCase", "LiveServerTestCase",
        ),
        setups=("setUpTestData",),
        teardowns=(*UNITTEST.teardowns, "_post_teardown", "_fixture_teardown"),
        once=UNITTEST.once,
        after=("teardown_test_environment",),
    ),
    Framework(  # Twisted
        bases=(
            "twisted.trial.unittest.TestCase", "twisted.trial.unittest.SynchronousTestCase",
            "SynchronousTestCase",
        ),
        teardowns=UNITTEST.teardowns,
        once=UNITTEST.once,
    ),
    Framework(setups=("setup_cache",)),  # asv
    Framework(before=("set_up",), after=("tear_down", "teardown_all")),  # nose, and what is named like it
    Framework(after=("after_all", "after_scenario", "after_feature")),  # behave
)  # fmt: skip


def _each(*fields: str) -> frozenset[str]:
    return frozenset(name for row in FRAMEWORKS for field in fields for name in getattr(row, field))


# Methods that run when an object's or test's life ends, whatever happened before.
FINALIZERS = frozenset({"__exit__", "__aexit__", "__del__"}) | _each("teardowns", "once", "after")
# What pytest calls of a plain class.
PYTEST_FINALIZERS = frozenset({*PYTEST.teardowns, *PYTEST.once, "__exit__", "__aexit__", "__del__"})
# What runs once for all tests of a class, and what runs before each of them.
CLASS_TEARDOWNS = _each("once") | {"tearDownModule", "teardown_module"}
EACH_SETUPS = _each("each")
# Methods that the user of a class is meant to call when done.
CLOSE_LIKE = frozenset({
    "close", "aclose", "cleanup", "clean", "clean_up", "cleanUp", "dispose", "destroy", "shutdown", "stop", "terminate",
    "release", "finish", "finalize", "delete", "remove", "unlink", "rmtree", "purge", "clear", "reset", "disconnect",
    "quit", "exit", "end", "abort", "cancel", "rollback", "discard", "uninstall", "free", "kill",
    "deinit", "deactivate",
    "on_exit", "__exit__", "tear_down", "done", "complete", "join", "wait",
})  # fmt: skip
# Either: an object's end, called by somebody or by itself.
ENDING = CLOSE_LIKE | FINALIZERS
# Of those, what ends an object's life and nothing else; who calls the others comes last.
ENDING_METHODS = (
    "close", "aclose", "cleanup", "clean_up", "cleanUp", "dispose", "destroy", "shutdown", "tearDown", "asyncTearDown",
    "teardown_method", "teardown", "tear_down", "__exit__", "__aexit__",
)  # fmt: skip
CLOSE_WORDS = ("clean", "close", "delete", "remove", "teardown", "tear_down", "destroy", "dispose", "shutdown",
               "purge", "unlink", "discard", "cleanup", "stop", "release", "clear", "reset")  # fmt: skip

# Run before each test: when they raise, the run is broken anyway.
SETUPS = _each("setups", "each", "before")

# When these raise, nobody gets the object or enters the block: no exit will run.
UNOWNED_WHEN_RAISING = frozenset(
    {"__init__", "__new__", "__enter__", "__aenter__", "__post_init__", "__init_subclass__"}
)
ENTRIES = frozenset({"__enter__", "__aenter__"})
EXITS = frozenset({"__exit__", "__aexit__"})
# What runs even then.
ALWAYS_FINALIZED = frozenset({"__del__"})

# Parameters that a test framework fills with a directory it removes itself.
MANAGED_PARAMETERS = _each("on_request")

# Methods of those that give a path in the same directory.
FACTORY_METHODS = frozenset({"mktemp", "getbasetemp", "mkdir", "ensure", "makepyfile"})

CONTEXT_MANAGER_DECORATORS = frozenset({
    "contextlib.contextmanager", "contextlib.asynccontextmanager", "contextmanager", "asynccontextmanager",
    "async_generator.asynccontextmanager",
})  # fmt: skip
# The body is resumed whatever the test did; they are told by the last parts of their names.
FIXTURE_TAILS = frozenset(name.rpartition(".")[2] for name in _each("fixtures"))
# `yield` waits there like an await.
COROUTINE_DECORATORS = frozenset({
    "inlineCallbacks", "twisted.internet.defer.inlineCallbacks", "defer.inlineCallbacks", "gen.coroutine",
    "tornado.gen.coroutine", "asyncio.coroutine", "types.coroutine", "gen_cluster", "coroutine",
})  # fmt: skip

# Servers that resume a generator when they end, whatever happened, and never throw anything into it: Quart by a
# decorator, aiohttp what is put into `app.cleanup_ctx`, which gets the application and nothing else.
SERVING_DECORATORS = frozenset({"while_serving", "while_app_serving"})
SERVED_PARAMETERS = frozenset({"app", "_app", "application", "_application"})

# A method under one of these is written by those that inherit it.
ABSTRACT = frozenset({"abstractmethod", "abstractclassmethod", "abstractstaticmethod", "abstractproperty"})

# A function under one of these is an attribute; under some the object keeps what it gave first.
CACHED_PROPERTIES = frozenset({"cached_property", "lazy_property", "cachedproperty"})
PROPERTIES = CACHED_PROPERTIES | {"property"}

TEST_BASES = _each("bases")
TEST_TAILS = frozenset(base.rpartition(".")[2] for base in TEST_BASES)
# Base classes known not to delete anything that is stored on the object.
INERT_BASES = frozenset({
    "object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Generic", "typing.Generic", "NamedTuple",
    "typing.NamedTuple", "Enum", "enum.Enum", "dict", "list", "set", "tuple", "str", "int",
    "Exception", "BaseException",
    "threading.Thread", "Thread", "multiprocessing.Process", "Process", "argparse.Action", "logging.Handler", "cmd.Cmd",
    "contextlib.AbstractContextManager", "contextlib.AbstractAsyncContextManager",
    "contextlib.ContextDecorator", "ContextDecorator",
    *TEST_BASES,
})  # fmt: skip
# Records of fields, which know of none of them what it is: making one may fail, and nothing else ends what it keeps.
RECORD_BASES = frozenset({
    "pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel", "pydantic.BaseSettings",
    "pydantic.v1.BaseSettings", "pydantic_settings.BaseSettings", "sqlmodel.SQLModel", "msgspec.Struct",
})  # fmt: skip
# Of the inert ones, those whose objects count as false when nothing is in them.
FALSE_WHEN_EMPTY = frozenset({
    "NamedTuple", "typing.NamedTuple", "Enum", "enum.Enum", "dict", "list", "set", "tuple", "str", "int",
})  # fmt: skip
# Words in the name of a class that nothing else is known of, where an object may count as false: containers, numbers,
# texts, answers of servers. An object of any other class (`BaseModel`, `Widget`) doesn't.
FALSE_AT_TIMES = frozenset({
    "dict", "list", "set", "tuple", "sequence", "mapping", "collection", "container", "counter", "queue", "deque",
    "array", "series", "frame", "index", "tensor", "matrix", "vector", "table", "element", "node", "iter", "iterator",
    "bag", "range", "text", "str", "string", "bytes", "bool", "int", "float", "decimal", "number", "enum", "flag",
    "response", "result", "optional", "maybe", "defaultdict", "frozenset", "ndarray", "bytearray", "namedtuple",
})  # fmt: skip

# Their setUp uses the fixture `NestedTempfile`: it sets `tempfile.tempdir` to a directory that goes with the test.
NESTED_TEMPFILE_BASES = frozenset({"oslotest.base.BaseTestCase", "oslotest.BaseTestCase"})
NESTED_TEMPFILE = "NestedTempfile"

# A field of a data class, by the keyword whose callable fills it for each object anew.
FIELD_FACTORIES = {
    "dataclasses.field": "default_factory",
    "pydantic.Field": "default_factory",
    "pydantic.dataclasses.Field": "default_factory",
    "attrs.field": "factory",
    "attr.field": "factory",
    "attr.ib": "factory",
    "attr.attrib": "factory",
}

# What stands for the default of such a field, and is given the callable first.
FACTORIES = frozenset({"attr.Factory", "attrs.Factory"})

# pyfakefs: the fixture that gives a test a file system in memory, what tells it from another one of that name, and the
# module of its test cases.
FAKE_SYSTEM_FIXTURE = "fs"
FAKE_SYSTEM_CALLS = ("fs.create_", "fs.add_real_", "fs.makedirs(", "fs.set_disk_usage(", "FakeFilesystem")
FAKE_SYSTEM_MODULE = "fake_filesystem_unittest"


def finalizers_of(bases: Collection[str]) -> frozenset[str]:
    """What the frameworks call of a class in the end that inherits from one of these, by the last parts of their names;
    empty where none is a framework's."""
    rows = [row for row in FRAMEWORKS if {base.rpartition(".")[2] for base in row.bases} & {*bases}]
    called = {name for row in rows for name in (*row.teardowns, *row.once)}
    return frozenset(called | {"__exit__", "__del__"} if rows else called)
