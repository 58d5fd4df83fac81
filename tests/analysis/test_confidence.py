"""How sure a finding is: each fact allows at most some confidence, and is among the reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint.analysis.explore import explorer
from tmpleak_lint.engine import check_source
from tmpleak_lint.model import Confidence, Finding
from tmpleak_lint.settings import Settings

HEAD = "import os, shutil, subprocess, tempfile, unittest\nfrom packaging.version import Version\n\n"
ALL = Settings(min_confidence="low")


def job(statement: str) -> str:
    return f"def job(item):\n    work = tempfile.mkdtemp()\n    {statement}\n    shutil.rmtree(work)\n"


def found(body: str, name: str | None = None, settings: Settings = ALL) -> Finding:
    report = check_source(HEAD + body, None if name is None else Path(name), settings)
    (finding,) = report.findings
    return finding


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("subprocess.run(['make'], check=True)", "high"),
        ("raise ValueError(item)", "high"),
        ("item.decode()", "high"),
        ("item.frobnicate(work)", "medium"),
        ("fd, path = tempfile.mkstemp(dir=work)", "low"),
        ("fd, path = tempfile.mkstemp(dir=work); item.frobnicate(work)", "medium"),
        ("Version('2.27')", "low"),
        ("Version(item)", "medium"),
        ("os.makedirs(os.path.join(work, 'a'), exist_ok=True)", "low"),
        ("item.encode()", "low"),
        ("item.encode('utf-8')", "low"),
        ("item.encode('latin-1')", "high"),
        ("item.encode('latin-1', 'replace')", "low"),
        ("item.encode('ascii', errors='ignore')", "low"),
        ("item.encode('ascii', errors='strict')", "high"),
        ("item.decode('utf-8', 'backslashreplace')", "low"),
        ("item.decode(errors='surrogateescape')", "low"),
        ("item.decode(errors=how)", "high"),
    ],
)
def test_confidence_is_that_of_the_raiser(statement: str, expected: str) -> None:
    finding = next(
        f for f in check_source(HEAD + job(statement), settings=ALL).findings if f.span.start.row == 5
    )
    assert finding.confidence == expected
    assert any("it takes an exception on line 6" in reason for reason in finding.reasons)


def test_likeliest_raiser_is_shown_and_not_the_first() -> None:
    finding = found(job("os.mkdir(work + '/a')\n    item.frobnicate()\n    subprocess.run(['make'])"))
    assert [step.span.start.row for step in finding.steps if step.event == "risky"] == [8]
    assert finding.confidence == "high"


def test_way_without_an_exception_is_sure() -> None:
    finding = found("def job(item):\n    work = tempfile.mkdtemp()\n    item.use(work)\n")
    assert (finding.code, finding.confidence) == ("TML101", "high")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("def test_job(item):\n", "app.py"),
        ("def job(item):\n", "tests/test_app.py"),
        ("def job(item):\n", "conftest.py"),
        ("class Tests(unittest.TestCase):\n  def job(self, item):\n", "app.py"),
    ],
)
def test_way_that_takes_a_failing_test_is_unsure_and_a_file_of_every_green_run_is_not(
    head: str, name: str, tmp_path: Path
) -> None:
    body = "    work = tempfile.mkdtemp()\n    subprocess.run([work])\n"
    place = str(tmp_path / name)
    assert found(head + body, place).confidence == "high"
    assert found(f"{head}{body}    shutil.rmtree(work)\n", place).confidence == "low"
    assert (
        found("def job(item):\n" + body + "    shutil.rmtree(work)\n", str(tmp_path / "app.py")).confidence
        == "high"
    )


def test_where_a_bound_leaves_out_the_end_of_a_test_it_is_open_whether_it_takes_a_failing_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = "".join(f"    if item.is_ready({n}):\n        item.run(work, {n})\n" for n in range(40))
    body = f"def test_many(item):\n    work = tempfile.mkdtemp()\n    item.run(work)\n{lines}"
    assert found(body).confidence == Confidence.HIGH
    monkeypatch.setattr(explorer, "WALK_PRICE", 30)
    cut = found(body)
    assert cut.confidence == Confidence.MEDIUM
    assert "a bound leaves open" in " ".join(cut.reasons)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("settings.TMP_ROOT", "low"), ("work_folder", "low"), ("target.parent", "high"), ("SCRATCH", "high")],
)
def test_scratch_space_of_somebody_out_of_reach_may_be_emptied(folder: str, expected: str) -> None:
    body = "from elsewhere import settings\nSCRATCH = '/var/tmp/x'\n"
    body += f"def job(item, work_folder, target):\n    fd, path = tempfile.mkstemp(dir={folder})\n    os.close(fd)\n"
    finding = found(f"{body}    print(os.stat(path))\n")
    assert finding.confidence == expected


def test_what_is_less_sure_than_asked_for_is_left_out_and_counted() -> None:
    source = HEAD + job("Version('2.27')")
    assert check_source(source).findings == ()
    assert check_source(source).unsure == 1
    assert len(check_source(source, settings=ALL).findings) == 1
    high = Settings(min_confidence="high")
    assert check_source(HEAD + job("item.frobnicate(work)"), settings=high).unsure == 1


def test_comment_on_a_finding_that_is_not_shown_counts_as_used() -> None:
    source = HEAD + job("Version('2.27')").replace("mkdtemp()", "mkdtemp()  # noqa: TML103")
    report = check_source(source)
    assert (report.findings, report.unsure, len(report.suppressed)) == ((), 0, 1)


def test_levels_are_ordered() -> None:
    assert [level for level in Confidence if level.is_at_least(Confidence.MEDIUM)] == ["high", "medium"]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("print('see', path)", "low"),
        ("print('see', path)\n    item.use(path)", "high"),
        ("item.use(path)\n    ui.status('kept at %s' % path)", "low"),
        ("item.warn(f'kept at {path}')\n    item.use(path)", "low"),
        ("os.environ['REPORT'] = path", "low"),
        ("logger.debug('at %s', path)", "high"),
        ("logger.info('at %s', path)", "high"),
        ("logger.error('details in %s', path)", "low"),
        ("item.print(len(item))", "high"),
    ],
)
def test_name_that_the_user_is_told_may_be_meant_to_stay(after: str, expected: str) -> None:
    body = f"def job(item, ui, logger):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    {after}\n"
    finding = found(body)
    assert finding.confidence == expected
    assert any("told to the user" in reason for reason in finding.reasons) is (expected == "low")


@pytest.mark.parametrize(("made", "expected"), [("tempfile.mkdtemp()", "high"), ("item", "low")])
def test_directory_that_the_body_made_itself_is_nobody_elses(made: str, expected: str) -> None:
    body = f"""
from pathlib import Path

def job(item):
    temp = Path({made}) / "a"
    fd, path = tempfile.mkstemp(dir=temp.parent)
    os.close(fd)
    return item
"""
    findings = check_source(HEAD + body, settings=ALL).findings
    assert [f.confidence for f in findings if f.code == "TML101" and "mkstemp" in f.message] == [expected]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("out.write(item)", "low"),
        ("out.write(f'{item}: done')", "low"),
        ("out.write('head' + item)", "low"),
        ("for each in item:\n            out.write(each)", "high"),
        ("out.write(item.read())", "high"),
        ("subprocess.run(item, stdout=out, check=True)", "high"),
    ],
)
def test_one_write_before_the_name_is_given_away_is_rare(statement: str, expected: str) -> None:
    body = "    with tempfile.NamedTemporaryFile('w', delete=False) as out:\n"
    finding = found(f"def job(item):\n{body}        {statement}\n    return out.name\n")
    assert (finding.code, finding.confidence) == ("TML203", expected)


@pytest.mark.parametrize(
    ("helper", "expected"),
    [
        ("os.makedirs(item, exist_ok=True)", "low"),
        ("os.mkdir(item)\n    item.frobnicate()", "medium"),
        ("raise ValueError(item)", "high"),
        ("subprocess.run(item)", "high"),
        ("item.frobnicate()\n    helper(item)", "medium"),
    ],
)
def test_function_of_the_project_is_as_likely_to_raise_as_what_it_does(helper: str, expected: str) -> None:
    body = f"def helper(item):\n    {helper}\n\n\n" + job("if item:\n        helper(item)")
    finding = found(body)
    assert (finding.confidence, "helper()" in finding.reasons[0]) == (expected, True)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("examples/mnist", "low"),
        ("demo", "low"),
        ("tests/helpers", "low"),
        ("app/_vendor/other", "low"),
        ("scripts", "low"),
        ("tools/app", "high"),
        ("src/app", "high"),
    ],
)
def test_exception_in_code_that_shows_or_tests_something_is_no_matter(
    folder: str, expected: str, tmp_path: Path
) -> None:
    name = str(tmp_path / folder / "run.py")
    assert found(job("subprocess.run(['make'])"), name).confidence == expected
    every_run = "def job(item):\n    work = tempfile.mkdtemp()\n    item.use(work)\n"
    helps = "_vendor" in folder or "helpers" in folder  # those of tests are no test themselves
    assert found(every_run, name).confidence == ("low" if helps else "high")


@pytest.mark.parametrize(
    ("path", "statement", "expected"),
    [
        ("lib/site-packages/acme/run.py", "subprocess.run(['make'])", "low"),
        ("acme/testing_utils/run.py", "subprocess.run(['make'])", "low"),
        ("acme/rest/attesting/run.py", "subprocess.run(['make'])", "high"),
        ("acme/io_testing.py", "subprocess.run(['make'])", "low"),
        ("acme/latest.py", "subprocess.run(['make'])", "high"),
        ("acme/service_windows.py", "subprocess.run(['make'])", "low"),
    ],
)
def test_where_code_stands_says_who_runs_it(path: str, statement: str, expected: str, tmp_path: Path) -> None:
    assert found(job(statement), str(tmp_path / path)).confidence == expected


@pytest.mark.parametrize(
    ("packages", "above", "expected"),
    [
        ("io", "app/_vendor/acme", "low"),
        ("io/core", "app/_vendor/acme", "low"),
        ("io", "vendor/checkouts/work/app", "high"),
    ],
)
def test_copy_below_a_folder_without_init(packages: str, above: str, expected: str, tmp_path: Path) -> None:
    folder = tmp_path / above
    for name in packages.split("/"):
        folder /= name
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    assert found(job("subprocess.run(['make'])"), str(folder / "run.py")).confidence == expected


def test_program_in_a_folder_of_tools_is_run_by_hand(tmp_path: Path) -> None:
    for folder in ("acme", "acme/tools"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    name = str(tmp_path / "acme/tools/surgery.py")
    body = job("subprocess.run(['make'])")
    assert found(body, name).confidence == "high"
    assert found(f"{body}\n\nif __name__ == '__main__':\n    job(1)\n", name).confidence == "low"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("item.name()", "low"),
        ("item.name(work)", "medium"),
        ("item.read_text()", "high"),
        ("ready(item)", "low"),
        ("ready(work)", "medium"),
    ],
)
def test_gap_of_what_has_nothing_to_do_with_the_file_is_unsure(statement: str, expected: str) -> None:
    body = (
        "def ready(item):\n    return item.is_ready()\n\n\n"
        f"def job(item):\n    work = tempfile.mkdtemp()\n    {statement}\n"
        "    try:\n        item.use(work)\n    finally:\n        shutil.rmtree(work)\n"
    )
    assert found(body).confidence == expected


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("logdir", "low"), ("made", "high")],
)
def test_directory_that_an_object_was_made_with_may_be_emptied(attribute: str, expected: str) -> None:
    body = (
        "class Hook:\n    def __init__(self, logdir=None, file=None):\n        self.logdir = logdir\n"
        "        self.made = os.path.join('/srv', 'logs')\n\n"
        f"    def handle(self, text):\n        fd, path = tempfile.mkstemp(dir=self.{attribute})\n"
        "        with os.fdopen(fd, 'w') as file:\n            file.write(text)\n"
    )
    assert found(body).confidence == expected


@pytest.mark.parametrize(
    ("signature", "place", "expected"),
    [
        ("item, folder", "folder", "low"),
        ("item, folder='/data'", "folder", "high"),
        ("item, folder=None", "folder", "high"),
        ("item", "item.folder", "high"),
    ],
)
def test_directory_that_the_caller_names_may_be_emptied_by_him(
    signature: str, place: str, expected: str
) -> None:
    finding = found(f"def job({signature}):\n    work = tempfile.mkdtemp(dir={place})\n    item.use(work)\n")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("os.name == 'nt'", "low"),
        ("sys.platform.startswith('win')", "low"),
        ("not sys.platform != 'win32'", "low"),
        ("platform.system() in ('Windows', 'cygwin')", "low"),
        ("os.name != 'nt'", "high"),
        ("item == 'nt2'", "high"),
    ],
)
def test_way_of_another_system_than_posix_is_unsure(condition: str, expected: str) -> None:
    body = f"    if {condition}:\n        return None\n    shutil.rmtree(work)\n    return item\n"
    finding = found(f"import platform, sys\n\n\ndef job(item):\n    work = tempfile.mkdtemp()\n{body}")
    assert (finding.code, finding.confidence) == ("TML104", expected)


def test_way_of_posix_is_shown_where_there_is_one() -> None:
    body = "    if os.name == 'nt':\n        work = item.long(work)\n    item.use(work)\n"
    finding = found(f"def job(item):\n    work = tempfile.mkdtemp()\n{body}")
    assert (finding.code, finding.confidence) == ("TML101", "high")


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("raise RuntimeError(f'see {out.name}')", "low"),
        ("raise item.Unreadable(f'see {out.name}')", "low"),
        ("error_dialog(f'see {out.name}')", "low"),
        ("item.show_alert('see ' + out.name)", "low"),
        ("raise RuntimeError('it did not work')", "high"),
        ("item.draw(out.name)", "high"),
    ],
)
def test_product_that_is_named_in_a_message_may_be_meant_to_stay(last: str, expected: str) -> None:
    body = "    with tempfile.NamedTemporaryFile('w', delete=False) as out:\n        out.write(item.log())\n"
    finding = found(f"def job(item):\n{body}    {last}\n")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("print(f'profile saved to {path}')", "low"),
        ("print('results: ' + path)", "low"),
        ("print(f'reading {path}')", "high"),
        ("logging.debug(f'profile saved to {path}')", "high"),
    ],
)
def test_message_that_says_what_is_found_there_counts_whatever_comes_next(said: str, expected: str) -> None:
    body = f"    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    {said}\n    item.profile(path)\n"
    finding = found(f"import logging\n\n\ndef job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML101", expected)


def test_opening_the_file_that_was_made_hardly_ever_fails() -> None:
    body = "    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    {}\n    os.unlink(path)\n"
    assert found("def job(item):\n" + body.format("open(path, 'w').close()")).confidence == "low"
    assert found("def job(item):\n" + body.format("open(item).close()")).confidence == "high"


def test_functions_that_call_each_other_are_as_likely_to_raise_as_what_they_do() -> None:
    body = "def fill(item, depth):\n    os.mkdir(item)\n    again(item, depth)\n\n\n"
    body += "def again(item, depth):\n    if depth:\n        fill(item, depth - 1)\n\n\n"
    assert found(body + job("fill(item, 3)")).confidence == "low"
    assert found(body.replace("os.mkdir(item)", "item.send(1)") + job("fill(item, 3)")).confidence == "high"


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("item.value is not None", "low"),
        ("isinstance(item, str)", "low"),
        ("item.value > 3", "high"),
    ],
)
def test_assertion_that_only_tells_a_type_hardly_ever_fails(check: str, expected: str) -> None:
    finding = found(f"def job(item):\n    work = tempfile.mkdtemp()\n    assert {check}\n    return work\n")
    assert (finding.code, finding.confidence) == ("TML203", expected)


@pytest.mark.parametrize(
    ("says", "expected"),
    [("print_err(path)", "low"), ("echo_to_user(path)", "low"), ("print_pages(path)", "high")],
)
def test_function_named_after_printing_tells_the_name(says: str, expected: str) -> None:
    body = "    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    item.dump(path)\n"
    finding = found(
        f"from acme import echo_to_user, print_err, print_pages\n\n\ndef job(item):\n{body}    {says}\n"
    )
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("ends", "expected"), [("safe_delete(self.lock.path)", "low"), ("self.lock.release()", "high")]
)
def test_directory_of_a_base_class_may_be_deleted_when_the_object_is_closed(ends: str, expected: str) -> None:
    base = "class Folder:\n    def __init__(self, folder):\n        self.lock = make_lock(folder)\n\n\n"
    made = "    def __init__(self):\n        super().__init__(folder=tempfile.mkdtemp())\n"
    finding = found(f"{base}class Temp(Folder):\n{made}\n    def close(self):\n        {ends}\n")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [("work", "medium"), ("_cache_dir", "low"), ("session_log", "low"), ("logic", "medium")],
)
def test_what_is_kept_as_a_cache_or_log_is_meant_to_stay(attribute: str, expected: str) -> None:
    body = f"class Owner:\n    def __init__(self):\n        self.{attribute} = tempfile.mkdtemp()\n"
    assert found(body).confidence == expected


@pytest.mark.parametrize(
    ("mode", "written", "expected"),
    [
        ("'w'", "out.write(item)", "low"),
        ("mode='w+', encoding='utf-8'", "out.write(item.text)", "low"),
        ("'w'", "out.write(item)\n        out.flush()\n        os.fsync(out.fileno())", "low"),
        ("'w'", "for each in item:\n            out.write(f'cp {each}')", "low"),
        ("'w'", "for each in item:\n            out.write(each)", "high"),
        ("", "out.write(item)", "low"),
        ("'wb'", "out.write(item)", "low"),
        ("'wb'", "for each in item:\n            out.write(each)", "high"),
        ("'wb'", "out.write(item.text.encode())", "low"),
        ("'w'", "out.write(item)\n        item.check(out.name)", "medium"),
        ("'w'", "out.write(item)\n        subprocess.run(item)", "medium"),
        ("'w'", "out.write(item.read())", "high"),
    ],
)
def test_one_thing_that_is_written_before_a_sure_deletion_takes_a_full_disk(
    mode: str, written: str, expected: str
) -> None:
    given = f"{mode}, delete=False" if mode else "delete=False"
    body = f"    with tempfile.NamedTemporaryFile({given}) as out:\n        {written}\n"
    body += "    try:\n        item.use(out.name)\n    finally:\n        os.unlink(out.name)\n"
    finding = found(f"def job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML201", expected)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("Path(work, 'a.py').write_text(item)", "low"),
        ("Path(work, 'a.py').write_text(item, encoding='utf-8')", "low"),
        ("Path(work, 'a.py').write_text(item, encoding=item.encoding)", "medium"),
        ("Path(work, 'a.bin').write_bytes(item)", "low"),
    ],
)
def test_what_is_written_to_a_path_takes_a_full_disk(call: str, expected: str) -> None:
    body = f"    work = tempfile.mkdtemp()\n    {call}\n"
    body += "    try:\n        item.use(work)\n    finally:\n        shutil.rmtree(work)\n"
    finding = found(f"from pathlib import Path\n\n\ndef job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML201", expected)


@pytest.mark.parametrize(
    ("handler", "statement", "expected"),
    [
        ("OSError", "os.replace(work, item)", "low"),
        ("(OSError, ValueError)", "os.listdir(item)", "low"),
        ("(OSError, TypeError, ValueError)", "item.render(work)", "low"),
        ("(OSError, ValueError)", "item.render(work)", "medium"),
        ("ValueError", "os.listdir(item)", "high"),
        ("OSError", "json.dump(item, open(work))", "low"),
        ("OSError", "json.load(open(item))", "high"),
    ],
)
def test_handler_that_catches_all_that_is_known_to_go_wrong_leaves_what_nobody_knows_of(
    handler: str, statement: str, expected: str
) -> None:
    body = f"    work = tempfile.mkdtemp()\n    try:\n        {statement}\n"
    body += f"    except {handler}:\n        shutil.rmtree(work)\n        raise\n    shutil.rmtree(work)\n"
    found_ = check_source(f"import json\n{HEAD}def job(item):\n{body}", settings=ALL).findings
    assert {f.confidence for f in found_} <= {Confidence(expected)}
    assert expected == "low" or found_


def test_handler_for_exceptions_does_not_catch_a_cancellation_which_is_as_likely_as_ever() -> None:
    body = "    work = tempfile.mkdtemp()\n    try:\n        await item.load(work)\n"
    body += "    except Exception:\n        shutil.rmtree(work)\n        raise\n    shutil.rmtree(work)\n"
    finding = found(f"async def job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML202", "high")


@pytest.mark.parametrize(
    ("name", "expected"), [("FanoutCache", "low"), ("RequestLog", "low"), ("Config", "medium")]
)
def test_what_a_cache_or_log_keeps_is_meant_to_stay(name: str, expected: str) -> None:
    body = f"class {name}:\n    def __init__(self, folder=None):\n"
    body += (
        "        if folder is None:\n            folder = tempfile.mkdtemp()\n        self.folder = folder\n"
    )
    finding = found(body)
    assert (finding.code, finding.confidence) == ("TML108", expected)


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("print(f'wrote {path}')", "low"),
        ("open(path).close()\n    print(path)", "low"),
        ("print(text)", "high"),
        ("print(path)\n    text.send(path)", "high"),
    ],
)
def test_helper_that_tells_what_it_is_given_tells_the_user(says: str, expected: str) -> None:
    helper = f"def put(text, path):\n    {says}\n\n\n"
    finding = found(
        f"{helper}def job(item):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    put(item, path)\n"
    )
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("_test", "def _test():", "low"),
        ("_selftest", "def _selftest():", "low"),
        ("show", "def show():", "high"),
    ],
)
def test_check_of_a_module_that_is_run_by_its_last_lines_is_for_who_tries_it(
    name: str, head: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/__init__.py").touch()
    body = f"{head}\n    work = tempfile.mkdtemp()\n    open(work)\n\n\nif __name__ == '__main__':\n    {name}()\n"
    assert found(body, str(tmp_path / "acme/reader.py")).confidence == expected
    assert found(body, str(tmp_path / "reader.py")).confidence == "high"


def test_what_stands_below_the_question_for_main_in_a_package_is_for_who_tries_it(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/__init__.py").touch()
    body = "if __name__ == '__main__':\n    work = tempfile.mkdtemp()\n    open(work)\n"
    assert found(body, str(tmp_path / "acme/reader.py")).confidence == "low"
    assert found(body, str(tmp_path / "acme/__main__.py")).confidence != "low"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("os.system(item)", "low"),
        ("multiprocessing.Process(target=item)", "low"),
        ("subprocess.call(item)", "high"),
    ],
)
def test_what_gives_a_status_or_only_makes_an_object_hardly_ever_raises(call: str, expected: str) -> None:
    assert found(f"import multiprocessing\n\n\n{job(call)}").confidence == expected


@pytest.mark.parametrize(
    ("made", "rest", "expected"),
    [
        ("fresh()", "item.use(work)", "medium"),
        ("tempfile.mkdtemp()", "item.use(work)", "high"),
        ("fresh()", "if item.done():\n        shutil.rmtree(work)", "low"),
        ("tempfile.mkdtemp()", "if item.done():\n        shutil.rmtree(work)", "medium"),
    ],
)
def test_what_a_helper_makes_and_what_hangs_on_a_condition_is_less_sure(
    made: str, rest: str, expected: str
) -> None:
    helper = "def fresh():\n    return tempfile.mkdtemp()\n\n\n"
    assert found(f"{helper}def job(item):\n    work = {made}\n    {rest}\n").confidence == expected


def test_name_that_is_filled_again_is_less_sure() -> None:
    body = "    for each in item:\n        work = tempfile.mkdtemp()\n        each.use(work)\n    shutil.rmtree(work)\n"
    finding = found(f"def job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML106", "medium")


def test_helper_that_tells_what_it_is_given_by_name_tells_the_user() -> None:
    helper = "def emit(data, human=None):\n    print(human)\n\n\n"
    body = "    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    return emit({})\n"
    assert found(f"{helper}def job(item):\n{body.format('item, human=str(path)')}").confidence == "low"
    assert found(f"{helper}def job(item):\n{body.format('data=str(path)')}").confidence == "high"


@pytest.mark.parametrize(
    ("statement", "expected"), [("out.write(item)", "low"), ("subprocess.run(item, check=True)", "high")]
)
def test_handler_raises_as_often_as_what_it_handles(statement: str, expected: str) -> None:
    body = f"    try:\n        with tempfile.NamedTemporaryFile('w', delete=False) as out:\n            {statement}\n"
    body += "            return out.name\n    except Exception as error:\n        raise ValueError(f'no {error}')\n"
    finding = found(f"def job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML203", expected)


@pytest.mark.parametrize(("manager", "expected"), [("item.locked()", "low"), ("item.locked(work)", "medium")])
def test_manager_before_the_try_that_has_nothing_to_do_with_the_file_is_unsure(
    manager: str, expected: str
) -> None:
    body = f"    work = tempfile.mkdtemp()\n    with {manager}:\n        try:\n            item.use(work)\n"
    finding = found(f"def job(item):\n{body}        finally:\n            shutil.rmtree(work)\n")
    assert (finding.code, finding.confidence) == ("TML201", expected)


@pytest.mark.parametrize(
    ("decorator", "does", "expected"),
    [
        ("around", "tempfile.tempdir = make_dir()", "low"),
        ("around", "shutil.rmtree(make_dir())", "low"),
        ("around", "print(func)", "high"),
        ("elsewhere.with_tempdir", "pass", "medium"),
        ("elsewhere.timed", "pass", "high"),
    ],
)
def test_decorator_may_have_its_part_in_it(decorator: str, does: str, expected: str) -> None:
    around = f"import elsewhere\n\n\ndef around(func):\n    def inner(item):\n        {does}\n"
    around += "        return func(item)\n"
    body = f"@{decorator}\ndef job(item):\n    work = tempfile.mkdtemp()\n    item.use(work)\n"
    finding = found(f"{around}    return inner\n\n\n{body}")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("write(item)", "low"), ("write(item.read())", "high"), ("write(b''.join(item))", "low")],
)
@pytest.mark.parametrize(
    "kept",
    [
        "return out.name",
        "KNOWN.append(out.name)\n    return out.name",
        "self.path = out.name\n    return out.name",
        "self.known.append(out.name)\n    return out.name",
        "global LAST\n    LAST = out.name\n    return LAST",
    ],
)
def test_full_disk_alone_loses_what_somebody_has_afterwards(kept: str, written: str, expected: str) -> None:
    body = f"    with tempfile.NamedTemporaryFile('wb', delete=False) as out:\n        out.{written}\n"
    finding = found(f"def job(self, item):\n{body}    {kept}\n")
    assert (finding.code, finding.confidence) == ("TML203", expected)


def test_second_temp_file_is_made_nearly_always() -> None:
    made = "        self.one = tempfile.mkdtemp()\n        self.two = tempfile.mkdtemp()\n"
    leaves = (
        "    def __exit__(self, *how):\n        shutil.rmtree(self.one)\n        shutil.rmtree(self.two)\n"
    )
    enters = "    def __enter__(self):\n        return self\n\n"
    finding = found(f"class Job:\n    def __init__(self):\n{made}\n{enters}{leaves}")
    assert (finding.code, finding.span.start.row, finding.confidence) == ("TML203", 6, "low")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("json.dump(item, out)", "low"),
        ("for each in item:\n            json.dump(each, out)", "high"),
        ("pickle.dump(item, out)", "high"),
        ("out.write(item)", "low"),
    ],
)
def test_value_that_is_written_as_a_text_before_the_try_is_lost_by_a_full_disk_alone(
    written: str, expected: str
) -> None:
    body = "    with tempfile.NamedTemporaryFile('w', delete=False) as out:\n"
    body += f"        {written}\n    try:\n        item.use(out.name)\n    finally:\n        os.unlink(out.name)\n"
    finding = found(f"import json, pickle\n\n\ndef job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML201", expected)


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        ("with pytest.raises(ValueError):", "high"),
        ("with mock.patch('a.b'), pytest.raises(ValueError):", "high"),
        ("with mock.patch('a.b'):", "low"),
    ],
)
def test_exception_that_a_test_expects_is_no_failing_test(around: str, expected: str) -> None:
    body = "    with tempfile.NamedTemporaryFile(delete=False) as out:\n        out.write(b'{}')\n"
    body += f"    {around}\n        load(out.name)\n"
    after = "    os.unlink(out.name)\n" if expected == "low" else ""
    source = f"import pytest\nfrom unittest import mock\n\n\ndef test_load():\n{body}{after}"
    assert {f.confidence for f in check_source(HEAD + source, settings=ALL).findings} == {
        Confidence(expected)
    }


@pytest.mark.parametrize(("name", "expected"), [("test_cli.py", "medium"), ("cli.py", "low")])
def test_who_runs_tests_is_told_nothing(name: str, expected: str) -> None:
    finding = found("work = tempfile.mkdtemp()\nos.environ['CACHE_DIR'] = work\n", name)
    assert finding.confidence == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("webbrowser.open('file://' + path)", "low"),
        ("webbrowser.open(item)", "high"),
        ("webbrowser.open(path)\n    item.use(path)", "high"),
    ],
)
def test_browser_reads_a_page_when_it_likes(shown: str, expected: str) -> None:
    body = f"    fd, path = tempfile.mkstemp('.html')\n    os.close(fd)\n    {shown}\n"
    finding = found(f"import webbrowser\n\n\ndef job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("user", "expected"), [("", "low"), ("\n\ndef job(item):\n    return _make(item)\n", "high")]
)
def test_private_function_that_nothing_calls_matters_less(user: str, expected: str, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    body = "def _make(item):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    item.use(path)\n"
    finding = found(f"{body}{user}", str(package / "made.py"))
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("between", "expected"),
    [("return path", "low"), ("subprocess.run(['edit', path], check=True)\n    os.unlink(path)", "medium")],
)
def test_what_a_helper_makes_is_lost_by_an_exception_alone(between: str, expected: str) -> None:
    helper = "def helper():\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n    return path\n"
    job_ = f"    path = helper()\n    subprocess.run(['fill', path], check=True)\n    {between}\n"
    assert found(f"{helper}\n\ndef job(item):\n{job_}").confidence == expected


@pytest.mark.parametrize(
    ("handler", "expected"), [("OSError", "medium"), ("Exception", "medium"), ("KeyError", "high")]
)
def test_helper_that_catches_what_is_known_to_go_wrong_in_it_fails_less(handler: str, expected: str) -> None:
    helper = "def helper(path):\n    path.frobnicate()\n    try:\n        return os.listdir(path)\n"
    helper += f"    except {handler}:\n        return []\n"
    job_ = "    work = tempfile.mkdtemp()\n    helper(work)\n    shutil.rmtree(work)\n"
    assert found(f"{helper}\n\ndef job():\n{job_}").confidence == expected


SWEEP = "def {name}():\n    for each in os.listdir(ROOT):\n        {look}\n        shutil.rmtree(each)\n\n\n"


@pytest.mark.parametrize(
    ("sweep", "before", "prefix", "expected"),
    [
        (SWEEP.format(name="cleanup_stale", look="pass"), "cleanup_stale()", "'a'", "low"),
        (SWEEP.format(name="prune_orphaned_workdirs", look="each.startswith(MARK)"), "pass", "MARK", "low"),
        (SWEEP.format(name="remove_old_tmp", look="pass"), "remove_old_tmp()", "'a'", "low"),
        (SWEEP.format(name="remove_old_entries", look="pass"), "remove_old_entries()", "'a'", "high"),
        (SWEEP.format(name="cleanup_stale", look="pass"), "pass", "MARK", "high"),
        (SWEEP.format(name="report_stale", look="pass"), "report_stale()", "'a'", "high"),
    ],
)
def test_what_the_next_run_sweeps_away_is_less_sure(
    sweep: str, before: str, prefix: str, expected: str
) -> None:
    job_ = f"def job(item):\n    {before}\n    work = tempfile.mkdtemp(prefix={prefix})\n    item.use(work)\n"
    assert found(f"ROOT, MARK = '/srv', 'job-'\n\n\n{sweep}{job_}").confidence == expected


def test_what_a_helper_makes_may_be_swept_away_by_the_next_run() -> None:
    helper = "def _request():\n    purge_abandoned()\n    return tempfile.mkdtemp()\n\n\n"
    sweep = SWEEP.format(name="purge_abandoned", look="pass")
    job_ = "def job(item):\n    work = _request()\n    item.use(work)\n"
    assert found(f"ROOT = '/srv'\n\n\n{sweep}{helper}{job_}").confidence == "low"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# so that it isn't removed at the end", "low"),
        ("# kept on purpose", "low"),
        ("# deliberately left for who looks into it", "low"),
        ("# filled by the tool", "high"),
    ],
)
def test_comment_below_the_creation_says_that_it_stays(comment: str, expected: str) -> None:
    body = f"    work = tempfile.mkdtemp()\n    item.note(work)\n\n    {comment}\n    item.use(work)\n"
    assert found(f"def job(item):\n{body}").confidence == expected


@pytest.mark.parametrize(
    ("text", "binds", "expected"),
    [
        ("str(item)", "path = out.name", "low"),
        ("item.payload", "path = out.name", "low"),
        ("item.read()", "path = out.name", "medium"),
    ],
)
def test_name_that_is_bound_after_something_is_written_takes_a_full_disk(
    text: str, binds: str, expected: str
) -> None:
    mode = "'w'" if text == "str(item)" else "'wb'"
    body = (
        f"    path = None\n    try:\n        with tempfile.NamedTemporaryFile({mode}, delete=False) as out:\n"
    )
    body += f"            out.write({text})\n            {binds}\n        subprocess.run(['use', path])\n"
    body += "    finally:\n        if path:\n            os.unlink(path)\n"
    finding = found(f"def job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML105", expected)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("sys.platform == 'win32'", "low"),
        ("platform.architecture()[1].lower() == 'windowspe'", "low"),
        ("os.name != 'nt'", "high"),
        ("item.ready", "high"),
    ],
)
def test_what_is_made_on_another_system_alone_is_unsure(condition: str, expected: str) -> None:
    body = f"    if {condition}:\n        with tempfile.NamedTemporaryFile(delete=False) as out:\n"
    body += "            out.write(item.payload)\n        return keep(out.name)\n"
    finding = found(f"import sys, platform\n\n\ndef job(item):\n{body}")
    assert finding.confidence == expected


@pytest.mark.parametrize(("place", "expected"), [("config.compiledir", "low"), ("config.target", "medium")])
def test_helper_may_be_told_to_make_it_in_a_folder_that_somebody_empties(place: str, expected: str) -> None:
    helper = (
        "def workdir(base):\n    os.makedirs(base, exist_ok=True)\n    return tempfile.mkdtemp(dir=base)\n"
    )
    job_ = f"def job(item, config):\n    work = workdir({place})\n    item.use(work)\n"
    assert found(f"{helper}\n\n{job_}").confidence == expected


@pytest.mark.parametrize(("said", "expected"), [("self.report", "low"), ("self.name", "medium")])
def test_attribute_that_keeps_the_name_tells_it(said: str, expected: str) -> None:
    body = "        with tempfile.NamedTemporaryFile(delete=False) as out:\n            path = out.name\n"
    body += "        self.report = finished(path)\n        self.report = path\n"
    body += f"        print('Report saved to', {said})\n"
    finding = found(f"class Run:\n    def job(self, finished):\n{body}")
    assert (finding.code, finding.confidence) == ("TML108", expected)


@pytest.mark.parametrize(("given", "expected"), [("Path", "low"), ("Keeper", "medium")])
def test_to_make_a_path_hardly_ever_fails(given: str, expected: str) -> None:
    body = "    with tempfile.NamedTemporaryFile('w', delete=False) as out:\n        out.write(item.text)\n"
    body += f"        path = {given}(out.name)\n    try:\n        item.use(path)\n"
    body += "    finally:\n        os.unlink(out.name)\n"
    finding = found(f"from project.paths import Path, Keeper\n\n\ndef job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML201", expected)


@pytest.mark.parametrize(("call", "expected"), [("signal.alarm(5)", "low"), ("arm(item.path)", "medium")])
def test_signals_are_set_without_fail(call: str, expected: str) -> None:
    body = "    with tempfile.NamedTemporaryFile('w', delete=False) as out:\n        out.write(item.text)\n"
    body += f"    path = out.name\n    {call}\n    try:\n        item.use(path)\n"
    body += "    finally:\n        os.unlink(path)\n"
    statement = body.replace("arm(item.path)", "arm(path)")
    finding = found(f"import signal\n\n\ndef job(item):\n{statement}")
    assert (finding.code, finding.confidence) == ("TML201", expected)


@pytest.mark.parametrize(
    ("helper", "expected"),
    [
        ("os.makedirs(place, exist_ok=True)", "low"),
        ("return place.upper()", "low"),
        ("subprocess.run(['sync', place], check=True)", "high"),
        ("raise ValueError(place)", "high"),
    ],
)
@pytest.mark.parametrize(
    ("imports", "call"),
    [("from helpers import prepare", "prepare"), ("import helpers", "helpers.prepare")],
)
def test_function_of_another_module_is_as_likely_to_raise_as_what_it_does(
    helper: str, expected: str, imports: str, call: str, tmp_path: Path
) -> None:
    (tmp_path / "helpers.py").write_text(f"{HEAD}def prepare(place):\n    {helper}\n")
    body = f"    work = tempfile.mkdtemp()\n    {call}(work)\n    try:\n        item.use(work)\n"
    body = f"{imports}\n\ndef job(item):\n{body}    finally:\n        shutil.rmtree(work)\n"
    name = tmp_path / "main.py"
    name.write_text(HEAD + body)
    shown = [f.confidence for f in check_source(HEAD + body, name, ALL).findings]
    assert shown == ([expected] if helper != "return place.upper()" else [])


@pytest.mark.parametrize(
    ("imports", "call", "expected"),
    [
        ("from os import makedirs", "makedirs(work + '/a')", "low"),
        ("from elsewhere.files import mkdir", "mkdir(work + '/a')", "low"),
        ("from elsewhere.files import makedirs as make", "make(work + '/a')", "low"),
        ("from elsewhere.files import search", "search(work + '/a')", "medium"),
    ],
)
def test_folder_is_made_nearly_always_whoever_makes_it(imports: str, call: str, expected: str) -> None:
    body = f"    work = tempfile.mkdtemp()\n    {call}\n    try:\n        item.use(work)\n"
    finding = found(f"{imports}\n\n\ndef job(item):\n{body}    finally:\n        shutil.rmtree(work)\n")
    assert finding.confidence == expected


def test_function_of_another_module_that_tells_the_name_tells_the_user(tmp_path: Path) -> None:
    (tmp_path / "speaking.py").write_text("def display(text):\n    print(text)\n")
    body = "from speaking import display\n\n\ndef job(item):\n    work = tempfile.mkdtemp()\n"
    body += "    item.use(work)\n    display('It is in {}'.format(work))\n"
    name = tmp_path / "main.py"
    name.write_text(HEAD + body)
    assert found(body, str(name)).confidence == "low"


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("logging.FileHandler", "low"),
        ("logging.handlers.RotatingFileHandler", "low"),
        ("item.Handler", "high"),
    ],
)
def test_log_is_read_when_the_program_is_over(handler: str, expected: str) -> None:
    body = (
        "import logging.handlers\n\n\ndef job(item):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
    )
    finding = found(f"{body}    item.addHandler({handler}(path))\n")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("options['output_dir']", "low"),
        ("options.report_folder", "low"),
        ("options['where']", "high"),
        ("os.path.expanduser('~')", "high"),
    ],
)
def test_file_in_a_directory_for_what_was_asked_for_may_be_that(place: str, expected: str) -> None:
    body = (
        f"    fd, path = tempfile.mkstemp(dir={place})\n    os.close(fd)\n    subprocess.run(['run', path])\n"
    )
    finding = found(f"def job(options):\n{body}")
    assert (finding.code, finding.confidence) == ("TML101", expected)


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("print(f'it failed; ' f'{work} holds what there was')\n        raise", "low"),
        ("raise RuntimeError(f'it went wrong, the files are kept in {work}') from error", "low"),
        ("message = f'all is kept in {work}'\n        raise RuntimeError(message) from error", "low"),
        ("raise RuntimeError(f'cannot read {work}') from error", "high"),
        ("message = f'cannot read {work}'\n        raise RuntimeError(message) from error", "high"),
        ("message = f'{item} is kept'\n        raise RuntimeError(message) from error", "high"),
        ("print('it failed, nothing is kept')\n        raise", "high"),
    ],
)
def test_what_a_handler_says_it_keeps_is_kept(says: str, expected: str) -> None:
    body = "    work = tempfile.mkdtemp()\n    try:\n        subprocess.run([work], check=True)\n"
    body += f"    except Exception as error:\n        {says}\n    shutil.rmtree(work)\n"
    assert found(f"def job(item):\n{body}").confidence == expected


@pytest.mark.parametrize(("says", "expected"), [("the old one remains at", "low"), ("cannot move", "medium")])
def test_condition_that_keeps_what_a_handler_says_it_keeps_is_there_for_that(
    says: str, expected: str
) -> None:
    body = "    work = Path(tempfile.mkdtemp())\n    old = work / 'old'\n    try:\n        item.put(work)\n"
    body += "        try:\n            item.rename(old)\n        except OSError as error:\n"
    body += f"            raise RuntimeError(f'{says} {{old}}') from error\n"
    body += "    finally:\n        if not old.exists():\n            shutil.rmtree(work)\n"
    finding = found(f"def job(item):\n{body}")
    assert (finding.code, finding.confidence) == ("TML105", expected)


@pytest.mark.parametrize(
    ("given", "expected"), [("place", "low"), ("place=None", "high"), ("*, place", "low"), ("other", "high")]
)
def test_what_an_exception_loses_in_a_directory_of_the_callers_goes_with_that(
    given: str, expected: str
) -> None:
    where = "place" if "place" in given else "PLACE"
    body = f"    fd, path = tempfile.mkstemp(dir={where})\n    with os.fdopen(fd, 'wb') as out:\n"
    body += "        shutil.copyfileobj(item, out)\n    return path\n"
    finding = found(f"def job(item, {given}):\n{body}")
    assert (finding.code, finding.confidence) == ("TML203", expected)
