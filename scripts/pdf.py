"""Print the built site as one book, _build/physdl-book.pdf.

    make pdf

All pages of `_toc.yml` become one document, so that the links between them work and
one count of pages runs through the book. Solutions are open; code that
the site folds away (it draws figures) is left out.
"""

import io
import itertools
import posixpath
import sys
from urllib.parse import urldefrag

import check_site
import chromium
import notebooks

import yaml
from bs4 import BeautifulSoup
from pypdf import PdfReader

SITE = notebooks.ROOT / "_build" / "html"
TARGET = notebooks.ROOT / "_build" / "physdl-book.pdf"
STYLE = notebooks.ROOT / "scripts" / "print.css"
UNWANTED = (
    "script, button, .headerlink, .tag_hide-input .cell_input, .above-input,"
    " .player-controls"
)
COVER = """<div class="cover"><p class="title">{title}</p><p>{author}</p>
<img src="_static/overview.png" alt="">
<p>Printed from the book's site.<br>
The code that draws the figures is in the notebooks:<br>{address}</p></div>"""
PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="_static/pygments.css"><style>{style}</style>
<script>MathJax = {{options: {{processHtmlClass: "math", ignoreHtmlClass: "book"}}}};
</script><script defer src="_static/mathjax/tex-chtml.js"></script>
</head><body class="book">{body}</body></html>
"""


def slug(name):
    """The anchor of a page in the printed book."""
    return name.replace("/", "-")


def printed(name, names, site=SITE):
    """One page of the site as a part of the book, its ids and links made unique."""
    soup = BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")
    article = soup.select_one("article")
    for unwanted in article.select(UNWANTED):
        unwanted.decompose()
    for details in article.select("details"):
        details["open"] = ""
    for element in article.select("[id]"):
        element["id"] = f"{slug(name)}--{element['id']}"
    for image in article.select("img"):
        image.attrs.pop("loading", None)
        image["src"] = posixpath.normpath(
            posixpath.join(posixpath.dirname(name), image["src"])
        )
    for link in article.select("a[href]"):
        href, anchor = urldefrag(link["href"])
        if ":" in href:
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), href))
        target = path.removesuffix(".html") if href else name
        if target in names:
            link["href"] = f"#{slug(target)}" + (f"--{anchor}" if anchor else "")
        else:  # search, downloads: not in the printed book
            del link["href"]
    article.name, article.attrs = "section", {"class": "chapter", "id": slug(name)}
    return article


def contents(articles, numbers, parts):
    """The table of contents of `parts`; `numbers` maps pages to their page numbers."""
    lines = ['<nav class="contents chapter"><h1>Contents</h1>']
    for caption, names in parts.items():
        lines += [f"<h4>{caption}</h4>" if caption else "", "<ul>"]
        for name in names:
            title = articles[name].h1.get_text().replace('"', "&quot;")
            # Style writes title and number: the link is one line, the number right.
            lines.append(
                f'<li><a href="#{slug(name)}" aria-label="{title}" data-title="{title}"'
                f' data-page="{numbers.get(name, "")}"></a></li>'
            )
        lines.append("</ul>")
    return "".join([*lines, "</nav>"])


def page_numbers(reader, names):
    """The page on which each part of the book begins, counted from 1."""
    places = reader.named_destinations
    return {
        name: reader.get_destination_page_number(places[f"/{slug(name)}"]) + 1
        for name in names
        if f"/{slug(name)}" in places
    }


def print_book(site, parts, title, cover=""):
    """The site as the bytes of a PDF: printed twice, as the contents need numbers."""
    names = list(itertools.chain(*parts.values()))
    articles = {name: printed(name, names, site) for name in names}
    chapters = "".join(map(str, articles.values()))
    style = STYLE.read_text("utf-8")
    draft = site / "_book.html"
    server, address = check_site.serve(site)
    numbers = {}
    try:
        with chromium.browser() as browser:
            for _ in range(2):
                body = cover + contents(articles, numbers, parts) + chapters
                text = PAGE.format(title=title, style=style, body=body)
                page = browser.new_page()
                page.set_default_timeout(300_000)
                draft.write_text(text, "utf-8")
                page.goto(address + draft.name)
                page.evaluate("() => MathJax.startup?.promise")
                data = page.pdf(
                    prefer_css_page_size=True,
                    print_background=True,
                    outline=True,
                    tagged=True,
                )
                page.close()
                numbers = page_numbers(PdfReader(io.BytesIO(data)), names)
    finally:
        server.shutdown()
        draft.unlink(missing_ok=True)
    return data


def main():
    """Print all pages of _toc.yml in reading order."""
    if not (SITE / "index.html").exists():
        sys.exit("The site is not built yet: run `make book` first.")
    config = yaml.safe_load((notebooks.ROOT / "_config.yml").read_text("utf-8"))
    cover = COVER.format(
        title=config["title"],
        author=config["author"],
        address=config["repository"]["url"],
    )
    TARGET.write_bytes(print_book(SITE, notebooks.parts(), config["title"], cover))
    n_pages = len(PdfReader(TARGET).pages)
    size = TARGET.stat().st_size / 1e6
    print(f"{TARGET.relative_to(notebooks.ROOT)}: {n_pages} pages, {size:.1f} MB")


if __name__ == "__main__":
    main()
