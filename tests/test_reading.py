"""How long a chapter is, where it leads, and which cell shows each of its claims."""

import re
from pathlib import Path

import notebooks

import pytest
import yaml

pytestmark = pytest.mark.book
ROOT = notebooks.ROOT
TEMPLATE = Path("book/template.ipynb")
CHAPTERS = [path for path in notebooks.chapters() if path != TEMPLATE]
CELLS, WORDS, MINUTES = 55, 2600, 65
TO_COME = {  # chapters whose claims and length are still to be gone through
}

each_chapter = pytest.mark.parametrize(
    "path", [path for path in CHAPTERS if str(path) not in TO_COME], ids=str
)


def markdown(path):
    """The Markdown of a page, or of all Markdown cells of a chapter."""
    if path.suffix == ".md":
        return (ROOT / path).read_text("utf-8")
    cells = notebooks.read(path).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


# A chapter is studied in an hour.


def words(path):
    """Number of words of a chapter's prose, exercises included.

    A formula in a line is one word, a displayed one none; options and fences of
    directives, and code in fences, are not prose.
    """
    code = re.compile(r"^```(?:python|text|bash)\n.*?^```", re.M | re.S)
    text = code.sub("", markdown(path))
    text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.S)
    text = re.sub(r"\$[^$]*\$", "x", text)
    text = re.sub(r"^(?:[`:]+\S*(?: .*)?|\(\S+\)=)$", "", text, flags=re.M)
    return sum(any(map(str.isalnum, word)) for word in text.split())


def visible_lines(path):
    """Lines of code that stand unfolded on the page."""
    cells = [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]
    hides = ("hide-input", "hide-cell", "remove-input", "remove-cell")
    shown = [c for c in cells if not set(hides) & set(c.metadata.get("tags", []))]
    return sum(len(cell.source.splitlines()) for cell in shown)


def minutes(path):
    """Estimated time of study: 60 words, or 10 lines of code, a minute.

    The two rates were fitted to one student's times for 18 chapters, 45 to 150 minutes.
    """
    return words(path) / 60 + visible_lines(path) / 10


@each_chapter
def test_chapter_is_studied_in_an_hour(path):
    cells = len(notebooks.read(path).cells)
    found = f"{cells} cells, {words(path)} words, {minutes(path):.0f} minutes"
    print(f"{path}: {found}")
    assert cells <= CELLS and words(path) <= WORDS and minutes(path) <= MINUTES, found


# Next is the page that follows in the contents.


def next_pages():
    """Pages that name the next one, {path: name of the next page}."""
    names = [name for part in notebooks.parts().values() for name in part]
    followed = dict(zip(names, names[1:], strict=False))
    ends = {name for name in names if name.endswith("/pros-cons")}
    parted = {str(path.with_suffix("")) for path in CHAPTERS} - {"book/benchmarks"}
    return {name: followed[name] for name in names if name in ends | parted}


@pytest.mark.parametrize(("name", "following"), next_pages().items())
def test_next_is_the_next_page_of_the_contents(name, following):
    page = ROOT / name
    suffix = ".md" if page.with_suffix(".md").exists() else ".ipynb"
    links = re.findall(r"^Next: \{doc\}`([^`]+)`", markdown(Path(name + suffix)), re.M)
    there = [(page.parent / link).resolve() for link in links]
    assert there == [ROOT / following], f"write: Next: {{doc}}`...` for {following}"


# Each claim that something is better than something else names what shows it.

COMPARISON = re.compile(
    r"\b(?:better|worse|faster|slower|cheaper|smaller|larger|higher|lower|closer"
    r"|(?:more|less) (?:accurate|exact|precise|expensive|robust))\b[^.;]*\bthan\b"
    r"|\b(?:beats?|wins?|outperforms?|loses to|is ahead of)\b",
    re.I,
)


def flat(text):
    """Text as a reader sees it: without emphasis, on one line."""
    return " ".join(re.sub(r"[*_]{1,2}(?=\w)|(?<=\w)[*_]{1,2}", "", text).split())


def claims(path):
    """The claims of a chapter, as listed in `tests/claims`."""
    name = "-".join(path.with_suffix("").parts[1:])
    file = ROOT / "tests" / "claims" / f"{name}.yml"
    return (yaml.safe_load(file.read_text("utf-8")) or []) if file.exists() else []


def comparisons(path):
    """Sentences of a chapter's prose that compare."""
    text = re.sub(r"^(`{3,})\w+\n.*?^\1", "", markdown(path), flags=re.M | re.S)
    text = re.sub(r"\$\$.*?\$\$", "", text, flags=re.S)
    paragraphs = re.split(r"\n\s*\n|^(?=[-|#:`]|\d\. )", text, flags=re.M)
    for paragraph in paragraphs:
        for sentence in re.split(r"(?<=[.!?:]) (?=[A-Z*])", flat(paragraph)):
            if COMPARISON.search(sentence):
                yield sentence


def evidence(path, shown):
    """What a cell printed, or the name of a figure, with the number of the cell."""
    for number, cell in enumerate(notebooks.read(path).cells):
        if cell.cell_type != "code":
            continue
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == shown:
            yield number, shown
        for output in cell.outputs:
            plain = output.get("data", {}).get("text/plain", "")
            for line in (output.get("text", "") + plain).splitlines():
                if shown in line:
                    yield number, line.strip()


@each_chapter
def test_each_claim_names_what_shows_it(path):
    """Print the claims (see them with -rP): sentence, cell, and what it printed."""
    text = flat(markdown(path))
    for entry in claims(path):
        claim = flat(entry["claim"])
        assert claim in text, f"not in the prose: {claim}"
        print(f"{path}: {claim}")
        shown = entry.get("shown", [])
        for fragment in [shown] if isinstance(shown, str) else shown:
            found = list(evidence(path, fragment))
            assert found, f"no cell printed, and no figure is called: {fragment}"
            for number, line in found:
                print(f"    cell {number}: {line}")
        assert shown or entry.get("argument") or entry.get("other"), claim


@each_chapter
def test_each_comparison_is_listed_as_a_claim(path):
    listed = [flat(entry["claim"]) for entry in claims(path)]
    missing = [
        sentence
        for sentence in comparisons(path)
        if not any(claim in sentence or sentence in claim for claim in listed)
    ]
    assert not missing, "list in tests/claims: " + "\n".join(missing)
