"""The documents as a web site, offline: ``make docs`` builds it in ``build/site``, every link checked.

    python tools/website.py                # build/site/index.html
    python tools/website.py OTHER/FOLDER

The pages are the Markdown files that stand in the tree, and read there as well; the index page's headings and links
are the site's navigation. Sphinx builds it (MyST reads Markdown, Furo is the theme). Formulas become MathML, so that
no page needs anything from elsewhere. A warning, such as a link that leads nowhere, is an error.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BESIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")  # pages from the top of the tree

_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)]*)?\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_ENTRY = re.compile(r"^\* \[([^]]+)\]\(([^)#]+)\.md\)", re.MULTILINE)
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_ACCESSIBLE = (  # what the theme leaves out for those who read with a keyboard, or by ear
    ('role="heading"', 'role="heading" aria-level="2"'),
    ("<pre>", '<pre tabindex="0">'),
    ('<div class="table-wrapper', '<div tabindex="0" class="table-wrapper'),
    ('<div class="math-wrapper', '<div tabindex="0" class="math-wrapper'),
)
_SETTINGS: dict[str, Any] = {
    "project": "calcgrad",
    "root_doc": "index",
    "extensions": ["myst_parser", "sphinx_copybutton", "website"],  # this file is one, see setup
    "html_theme": "furo",
    "html_title": "calcgrad",
    "html_favicon": "icon.svg",
    "html_copy_source": False,
    "smartquotes": False,  # f' is no quotation
    "html_show_sphinx": False,
    "myst_enable_extensions": ["dollarmath"],
    "myst_heading_anchors": 3,
    "html_math_renderer": "mathml",
    "copybutton_prompt_text": "$ ",
    "copybutton_only_copy_prompt_lines": True,
}


def stage(folder: Path) -> None:
    """Lay the pages out as Sphinx wants them: one flat folder, with the navigation made from the index."""
    shutil.copytree(ROOT / "docs", folder, dirs_exist_ok=True)
    for name in BESIDE:
        shutil.copy(ROOT / name, folder / name)
    for page in folder.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        parts = _FENCED.split(text)  # every second one is code, where [x, y](t) is no link
        parts[::2] = [_LINK.sub(lambda link: _within(link, folder), each) for each in parts[::2]]
        text = "".join(parts)
        if page.name == "index.md":
            text += "".join(navigation(text))
        page.write_text(text, encoding="utf-8")


def _within(link: re.Match[str], folder: Path) -> str:
    """A link as it is in the flat folder; to what is no page, where it stands in the tree."""
    name = link[1].removeprefix("../").removeprefix("docs/")
    return f"]({name}{link[2] or ''})" if (folder / name).exists() else f"] (`{name}`)"


def navigation(index: str) -> Iterator[str]:
    """The index's sections, as the tables of contents that Sphinx makes its navigation from."""
    parts = _SECTION.split(index)
    for title, section in zip(parts[1::2], parts[2::2], strict=True):
        pages = [
            found[1].removesuffix(".md") for found in _LINK.finditer(section) if found[1].endswith(".md")
        ]
        if pages:
            yield "\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""])


def _mathml(self: Any, node: Any, display: str) -> None:
    from docutils.nodes import SkipNode
    from latex2mathml.converter import convert

    text = node.astext()
    made = convert(text, display=display)
    self.body.append(made.replace("<math ", f'<math alttext="{escape(text)}" ', 1))
    raise SkipNode


def setup(app: Any) -> None:
    """What Sphinx calls of an extension."""
    renderers = (partial(_mathml, display="inline"), None), (partial(_mathml, display="block"), None)
    app.add_html_math_renderer("mathml", *renderers)


def build(out: Path) -> int:
    """Build the site; 0, or 1 after warnings, which are shown."""
    from sphinx.application import Sphinx

    sys.path.insert(0, str(Path(__file__).parent))

    with tempfile.TemporaryDirectory() as name:
        pages, trees = Path(name, "pages"), Path(name, "trees")
        stage(pages)
        site = Sphinx(pages, None, out, trees, "html", _SETTINGS, status=None, warningiserror=True)
        site.build(force_all=True)
    for page in out.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for as_it_is, for_all in _ACCESSIBLE:
            text = text.replace(as_it_is, for_all)
        page.write_text(text, encoding="utf-8")
    return int(site.statuscode)


def main(words: Sequence[str]) -> int:
    out = Path(words[0]) if words else ROOT / "build" / "site"
    code = build(out)
    print(f"{'failed' if code else 'wrote'}: {out}/index.html")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
