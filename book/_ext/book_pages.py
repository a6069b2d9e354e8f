"""Pages and lists that are drawn from the chapters themselves, when the site is built.

{chapter-cards}    the chapters of one part, with picture, run time, launch buttons
{failure-gallery}  what each chapter breaks on purpose, with its picture
{exercise-list}    all exercises
"""

import base64
import html
import io
import json
import re
import sys
from pathlib import Path

import nbformat
from docutils import nodes
from PIL import Image
from sphinx.util.docutils import SphinxDirective

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

import notebooks

ROOT = notebooks.ROOT
TEMPLATE = "book/template"  # a chapter to copy, not one to study
WIDTH = 460  # pixels of a thumbnail, a third more than a card shows
SECTION = re.compile(r"\((?P<label>sec-[\w-]+)\)=\n## (?P<title>.*)")
EXERCISE = re.compile(r"```\{exercise\} (?P<title>.*)\n:label: (?P<label>.*)")
LAUNCH = """<p class="launch">runs in {seconds} s
<a href="{binder}" aria-label="Binder: {title}">Binder</a>
<a href="{colab}" aria-label="Colab: {title}">Colab</a></p>"""


def parts():
    """The parts of the book: {caption: chapters, the template left out}."""
    chapters = {path.with_suffix("").as_posix() for path in notebooks.chapters()}
    chapters.discard(TEMPLATE)
    found = {
        caption: [name for name in names if name in chapters]
        for caption, names in notebooks.parts().items()
    }
    return {caption: names for caption, names in found.items() if names}


def read(directive, name):
    """Read a chapter; the page that calls is built anew when the chapter changes."""
    directive.env.note_dependency(str(ROOT / f"{name}.ipynb"))
    return nbformat.read(ROOT / f"{name}.ipynb", as_version=4)


def title(notebook):
    """The chapter's title, from its first line."""
    return notebook.cells[0].source.split("\n")[0].lstrip("# ")


def figures(cells):
    """PNG data and alternative text of each figure in the cells."""
    for cell in cells:
        if "mystnb" not in cell.metadata:
            continue
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                data = base64.b64decode(output["data"]["image/png"])
                yield data, cell.metadata["mystnb"]["image"]["alt"]


def thumbnail(directive, name, data, alt):
    """Store a small copy of a figure with the site; returns its HTML."""
    env = directive.env
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.thumbnail((WIDTH, WIDTH))
    folder = Path(env.app.outdir, "_static", "thumbnails")
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(folder / f"{name}.webp", quality=60, method=6)
    source = "../" * env.docname.count("/") + f"_static/thumbnails/{name}.webp"
    size = f'width="{picture.width}" height="{picture.height}" loading="lazy"'
    return f'<img src="{source}" alt="{html.escape(alt)}" {size} />'


def sections(notebook):
    """Sections with a label: (label, title, cells)."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (match := SECTION.search(cell.source)):
            found.append((match["label"], match["title"], []))
        elif cell.cell_type == "markdown" and re.search(r"^## ", cell.source, re.M):
            found.append((None, "", []))
        if found:
            found[-1][2].append(cell)
    return [section for section in found if section[0]]


class ExerciseList(SphinxDirective):
    """`{exercise-list}`: all exercises, by chapter, in reading order."""

    def run(self):
        """Write the list in Markdown and parse it."""
        lines = []
        for name in sum(parts().values(), []):
            notebook = read(self, name)
            lines += ["", f"{{doc}}`/{name}`", ""]
            for cell in notebook.cells:
                for match in EXERCISE.finditer(cell.source):
                    lines.append(f"- {{numref}}`{match['label']}`: {match['title']}")
        return self.parse_text_to_nodes("\n".join(lines))


class FailureGallery(SphinxDirective):
    """`{failure-gallery}`: every section called "Break it", with its first picture."""

    def run(self):
        """One card for each section."""
        made = []
        for name in sum(parts().values(), []):
            notebook = read(self, name)
            for label, heading, cells in sections(notebook):
                if not heading.lower().startswith("break it"):
                    continue
                what = heading.partition(":")[2].strip() or "break it"
                what = what[0].upper() + what[1:]
                card = nodes.container(classes=["failure-card"])
                for data, alt in list(figures(cells))[:1]:
                    picture = thumbnail(self, label, data, alt)
                    card += nodes.raw("", picture, format="html")
                text = f"**{{ref}}`{what} <{label}>`**\n\n{title(notebook)}"
                card += self.parse_text_to_nodes(text)
                made.append(card)
        return [nodes.container("", *made, classes=["failure-gallery"])]


class ChapterCards(SphinxDirective):
    """`{chapter-cards} part`: the chapters of one part of _toc.yml."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """One card for each chapter: picture, title, run time, launch buttons."""
        status = json.loads((ROOT / "book" / "status.json").read_text("utf-8"))
        self.env.note_dependency(str(ROOT / "book" / "status.json"))
        config = self.config.html_theme_options
        address = config["repository_url"].removeprefix("https://github.com/")
        binder = f"https://mybinder.org/v2/gh/{address}/main?urlpath=lab/tree/"
        colab = f"https://colab.research.google.com/github/{address}/blob/main/"
        cards = nodes.container(classes=["chapter-cards"])
        for name in parts()[self.arguments[0]]:
            notebook = read(self, name)
            data, alt = next(figures(notebook.cells))
            card = nodes.container(classes=["chapter-card"])
            slug = name.replace("/", "-")
            picture = thumbnail(self, slug, data, alt)
            card += nodes.raw("", picture, format="html")
            card += self.parse_text_to_nodes(f"**{{doc}}`/{name}`**")
            launch = LAUNCH.format(
                title=html.escape(title(notebook)),
                seconds=status["chapters"].get(name, {}).get("seconds", "?"),
                binder=f"{binder}{name}.ipynb",
                colab=f"{colab}{name}.ipynb",
            )
            card += nodes.raw("", launch, format="html")
            cards += card
        return [cards]


def name_home_once(app, pagename, templatename, context, doctree):
    """The home page is called like the book: its title names it once."""
    if pagename == app.config.root_doc:
        context["docstitle"] = ""


def setup(app):
    """Register the directives with Sphinx."""
    app.connect("html-page-context", name_home_once)
    app.add_directive("exercise-list", ExerciseList)
    app.add_directive("failure-gallery", FailureGallery)
    app.add_directive("chapter-cards", ChapterCards)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
