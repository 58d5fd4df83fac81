"""Completion scripts: what the shells offer, for every command, and nothing of it before it is asked for."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from tmpleak_lint.cli import COMMANDS, completions, main
from tmpleak_lint.rules import RULES
from tmpleak_lint.settings import OPTIONS
from tmpleak_lint.simulation.strategies import NAMES, named

Offered = Callable[..., set[str]]


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["completions", shell]) == 0
    return capsys.readouterr().out


@pytest.fixture(params=["bash", "fish"])
def offered(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Offered:
    """What a shell offers for the last of some words, in a folder with one file, `clean.py`."""
    shell: str = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    (tmp_path / "clean.py").write_text("")
    monkeypatch.chdir(tmp_path)
    text = script(shell, capsys)

    def ask(*words: str) -> set[str]:
        if shell == "fish":
            call = f"complete -C 'tmpleak-lint {' '.join(words)}' | string replace -r '\\t.*' ''; or true"
        else:
            split = " ".join(words).replace("=", " = ").split(" ")  # as bash does
            quoted = " ".join(map(shlex.quote, split))
            call = f"COMP_WORDS=(tmpleak-lint {quoted}); COMP_CWORD={len(split)}; _tmpleak_lint"
            call += "; printf '%s\\n' ${COMPREPLY[@]}"
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "XDG_CONFIG_HOME": str(tmp_path / "none"),
        }
        done = subprocess.run(
            [shell, "-c", f"{text}\n{call}"], capture_output=True, text=True, check=False, env=environment
        )
        assert not done.stderr
        return set(done.stdout.split())

    return ask


def test_shells_offer_commands_files_options_codes_and_values(offered: Offered) -> None:
    assert offered("c") == {"check", "completions", "clean.py"}
    assert offered("--extend-s") == {"--extend-select", "--extend-safe-fixes"}
    assert offered("clean.py", "--extend-s") == {"--extend-select", "--extend-safe-fixes"}
    assert offered("--select", "TML30") == {"TML301", "TML302"}
    assert offered("--output-format", "j") == {"json", "junit"}
    assert offered("--conventions", "a") == {"ansible"}
    assert offered("--min-confidence", "h") == {"high"}
    assert offered("check", "--min-c") == {"--min-confidence"}


def test_a_list_goes_on_after_a_comma(offered: Offered) -> None:
    assert offered("--select", "TML101,TML30") == {"TML101,TML301", "TML101,TML302"}
    assert offered("check", "--ignore", "TML1,TML9,TML90") == {"TML1,TML9,TML900"}
    assert len(offered("--extend-select", "TML101,")) >= len(RULES) - 1
    assert offered("--conventions", "ansible,x") == set()


def test_a_value_may_stand_behind_the_equals_sign(offered: Offered) -> None:
    behind = {word.removeprefix("--select=") for word in offered("--select=TML101,TML30")}
    assert behind == {"TML101,TML301", "TML101,TML302"}
    assert {word.rpartition("=")[2] for word in offered("--min-confidence=h")} == {"high"}
    assert {word.rpartition("=")[2] for word in offered("simulate", "--strategy=gua")} >= {
        "guard",
        "guaranteed",
    }


def test_shells_know_every_cleanup(offered: Offered) -> None:
    assert offered("simulate", "--strategy", "fi") == {"finalize", "finalize+reaper", "fix", "fix+reaper"}
    assert len(offered("simulate", "--strategy", "")) == len(NAMES)
    assert all(named(name).name == name for name in NAMES)


def test_shells_know_the_arguments_of_every_command(offered: Offered) -> None:
    assert offered("explain", "TML9") == {"TML900"}
    assert offered("explain", "c") == {"clean.py"}
    assert offered("explain", "--js") == {"--json"}
    assert offered("simulate", "c") == {"clean.py"}
    assert offered("simulate", "--no-anim") == {"--no-animation"}
    assert offered("rules", "--output-format", "j") == {"json"}
    assert offered("completions", "z") == {"zsh"}
    assert offered("server", "--st") == {"--stdio"}


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_every_shell_gets_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = script(shell, capsys)
    assert [option.key for option in OPTIONS if option.key not in text] == []
    assert [command for command in COMMANDS if command not in text] == []
    if shell in ("bash", "zsh", "fish") and shutil.which(shell):
        subprocess.run([shell, "-n"], input=text, text=True, check=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_parser_of_its_name(command: str) -> None:
    parser = import_module(f"tmpleak_lint.cli.{command}").parser()
    assert parser.prog == f"tmpleak-lint {command}"


def test_shells_are_those_that_are_known_to_shtab() -> None:
    import shtab

    assert sorted(shtab.SUPPORTED_SHELLS) == sorted(completions.SHELLS)


def test_nothing_is_imported_for_a_check() -> None:
    program = (
        "import sys; from tmpleak_lint.cli import main; main(['rules']); main(['--show-settings', '--isolated']);"
        "assert 'shtab' not in sys.modules, 'shtab'"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
