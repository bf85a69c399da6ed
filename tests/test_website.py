"""The documents as a site: it builds without a warning, and reads well in a browser, by mouse, keyboard and phone.

What needs Sphinx, or a browser (Chromium, and Playwright to steer it), is skipped where that is not installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.website
ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "website.py"), str(folder)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_the_navigation_and_needs_nothing_from_elsewhere(site: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    for page in site.glob("*.html"):
        if page.name in ("genindex.html", "search.html", "index.html"):
            continue
        assert f'class="reference internal" href="{page.name}"' in index, page.name
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//[^"]*"', text), page.name


def test_formulas_are_mathematics(site: Path) -> None:
    assert "<mfrac>" in (site / "tutorial.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as steering:
        opened = steering.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served: a search reads the pages that it finds, which no browser allows of files."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_words: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """A page that remembers what went wrong on it, and what it asked of other machines."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(20_000)
    opened.trouble = []
    opened.on("console", lambda said: opened.trouble.append(said.text))
    opened.on("pageerror", lambda error: opened.trouble.append(str(error)))
    opened.on(
        "request", lambda asked: asked.url.startswith((address, "data:")) or opened.trouble.append(asked.url)
    )
    opened.goto(f"{address}/index.html")
    yield opened
    opened.close()


def test_a_reader_goes_from_page_to_page(page: Any) -> None:
    names = page.eval_on_selector_all(".sidebar-tree a.reference", "all => all.map(one => one.textContent)")
    assert len(names) > 12
    for name in names:
        with page.expect_navigation():
            page.click(f'.sidebar-tree a.reference:text-is("{name}")')
        assert page.locator("h1").count() == 1
        broken = "all => all.filter(one => !one.complete || !one.naturalWidth).map(one => one.src)"
        assert page.eval_on_selector_all("article img", broken) == [], name
    assert page.trouble == []


def test_a_reader_searches(page: Any) -> None:
    page.fill('input[name="q"]', "tangent")
    page.press('input[name="q"]', "Enter")
    page.wait_for_selector('#search-results a:text-is("Tutorial")')
    assert page.trouble == []


def test_formulas_take_their_room(page: Any, address: str) -> None:
    page.goto(f"{address}/tutorial.html")
    box = page.locator("math mfrac").first.bounding_box()
    assert box["height"] > 20 and box["width"] > 40


@pytest.mark.parametrize("name", ["index", "tutorial", "functions", "commands", "gallery", "python"])
def test_it_fits_a_phone(page: Any, address: str, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/{name}.html")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("name", ["index", "tutorial", "functions", "gallery", "python"])
def test_it_is_accessible(page: Any, address: str, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.goto(f"{address}/{name}.html")
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    assert found.violations_count == 0, found.generate_report()
