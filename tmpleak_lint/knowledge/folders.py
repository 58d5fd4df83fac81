"""What folders and modules are called that say what their code is for."""

from __future__ import annotations

# Somebody else's code, copied in; and installed.
COPIED = frozenset(
    {"vendor", "_vendor", "vendored", "_vendored", "third_party", "thirdparty", "extern", "externals"}
)
INSTALLED = frozenset({"site-packages", "dist-packages"})
# Beside the package; in it, what is a program of its own.
BY_HAND = frozenset({"scripts", "tools", "benchmarks", "docs", "doc"})
# Folders whose modules are shown to people.
SHOWING = frozenset({"example", "examples", "demo", "demos", "sample", "samples", "tutorials", "notebooks"})
# What a module's own check is called that is run by its last lines.
TRYING = frozenset({"_test", "_selftest", "_self_test", "_demo", "_example"})
# Modules that are called after tests, and folders: `test_io.py`, `testing_utils.py`, `conftest.py`; `unit_tests`.
TEST_MODULE = r"(?:^|_)(?:tests?|testing|conftest)[_.]"
TEST_FOLDER = r"(?:tests?|testing)(?:_(?:utils?|helpers?|support|lib|common|framework))?|\w+_tests"
# Helpers for tests that stand beside the code, or are shipped for others' tests: `pkg/testing/`, `test_utils.py`, and
# `test/utils/`. What is left in them is seldom looked at.
_AIDS = r"(?:utils?|helpers?|support|tools|lib|common|case|base|framework)"
SUPPORT_FOLDER = rf"_?testing|tests?(?:ing)?_{_AIDS}"
SUPPORT_MODULE = rf"_?testing|(?:\w*_)?tests?(?:ing)?_?{_AIDS}(?:_v?\d+)?"
TESTS = frozenset({"test", "tests"})
SUPPORT_IN_TESTS = frozenset({"utils", "util", "helpers", "helper", "support", "testing"})
