"""Small programs for the sessions: what leaks, what holds, and what can be done about it."""

LAST_LINE = """\
import os
import subprocess
import tempfile


def convert(data):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    subprocess.run(["convert", path], check=True)
    os.remove(path)
"""

CLEAN = """\
import os
import subprocess
import tempfile


def convert(data):
    fd, path = tempfile.mkstemp()
    os.close(fd)
    try:
        subprocess.run(["convert", path], check=True)
    finally:
        os.remove(path)
"""

HELPER = """\
import os
import tempfile


def make_scratch():
    fd, path = tempfile.mkstemp()
    os.close(fd)
    return path
"""

HARMLESS_HELPER = """\
def make_scratch():
    return "/var/lib/scratch"
"""

CALLER = """\
from helpers import make_scratch


def work(job):
    path = make_scratch()
    job.run(path)
"""
