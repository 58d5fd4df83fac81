"""How test frameworks and web frameworks call user code: which methods always run, what they hand out."""

from __future__ import annotations

# Methods that run when an object's or test's life ends, whatever happened before.
FINALIZERS = frozenset({
    "__exit__", "__aexit__", "__del__", "tearDown", "tearDownClass", "tearDownModule", "asyncTearDown", "teardown",
    "teardown_method", "teardown_class", "teardown_module", "teardown_function", "teardown_test_environment",
    "doCleanups", "_post_teardown", "_fixture_teardown", "tear_down", "teardown_all", "after_all", "after_scenario",
    "after_feature", "pytest_sessionfinish", "pytest_unconfigure", "pytest_runtest_teardown",
})  # fmt: skip
# Of those, what unittest really calls.
UNITTEST_FINALIZERS = frozenset({"tearDown", "tearDownClass", "asyncTearDown", "doCleanups", "_post_teardown",
                                 "_fixture_teardown", "__exit__", "__del__"})  # fmt: skip
# What pytest calls of a plain class.
PYTEST_FINALIZERS = frozenset(
    {"teardown_method", "teardown_class", "teardown", "__exit__", "__aexit__", "__del__"}
)
# What runs once for all tests of a class, and what runs before each of them.
CLASS_TEARDOWNS = frozenset({"tearDownClass", "teardown_class", "tearDownModule", "teardown_module"})
EACH_SETUPS = frozenset({"setUp", "setup_method", "asyncSetUp"})
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
SETUPS = frozenset({
    "setUp", "setUpClass", "setUpModule", "asyncSetUp", "setup", "setup_method", "setup_class", "setup_module",
    "setup_function", "setUpTestData", "set_up", "setup_cache",
})  # fmt: skip

# When these raise, nobody gets the object or enters the block: no exit will run.
UNOWNED_WHEN_RAISING = frozenset(
    {"__init__", "__new__", "__enter__", "__aenter__", "__post_init__", "__init_subclass__"}
)
ENTRIES = frozenset({"__enter__", "__aenter__"})
# What runs even then.
ALWAYS_FINALIZED = frozenset({"__del__"})

# Parameters that a test framework fills with a directory it removes itself.
MANAGED_FACTORIES = ("tmp_path_factory", "tmpdir_factory")  # of these each method makes another one
MANAGED_PARAMETERS = frozenset({"tmp_path", "tmpdir", "testdir", "pytester", *MANAGED_FACTORIES})

# Methods of those that give a path in the same directory.
FACTORY_METHODS = frozenset({"mktemp", "getbasetemp", "mkdir", "ensure", "makepyfile"})

CONTEXT_MANAGER_DECORATORS = frozenset({
    "contextlib.contextmanager", "contextlib.asynccontextmanager", "contextmanager", "asynccontextmanager",
    "async_generator.asynccontextmanager",
})  # fmt: skip
# The body is resumed whatever the test did.
FIXTURE_DECORATORS = frozenset({
    "pytest.fixture", "pytest.yield_fixture", "pytest_asyncio.fixture", "fixture", "pytest_twisted.async_yield_fixture",
    "pytest_cases.fixture",
})  # fmt: skip
# `yield` waits there like an await.
COROUTINE_DECORATORS = frozenset({
    "inlineCallbacks", "twisted.internet.defer.inlineCallbacks", "defer.inlineCallbacks", "gen.coroutine",
    "tornado.gen.coroutine", "asyncio.coroutine", "types.coroutine", "gen_cluster", "coroutine",
})  # fmt: skip

# A function under one of these is an attribute; under some the object keeps what it gave first.
CACHED_PROPERTIES = frozenset({"cached_property", "lazy_property", "cachedproperty"})
PROPERTIES = CACHED_PROPERTIES | {"property"}

# Base classes known not to delete anything that is stored on the object.
INERT_BASES = frozenset({
    "object", "ABC", "abc.ABC", "Protocol", "typing.Protocol", "Generic", "typing.Generic", "NamedTuple",
    "typing.NamedTuple", "Enum", "enum.Enum", "dict", "list", "set", "tuple", "str", "int",
    "Exception", "BaseException",
    "unittest.TestCase", "TestCase", "unittest.IsolatedAsyncioTestCase", "threading.Thread", "Thread",
    "multiprocessing.Process", "Process", "django.test.TestCase", "django.test.SimpleTestCase", "SimpleTestCase",
    "django.test.TransactionTestCase", "unittest.case.TestCase", "twisted.trial.unittest.TestCase",
    "twisted.trial.unittest.SynchronousTestCase", "argparse.Action", "logging.Handler", "cmd.Cmd",
    "contextlib.AbstractContextManager", "contextlib.ContextDecorator", "ContextDecorator",
})  # fmt: skip
# Of these, those whose objects count as false when nothing is in them.
FALSE_WHEN_EMPTY = frozenset({
    "NamedTuple", "typing.NamedTuple", "Enum", "enum.Enum", "dict", "list", "set", "tuple", "str", "int",
})  # fmt: skip
TEST_BASES = frozenset({
    "unittest.TestCase", "TestCase", "unittest.IsolatedAsyncioTestCase", "IsolatedAsyncioTestCase", "SimpleTestCase",
    "django.test.TestCase", "SynchronousTestCase", "TransactionTestCase", "LiveServerTestCase",
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
