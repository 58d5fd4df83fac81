"""Neovim with the settings of its page: a file is opened, a finding shown, its fix made, and nothing is left."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pygls", reason="needs the extra `lsp`")

from tests.hosts.server.sources import LAST_LINE
from tmpleak_lint import check_source

pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="no nvim on this machine")
PAGE = Path(__file__).parents[3] / "docs" / "howto" / "editors" / "neovim.md"

STORY = """\
local told = {}

local function wait_for(what, holds)
  if not vim.wait(60000, holds, 50) then
    error("waited in vain for " .. what)
  end
end

local function ask(method, params)
  local answers = vim.lsp.buf_request_sync(0, method, params, 60000)
  for _, answer in pairs(answers or {}) do
    assert(not answer.err, vim.inspect(answer.err))
    return answer.result
  end
end

local ok, failure = pcall(function()
  wait_for("a finding", function() return #vim.diagnostic.get(0) > 0 end)
  local found = vim.diagnostic.get(0)[1]
  told.code = found.code
  told.row = found.lnum + 1
  told.message = found.message
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  told.hover = ask("textDocument/hover", vim.lsp.util.make_position_params(0, "utf-16")).contents.value
  local params = vim.lsp.util.make_range_params(0, "utf-16")
  params.context = { diagnostics = {} }
  for _, action in ipairs(ask("textDocument/codeAction", params)) do
    if action.isPreferred then
      vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
    end
  end
  told.text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\\n") .. "\\n"
  wait_for("nothing left to find", function() return #vim.diagnostic.get(0) == 0 end)
end)
told.failure = not ok and tostring(failure) or nil
vim.fn.writefile({ vim.fn.json_encode(told) }, "told.json")
vim.cmd("qall!")
"""


def settings(nvim: str) -> str:
    """The page's settings for this Neovim: the first block needs `vim.lsp.config`."""
    newer, older = re.findall(
        r"^```lua\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    version = subprocess.run([nvim, "--version"], capture_output=True, text=True, check=True).stdout
    number = re.match(r"NVIM v(\d+)\.(\d+)", version)
    assert number is not None, version
    return newer if (int(number[1]), int(number[2])) >= (0, 11) else older


def test_finding_is_shown_and_repaired_with_the_settings_of_the_page(tmp_path: Path) -> None:
    nvim = shutil.which("nvim")
    assert nvim is not None
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "app.py").write_text(LAST_LINE)
    (tmp_path / "init.lua").write_text(settings(nvim))
    (tmp_path / "story.lua").write_text(STORY)
    homes = {f"XDG_{name}_HOME": str(tmp_path / "home") for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    done = subprocess.run(
        [nvim, "--headless", "-i", "NONE", "-u", "init.lua", "app.py", "-c", "luafile story.lua"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200,
        env={**os.environ, **homes, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert (tmp_path / "told.json").exists(), done.stdout + done.stderr
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert "failure" not in told, told["failure"] + done.stderr
    assert (told["code"], told["row"]) == ("TML103", 7)
    assert "deleted-on-last-line" in told["hover"]
    assert told["text"] != LAST_LINE
    assert check_source(told["text"]).findings == ()
