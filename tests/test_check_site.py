"""The check of the site finds each defect, and nothing on a page without one."""

import os

import check_site
import chromium

import pytest

pytestmark = pytest.mark.book
needs_chromium = pytest.mark.skipif(chromium.path() is None, reason=chromium.MISSING)

BASE = "https://example.org/book/"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A page</title>
<link rel="icon" href="data:,">
<style>
a:focus-visible {{ outline: 3px solid; }}
</style>
</head>
<body><main><article>
<h1 id="top">A page</h1>
<p>See the <a href="other.html#top">other page</a>.</p>
<figure><img src="dot.svg" alt="A dot" width="9" height="9"></figure>
{}
</article></main></body>
</html>
"""
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
HIT = '<ul id="search-results"><li><a href="index.html">Burgers</a></li></ul>'
PLANTED = {
    "external request": '<script src="https://example.com/x.js"></script>',
    "image without alt": '<img src="dot.svg">',
    "figure without alternative text": '<figure><img src="dot.svg" alt=""></figure>',
    "image broken": '<img src="missing.png" alt="Nothing">',
    "overflow": '<div style="width: 500px">wide</div>',
    "color-contrast": '<p style="color: #bbb; background: #fff">faint</p>',
    "heading-order": "<h4>A level is left out</h4>",
    "broken link: missing.html": '<a href="missing.html">a page</a>',
    "broken link: other.html#no": '<a href="other.html#no">a section</a>',
    "broken link: /other.html": '<a href="/other.html">outside of the site</a>',
    "math not typeset": '<p class="math">x</p>',
    "math left as text": "<p>$$x^2$$</p>",
    "math with an error": "<mjx-merror>x</mjx-merror>",
    "table without headers": "<table><tr><td>1</td></tr></table>",
    "console: oh": "<script>console.error('oh')</script>",
    "script error: ah": "<script>throw new Error('ah')</script>",
    "focus on something hidden": '<a href="other.html" style="opacity: 0">out</a>',
    "focus not visible": '<a href="other.html" style="outline: none">no ring</a>',
    "not reached": '<a href="other.html" tabindex="-1">left out</a>',
    "weight": '<script src="heavy.js"></script>',
}


def write_site(folder, pages):
    """A site of hand-written pages: {name: what stands at the end of the page}."""
    (folder / "dot.svg").write_text(DOT)
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(PAGE.format(text))


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What is said of a site whose first page has all defects."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "heavy.js").write_text("//" + os.urandom(1_200_000).hex())
    defects = "\n".join(PLANTED.values())
    write_site(folder, {"index": defects, "other": "", "search": ""})
    return check_site.check(folder, BASE)


@needs_chromium
@pytest.mark.parametrize("expected", PLANTED)
def test_each_planted_defect_is_found(complaints, expected):
    found = [text for where, text in complaints if where.startswith("index.html")]
    assert any(expected in text for text in found), found


@needs_chromium
def test_a_search_without_a_hit_is_found_and_the_clean_pages_stay_clean(complaints):
    others = [(w, text) for w, text in complaints if not w.startswith("index.html")]
    assert others == [("search.html", "search: 'Burgers' was not found")]


@needs_chromium
def test_a_clean_site_has_no_complaint_and_screenshots(tmp_path):
    site, pictures = tmp_path / "site", tmp_path / "pictures"
    site.mkdir()
    pictures.mkdir()
    write_site(site, {"index": "", "other": "", "search": HIT})
    assert check_site.check(site, BASE, pictures) == []
    assert len(list(pictures.glob("index-*.png"))) == 4


def test_a_missing_browser_is_named_with_the_way_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(chromium.shutil, "which", lambda _: None)
    write_site(tmp_path, {"index": ""})
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        check_site.main([str(tmp_path)])
