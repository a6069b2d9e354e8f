"""Turn the chapters of the built site into slides, _build/html/slides/, for teaching.

    make slides

Each section of a chapter becomes a column of slides: text and code in pieces that fit a
screen, each figure on a slide of its own. The slides use the site's own styles and
mathematics, and reveal.js from npm; they need no network.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import check_site
import chromium
import notebooks

from bs4 import BeautifulSoup
from tqdm import tqdm

SITE = notebooks.ROOT / "_build" / "html"
REVEAL = "reveal.js@5.2.1"
FILES = ["reveal.js", "reveal.css", "reset.css"]
SHA512 = (
    "afbfffea620ce69df884588332f61f5e0ca35ea191b5afbfa6c77d62dcadb204"
    "65ae947316fe116c7efa4d7776a83fbb64f6446e904385d46125a1607d0ef335"
)
LONGEST = 700  # characters of text and code on one slide
WALK = """() => {
  const found = [];
  Reveal.configure({transition: "none"});
  for (Reveal.slide(0, 0); ; Reveal.next()) {
    const slide = Reveal.getCurrentSlide(), {h, v} = Reveal.getIndices();
    const right = innerWidth - 59;  // the right margin
    const wide = [...slide.querySelectorAll("pre, table, img, mjx-container")].some(
      (e) => e.getBoundingClientRect().right > right);
    if (slide.scrollHeight > 720 || wide)
      found.push(`slide ${h + 1}/${(v || 0) + 1} overflows: ${slide.scrollHeight} px, `
        + `wide ${wide}`);
    if (Reveal.isLastSlide()) return found;
  }
}"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{up}slides/reveal/reset.css">
<link rel="stylesheet" href="{up}slides/reveal/reveal.css">
<link rel="stylesheet" href="{up}_static/pygments.css">
<link rel="stylesheet" href="{up}_static/slides.css">
</head><body><div class="reveal"><div class="slides">
{slides}
</div></div>
<script src="{up}slides/reveal/reveal.js"></script>
<script>MathJax = {{options: {{processHtmlClass: "math", ignoreHtmlClass: "slides"}}}};
// What is still too tall for the screen is shown smaller.
function fit() {{
  const slide = Reveal.getCurrentSlide(), inside = slide.firstElementChild;
  for (let zoom = 1; slide.scrollHeight > 700 && zoom > 0.4; zoom -= 0.05)
    inside.style.zoom = zoom;
}}
Reveal.on("slidechanged", fit);
Reveal.initialize({{hash: true, width: 1280, height: 720, margin: 0}}).then(() =>
  window.MathJax?.startup?.promise).then(fit);</script>
<script defer src="{up}_static/mathjax/tex-chtml.js"></script>
</body></html>
"""


INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Slides</title></head>
<body><main><h1>Slides of the chapters</h1><ul>{links}</ul></main></body></html>
"""


def title(name):
    """The title of a page that was written."""
    soup = BeautifulSoup((SITE / name).read_text("utf-8"), "html.parser")
    return soup.h1.get_text()


def fetch_reveal():
    """Put reveal.js next to the slides, from npm."""
    if shutil.which("npm") is None:
        sys.exit("make slides needs npm for reveal.js: install it (apt install npm).")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["npm", "pack", "--silent", REVEAL], cwd=folder, stdout=subprocess.PIPE
        )
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or not archives:
            sys.exit(
                f"npm could not fetch {REVEAL}: check the network, then try again."
            )
        if hashlib.sha512(archives[0].read_bytes()).hexdigest() != SHA512:
            sys.exit(
                f"{REVEAL} from npm is not the file it should be: nothing written."
            )
        with tarfile.open(archives[0]) as archive:
            for name in FILES:
                target = SITE / "slides" / "reveal" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.extractfile(f"package/dist/{name}").read())


def blocks(section):
    """What stands in a section; code and its results are blocks of their own."""
    for block in section.find_all(recursive=False):
        if "cell" in block.get("class", []):
            for part in block.select(".cell_input, .cell_output"):
                yield from part.find_all(recursive=False)
        elif "solution" in block.get("class", []):
            title, *content = block.find_all(recursive=False)
            yield title
            for part in content:
                yield from blocks(part)
        else:
            yield block


def slides(section):
    """The slides of one section: lists of its blocks."""
    made, length = [[]], 0
    for block in blocks(section):
        if block.name == "section":
            made += slides(block)
            length = LONGEST
            continue
        size = len(block.get_text())
        picture = block.name == "img" or block.find("img") is not None
        solution = "admonition-title" in block.get("class", [])
        if made[-1] and (picture or solution or length + size > LONGEST):
            made.append([])
            length = 0
        made[-1].append(str(block))
        length = LONGEST if picture else length + size
    return [slide for slide in made if slide]


def chapter(name):
    """The slides of one chapter, as a page."""
    soup = BeautifulSoup((SITE / f"{name}.html").read_text("utf-8"), "html.parser")
    article = soup.select_one("article section")
    for unwanted in article.select(
        ".headerlink, .tag_hide-input .cell_input, script, "
        ".above-input, .player-controls"
    ):
        unwanted.decompose()
    for inner in article.select(":scope div section"):  # reveal.js takes it for a slide
        inner.name = "div"
    columns = [
        slides(section.extract())
        for section in article.find_all("section", recursive=False)
    ]
    columns.insert(0, slides(article))
    html = "\n".join(
        "<section>"
        + "".join(f"<section><div>{''.join(s)}</div></section>" for s in column)
        + "</section>"
        for column in columns
    )
    return PAGE.format(
        title=soup.title.get_text(), up="../" * (name.count("/") + 1), slides=html
    )


def overflowing(names):
    """Walk through the slides in a browser; what does not fit, and what complains."""
    found = []
    server, address = check_site.serve(SITE)
    try:
        with chromium.browser() as browser:
            context = browser.new_context(viewport={"width": 1280, "height": 720})
            for name in tqdm(names, desc="slides", disable=None):
                page, _, complaints = check_site.open_page(context, address, name)
                found += [
                    f"{name}: {text}" for text in complaints + page.evaluate(WALK)
                ]
                page.close()
    finally:
        server.shutdown()
    return found


def main():
    """Write the slides of all chapters."""
    if not (SITE / "index.html").exists():
        sys.exit("The site is not built yet: run `make book` first.")
    fetch_reveal()
    names = []
    for path in notebooks.chapters():
        name = path.with_suffix("").as_posix()
        text = chapter(name).replace('src="../', 'src="../../')
        target = SITE / "slides" / f"{name}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        names.append(f"slides/{name}.html")
    entries = [(n.removeprefix("slides/"), title(n)) for n in names]
    links = "".join(f'<li><a href="{n}">{text}</a></li>' for n, text in entries)
    (SITE / "slides" / "index.html").write_text(INDEX.format(links=links), "utf-8")
    print(f"Slides: {SITE.relative_to(notebooks.ROOT)}/slides/index.html")
    if found := overflowing(names):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
