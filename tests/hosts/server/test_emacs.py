"""Emacs with Eglot and the settings of its page: a finding is shown, and what can be done about it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server.sources import LAST_LINE

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "editors" / "emacs.md"
HEAD = "(require 'package)\n(package-initialize)\n(require 'eglot)\n(setq eglot-connect-timeout 120)\n"
STORY = """\
(find-file "app.py")
(call-interactively #'eglot)
(let ((turns 0))
  (while (and (< turns 600) (not (flymake-diagnostics)))
    (accept-process-output nil 0.1)
    (setq turns (1+ turns))))
(dolist (found (flymake-diagnostics))
  (goto-char (flymake-diagnostic-beg found))
  (princ (format "found %d %s\\n" (line-number-at-pos) (flymake-diagnostic-text found)))
  (dolist (action (eglot-code-actions (point)))
    (princ (format "offered %s\\n" (plist-get action :title)))))
(eglot-shutdown (eglot-current-server))
"""


def emacs(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["emacs", "--batch", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=200,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
    )  # fmt: skip


def test_finding_is_shown_with_the_settings_of_the_page(tmp_path: Path) -> None:
    there = ("--eval", "(progn (require 'package) (package-initialize) (require 'eglot))")
    if shutil.which("emacs") is None or emacs(tmp_path, *there).returncode:
        pytest.skip("no Emacs with Eglot on this machine")
    (settings, _) = re.findall(
        r"^```elisp\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    (tmp_path / "app.py").write_text(LAST_LINE)
    (tmp_path / "story.el").write_text(HEAD + settings + STORY)
    done = emacs(tmp_path, "-l", "story.el")
    assert done.returncode == 0, done.stderr
    assert "found 7 tmpleak-lint [TML103]: " in done.stdout, done.stdout + done.stderr
    assert "offered TML103: silence it here" in done.stdout
