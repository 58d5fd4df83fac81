"""Creators and deleters by whatever name, and whoever runs them: each way to call one is followed."""

# ruff: noqa: E501  (programs on one line)

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tmpleak_lint import check_source
from tmpleak_lint.settings import Settings

# What stands at module level, and the expression that makes a directory in `f(use, mk, pool, names)`.
CREATING = {
    "star import": ("from tempfile import *", "mkdtemp()"),
    "second of two imports": ("try:\n    from acme import mkdtemp\nexcept ImportError:\n    from tempfile import mkdtemp", "mkdtemp()"),
    "import or None": ("try:\n    from tempfile import mkdtemp as mk\nexcept ImportError:\n    mk = None", "mk()"),
    "name of the module": ("import tempfile\nscratch = tempfile.mkdtemp", "scratch()"),
    "name of a name": ("import tempfile\none = tempfile.mkdtemp\ntwo = one", "two()"),
    "module by another name": ("import tempfile\nt = tempfile", "t.mkdtemp()"),
    "partial": ("import functools, tempfile\nscratch = functools.partial(tempfile.mkdtemp, prefix='x')", "scratch()"),
    "partial of a partial": (
        "import tempfile\nfrom functools import partial\none = partial(tempfile.mkdtemp, 'a')\ntwo = partial(one, 'b')",
        "two()",
    ),
    "lambda": ("import tempfile\nscratch = lambda: tempfile.mkdtemp(prefix='x')", "scratch()"),
    "getattr": ("import tempfile", "getattr(tempfile, 'mkdtemp')()"),
    "thread": ("import asyncio, tempfile", "await asyncio.to_thread(tempfile.mkdtemp)"),
    "thread with a partial": (
        "import asyncio, tempfile\nfrom functools import partial",
        "await asyncio.to_thread(partial(tempfile.mkdtemp, prefix='x'))",
    ),
    "thread with a lambda": ("import asyncio, tempfile", "await asyncio.to_thread(lambda: tempfile.mkdtemp())"),
    "thread with a helper": (
        "import asyncio, tempfile\ndef make():\n    return tempfile.mkdtemp()",
        "await asyncio.to_thread(make)",
    ),
    "thread of another library": ("import anyio, tempfile", "await anyio.to_thread.run_sync(tempfile.mkdtemp)"),
    "waited for": ("import asyncio, tempfile", "await asyncio.wait_for(asyncio.to_thread(tempfile.mkdtemp), 5)"),
    "executor of the loop": (
        "import asyncio, tempfile",
        "await asyncio.get_running_loop().run_in_executor(None, tempfile.mkdtemp)",
    ),
    "future": ("import tempfile", "pool.submit(tempfile.mkdtemp).result()"),
    "future that is awaited": ("import tempfile", "await pool.submit(tempfile.mkdtemp)"),
    "dict": ("import tempfile", "{'a': tempfile.mkdtemp}['a']()"),
    "dict, any key": ("import tempfile", "{'a': tempfile.mkdtemp, 'b': tempfile.mkdtemp}[names]()"),
    "list": ("import tempfile", "[tempfile.mkdtemp][0]()"),
    "dict of the module": ("import tempfile\nMAKERS = {'a': print, 'b': tempfile.mkdtemp}", "MAKERS['b']()"),
    "dict by keywords": ("import tempfile\nMAKERS = dict(a=tempfile.mkdtemp)", "MAKERS['a']()"),
    "dict that is asked": ("import tempfile\nMAKERS = {'a': tempfile.mkdtemp}", "MAKERS.get('a')()"),
    "tuple of the module": ("import tempfile\nMAKERS = (print, tempfile.mkdtemp)", "MAKERS[-1]()"),
    "dict of a class": ("import tempfile\nclass C:\n    MAKERS = {'a': tempfile.mkdtemp}", "C.MAKERS['a']()"),
    "dict of helpers": ("import tempfile\ndef mk():\n    return tempfile.mkdtemp()\nMAKERS = {'a': mk}", "MAKERS['a']()"),
    "one of two": ("import tempfile", "(tempfile.mkdtemp if names else use.mk)()"),
    "one of two, a helper": ("import tempfile\ndef mk():\n    return tempfile.mkdtemp()", "(mk if names else tempfile.mkdtemp)()"),
    "this or that": ("import tempfile", "(names or tempfile.mkdtemp)()"),
    "one of two in the module": ("import os, tempfile\nmk = print if os.name == 'nt' else tempfile.mkdtemp", "mk()"),
    "either branch of the module": ("import os, tempfile\nif os.name == 'nt':\n    mk = print\nelse:\n    mk = tempfile.mkdtemp", "mk()"),
    "passed to a function": ("import tempfile\ndef run(make):\n    return make()", "run(tempfile.mkdtemp)"),
    "passed with arguments": ("import tempfile\ndef run(make, *a, **k):\n    return make(*a, **k)", "run(tempfile.mkdtemp, prefix='x')"),
    "passed as a lambda": ("import tempfile\ndef run(make):\n    return make()", "run(lambda: tempfile.mkdtemp())"),
    "made asynchronous": ("import tempfile\nfrom asgiref.sync import sync_to_async", "await sync_to_async(tempfile.mkdtemp)()"),
    "made asynchronous in the module": (
        "import tempfile\nfrom asgiref.sync import sync_to_async\nmk = sync_to_async(tempfile.mkdtemp, thread_sensitive=True)",
        "await mk()",
    ),
    "several": ("import tempfile", "list(map(tempfile.mkdtemp, names))"),
    "several in a pool": ("import tempfile", "list(pool.map(tempfile.mkdtemp, names))"),
}  # fmt: skip


def body(setup: str, expression: str, head: str = "f(use, pool, names)") -> str:
    return f"{setup}\nasync def {head}:\n    made = {expression}\n    use(made)\n"


def codes(source: str, settings: Settings | None = None) -> list[str]:
    return [finding.code for finding in check_source(source, settings=settings).findings]


@pytest.mark.parametrize(("setup", "expression"), CREATING.values(), ids=CREATING)
def test_file_made_by_whatever_name_is_followed(setup: str, expression: str) -> None:
    (finding,) = check_source(body(setup, expression)).findings
    assert finding.code == "TML101"
    assert "mkdtemp()" in finding.message


@pytest.mark.parametrize(("setup", "expression"), CREATING.values(), ids=CREATING)
def test_and_its_deletion_is_seen(setup: str, expression: str) -> None:
    source = f"import shutil\n{setup}\nasync def f(use, pool, names):\n    made = {expression}\n"
    if "list(" in expression:
        source += "    try:\n        use(made)\n    finally:\n        for each in made:\n            shutil.rmtree(each)\n"
        assert not {"TML101", "TML102", "TML103"} & set(codes(source))
        return
    source += "    try:\n        use(made)\n    finally:\n        shutil.rmtree(made)\n"
    assert codes(source) == []


LOCAL = {
    "name": "mk = tempfile.mkdtemp\n    made = mk()",
    "module": "t = tempfile\n    made = t.mkdtemp()",
    "either way the same": "mk = tempfile.mkdtemp if use else tempfile.mkdtemp\n    made = mk()",
    "future in a name": "later = pool.submit(tempfile.mkdtemp)\n    made = later.result()",
    "loop over several": "made = None\n    for made in map(tempfile.mkdtemp, names):\n        use(made)",
}


@pytest.mark.parametrize("statements", LOCAL.values(), ids=LOCAL)
def test_names_of_the_body_are_followed(statements: str) -> None:
    source = f"import tempfile\ndef f(use, pool, names):\n    {statements}\n    use(made)\n"
    assert codes(source)[:1] in (["TML101"], ["TML106"])


@pytest.mark.parametrize("head", ["f(use, mk=tempfile.mkdtemp)", "f(use, *, mk=tempfile.mkdtemp)"])
def test_default_of_a_parameter_is_what_it_is(head: str) -> None:
    assert codes(body("import tempfile", "mk()", head)) == ["TML101"]


def test_name_that_may_be_two_things_is_each_on_its_way() -> None:
    source = "import tempfile\ndef f(use, own):\n    mk = own if use else tempfile.mkdtemp\n    made = mk()\n    use(made)\n"
    assert codes(source) == ["TML101"]


def test_container_that_makes_nothing_under_this_key() -> None:
    setup = "import tempfile\nMAKERS = {'a': tempfile.mkdtemp, 'b': print}"
    assert codes(body(setup, "MAKERS['b']()")) == []
    assert codes(body(setup, "MAKERS['a']()")) == ["TML101"]
    assert codes(body(setup, "MAKERS[names]()")) == ["TML101"]
    again = f"{setup}\nMAKERS = {{}}"  # which one holds can't be told
    assert codes(body(again, "MAKERS['a']()")) == []


# A function that calls what it is passed: what its callers in the module pass.
PASSED = "import shutil, tempfile\ndef run(make, rm, use):\n    made = {}()\n    use(made)\n    {}(made)\n"


@pytest.mark.parametrize(
    ("make", "rm", "call", "found"),
    [
        ("make", "use", "run(tempfile.mkdtemp, None, f)", ["TML101"]),
        ("make", "shutil.rmtree", "run(tempfile.mkdtemp, None, f)", ["TML103"]),
        ("make", "shutil.rmtree", "run(rm=None, use=f, make=tempfile.mkdtemp)", ["TML103"]),
        ("make", "use", "run(f, None, f)", []),
        ("make", "use", "run(f, None, f)\nrun(tempfile.mkdtemp, None, f)", ["TML101"]),
        ("tempfile.mkdtemp", "rm", "run(None, shutil.rmtree, f)", ["TML103"]),
        (
            "tempfile.mkdtemp",
            "rm",
            "run(None, drop, f)\ndef drop(path):\n    shutil.rmtree(path)",
            ["TML103"],
        ),
    ],
)
def test_callable_that_a_function_is_passed(make: str, rm: str, call: str, found: list[str]) -> None:
    assert codes(f"{PASSED.format(make, rm)}{call}\n") == found


def test_what_a_caller_passes_is_made_for_that_caller_alone() -> None:
    source = "import tempfile\ndef run(make):\n    made = make()\n    return made\nrun(tempfile.mkdtemp)\ndef f(use):\n    made = run(use)\n    use(made)\n"
    assert codes(source) == []
    source = "import os, tempfile\ndef run(make, *a):\n    return make(*a)\ndef f(use):\n    made = run(os.listdir, use)\n    use(made)\ndef g(use):\n    made = run(tempfile.mkdtemp)\n    use(made)\n"
    assert codes(source) == ["TML101"]


def test_files_that_a_helper_gives_together_are_told_apart() -> None:
    helper = "import shutil, tempfile\ndef two():\n    a = tempfile.mkdtemp()\n    try:\n        return a, tempfile.mkdtemp()\n    except OSError:\n        shutil.rmtree(a)\n        raise\n"
    user = f"{helper}def f(use):\n    a, b = two()\n    try:\n        use(a, b)\n    finally:\n        {{}}\n"
    assert codes(user.format("shutil.rmtree(a)\n        shutil.rmtree(b)")) == []
    assert codes(user.format("shutil.rmtree(a)")) != []
    assert codes(user.format("shutil.rmtree(b)")) != []


CLASSES = {
    "static": "    _mk = staticmethod(tempfile.mkdtemp)\n",
    "plain": "    _mk = tempfile.mkdtemp\n",
    "prepared": "    _mk = staticmethod(functools.partial(tempfile.mkdtemp, prefix='x'))\n",
    "of the object": "    def __init__(self):\n        self._mk = tempfile.mkdtemp\n",
    "of the object, by default": "    def __init__(self, mk=tempfile.mkdtemp):\n        self._mk = mk\n",
    "property": "    @property\n    def _mk(self):\n        return tempfile.mkdtemp\n",
}


@pytest.mark.parametrize("members", CLASSES.values(), ids=CLASSES)
def test_attributes_that_are_creators(members: str) -> None:
    source = f"import functools, tempfile\nclass C:\n{members}    def f(self, use):\n        made = self._mk()\n        use(made)\n"
    assert codes(source) == ["TML101"]


def test_module_that_an_object_keeps() -> None:
    source = """\
        import tempfile
        class C:
            def __init__(self):
                self._files = tempfile
            def f(self, use):
                made = self._files.mkdtemp()
                use(made)
        """
    assert codes(textwrap.dedent(source)) == ["TML101"]


def test_arguments_that_a_partial_has_count() -> None:
    setup = "import tempfile\nfrom functools import partial\nkept = partial(tempfile.NamedTemporaryFile, 'w', delete=False)"
    assert codes(body(setup, "kept()")) == ["TML101"]
    assert codes(body(setup.replace("False", "True"), "kept()")) == []


def test_arguments_that_a_runner_passes_on_count() -> None:
    setup = "import asyncio, tempfile"
    made = "await asyncio.to_thread(tempfile.NamedTemporaryFile, delete={})"
    assert codes(body(setup, made.format(False))) == ["TML101"]
    assert codes(body(setup, made.format(True))) == []


def test_future_that_somebody_else_waits_for_is_theirs() -> None:
    source = "import tempfile\ndef f(pool, gather):\n    later = pool.submit(tempfile.mkdtemp)\n    gather([later])\n"
    assert codes(source) == []


# What stands at module level, and the statement that deletes `made`.
DELETING = {
    "star import": ("from shutil import *", "rmtree(made)"),
    "second of two imports": ("try:\n    from acme import rmtree\nexcept ImportError:\n    from shutil import rmtree", "rmtree(made)"),
    "module of two names": ("try:\n    import acme_shutil as shutil\nexcept ImportError:\n    import shutil", "shutil.rmtree(made)"),
    "name": ("import shutil\nrm = shutil.rmtree", "rm(made)"),
    "partial": ("import shutil, functools\nrm = functools.partial(shutil.rmtree, ignore_errors=True)", "rm(made)"),
    "lambda": ("import shutil\nrm = lambda path: shutil.rmtree(path)", "rm(made)"),
    "thread": ("import asyncio, shutil", "await asyncio.to_thread(shutil.rmtree, made)"),
    "dict": ("import shutil", "{'a': shutil.rmtree}['a'](made)"),
    "dict, any key": ("import os, shutil", "{'a': shutil.rmtree, 'b': os.rmdir}[use](made)"),
    "dict of lambdas": ("import shutil", "{'a': lambda path: shutil.rmtree(path)}['a'](made)"),
    "dict of the module": ("import shutil\nGONE = {'a': print, 'b': shutil.rmtree}", "GONE['b'](made)"),
    "dict of the module, any key": ("import os, shutil\nGONE = {'a': os.rmdir, 'b': shutil.rmtree}", "GONE[use](made)"),
    "dict that is asked": ("import shutil\nGONE = {'a': shutil.rmtree}", "GONE.get('a')(made)"),
    "list of the module": ("import shutil\nGONE = [shutil.rmtree]", "GONE[0](made)"),
    "dict of a class": ("import shutil\nclass C:\n    GONE = {'a': shutil.rmtree}", "C.GONE['a'](made)"),
    "dict of helpers": ("import shutil\ndef drop(path):\n    shutil.rmtree(path)\nGONE = {'a': drop}", "GONE['a'](made)"),
    "dict of the body": ("import shutil", "gone = {'a': shutil.rmtree}; gone['a'](made)"),
    "dict that is filled": ("import shutil", "gone = {}; gone['a'] = shutil.rmtree; gone['a'](made)"),
    "one of two": ("import os, shutil", "(os.rmdir if use else shutil.rmtree)(made)"),
    "one of two by name": ("import os, shutil", "rm = os.rmdir if use else shutil.rmtree; rm(made)"),
    "one of two in the module": ("import os, shutil\nrm = os.rmdir if os.name == 'nt' else shutil.rmtree", "rm(made)"),
    "this or that in the module": ("import shutil\nown = None\nrm = own or shutil.rmtree", "rm(made)"),
    "either branch of the module": ("import os, shutil\nif os.name == 'nt':\n    rm = os.rmdir\nelse:\n    rm = shutil.rmtree", "rm(made)"),
    "loop over": ("import shutil", "for rm in (shutil.rmtree,): rm(made)"),
    "default": ("import shutil\ndef drop(path, rm=shutil.rmtree):\n    rm(path)", "drop(made)"),
    "property": ("import shutil\nclass C:\n    @property\n    def rm(self):\n        return shutil.rmtree", "C().rm(made)"),
    "made asynchronous": ("import shutil\nfrom asgiref.sync import sync_to_async", "await sync_to_async(shutil.rmtree)(made)"),
    "made asynchronous in the module": ("import shutil\nfrom asgiref.sync import sync_to_async\nrm = sync_to_async(shutil.rmtree)", "await rm(made)"),
    "executor of the loop": (
        "import asyncio, shutil",
        "await asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, made)",
    ),
    "executor with a partial": (
        "import asyncio, shutil\nfrom functools import partial",
        "await asyncio.get_running_loop().run_in_executor(None, partial(shutil.rmtree, made))",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "statement"), DELETING.values(), ids=DELETING)
def test_deletion_by_whatever_name_is_one(setup: str, statement: str) -> None:
    head = f"import tempfile\n{setup}\nasync def f(use):\n    made = tempfile.mkdtemp()\n"
    assert codes(f"{head}    try:\n        use(made)\n    finally:\n        {statement}\n") == []
    assert codes(f"{head}    use(made)\n    {statement}\n") == ["TML103"]


# A deleter that is passed on with the path: from there on the file is in good hands.
HANDED = {
    "argument": ("def finish(path, rm):\n    rm(path)", "finish(made, shutil.rmtree)"),
    "keyword": ("def finish(path, *, rm=None):\n    if rm:\n        rm(path)", "finish(made, rm=shutil.rmtree)"),
    "whatever": ("def call(f, *a, **k):\n    return f(*a, **k)", "call(shutil.rmtree, made, ignore_errors=True)"),
    "registered, one of two": ("import atexit\nrm = os.rmdir if os.name == 'nt' else shutil.rmtree", "atexit.register(rm, made)"),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "statement"), HANDED.values(), ids=HANDED)
def test_deleter_that_is_passed_on_with_the_path(setup: str, statement: str) -> None:
    head = f"import os, shutil, tempfile\n{setup}\ndef f(use):\n    made = tempfile.mkdtemp()\n"
    assert codes(f"{head}    use(made)\n    {statement}\n") == ["TML203"]
    assert codes(f"{head}    {statement}\n    use(made)\n") == []


@pytest.mark.parametrize(
    "compat",
    [
        "from tempfile import mkdtemp as scratch\n",
        "import tempfile\nscratch = tempfile.mkdtemp\n",
        "import tempfile\nfrom functools import partial\nscratch = partial(tempfile.mkdtemp, prefix='x')\n",
        "import tempfile\nscratch = print if __debug__ else tempfile.mkdtemp\n",
        "try:\n    from acme import scratch\nexcept ImportError:\n    from tempfile import mkdtemp as scratch\n",
    ],
)
def test_creator_that_another_module_hands_on_by_another_name(tmp_path: Path, compat: str) -> None:
    (tmp_path / "compat.py").write_text(compat)
    user = tmp_path / "user.py"
    user.write_text("from compat import scratch\n\n\ndef f(use):\n    made = scratch()\n    use(made)\n")
    (finding,) = check_source(user.read_bytes(), user).findings
    assert finding.code == "TML101"


@pytest.mark.parametrize(
    "compat",
    [
        "import shutil\ndrop = shutil.rmtree\n",
        "import shutil\nfrom functools import partial\ndrop = partial(shutil.rmtree, ignore_errors=True)\n",
        "import os, shutil\ndrop = os.rmdir if os.name == 'nt' else shutil.rmtree\n",
    ],
)
def test_deleter_that_another_module_hands_on_by_another_name(tmp_path: Path, compat: str) -> None:
    (tmp_path / "compat.py").write_text(compat)
    user = tmp_path / "user.py"
    user.write_text(
        "import tempfile\nfrom compat import drop\n\n\ndef f(use):\n    made = tempfile.mkdtemp()\n    use(made)\n    drop(made)\n"
    )
    assert [finding.code for finding in check_source(user.read_bytes(), user).findings] == ["TML103"]


def test_circles_of_names_mean_nothing() -> None:
    circle = "import tempfile\nfrom functools import partial\none = partial(two, tempfile.mkdtemp)\ntwo = one\nthree = three\n"
    assert codes(f"{circle}def f():\n    mk = lambda: mk()\n    use(two(), one(), mk(), three())\n") == []
    chosen = "import tempfile\none = two if one else three\ntwo = one or two\nthree = tempfile.mkdtemp if two else one\n"
    assert codes(f"{chosen}def f(use):\n    made = three()\n    use(made)\n") == ["TML101"]
    chain = "".join(f"n{i} = n{i + 1}\n" for i in range(3000)) + "import tempfile\nn3000 = tempfile.mkdtemp\n"
    assert codes(f"{chain}def f(use):\n    made = n0()\n    use(made)\n") == ["TML101"]


def test_users_rows_are_rows_methods_included() -> None:
    settings = Settings(
        creators=("*.make_scratch",), deleters=("*.wipe",), suppressing_context_managers=("*.quietly",)
    )
    head = "def f(self, use):\n    made = self.pool.make_scratch()\n"
    assert codes(f"{head}    use(made)\n", settings) == ["TML101"]
    assert codes(f"{head}    use(made)\n    self.pool.wipe(made)\n", settings) == ["TML103"]
    quiet = f"{head}    with self.log.quietly():\n        use(made)\n    self.pool.wipe(made)\n"
    assert codes(quiet, settings) == []
    helper = (
        "import acme\ndef drop(path):\n    acme.wipe(path)\ndef f(use):\n    made = acme.make_scratch()\n"
    )
    assert codes(f"{helper}    try:\n        use(made)\n    finally:\n        drop(made)\n", settings) == []


def test_several_at_once_are_lost_when_a_later_one_fails() -> None:
    source = (
        "import shutil, tempfile\ndef f(use, names):\n    made = list(map(tempfile.mkdtemp, names))\n"
        "    try:\n        use(made)\n    finally:\n        for each in made:\n            shutil.rmtree(each)\n"
    )
    assert codes(source) == codes(
        source.replace("list(map(tempfile.mkdtemp, names))", "[tempfile.mkdtemp(n) for n in names]")
    )
    assert codes(source) == ["TML201"]
