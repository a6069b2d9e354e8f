"""Where the chapters are, and the form in which they are stored."""

import hashlib
import sys
from pathlib import Path

import nbformat
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
KEPT_METADATA = {"tags", "mystnb", "slideshow", "tolerance"}


def parts():
    """Names of the pages by the part of `_toc.yml`, {caption: names}, in reading order.

    The page that the contents start from is alone in the first part, called "".
    """
    contents = parse_toc_yaml(ROOT / "_toc.yml")

    def named(tree):
        for name in tree.files():
            yield str(name)
            for inner in contents[name].subtrees:
                yield from named(inner)

    found = {tree.caption: list(named(tree)) for tree in contents.root.subtrees}
    return {"": [contents.root.docname]} | found


def pages():
    """All pages, in reading order, as paths without a suffix."""
    return [Path(name) for names in parts().values() for name in names]


def chapters():
    """The pages that are notebooks, as paths relative to the project's folder."""
    notebooks = (page.with_suffix(".ipynb") for page in pages())
    return [path for path in notebooks if (ROOT / path).exists()]


def chosen(arguments):
    """The chapters named on the command line, or all of them."""
    unknown = [name for name in arguments if not (ROOT / name).is_file()]
    if unknown:
        names = "\n  ".join(map(str, chapters()))
        sys.exit(f"{unknown[0]} is not a file. The chapters are\n  {names}")
    return [Path(name) for name in arguments] or chapters()


def normalize(notebook):
    """Remove from `notebook` all that would differ between two equal runs."""
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for position, cell in enumerate(notebook.cells):
        kept = {key: cell.metadata[key] for key in KEPT_METADATA & set(cell.metadata)}
        cell.metadata = nbformat.from_dict(kept)
        text = f"{position}{cell.cell_type}{cell.source}"
        cell.id = hashlib.sha256(text.encode()).hexdigest()[:8]
    return notebook


def read(path):
    """Read a notebook (format 4) from a path relative to the project's folder."""
    return nbformat.read(ROOT / path, as_version=4)


def write(notebook, path):
    """Write `notebook` in its normal form; leave the file alone if nothing changed."""
    text = nbformat.writes(normalize(notebook)) + "\n"
    file = ROOT / path
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
