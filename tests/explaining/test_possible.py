"""Only failures that can happen here: by the call's arguments, and by the handlers on the way; the likeliest first."""

from __future__ import annotations

import pytest

from tests.explaining.test_failures import cause
from tests.explaining.test_ways import judged
from tmpleak_lint.explaining.compose import account_of
from tmpleak_lint.explaining.symptoms import Setting, symptoms_of

SUBPROCESS = "import subprocess"


def raised(statement: str, setup: str = "") -> str:
    return "; ".join(failure.raises for failure in cause(statement, setup).failures)


@pytest.mark.parametrize(
    ("statement", "has", "lacks"),
    [
        ("subprocess.run(['a'])", "FileNotFoundError", "CalledProcessError TimeoutExpired"),
        ("subprocess.run(['a'], check=False)", "FileNotFoundError", "CalledProcessError"),
        ("subprocess.run(['a'], check=True)", "CalledProcessError", "TimeoutExpired"),
        ("subprocess.run(['a'], check=data)", "CalledProcessError where", "TimeoutExpired"),
        ("subprocess.run(['a'], timeout=None)", "FileNotFoundError", "TimeoutExpired"),
        ("subprocess.run(['a'], timeout=5)", "subprocess.TimeoutExpired", "TimeoutError CalledProcessError"),
        ("subprocess.run(['a'], **data)", "CalledProcessError", ""),
        ("subprocess.run(*data)", "TimeoutExpired", ""),
        ("subprocess.check_output(['a'])", "CalledProcessError", "TimeoutExpired"),
        ("subprocess.check_call(['a'], timeout=data)", "TimeoutExpired", ""),
        ("subprocess.Popen(['a'])", "FileNotFoundError", "CalledProcessError TimeoutExpired"),
        ("data.communicate()", "BrokenPipeError", "CalledProcessError TimeoutExpired FileNotFoundError"),
        ("data.communicate(b'', 5)", "TimeoutExpired", "CalledProcessError"),
        ("data.wait(5)", "TimeoutExpired", "CalledProcessError FileNotFoundError"),
        ("data.result()", "any Exception", "TimeoutError"),
        ("data.result(timeout=3)", "TimeoutError", "TimeoutExpired"),
    ],
)
def test_arguments_decide_what_can_be_raised(statement: str, has: str, lacks: str) -> None:
    told = raised(statement, SUBPROCESS)
    assert has in told
    assert [word for word in lacks.split() if word in told] == []


def test_what_a_handler_on_the_way_would_have_caught_is_no_reason() -> None:
    one = judged("""\
        import json
        def f(path):
            folder = tempfile.mkdtemp()
            try:
                load(path)
            except OSError:
                shutil.rmtree(folder)
                raise
            shutil.rmtree(folder)

        def load(path):
            with open(path) as source:
                return json.loads(source.read())
        """)
    found = account_of(one, str).cause
    assert found is not None
    assert [failure.kind for failure in found.failures] == ["corrupt input", "encoding"]  # no kind of OSError


def test_reasons_inside_a_function_of_the_project_come_by_how_often_they_happen() -> None:
    setup = (
        "import json, subprocess, requests\n"
        "def load(path):\n"
        "    text = open(path).read()\n"
        "    out = json.loads(text)\n"
        "    subprocess.run(['a'], check=True)\n"
        "    return requests.get(out)\n"
    )
    found = cause("load(path)", setup)
    assert [failure.kind for failure in found.failures][:3] == [
        "network",
        "subprocess fails",
        "corrupt input",
    ]
    assert len(found.failures) + found.more >= 4


def test_what_is_left_out_is_counted() -> None:
    calls = (
        "requests.get(p)", "subprocess.run(['a'])", "json.loads(p)", "p.execute('x')", "open(p).read()",
        "p.encode('ascii')", "out.write(p)",
    )  # fmt: skip
    setup = "import json, subprocess, requests\ndef load(p, out):\n" + "".join(
        f"    {call}\n" for call in calls
    )
    found = cause("load(path, out)", setup)
    assert len(found.failures) == 4
    assert found.more >= 2


@pytest.mark.parametrize(
    ("setting", "sign"),
    [
        (Setting.CALLED, "the leak rate tracks"),
        (Setting.SCRIPT, "each run of this script"),
        (Setting.TEST, "temp directories of dev"),
    ],
)
def test_symptoms_are_those_of_the_place(setting: Setting, sign: str) -> None:
    rows = symptoms_of("TML103", raised=True, many_small=False, setting=setting)
    assert rows[0].sign.startswith(sign)


def test_only_what_runs_out_first_is_told() -> None:
    looks = {
        many: " ".join(row.look for row in symptoms_of("TML101", raised=False, many_small=many))
        for many in (True, False)
    }
    assert "df -i" in looks[True]
    assert "df -i" not in looks[False]
    assert "df -h" in looks[False]


def test_folder_that_is_written_out_is_named_in_the_commands() -> None:
    rows = symptoms_of("TML101", raised=False, many_small=False, folder="'/var/spool/in box'")
    assert "du -sh '/var/spool/in box'" in [row.look for row in rows]
