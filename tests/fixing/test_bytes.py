"""Nothing outside the edited region changes by a byte, whatever the file looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from tmpleak_lint import fixes
from tmpleak_lint.analysis.queries import answers
from tmpleak_lint.analysis.verdict import report
from tmpleak_lint.fixes import fix_bytes, trusted
from tmpleak_lint.fixing.repair import Repaired
from tmpleak_lint.fixing.source import Source, Unfit
from tmpleak_lint.model import Applicability
from tmpleak_lint.settings import Settings

LEAKING = """\
import shutil
import tempfile

def convert(source):
    work = tempfile.mkdtemp()  # ours
    run(source, work)
    shutil.rmtree(work, onerror=None)
    return 1
"""
FIXED = """\
import shutil
import tempfile

def convert(source):
    work = tempfile.mkdtemp()  # ours
    try:
        run(source, work)
    finally:
        shutil.rmtree(work, onerror=None)
    return 1
"""


def fixed(data: bytes, *, unsafe: bool = False, settings: Settings | None = None) -> bytes:
    own = Settings(base=str(Path.cwd())) if settings is None else settings
    return fix_bytes(data, "example.py", own, unsafe=unsafe, on_disk=False).data


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_the_file_are_used(newline: str) -> None:
    before, after = (text.replace("\n", newline).encode() for text in (LEAKING, FIXED))
    assert fixed(before) == after


def test_byte_order_mark_stays() -> None:
    mark = b"\xef\xbb\xbf"
    assert fixed(mark + LEAKING.encode()) == mark + FIXED.encode()


def test_declared_encoding_is_written() -> None:
    head = "# -*- coding: latin-1 -*-\nNAME = 'é'\n"
    assert fixed((head + LEAKING).encode("latin-1")) == (head + FIXED).encode("latin-1")


def test_columns_count_characters_not_bytes() -> None:
    before = LEAKING.replace("work = tempfile.mkdtemp()", "été, work = 'ü', tempfile.mkdtemp()")
    assert "        été, work = 'ü', tmp_dir  # ours\n" in fixed(before.encode()).decode()
    text = LEAKING.replace("(source, work)", "('é' + source, work)")
    assert fixed(text.encode()) == FIXED.replace("(source, work)", "('é' + source, work)").encode()


def test_form_feeds_stay() -> None:
    before, after = (text.replace("\ndef convert", "\f\n\f\ndef convert") for text in (LEAKING, FIXED))
    assert fixed(before.encode()) == after.encode()


def test_a_body_beyond_its_bound_keeps_nobody_from_being_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "BODY_STEPS", 2_000)
    monkeypatch.setattr(report, "BODY_STEPS", 2_000)
    made = "".join(f"    d{n} = tempfile.mkdtemp()\n    run(d{n})\n" for n in range(30))
    deleted = "".join(f"    shutil.rmtree(d{n})\n" for n in range(30))
    long = f"\ndef many():\n    try:\n{made}    finally:\n{deleted}".replace("\n    d", "\n        d")
    long = long.replace("\n    run", "\n        run").replace("\n    shutil", "\n        shutil")
    done = fix_bytes((LEAKING + long).encode(), "example.py", Settings(), on_disk=False)
    assert done.data.decode().startswith(FIXED)
    assert "TML900" in {one.finding.code for one in done.found}
    assert not [why for why in done.refused.values() if "internal error" in why]


def test_tabs_are_indented_by_tabs() -> None:
    before, after = (text.replace("    ", "\t") for text in (LEAKING, FIXED))
    assert fixed(before.encode()) == after.encode()


def test_strings_of_several_lines_are_not_indented() -> None:
    string = '"""a\n  b\nc""" + f"""d\n{e}\n f"""'
    before, after = (text.replace("source, work", f"{string}, work") for text in (LEAKING, FIXED))
    assert fixed(before.encode()) == after.encode()


def test_last_line_without_end_stays_without_end() -> None:
    before, after = (text.replace("    return 1\n", "").removesuffix("\n") for text in (LEAKING, FIXED))
    assert fixed(before.encode()) == after.encode()


def test_statements_that_share_a_line_are_left_alone() -> None:
    before = LEAKING.replace("()  # ours\n    run", "(); run").encode()
    assert fixed(before) == before


def test_import_is_added_in_order_and_once() -> None:
    text = (
        "import tempfile\n\n\ndef first():\n    work = tempfile.mkdtemp()\n    run(work)\n    return work\n"
    )
    assert fixed(text.encode()).decode().startswith("import shutil\nimport tempfile\n\n\ndef first():\n")
    twice = text + text.partition("\n\n\n")[2].replace("first", "second")
    assert fixed(twice.encode()).count(b"import shutil") == 1


def test_import_as_the_file_has_it_is_reused() -> None:
    text = LEAKING.replace("import shutil\n", "from shutil import rmtree\n").replace(
        "shutil.rmtree", "rmtree"
    )
    text = text.replace("    rmtree(work, onerror=None)\n    return 1", "    return work\n\nrmtree")
    assert b"        rmtree(work, ignore_errors=True)" in fixed(text.encode())


def test_what_was_never_deleted_is_deleted_only_by_an_unsafe_fix() -> None:
    before = LEAKING.replace("    shutil.rmtree(work, onerror=None)\n", "").encode()
    assert fixed(before) == before
    assert fixed(before, unsafe=True) != before


def test_settings_move_a_code_between_safe_and_unsafe() -> None:
    lowered = Settings(base=str(Path.cwd()), extend_unsafe_fixes=("TML1",))
    assert fixed(LEAKING.encode(), settings=lowered) == LEAKING.encode()
    raised = Settings(extend_safe_fixes=("TML101",), extend_unsafe_fixes=("TML1",))
    assert trusted("TML101", Applicability.UNSAFE, raised) is Applicability.SAFE
    assert trusted("TML102", Applicability.SAFE, raised) is Applicability.UNSAFE
    assert trusted("TML108", Applicability.DISPLAY, raised) is Applicability.DISPLAY


def test_silenced_finding_is_not_fixed() -> None:
    before = LEAKING.replace("# ours", "# noqa: TML103, TML102").encode()
    assert fixed(before) == before


def test_path_that_is_returned_is_never_deleted_by_a_finally() -> None:
    text = LEAKING.replace("return 1", "return work").replace(
        "    shutil.rmtree", "    if old(work): shutil.rmtree"
    )
    assert b"finally" not in fixed(text.encode(), unsafe=True)


def test_reason_is_given_when_no_proof_holds() -> None:
    text = "import tempfile\n\ndef keep():\n    out = tempfile.NamedTemporaryFile(delete=False)\n    out.name = 'x'\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), unsafe=True, on_disk=False)
    assert made.data == text.encode()
    assert all(made.refused[one.finding] for one in made.found)


def test_file_that_does_not_round_trip_is_refused() -> None:
    with pytest.raises(Unfit, match="byte for byte"):
        Source(b"# coding: utf-7\nx = '+AGE-'\n")


def test_deletion_under_a_condition_is_never_safe() -> None:
    text = LEAKING.replace(
        "    shutil.rmtree(work, onerror=None)\n    return 1",
        "    if not look():\n        shutil.rmtree(work)\n        return 1\n    stop(work)",
    )
    assert fixed(text.encode()) == text.encode()
    assert fixed(text.encode(), unsafe=True) != text.encode()


def test_loop_that_deletes_other_files_as_well_stays_whole() -> None:
    text = LEAKING.replace(
        "    shutil.rmtree(work, onerror=None)\n",
        "    for each in [work, source]:\n        shutil.rmtree(each)\n",
    )
    after = fixed(text.encode(), unsafe=True).decode()
    assert "for each in [work, source]:" in after
    assert after != text


def repaired_at_low(text: str) -> Repaired:
    settings = Settings(base=str(Path.cwd()), min_confidence="low")
    return fix_bytes(text.encode(), "example.py", settings, unsafe=True, on_disk=False)


def test_what_outlives_the_function_goes_with_the_process() -> None:
    text = LEAKING.replace("    shutil.rmtree(work, onerror=None)\n", "    os.environ['WORK'] = work\n")
    made = repaired_at_low(text.replace("import shutil", "import os"))
    assert "atexit.register(shutil.rmtree, work, ignore_errors=True)" in made.data.decode()


def test_what_a_browser_shows_is_not_deleted() -> None:
    text = LEAKING.replace("    shutil.rmtree(work, onerror=None)\n", "    webbrowser.open(work)\n")
    text = text.replace("import shutil", "import webbrowser")
    made = repaired_at_low(text)
    assert made.data == text.encode() and made.refused


def test_comment_goes_with_the_deletion_that_it_is_about() -> None:
    before = LEAKING.replace("    shutil", "    # The directory is\n    # large.\n    shutil").replace(
        "source, work)", "source, work)\n    keep(0)"
    )
    after = fixed(before.encode()).decode()
    assert "    finally:\n        # The directory is\n        # large.\n        shutil.rmtree" in after
    cleaning = "import tempfile\nimport shutil\n\ndef f():\n    d = tempfile.mkdtemp()\n    run(d)\n"
    cleaning += "    # Clean up\n    shutil.rmtree(d)\n"
    assert "# Clean up" not in fixed(cleaning.encode()).decode()


def test_unused_import_makes_room_for_the_new_name() -> None:
    text = "from shutil import rmtree\nfrom tempfile import mkdtemp\n\ndef f():\n"
    text += "    d = mkdtemp()\n    run(d)\n    rmtree(d)\n"
    after = fixed(text.encode()).decode()
    assert "from tempfile import TemporaryDirectory\n" in after
    assert "    with TemporaryDirectory() as d:\n" in after


def test_name_is_added_to_an_import_that_is_still_used() -> None:
    text = "from shutil import rmtree\nfrom tempfile import mkdtemp\n\ndef f():\n"
    text += "    d = mkdtemp()\n    run(d, mkdtemp)\n    rmtree(d)\n"
    assert "from tempfile import TemporaryDirectory, mkdtemp\n" in fixed(text.encode()).decode()


def test_reason_for_statements_on_one_line_says_so() -> None:
    text = "import shutil, tempfile\n\ndef f(): d = tempfile.mkdtemp(); run(d); shutil.rmtree(d)\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), unsafe=True, on_disk=False)
    assert set(made.refused.values()) == {"the creation shares its line with another statement"}


def test_no_fix_nests_tries_without_end() -> None:
    body = "".join(f"    d{n} = tempfile.mkdtemp()\n    os.rmdir(d{n} + 'x')\n" for n in range(8))
    text = "import os\nimport tempfile\n\ndef f():\n" + body + "    run(d0)\n"
    after = fixed(text.encode(), unsafe=True).decode()
    assert max(len(row) - len(row.lstrip()) for row in after.splitlines()) <= 4 * 12


def test_result_that_is_the_file_itself_is_not_deleted() -> None:
    text = (
        "import tempfile\n\ndef f():\n    return fs.realpath(tempfile.mkdtemp())\n\ndef g():\n    use(f())\n"
    )
    assert b"finally" not in fixed(text.encode(), unsafe=True).partition(b"def g")[0]


def test_directory_that_a_borrower_deletes_may_be_gone() -> None:
    text = "import contextlib\nimport shutil\nimport tempfile\n\n@contextlib.contextmanager\ndef lend():\n"
    text += "    path = tempfile.mkdtemp()\n    yield path\n    shutil.rmtree(path)\n\ndef borrow():\n"
    plain = "    finally:\n        shutil.rmtree(path)\n"
    assert plain in fixed((text + "    with lend() as d:\n        use(d)\n").encode()).decode()
    # What raised where all goes well goes on to.
    gone = "    except BaseException:\n        shutil.rmtree(path, ignore_errors=True)\n        raise\n"
    gone += "    shutil.rmtree(path)\n"
    assert gone in fixed((text + "    with lend() as d:\n        shutil.rmtree(d)\n").encode()).decode()


def test_call_that_may_delete_at_once_is_not_moved_up() -> None:
    text = "import os\nimport tempfile\n\ndef f():\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
    text += "    spawn(path)\n    execute(os.remove, (path,))\n"
    after = fixed(text.encode(), unsafe=True).decode()
    assert after.index("spawn(path)") < after.index("execute(os.remove, (path,))")


def test_deletion_is_called_as_the_file_imports_it() -> None:
    text = (
        "from os import close, unlink\nfrom tempfile import mkstemp\n\ndef f():\n    fd, path = mkstemp()\n"
    )
    text += "    close(fd)\n    fill(path)\n    return path\n"
    after = fixed(text.encode()).decode()
    assert "        unlink(path)\n" in after
    assert after.startswith("from os import close, unlink\n")


def test_what_a_variable_of_the_module_stands_for_is_left_to_who_deletes_it() -> None:
    text = "import atexit, shutil, tempfile\n\nCURRENT = None\n\n@atexit.register\ndef clean():\n"
    text += "    if CURRENT:\n        shutil.rmtree(CURRENT)\n\ndef build(item):\n    global CURRENT\n"
    text += "    for _ in range(2):\n        CURRENT = tempfile.mkdtemp()\n        item.build(CURRENT)\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), unsafe=True, on_disk=False)
    assert [one.finding.code for one in made.found] == ["TML106"]
    assert made.data == text.encode()
    assert fixed(text.replace("    global CURRENT\n", "").encode(), unsafe=True) != text.encode()


def test_what_is_deleted_at_the_exit_keeps_its_directory_until_then() -> None:
    text = "import atexit, os, shutil, tempfile\n\ndef build(item):\n    work = tempfile.mkdtemp()\n"
    text += (
        "    fd, path = tempfile.mkstemp(dir=work)\n    os.close(fd)\n    atexit.register(os.remove, path)\n"
    )
    text += "    item.build(work)\n    shutil.rmtree(work)\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), unsafe=True, on_disk=False)
    left = [one.finding for one in made.found if one.finding.span.start.row == 4]
    assert "find it gone" in made.refused[left[0]]
    alone = text.replace("    atexit.register(os.remove, path)\n", "")
    assert "    with tempfile.TemporaryDirectory() as work:\n" in fixed(alone.encode()).decode()


def test_who_enters_a_manager_on_a_stack_may_delete_what_it_lends() -> None:
    text = "import contextlib, shutil, tempfile\n\n@contextlib.contextmanager\ndef lend():\n"
    text += "    work = tempfile.mkdtemp()\n    yield work\n    shutil.rmtree(work)\n\ndef use(item):\n"
    text += "    with contextlib.ExitStack() as stack:\n        work = stack.enter_context(lend())\n"
    borrowed = (
        text + "        if item.is_bad:\n            shutil.rmtree(work)\n            raise ValueError\n"
    )
    assert (
        "    finally:\n        shutil.rmtree(work)\n"
        in fixed((text + "        item(work)\n").encode()).decode()
    )
    assert "    finally:\n        shutil.rmtree(work)\n" not in fixed(borrowed.encode()).decode()


@pytest.mark.parametrize("deletes", ["drop(work)", 'os.system(f"rm -rf {work}")', "remove_all([work])"])
def test_borrower_may_delete_by_a_helper_or_a_command(deletes: str) -> None:
    text = "import contextlib, os, shutil, tempfile\n\n@contextlib.contextmanager\ndef lend():\n"
    text += "    work = tempfile.mkdtemp()\n    yield work\n    shutil.rmtree(work)\n\n"
    text += "def drop(path):\n    shutil.rmtree(path)\n\ndef use(item):\n    with lend() as work:\n"
    text += f"        if item.is_bad:\n            {deletes}\n            raise ValueError\n"
    after = "    finally:\n        with contextlib.suppress(FileNotFoundError):\n            shutil.rmtree(work)\n"
    assert after in fixed(text.encode()).decode()


def test_deletion_that_may_come_second_bears_that_it_does() -> None:
    text = "import shutil, sys, tempfile\n\ndef drop(path):\n    shutil.rmtree(path, ignore_errors=True)\n\n"
    text += "def job(flag):\n    work = tempfile.mkdtemp()\n    if not flag:\n        drop(work)\n        sys.exit(1)\n"
    text += "    work = tempfile.mkdtemp()\n    shutil.rmtree(work)\n"
    after = "        if not flag:\n            drop(work)\n            sys.exit(1)\n    finally:\n"
    after += "        shutil.rmtree(work"
    assert f"{after}, ignore_errors=True)\n" in fixed(text.encode(), unsafe=True).decode()
    alone = text.replace("        drop(work)\n", "")
    strict = after.replace("            drop(work)\n", "")
    assert f"{strict})\n" in fixed(alone.encode(), unsafe=True).decode()


def test_deletion_of_what_lies_in_the_directory_goes_with_it() -> None:
    text = "import os, shutil, tempfile\n\ndef job():\n    path = os.path.join(tempfile.mkdtemp(), 'part')\n"
    text += "    use(path)\n    shutil.rmtree(path)\n"
    made = fixed(text.encode(), unsafe=True).decode()
    assert "    with tempfile.TemporaryDirectory() as tmp_dir:\n" in made
    assert made.endswith("        use(path)\n")


def test_what_is_deleted_at_the_exit_is_no_scopes_to_delete() -> None:
    text = "import atexit, os, tempfile\n\ndef job(items):\n    for item in items:\n        if item.wanted:\n"
    text += "            fd, path = tempfile.mkstemp()\n            os.close(fd)\n"
    text += "            atexit.register(lambda: os.unlink(path))\n            item.fill(path)\n"
    assert "callback(" not in fixed(text.encode(), unsafe=True).decode()


def test_what_a_function_deletes_at_the_exit_keeps_its_directory_until_then() -> None:
    text = "import atexit, os, shutil, tempfile\n\ndef job(flag):\n    work = tempfile.mkdtemp()\n"
    text += "    out = tempfile.NamedTemporaryFile(delete=False, dir=work)\n    out.close()\n"
    text += "    def clean():\n        os.remove(out.name)\n    atexit.register(clean)\n    use(work)\n"
    text += "    shutil.rmtree(work)\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), on_disk=False)
    assert made.data == text.encode()
    assert any("find it gone" in reason for reason in made.refused.values())


def test_registration_stays_behind_what_may_take_the_directory_away() -> None:
    text = "import atexit, os, shutil, tempfile\n\ndef job(item):\n    work = tempfile.mkdtemp()\n    try:\n"
    text += "        fd, path = tempfile.mkstemp(dir=work)\n        os.close(fd)\n        item.fill(path)\n"
    text += (
        "        atexit.register(lambda: os.remove(path))\n        item.fill(work)\n    except ValueError:\n"
    )
    text += "        shutil.rmtree(work)\n"
    made = fixed(text.encode(), unsafe=True).decode()
    assert made.index("item.fill(path)") < made.index("atexit.register")


def test_nothing_is_deleted_where_the_creation_may_have_failed() -> None:
    text = "import os, tempfile\n\ndef job(item):\n    try:\n"
    text += "        with tempfile.NamedTemporaryFile(delete=False) as out:\n            print(out.name)\n"
    text += "        try:\n            item.fill()\n        except BaseException:\n            os.remove(out.name)\n"
    text += "            raise\n        return out.name\n    finally:\n        item.close()\n        return\n"
    assert "finally:\n        item.close()\n        return\n" in fixed(text.encode(), unsafe=True).decode()


@pytest.mark.parametrize("other", ["path + '.bak'", "f'{path}.bak'", "bak"])
def test_try_is_not_begun_earlier_when_its_finally_deletes_what_may_not_be_there(other: str) -> None:
    text = (
        "import os, tempfile\n\ndef job(item):\n    fd, path = tempfile.mkstemp()\n    bak = path + '.bak'\n"
    )
    text += "    item.fill(path)\n    try:\n        item.send(path)\n    finally:\n        os.close(fd)\n"
    after = "    try:\n        item.send(path)\n    finally:\n        os.close(fd)\n"
    assert after in fixed(f"{text}        os.remove({other})\n".encode()).decode()
    assert after not in fixed(f"{text}        os.remove(path)\n".encode()).decode()


def test_why_a_fix_is_not_safe_is_told_with_it() -> None:
    text = "import os, tempfile\n\ndef job(x):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
    text += "    convert(path)\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), unsafe=True, on_disk=False)
    ((_, fix),) = made.fixed
    assert "nothing deletes it where all goes well" in fix.because
    assert "is as before" in fix.guarantees
    safe = text + "    os.remove(path)\n"
    made = fix_bytes(safe.encode(), "example.py", Settings(base=str(Path.cwd())), on_disk=False)
    ((_, fix),) = made.fixed
    assert fix.because == ""
    assert "newly deleted only where something fails" in fix.guarantees


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("QUEUE.put(path)", "`QUEUE.put(path)` (line 6) may read it later"),
        ("KNOWN['x'] = path", "(line 6) keeps it"),
    ],
)
def test_the_statement_that_prevents_a_fix_is_named(statement: str, named: str) -> None:
    text = "import os, tempfile\n\ndef job(x):\n    fd, path = tempfile.mkstemp()\n    os.close(fd)\n"
    text += f"    {statement}\n    convert(x)\n"
    made = fix_bytes(text.encode(), "example.py", Settings(base=str(Path.cwd())), unsafe=True, on_disk=False)
    assert made.data == text.encode()
    assert not made.found or named in " ".join(made.refused.values())


def test_proofs_that_take_too_many_steps_together_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        b"import shutil\nimport tempfile\n\n\n"
        b"def f(target):\n    p = tempfile.mkdtemp()\n    target.compile(p)\n    shutil.rmtree(p)\n"
    )
    assert len(fix_bytes(source, "app.py", Settings(), on_disk=False).fixed) == 1
    monkeypatch.setattr(fixes, "FIX_STEPS", -1)
    repaired = fix_bytes(source, "app.py", Settings(), on_disk=False)
    assert (repaired.data, repaired.fixed) == (source, [])
    assert list(repaired.refused.values()) == ["the proofs of fixes here take more than -1 steps together"]


def test_with_that_only_names_may_be_the_last_statement() -> None:
    text = "import os\nimport tempfile\r\n\ndef f(target):\r"
    text += "    with tempfile.NamedTemporaryFile(delete=False, dir=target) as fp:\n"
    text += "        path = os.path.abspath(fp.name)\r        "
    made = repaired_at_low(text)
    assert made.data == text.encode() and made.refused


def test_with_whose_file_nobody_names_has_no_name_to_end_at() -> None:
    text = "import tempfile\n\nwith tempfile.NamedTemporaryFile(delete=False):\n"
    text += "    def made(use):\n        return use(1)\n"
    assert repaired_at_low(text).data.decode() == text.replace("delete=False", "")
