"""Look at every page of the built site in a real browser, as a reader would.

    make check-site
    python scripts/check_site.py _build/html --screenshots _build/screenshots

Serves the site on localhost and opens each page in headless Chromium at desktop and
phone width, in light and dark. A page fails if it asks another host for anything, logs
an error, lacks a file, leaves mathematics untypeset, is wider than the screen, breaks a
link, hides what the keyboard reaches, weighs too much, or breaks an accessibility rule
that axe-core calls critical, serious or moderate.
"""

import argparse
import functools
import gzip
import html
import http.server
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import chromium

import axe_playwright_python
import yaml
from playwright.sync_api import TimeoutError
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
MODES = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
HOME = ("index.html", "book/index.html")
HOME_LIMIT, PAGE_LIMIT = 500, 1000  # kilobytes, compressed; animations apart
BROWSERS = 2  # at a time
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
COMPRESSED = (".html", ".js", ".css", ".svg", ".json", ".txt", ".xml")

# What the page itself says: runs in the browser.
LOOK = r"""async () => {
  const name = element => element.outerHTML.slice(0, 90).replace(/\s+/g, " ");
  const all = selector => [...document.querySelectorAll(selector)];
  const found = [];
  const width = document.documentElement;
  if (width.scrollWidth > width.clientWidth)
    found.push(`overflow: ${width.scrollWidth} px wide on ${width.clientWidth} px`);
  for (const e of all(".math"))
    if (!e.querySelector("mjx-container")) found.push("math not typeset: " + name(e));
  for (const e of all("mjx-merror, [data-mjx-error]"))
    found.push("math with an error: " + name(e));
  for (const e of all("article p, article li, figcaption")) {
    const copy = e.cloneNode(true);
    copy.querySelectorAll("code, pre, mjx-container").forEach(c => c.remove());
    if (/\$\$|\\[a-z]{2,}|\\[(\[]/i.test(copy.textContent))
      found.push("math left as text: " + name(e));
  }
  for (const e of all("img")) {
    e.loading = "eager";
    if (!e.hasAttribute("alt")) found.push("image without alt: " + name(e));
    await e.decode().catch(() => found.push("image broken: " + name(e)));
  }
  for (const e of all("figure img, .cell_output img, article video"))
    if (!(e.alt || e.getAttribute("aria-label") || "").trim())
      found.push("figure without alternative text: " + name(e));
  for (const e of all("article table"))
    if (!e.querySelector("th")) found.push("table without headers: " + name(e));
  return found;
}"""

# Is the element that has the focus on the screen, and does it look focused?
FOCUS = r"""async () => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const again = e.dataset.reached === "yes";
  e.dataset.reached = "yes";
  const moving = document.getAnimations().filter(a => a instanceof CSSTransition);
  await Promise.allSettled(moving.map(a => a.finished));
  const box = e.getBoundingClientRect();
  const shown = e.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth
    && box.bottom > 0 && box.top < innerHeight;
  const ring = element => { const s = getComputedStyle(element);
    return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0
      || s.boxShadow !== "none"; };
  return {name: e.outerHTML.slice(0, 90).replace(/\s+/g, " "), again, shown,
          ring: ring(e) || e.closest("label") !== null && ring(e.closest("label"))};
}"""

# What can be clicked, but was not reached with the Tab key.
UNREACHED = r"""() => [...document.querySelectorAll(
    "a[href], button, input:not([type=radio]), select, textarea, summary")]
  .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled
    && e.dataset.reached !== "yes")
  .map(e => e.outerHTML.slice(0, 90).replace(/\s+/g, " "))"""


def serve(folder, root="/"):
    """Serve a folder below `root` on a free port of localhost: server and address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def translate_path(self, path):
            inside = path.startswith(root)
            return super().translate_path(path[len(root) - 1 :]) if inside else ""

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}{root}"


def pages_of(folder):
    """Paths of all pages, relative to the site's root; slides are not pages."""
    paths = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*.html")
    }
    refresh = '<meta http-equiv="Refresh"'  # a page that only sends the reader on
    return [
        name
        for name, path in sorted(paths.items())
        if not name.startswith(("_", "slides/"))
        and refresh not in path.read_text("utf-8")
    ]


def open_page(context, address, name):
    """Open one page; returns it with what it requested and what it complained of."""
    page, requested, complaints = context.new_page(), [], []

    def on_request(request):
        requested.append(request.url)
        if not request.url.startswith((address, "data:", "blob:")):
            complaints.append(f"external request: {request.url}")

    def on_console(message):
        if message.type == "error":
            complaints.append(f"console: {message.text} {message.location['url']}")

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.goto(address + name, wait_until="load")
    page.evaluate(
        "() => Promise.all([window.MathJax?.startup?.promise, document.fonts.ready])"
    )
    return page, requested, complaints


def accessibility(page):
    """Violations of axe-core's rules that are more than minor."""
    page.evaluate(AXE)
    result = page.evaluate(
        "() => axe.run({preload: false, resultTypes: ['violations']})"
    )
    return [
        f"axe {rule['impact']}: {rule['id']}: {node['target']} {node['html'][:90]}"
        for rule in result["violations"]
        if rule["impact"] in ("critical", "serious", "moderate")
        for node in rule["nodes"][:3]
    ]


def keyboard(page):
    """Walk through the page with the Tab key; what has the focus must be seen."""
    found = []
    page.keyboard.press("Tab")
    while (focus := page.evaluate(FOCUS)) and not focus["again"]:
        if not focus["shown"]:
            found.append(f"keyboard: focus on something hidden: {focus['name']}")
        elif not focus["ring"]:
            found.append(f"keyboard: focus not visible: {focus['name']}")
        page.keyboard.press("Tab")
    return found + [f"keyboard: not reached: {e}" for e in page.evaluate(UNREACHED)]


def wire_size(path):
    """Kilobytes of one file as a server that compresses text would send it."""
    data = path.read_bytes()
    return len(gzip.compress(data) if path.suffix in COMPRESSED else data) / 1000


def weight(folder, address, requested):
    """Kilobytes that a page loads: (all but animations, animations)."""
    own = {urlsplit(url.removeprefix(address)).path for url in requested}
    files = [path for name in own if (path := folder / unquote(name)).is_file()]
    sizes = {path.name: wire_size(path) for path in files}
    strips = sum(size for name, size in sizes.items() if name.endswith("-strip.webp"))
    return sum(sizes.values()) - strips, strips


def look_at(folder, address, names, screenshots, bar):
    """Open pages in all modes: [(page and mode, complaint)], {page: weight}."""
    found, weights = [], {}
    with chromium.browser() as browser:
        for width, scheme in MODES:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            for name in names:
                page, requested, complaints = open_page(context, address, name)
                complaints += page.evaluate(LOOK) + accessibility(page)
                if screenshots:
                    file = name.replace("/", "-").replace(".html", "")
                    path = Path(screenshots, f"{file}-{width}-{scheme}.png")
                    page.screenshot(path=path, full_page=True)
                if (width, scheme) == MODES[0]:
                    weights[name] = weight(folder, address, requested)
                    complaints += keyboard(page)
                found += [(f"{name} [{width} {scheme}]", text) for text in complaints]
                page.close()
                bar.update()
            context.close()
    return found, weights


def too_heavy(weights):
    """Pages above their limit; prints the heaviest ones."""
    found = []
    for name, (size, strips) in sorted(weights.items(), key=lambda item: -item[1][0]):
        limit = HOME_LIMIT if name in HOME else PAGE_LIMIT
        if size > limit:
            text = f"weight: {size:.0f} KB compressed, at most {limit}"
            found.append((name, text))
        if name in HOME or len(found) + 3 > list(weights).index(name):
            print(f"{size:6.0f} KB + {strips:.0f} KB of animations  {name}")
    return found


def broken_links(folder, names, base):
    """Links into the site (which is published at `base`) that lead nowhere."""
    pattern = rf'(?:\bhref="|\bsrc="|; url=|content="(?={re.escape(base)}))([^"]+)"'
    text = {path: path.read_text("utf-8") for path in folder.rglob("*.html")}
    ids = {path: set(re.findall(r'\bid="([^"]+)"', text[path])) for path in text}
    found = []
    for name in names:
        for link in sorted(set(re.findall(pattern, text[folder / name]))):
            url, anchor = urldefrag(urljoin(base + name, html.unescape(link)))
            if urlsplit(url)[:2] != urlsplit(base)[:2]:
                continue
            path = folder / unquote(urlsplit(url.removeprefix(base)).path)
            path = path / "index.html" if path.is_dir() else path
            there = url.startswith(base) and path.is_file()
            if not there or anchor and unquote(anchor) not in ids.get(path, {anchor}):
                found.append((name, f"broken link: {link}"))
    return found


def search(address, word="Burgers"):
    """The site's own search must find a word that it holds."""
    with chromium.browser() as browser:
        page = browser.new_page()
        page.goto(urljoin(address, f"search.html?q={word}"))
        try:
            page.wait_for_selector("#search-results li a", timeout=10_000)
        except TimeoutError:
            return [("search.html", f"search: '{word}' was not found")]
    return []


def check(folder, base, screenshots=None, names=None):
    """Check a site that is published at `base`: [(page and mode, complaint)]."""
    folder = Path(folder).resolve()
    names = names or pages_of(folder)
    server, address = serve(folder, urlsplit(base).path)
    bar = tqdm(total=len(names) * len(MODES), unit="page", disable=None)
    with bar, ThreadPoolExecutor(BROWSERS) as pool:
        jobs = [
            pool.submit(look_at, folder, address, part, screenshots, bar)
            for part in (names[i::BROWSERS] for i in range(BROWSERS))
        ]
        results = [job.result() for job in jobs]
    found = sum((complaints for complaints, _ in results), search(address))
    server.shutdown()
    weights = {name: size for _, part in results for name, size in part.items()}
    return found + broken_links(folder, names, base) + too_heavy(weights)


def main(arguments):
    """Check the site in a folder; print what is wrong, page by page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--page", action="append", help="only this page, repeatable")
    options = parser.parse_args(arguments)
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    base = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["html"]["baseurl"]
    found = check(options.folder, base, options.screenshots, options.page)
    for where, complaint in found:
        print(f"{where}: {complaint}")
    print(f"{len(found)} complaints in {len(MODES)} modes.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
