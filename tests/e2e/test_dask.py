"""A run on a real Dask cluster: a scheduler and worker processes on this machine, one of them killed in the middle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.trees import examine_killing_once, make_tree
from tmpleak_lint import check_paths
from tmpleak_lint.configuration import SettingsFinder
from tmpleak_lint.reading.discovery import discover
from tmpleak_lint.run import batches, check_files
from tmpleak_lint.run.elsewhere import opened

distributed = pytest.importorskip("distributed")
PATIENCE = 60  # seconds until the cluster has to be there


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two worker processes, each looked after by a nanny that starts it anew."""
    scratch = tmp_path_factory.mktemp("dask")
    port = free_port()
    dask = [sys.executable, "-c", "from dask.__main__ import main; main()"]
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with (scratch / "log").open("wb") as log:
        commands = (
            [*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
            [
                *dask, "worker", f"tcp://127.0.0.1:{port}", "--nworkers", "2", "--nthreads", "1",
                "--no-dashboard", "--local-directory", str(scratch), "--host", "127.0.0.1",
            ],
        )  # fmt: skip
        running = [
            subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, cwd=scratch, start_new_session=True
            )
            for command in commands
        ]
        try:
            wait_for_workers(port, scratch / "log")
            yield f"dask://127.0.0.1:{port}"
        finally:
            for process in reversed(running):
                os.killpg(process.pid, signal.SIGTERM)
            for process in running:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def wait_for_workers(port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with distributed.Client(f"tcp://127.0.0.1:{port}", timeout=2, set_as_default=False) as client:
                client.wait_for_workers(2, timeout=max(end - time.monotonic(), 1))
                return
        except (OSError, TimeoutError) as error:
            if time.monotonic() > end:
                raise AssertionError(f"no cluster: {error}\n{log.read_text()}") from error
            time.sleep(0.2)


def test_cluster_finds_what_one_process_finds(address: str, tmp_path: Path) -> None:
    make_tree(tmp_path, packages=8)
    with opened(address) as executor:
        assert check_paths([tmp_path], executor=executor) == check_paths([tmp_path])


def test_killed_worker_loses_nothing_and_nothing_comes_twice(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tree(tmp_path, packages=8)
    monkeypatch.setattr(batches, "FILES", 4)
    found = discover([str(tmp_path)], SettingsFinder())
    alone = sorted((outcome.report for outcome in check_files(found)), key=lambda report: report.filename)
    with opened(address) as executor:
        outcomes = list(check_files(found, executor=executor, examine=examine_killing_once))
    assert (tmp_path / "package_3" / "leaks.seen").exists()
    assert sorted((outcome.report for outcome in outcomes), key=lambda report: report.filename) == alone


def test_interrupted_scan_of_a_cluster_is_resumed(address: str, tmp_path: Path) -> None:
    make_tree(tmp_path / "tree", packages=8)
    words = [sys.executable, "-m", "tmpleak_lint", "--isolated", "--output-format", "concise", "tree"]
    scaled = [*words, "--executor", address, "--results", "results.jsonl"]
    plain = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    first = subprocess.run(scaled, cwd=tmp_path, capture_output=True, text=True)
    assert (first.returncode, first.stdout, first.stderr) == (1, plain.stdout, plain.stderr)
    lines = (tmp_path / "results.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "results.jsonl").write_text("".join(lines[:5]) + lines[5][:20])
    again = subprocess.run(scaled, cwd=tmp_path, capture_output=True, text=True)
    assert (again.returncode, again.stdout, again.stderr) == (1, plain.stdout, plain.stderr)
    assert sorted((tmp_path / "results.jsonl").read_text().splitlines(keepends=True)) == sorted(lines)


def test_scheduler_that_is_not_there_is_an_error_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import tempfile\nf(tempfile.mkdtemp())\n")
    done = subprocess.run(
        [sys.executable, "-m", "tmpleak_lint", "a.py", "--executor", f"dask://127.0.0.1:{free_port()}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "tmpleak-lint: error: no Dask scheduler answers at 127.0.0.1:" in done.stderr
    assert "Traceback" not in done.stderr
