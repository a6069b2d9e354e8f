"""The printed book: order, page numbers, bookmarks and links of a small site."""

import io

import chromium
import pdf

import pytest
from pypdf import PdfReader

PARTS = {"": ["book/index"], "Part": ["book/z", "book/a"]}
INDEX = '<article><h1>Home</h1><p><a href="a.html#place">See</a></p></article>'
FIRST = """<article><h1>First chapter<a class="headerlink" href="#x">#</a></h1>
<div class="cell tag_hide-input"><details class="above-input"><p>Show code</p>
<div class="cell_input">folded</div></details>
<div class="cell_output">result</div></div>
<details><p>The solution.</p></details></article>"""
SECOND = """<article><h1>Second chapter</h1><h2 id="place">A section</h2>
<a href="../search.html">out</a><a href="https://example.org/">web</a></article>"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "book").mkdir()
    for name, text in {"index": INDEX, "z": FIRST, "a": SECOND}.items():
        (tmp_path / "book" / f"{name}.html").write_text(text, "utf-8")
    return tmp_path


def test_links_lead_to_the_printed_pages(site):
    names = ["book/index", "book/z", "book/a"]
    index, first, second = (pdf.printed(name, names, site) for name in names)
    assert index.a["href"] == "#book-a--place"
    assert second.h2["id"] == "book-a--place"
    assert [a.get("href") for a in second.select("a")] == [None, "https://example.org/"]
    assert " ".join(first.get_text().split()) == "First chapter result The solution."
    assert first.details.has_attr("open")


@pytest.mark.book
@pytest.mark.skipif(chromium.path() is None, reason=chromium.MISSING)
def test_book_has_its_pages_in_order(site):
    reader = PdfReader(io.BytesIO(pdf.print_book(site, PARTS, "A book")))
    texts = [page.extract_text() for page in reader.pages]
    titles = ["Contents", "Home", "First chapter", "Second chapter"]
    assert all(title in text for title, text in zip(titles, texts, strict=True))
    bookmarks = [entry for entry in reader.outline if not isinstance(entry, list)]
    assert [entry.title for entry in bookmarks] == titles
    pages = [reader.get_destination_page_number(entry) for entry in bookmarks]
    assert pages == [0, 1, 2, 3]
    assert "Second chapter" in texts[0] and "4" in texts[0].split()
    assert not (site / "_book.html").exists()
