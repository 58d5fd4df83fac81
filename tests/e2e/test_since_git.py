"""`--since` against the real git, in repositories made here."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.hand_made import at, finding
from tmpleak_lint.suppression.since import GitError, changes_since

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git isn't installed")

SOURCE = "def f():\n    p = mk()\n    use(p)\n    os.remove(p)\n"


class Repository:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.email", "someone@example.invalid")
        self.git("config", "user.name", "Someone")

    def git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, **files):
        for name, text in files.items():
            self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def concerns(self, name, source, ref="HEAD", text="mk()"):
        found = finding(at(source, text), filename=str(self.folder / name))
        return changes_since(ref, self.folder).concerns(found)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    made = Repository(tmp_path / "work ä")
    made.commit(**{"a.py": SOURCE, "b.py": SOURCE})
    return made


def test_changed_line_counts_and_other_files_do_not(repository):
    repository.write("a.py", SOURCE.replace("mk()", "mk(1)"))
    assert repository.concerns("a.py", SOURCE.replace("mk()", "mk(1)"), text="mk(1)")
    assert not repository.concerns("b.py", SOURCE)


def test_line_elsewhere_in_the_file_does_not_count(repository):
    edited = "import os\n" + SOURCE
    repository.write("a.py", edited)
    assert not repository.concerns("a.py", edited)


def test_committed_and_staged_changes_since_an_older_revision_count(repository):
    edited = SOURCE.replace("mk()", "mk(2)")
    repository.commit(**{"a.py": edited})
    assert not repository.concerns("a.py", edited, text="mk(2)")
    assert repository.concerns("a.py", edited, "HEAD~1", text="mk(2)")
    repository.write("b.py", edited)
    repository.git("add", "b.py")
    assert repository.concerns("b.py", edited, text="mk(2)")


def test_new_file_counts_whether_git_tracks_it_or_not(repository):
    repository.write("new.py", SOURCE)
    assert repository.concerns("new.py", SOURCE)
    repository.git("add", "new.py")
    assert repository.concerns("new.py", SOURCE)


def test_renamed_file_counts_only_where_it_changed(repository):
    long = SOURCE + "".join(f"# line {number}\n" for number in range(30))
    repository.commit(**{"long.py": long})
    repository.git("mv", "long.py", "renamed é.py")
    assert not repository.concerns("renamed é.py", long)
    edited = long.replace("mk()", "mk(3)")
    repository.write("renamed é.py", edited)
    assert repository.concerns("renamed é.py", edited, text="mk(3)")


def test_users_diff_settings_do_not_matter(repository):
    for name, value in {
        "diff.noprefix": "true",
        "diff.mnemonicPrefix": "true",
        "diff.external": "false",
        "diff.context": "9",
        "diff.interHunkContext": "9",
        "color.ui": "always",
        "core.quotePath": "true",
        "diff.relative": "true",
    }.items():
        repository.git("config", name, value)
    repository.write("ü.py", SOURCE)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "more")
    repository.write("ü.py", SOURCE.replace("mk()", "mk(4)"))
    assert repository.concerns("ü.py", SOURCE.replace("mk()", "mk(4)"), text="mk(4)")
    repository.write("ü.py", "import os\n" + SOURCE)
    assert not repository.concerns("ü.py", "import os\n" + SOURCE)


def test_three_dots_compare_with_where_the_branches_parted(repository):
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(**{"topic.py": SOURCE})
    repository.git("checkout", "--quiet", "main")
    repository.commit(**{"a.py": SOURCE.replace("mk()", "mk(5)")})
    repository.git("checkout", "--quiet", "topic")
    assert repository.concerns("a.py", SOURCE, "main")
    assert not repository.concerns("a.py", SOURCE, "main...")
    assert repository.concerns("topic.py", SOURCE, "main...")


def test_called_from_a_folder_below_the_top(repository):
    (repository.folder / "sub").mkdir()
    repository.commit(**{"sub/c.py": SOURCE})
    repository.write("sub/c.py", SOURCE.replace("mk()", "mk(6)"))
    found = finding(at(SOURCE, "mk()"), filename=str(repository.folder / "sub" / "c.py"))
    assert changes_since("HEAD", repository.folder / "sub").concerns(found)


def test_called_from_a_hook_below_the_top(repository, monkeypatch):
    (repository.folder / "sub").mkdir()
    repository.write("a.py", SOURCE.replace("mk()", "mk(7)"))
    monkeypatch.setenv("GIT_DIR", str(repository.folder / ".git"))
    found = finding(at(SOURCE, "mk()"), filename=str(repository.folder / "a.py"))
    other = finding(at(SOURCE, "mk()"), filename=str(repository.folder / "b.py"))
    changes = changes_since("HEAD", repository.folder / "sub")
    assert changes.concerns(found)
    assert not changes.concerns(other)


def test_unknown_revision_is_a_clear_error(repository):
    with pytest.raises(GitError, match=r"--since nowhere: git knows no such revision"):
        changes_since("nowhere", repository.folder)


def test_revision_is_never_taken_for_an_option(repository):
    with pytest.raises(GitError, match="no such revision"):
        changes_since("--output=stolen", repository.folder)
    assert not (repository.folder / "stolen").exists()


def test_folder_without_git_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(GitError, match=r"is in no git work tree \(.*not a git repository"):
        changes_since("HEAD", tmp_path)


def test_missing_git_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="could not be run"):
        changes_since("HEAD", tmp_path)
