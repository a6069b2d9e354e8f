"""The structure of the book: chapters, figures, exercises, links and the address."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from statistics import median

import notebooks
import set_repository

import nbformat
import pytest
import yaml

pytestmark = pytest.mark.book
ROOT = notebooks.ROOT
CHAPTERS = notebooks.chapters()
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
ADDRESS = set_repository.address()
TRACKED = set_repository.tracked()
IN_BOOK = [path for path in TRACKED if path.parts[0] == "book"]
PAGES = [path for path in IN_BOOK if path.suffix in {".md", ".ipynb"}]
LECTURE = [
    f"L{part}.{item}"
    for part, last in enumerate([3, 7, 11, 12, 3])
    for item in range(1, last + 1)
]

GLOSSARY = (ROOT / "book" / "glossary.md").read_text("utf-8").partition("{glossary}")[2]

each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=str)


def code_cells(path):
    """Code cells of a chapter that are not empty."""
    cells = notebooks.read(path).cells
    return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def prose(path):
    """Markdown of a page, or of all Markdown cells of a chapter."""
    if path.suffix == ".md":
        return (ROOT / path).read_text("utf-8")
    cells = notebooks.read(path).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


# Every page is there.


def test_every_page_of_the_contents_is_tracked():
    missing = [
        str(page)
        for page in notebooks.pages()
        if not {page.with_suffix(".md"), page.with_suffix(".ipynb")} & set(TRACKED)
    ]
    assert not missing, "listed in _toc.yml, but not in git"


def test_every_tracked_page_is_in_the_contents():
    listed = set(notebooks.pages())
    assert not [str(path) for path in PAGES if path.with_suffix("") not in listed]


# Every chapter is as a fresh kernel left it.


@each_chapter
def test_cells_ran_in_order_from_a_fresh_kernel(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1)), "run make execute CHAPTER=..."


@each_chapter
def test_chapter_is_stored_in_its_normal_form(path):
    stored = notebooks.read(path)
    normal = notebooks.normalize(notebooks.read(path))
    assert stored == normal, "run make execute CHAPTER=..."


@each_chapter
def test_outputs_hold_no_unexpected_error_and_no_stderr(path):
    for cell in code_cells(path):
        kinds = {output.output_type for output in cell.outputs}
        streams = {output.get("name") for output in cell.outputs}
        assert "error" not in kinds or "raises-exception" in tags(cell), cell.source
        assert "stderr" not in streams, cell.source


# Every chapter has its parts.


@each_chapter
def test_first_cells_are_title_box_and_set_up(path):
    title, box, set_up = notebooks.read(path).cells[:3]
    assert title.source.startswith("# ")
    assert ":class: at-a-glance" in box.source
    for part in ("**Question.**", "**Prerequisites.**", "**You will be able to**"):
        assert part in box.source
    assert "hide-input" in tags(set_up)
    assert f"git+https://github.com/{ADDRESS}" in set_up.source


def test_set_up_cell_is_the_same_in_all_chapters():
    assert len({notebooks.read(path).cells[2].source for path in CHAPTERS}) == 1


@each_chapter
def test_chapter_has_break_it_exercises_summary_and_references(path):
    text = prose(path)
    for heading in ("Break it", "Exercises", "Summary", "References"):
        assert re.search(rf"^## .*{heading}", text, re.M | re.I), heading
    assert "{footbibliography}" in text


def solutions(path):
    """Code that ran, of the solution of each exercise: {label: text}."""
    found, label = {}, None
    for cell in notebooks.read(path).cells:
        if start := re.search(r"\{solution-start\} *(\S+)", cell.source):
            assert ":class: dropdown" in cell.source
            label = start[1]
            found[label] = ""
        elif "{solution-end}" in cell.source:
            label = None
        elif label and cell.cell_type == "code" and cell.execution_count:
            found[label] += cell.source + "\n"
    return found


@each_chapter
def test_exercises_have_collapsed_executed_solutions(path):
    labels = re.findall(r"\{exercise\}[^\n]*\n:label: *(\S+)", prose(path))
    assert len(labels) >= 2
    solved = solutions(path)
    assert list(solved) == labels, "each exercise is followed by its solution"
    assert all(solved.values()), "each solution has a cell that ran"


@each_chapter
def test_self_checks_of_exercises_stand_in_their_solutions(path):
    text, solved = prose(path), solutions(path)
    exercise = re.compile(
        r"^(`{3,})\{exercise\}[^\n]*\n:label: *(\S+)\n(.*?)^\1$", re.M | re.S
    )
    form = re.compile(r"^Check yourself:\n```python\n(assert .*?)\n```$", re.M | re.S)
    checks = 0
    for fence, label, body in exercise.findall(text):
        for check in form.findall(body):
            checks += 1
            assert len(fence) > 3, f"{label}: four backticks around a check"
            for line in check.splitlines():
                assert line in solved[label].splitlines(), f"{label}: {line}"
    assert checks == text.count("Check yourself"), "a check is not in its form"


@each_chapter
def test_every_figure_has_a_caption_a_name_and_an_alternative_text(path):
    for cell in code_cells(path):
        images = [out for out in cell.outputs if "image/png" in out.get("data", {})]
        if images:
            shown = cell.metadata.get("mystnb", {})
            assert len(images) == 1, f"one figure a cell: {cell.source[:60]!r}"
            assert shown.get("figure", {}).get("caption"), cell.source
            assert shown["figure"].get("name", "").startswith("fig-"), cell.source
            assert shown.get("image", {}).get("alt"), cell.source


def hidden(cell):
    """Is the cell folded away, or not on the page at all?"""
    return any(tag.startswith(("hide-", "remove-")) for tag in tags(cell))


@each_chapter
def test_code_cells_are_short(path):
    """Lines are counted as a reader sees them, blank ones included."""
    visible = []
    for number, cell in enumerate(code_cells(path)):
        lines = cell.source.splitlines()
        limit = 25 if hidden(cell) else 16
        assert len(lines) <= limit, f"{len(lines)} of {limit} lines: {lines[0]}"
        visible += [] if hidden(cell) else [len(lines)]
        if number:  # the set-up cell is hidden
            widest = max(lines, key=len)
            assert len(widest) <= 76, f"{len(widest)} characters: {widest}"
    assert median(visible) <= 8, "half of the cells that a reader sees are longer"


NUMBER = r"\d+\.\d*(?:e[-+]?\d+)?|\d+(?:e[-+]?\d+)?"


def shown(path):
    """Numbers of the outputs, and decimal ones of the code: what a reader can check."""
    for cell in code_cells(path):
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
            if token.type == tokenize.NUMBER and re.search("[.eE]", token.string):
                yield float(token.string)
        for output in cell.outputs:
            plain = output.get("data", {}).get("text/plain", "")
            for text in (output.get("text", ""), plain, output.get("evalue", "")):
                yield from map(float, re.findall(NUMBER, text, re.I))


@each_chapter
def test_decimal_numbers_of_the_prose_stand_in_a_cell_or_an_output(path):
    text = re.sub(r"^(`{3,})\w+\n.*?^\1", "", prose(path), flags=re.M | re.S)
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`", "", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)|https?://\S+|\bL\d\.\d+", "", text)
    known = list(shown(path))
    for number in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\d)", text):
        digits = len(number.split(".")[1])
        rounded = {round(value, digits) for value in known}
        assert float(number) in rounded, f"no cell shows the {number} of the text"


@each_chapter
def test_only_the_template_says_what_belongs_in_a_cell(path):
    hints = "\n".join(cell.source for cell in notebooks.read(path).cells)
    hints = re.findall(r"^(?:\*|# )Here: ", hints, re.M)
    assert bool(hints) == (path == Path("book/template.ipynb")), "delete these lines"


def test_glossary_is_sorted_and_holds_only_words_of_the_book():
    terms = re.findall(r"^(?=[^\s:`#{(])(.+)\n(?:.+\n)?  ", GLOSSARY, re.M)
    plain = [term.lower().replace("é", "e").replace("–", "-") for term in terms]
    assert len(terms) > 60 and plain == sorted(set(plain)), "it makes the index"
    pages = [path for path in PAGES if path.name != "glossary.md"]
    text = "\n".join(prose(path) for path in pages).lower()
    text = " ".join(text.replace("*", "").split())
    assert not [term for term in terms if term.lower() not in text]


# What is not compared is known.


@each_chapter
def test_only_asserts_are_left_out_of_the_comparison(path):
    for cell in code_cells(path):
        marks = re.findall(r"nbval[-_]\w+(?:[-_]\w+)?", cell.source, re.I)
        assert not marks, f"a comment for nbval, use a tag: {marks}"
        assert "nbval-skip" not in tags(cell)
        if "nbval-ignore-output" in tags(cell):
            print(f"not compared in {path}: {cell.source!r}")
            kinds = {type(node) for node in ast.parse(cell.source).body}
            assert kinds == {ast.Assert}, cell.source


@pytest.mark.parametrize(("stored", "status"), [("0.1235", 0), ("0.1234", 1)])
def test_make_test_compares_every_digit(stored, status, tmp_path):
    """The options of `make test` let a chapter pass as it is, but no other digit."""
    output = nbformat.v4.new_output("stream", name="stdout", text=f"{stored}\n")
    cell = nbformat.v4.new_code_cell(
        "print(0.1235)", execution_count=1, outputs=[output]
    )
    chapter = tmp_path / "chapter.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), chapter)
    recipe = subprocess.run(
        ["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True
    )
    options = re.search(r"-m pytest (.*?)(?: -n 2)? -x", recipe.stdout)[1].split()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, chapter],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stdout


# Links lead somewhere.


def test_launch_links_point_to_tracked_notebooks_on_the_published_branch():
    branch = CONFIG["repository"]["branch"]
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert yaml.safe_load(workflow)[True]["push"]["branches"] == [branch]
    assert CONFIG["repository"]["path_to_book"] == ""
    assert set(CHAPTERS) <= set(TRACKED)


def test_lecture_map_has_each_item_once_and_each_link_leads_somewhere():
    rows = {}
    for line in prose(Path("book/lecture-map.md")).splitlines():
        if item := re.match(r"\| *\W*(L\d\.\d+)\b", line):
            assert item[1] not in rows, f"{item[1]} stands twice"
            rows[item[1]] = line
    assert sorted(rows) == sorted(LECTURE)
    pages = {page.relative_to("book").as_posix() for page in notebooks.pages()}
    text = "\n".join(prose(path) for path in PAGES)
    labels = set(re.findall(r"^\((\S+)\)=", text, re.M))
    for item, row in rows.items():
        links = re.findall(r"\{(doc|ref)\}`(?:[^`<]*<)?([^`>]+)>?`", row)
        assert links or "planned" in row.lower(), f"{item} leads nowhere"
        for kind, target in links:
            assert target in (pages if kind == "doc" else labels), f"{item}: {target}"


# One address, and nothing of the machine that the book was made on.


def test_one_repository_address_is_used_everywhere():
    owner, name = ADDRESS.split("/")
    assert CONFIG["html"]["baseurl"] == f"https://{owner}.github.io/{name}/"
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["repository-code"] == f"https://github.com/{ADDRESS}"
    readme = (ROOT / "README.md").read_text("utf-8")
    badges = (
        f"https://github.com/{ADDRESS}/actions",
        f"https://mybinder.org/v2/gh/{ADDRESS}/main",
        f"https://colab.research.google.com/github/{ADDRESS}/blob/main/",
    )
    for badge in badges:
        assert badge in readme


def test_no_other_address_of_this_book_is_left():
    forms = r"(?:github\.com|google\.com/github|/v2/gh)/([\w.-]+/[\w.-]+)"
    for path in TRACKED:
        if path.suffix in set_repository.TEXT and path.name != "requirements.txt":
            text = (ROOT / path).read_text("utf-8")
            if ADDRESS != "OWNER" + "/" + "REPO":
                assert "OWNER" not in text, f"{path}: run make publish-address"
            for found in re.findall(forms, text):
                same_name = found.split("/")[1] == ADDRESS.split("/")[1]
                assert found == ADDRESS or not same_name, f"{path}: {found}"


def test_pictures_of_the_readme_are_tracked():
    readme = (ROOT / "README.md").read_text("utf-8")
    pictures = re.findall(r"!\[[^]]+\]\((?!https)([^)]+)\)", readme)
    assert pictures
    assert {Path(name) for name in pictures} <= set(TRACKED)


def test_the_address_is_replaced_in_both_of_its_forms():
    old = "see github.com/a/b.git and https://a.github.io/b/, not a/bc.github.io"
    new = "see github.com/me/x.git and https://me.github.io/x/, not me/xc.github.io"
    assert set_repository.replaced(old, "a/b", "me/x") == new


def test_no_tracked_file_names_a_folder_of_one_machine():
    machine = re.compile(r"(?<![\w.:/-])/(?:home|root|work|Users|tmp|opt)/\w")
    for path in TRACKED:
        if path.suffix in {".md", ".ipynb", ".py", ".yml", ".toml", ".cff", ".txt"}:
            found = machine.search((ROOT / path).read_text("utf-8"))
            assert not found, f"{path}: {found[0]}"
