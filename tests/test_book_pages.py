"""What book/_ext/book_pages.py draws from the chapters, seen in a small site."""

import base64
import io
import json

import book_pages
import notebooks

import nbformat
import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx

pytestmark = pytest.mark.book
TOC = """
format: jb-book
root: book/index
parts:
  - caption: First part
    chapters:
      - file: book/text
      - file: book/waves
        sections:
          - file: book/heat
  - caption: Reference
    chapters:
      - file: book/template
"""
INDEX = """# Home
```{chapter-cards} First part
```
```{failure-gallery}
```
```{exercise-list}
```
```{toctree}
text
waves
heat
template
```
"""
SETTINGS = {
    "extensions": ["myst_nb", "sphinx_exercise", "book_pages"],
    "root_doc": "book/index",
    "numfig": True,
    "nb_execution_mode": "off",
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {"repository_url": "https://github.com/you/book"},
}
STATUS = {"chapters": {"book/waves": {"seconds": 35, "gigabytes": 0.6}}}


def figure(color, alt):
    """A cell that shows a picture of one color."""
    data = io.BytesIO()
    Image.new("RGB", (1380, 500), color).save(data, "PNG")
    picture = {"image/png": base64.b64encode(data.getvalue()).decode()}
    return nbformat.v4.new_code_cell(
        "draw()",
        metadata={"mystnb": {"image": {"alt": alt}}},
        outputs=[nbformat.v4.new_output("display_data", picture)],
    )


def chapter(title, name):
    """A chapter with a figure, a deliberate failure with another one, an exercise."""
    text = [
        f"# {title}\n\nText.",
        figure("red", f'The "{name}"'),
        f"(sec-{name}-break)=\n## Break it: too large a step",
        figure("blue", f"Broken {name}"),
        figure("green", "A second picture"),
        f"(sec-{name}-more)=\n## Exercises\n",
        f"```{{exercise}} Halve the step\n:label: ex-{name}\nHow?\n```",
    ]
    cells = [
        cell if isinstance(cell, dict) else nbformat.v4.new_markdown_cell(cell)
        for cell in text
    ]
    return notebooks.normalize(nbformat.v4.new_notebook(cells=cells))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Folder of the site, and its home page."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("out")
    (source / "book").mkdir()
    (source / "_toc.yml").write_text(TOC)
    (source / "book" / "index.md").write_text(INDEX)
    (source / "book" / "text.md").write_text("# Text\n")
    (source / "book" / "status.json").write_text(json.dumps(STATUS))
    for title, name in [("Waves & shocks", "waves"), ("Heat", "heat")]:
        nbformat.write(chapter(title, name), source / "book" / f"{name}.ipynb")
    nbformat.write(chapter("Template", "template"), source / "book" / "template.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_pages, "ROOT", source)
        patch.setattr(notebooks, "ROOT", source)
        app = Sphinx(source, None, out, out / "trees", "html", SETTINGS, status=None)
        app.build()
    page = (out / "book" / "index.html").read_text("utf-8")
    return out, BeautifulSoup(page, "html.parser")


def test_cards_show_the_chapters_of_one_part_with_picture_time_and_buttons(site):
    out, page = site
    cards = page.select(".chapter-card")
    assert [card.strong.get_text() for card in cards] == ["Waves & shocks", "Heat"]
    waves, heat = cards
    assert waves.img["alt"] == 'The "waves"'
    with Image.open(out / "book" / waves.img["src"]) as picture:
        assert picture.size == (460, 167)
        assert picture.size == (int(waves.img["width"]), int(waves.img["height"]))
        assert picture.getpixel((9, 9))[0] > 200, "the first figure, which is red"
    assert "runs in 35 s" in waves.get_text()
    assert "runs in ? s" in heat.get_text(), "it was not measured"
    links = {
        a.get_text(): (a["href"], a["aria-label"]) for a in waves.select(".launch a")
    }
    binder, label = links["Binder"]
    assert label == "Binder: Waves & shocks"
    assert binder == (
        "https://mybinder.org/v2/gh/you/book/main?urlpath=lab/tree/book/waves.ipynb"
    )
    colab = "https://colab.research.google.com/github/you/book/blob/main/"
    assert links["Colab"][0] == f"{colab}book/waves.ipynb"


def test_gallery_shows_each_deliberate_failure_with_its_first_picture(site):
    _, page = site
    cards = page.select(".failure-card")
    assert [[img["alt"] for img in card.select("img")] for card in cards] == [
        ["Broken waves"],
        ["Broken heat"],
    ]
    link = cards[0].a
    assert link["href"] == "waves.html#sec-waves-break"
    assert link.get_text() == "Too large a step"
    assert "Waves & shocks" in cards[0].get_text()


def test_exercises_are_listed_by_chapter_in_reading_order_without_the_template(site):
    _, page = site
    items = [item.get_text() for item in page.select("article li")]
    exercises = [text for text in items if "Halve the step" in text]
    assert exercises == ["Exercise 1: Halve the step", "Exercise 2: Halve the step"]
