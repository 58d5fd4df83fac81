"""What a finding says of the statement that skips the deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint.session import Session

HEAD = "import shutil\nimport tempfile\nfrom contextlib import contextmanager\n\n\n"
SAID = {
    "def check(job):\n    d = tempfile.mkdtemp()\n    assert job.ready\n    shutil.rmtree(d)\n": (
        "`assert job.ready` (line 8) can fail and skip line 9"
    ),
    "def check(job):\n    d = tempfile.mkdtemp()\n    job.run(d)\n    shutil.rmtree(d)\n": (
        "`job.run(d)` (line 8) can raise and skip line 9"
    ),
    "def rows(job):\n    d = tempfile.mkdtemp()\n    yield job\n    shutil.rmtree(d)\n": (
        "stays when the generator is not run to its end"
    ),
    "@contextmanager\ndef rows(job):\n    d = tempfile.mkdtemp()\n    yield job\n    shutil.rmtree(d)\n": (
        "stays when the with block raises"
    ),
    "def check(job):\n    d = tempfile.mkdtemp()\n    try:\n        assert job.ready\n        job.run(d)\n"
    "    except OSError:\n"
    "        shutil.rmtree(d)\n        raise\n    shutil.rmtree(d)\n": (
        "stays when `assert job.ready` (line 9) can raise something that the handler"
    ),
}


@pytest.mark.parametrize("source", SAID)
def test_message_says_what_the_statement_does(source: str, tmp_path: Path) -> None:
    (finding,) = Session().analyse((HEAD + source).encode(), str(tmp_path / "main.py")).findings
    assert SAID[source] in finding.message
