"""The site: Sphinx, pages in Markdown, warnings are errors (`sphinx-build -W docs docs/_build`).

The pages of the rules, the reference of options and the help texts are made from the program when the site is built
(`made_pages.py`), and a code such as TML103 in any text becomes a link to its page (`rule_links.py`).
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from tmpleak_lint import __version__  # noqa: E402
from tmpleak_lint.rules import SITE  # noqa: E402

HOME = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"][
    "Homepage"
]

project = "tmpleak-lint"
author = "the authors of tmpleak-lint"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "made_pages", "rule_links", "live_page"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_generated"]
default_role = "code"  # docstrings write `code`
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 80
pygments_style = "a11y-light"  # every colour of it, and of the dark one, reads on its ground: a test says so
pygments_dark_style = "monokai"

html_theme = "furo"
html_title = f"tmpleak-lint {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_baseurl = SITE
linkcheck_ignore = [rf"{re.escape(home)}.*" for home in (SITE, HOME)]  # their own targets are held by tests
