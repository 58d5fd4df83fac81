"""`pytest --update` writes golden files anew in place of comparing with them; nothing is kept in the user's home."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew")


def pytest_configure() -> None:
    """Whoever is started in the background of a script takes no Ctrl-C, nor do the programs that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def home_of_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where the key of caches is kept, for this process and the programs that it starts."""
    names = ("XDG_CACHE_HOME", "LOCALAPPDATA")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(tmp_path_factory.mktemp("caches"))))
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
