"""Creators that aren't of `tempfile`, and what makes the file of a name."""

# ruff: noqa: E501  (programs on one line)
from __future__ import annotations

import pytest

from tmpleak_lint import check_source
from tmpleak_lint.settings import Settings


def codes(source: str, *select: str) -> list[str]:
    settings = Settings(select=select) if select else None
    return [finding.code for finding in check_source(source, settings=settings).findings]


RETRIEVE = "import os\nimport urllib.request\n\n\ndef f(use, url, own):\n    path, _ = urllib.request.urlretrieve({})\n"


@pytest.mark.parametrize(
    "arguments", ["url", "url, None", "url, filename=None", "'http://example.org/' + url", "url, data=own"]
)
def test_urlretrieve_without_a_name_makes_a_file(arguments: str) -> None:
    head = RETRIEVE.format(arguments)
    assert codes(f"{head}    use(path)\n") == ["TML101"]
    assert codes(f"{head}    use(path)\n    os.remove(path)\n") == ["TML103"]
    assert codes(f"{head}    try:\n        use(path)\n    finally:\n        os.remove(path)\n") == []


@pytest.mark.parametrize(
    "arguments", ["url, own", "url, filename=own", "'file:' + url", "f'file://{url}'", "'file:%s' % url"]
)
def test_urlretrieve_to_a_name_or_of_a_local_file_makes_none(arguments: str) -> None:
    assert codes(RETRIEVE.format(arguments) + "    use(path)\n") == []


def test_urlcleanup_takes_care_of_what_was_retrieved() -> None:
    assert codes(RETRIEVE.format("url") + "    use(path)\n    urllib.request.urlcleanup()\n") == []


def test_name_that_urlretrieve_is_given_is_made_by_it() -> None:
    source = "import tempfile\nfrom urllib.request import urlretrieve\ndef f(url):\n    path = tempfile.mktemp()\n    urlretrieve(url, path)\n"
    assert codes(source) == ["TML101", "TML501"]


def test_named_temporary_file_of_django() -> None:
    head = "import os\nfrom django.core.files.temp import NamedTemporaryFile\ndef f(use):\n    out = NamedTemporaryFile({})\n"
    assert codes(head.format("suffix='.x', delete=False") + "    use(out.name)\n") == ["TML101"]
    assert codes(head.format("suffix='.x'") + "    use(out.name)\n") == []
    kept = (
        head.format("delete=False")
        + "    try:\n        use(out)\n    finally:\n        os.remove(out.name)\n"
    )
    assert codes(kept) == []


SIBLING = "def put(target, content):\n    beside = target.temporarySibling({})\n"


@pytest.mark.parametrize(
    "make",
    [
        "beside.setContent(content)",
        "with beside.open('w') as out:\n        out.write(content)",
        "beside.createDirectory()",
    ],
)
def test_temporary_sibling_is_there_once_it_is_made(make: str) -> None:
    head = SIBLING.format("b'.new'")
    assert codes(f"{head}    content.check()\n") == []
    assert codes(f"{head}    {make}\n    content.check()\n") == ["TML101"]
    assert codes(f"{head}    {make}\n    content.check()\n    beside.remove()\n") == ["TML103"]
    assert codes(f"{head}    {make}\n    content.check()\n    beside.moveTo(target)\n") == ["TML103"]


def test_temporary_sibling_that_is_removed_on_failure() -> None:
    source = SIBLING.format("") + (
        "    try:\n        beside.setContent(content)\n        beside.moveTo(target)\n"
        "    except BaseException:\n        if beside.exists():\n            beside.remove()\n        raise\n"
    )
    assert codes(source) == []


@pytest.mark.parametrize(
    "flags", ["os.O_CREAT | os.O_EXCL | os.O_WRONLY", "os.O_WRONLY | os.O_CREAT", "os.O_CREAT"]
)
def test_descriptor_with_o_creat_makes_the_file(flags: str) -> None:
    by_name = f"import os\nimport tempfile\ndef f(use):\n    path = tempfile.mktemp()\n    os.close(os.open(path, {flags}))\n    use(path)\n"
    assert codes(by_name) == ["TML101", "TML501"]
    by_hand = f"import os\ndef f(use, name):\n    path = os.path.join('/tmp', name)\n    os.close(os.open(path, {flags}))\n    use()\n"
    assert codes(by_hand, "TML403") == ["TML403"]
    assert codes(by_hand + "    os.remove(path)\n", "TML403") == []


def test_descriptor_without_o_creat_does_not() -> None:
    source = "import os\nimport tempfile\ndef f(use):\n    path = tempfile.mktemp()\n    use(os.open(path, os.O_RDONLY | os.O_EXCL))\n"
    assert codes(source) == ["TML501"]
    source = "import os\ndef f(use, name):\n    path = os.path.join('/tmp', name)\n    use(os.open(path, os.O_RDONLY))\n"
    assert codes(source, "TML403") == []
