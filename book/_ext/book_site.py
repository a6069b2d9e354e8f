"""What the site needs beyond Jupyter Book.

Measured run times, moving pictures, MathJax offline, addresses, and issue links.
"""

import functools
import html
import importlib.util
import json
import platform
import re
import subprocess
from importlib.metadata import packages_distributions, version
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

import budgets

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective
from sphinx.util.fileutil import copy_asset

PLAYER = """
<div class="player" data-strip="{strip}" data-frames="{frames}" {autoplay}>
<img src="{image}" alt="{alt}" />
<div class="player-controls" hidden>
<button type="button">Play</button>
<input type="range" min="0" max="{last}" value="0" aria-label="{label}" />
</div>
</div>
"""
NOT_FOUND = """
<h1>Page not found</h1>
<p>There is no page at this address; it may have been renamed. Start from the
<a href="{home}">home page</a>, look into the <a href="{index}">index</a>, or
<a href="{search}">search the book</a>.</p>
"""
STATUS = Path(__file__).resolve().parent.parent / "status.json"
MATHJAX = ["tex-chtml.js", "input/tex/extensions", "output/chtml/fonts"]
MODULES = ["tensorflow", "keras", "numpy", "scipy", "matplotlib", "sphinx"]


def read_status(env):
    """The measurements that `make status` stored; pages that show them depend on it."""
    env.note_dependency(str(STATUS))
    empty = {"machine": "not measured yet", "chapters": {}}
    return json.loads(STATUS.read_text(encoding="utf-8")) if STATUS.exists() else empty


def add_measurements(app, doctree):
    """End each "At a glance" box with the chapter's measured run time and memory."""
    for box in doctree.findall(nodes.admonition):
        if "at-a-glance" not in box["classes"]:
            continue
        measured = read_status(app.env)["chapters"].get(app.env.docname)
        line = nodes.paragraph()
        line += nodes.strong(text="Measured run time")
        if measured:
            line += nodes.Text(f" {measured['seconds']} s · ")
            line += nodes.strong(text="memory")
            line += nodes.Text(f" {measured['gigabytes']} GB")
        else:
            line += nodes.Text(" not measured yet")
        box += line


class RunStatus(SphinxDirective):
    """`{run-status}`: the table of measurements, and where they were made."""

    def run(self):
        """Write the table in Markdown and parse it."""
        status = read_status(self.env)
        rows = ["| Chapter | Run time | Budget | Memory |", "| --- |" + " ---: |" * 3]
        for name, entry in status["chapters"].items():
            budget = budgets.LONGER.get(name, budgets.SECONDS)
            numbers = f"{entry['seconds']} s | {budget} s | {entry['gigabytes']} GB"
            rows.append(f"| {{doc}}`/{name}` | {numbers} |")
        text = "\n".join([f"Measured on: {status['machine']}.", "", *rows])
        return self.parse_text_to_nodes(text)


class Player(SphinxDirective):
    """`{player} name`: a moving picture with a button and a slider.

    Shows `_static/animations/name.webp`; its frames stand below each other in
    `name-strip.webp`. The content is the caption; `:alt:` describes the picture.
    """

    required_arguments = 1
    has_content = True
    option_spec = {
        "alt": directives.unchanged_required,
        "label": directives.unchanged_required,
        "frames": directives.positive_int,
        "autoplay": directives.flag,
    }

    def run(self):
        """Build the figure; the script player.js brings it to life."""
        folder = "../" * self.env.docname.count("/") + "_static/animations/"
        name, option = self.arguments[0], self.options
        figure = nodes.figure(classes=["player-figure"])
        figure += nodes.raw(
            "",
            PLAYER.format(
                image=f"{folder}{name}.webp",
                strip=f"{folder}{name}-strip.webp",
                alt=html.escape(option["alt"]),
                label=html.escape(option["label"]),
                frames=option["frames"],
                last=option["frames"] - 1,
                autoplay='data-autoplay="yes"' if "autoplay" in option else "",
            ),
            format="html",
        )
        inside = self.parse_content_to_nodes()
        figure += nodes.caption("", "", *inside[0].children)
        return [figure]


class BuildVersions(SphinxDirective):
    """`{build-versions}`: the versions that are installed where the book is built."""

    def run(self):
        """Write the table in Markdown and parse it."""
        distributions = packages_distributions()
        names = ["jupyter-book", *(distributions[module][0] for module in MODULES)]
        rows = [f"| {name} | {version(name)} |" for name in names]
        head = ["| Software | Version |", "| --- | --- |"]
        python = f"| Python | {platform.python_version()} |"
        return self.parse_text_to_nodes("\n".join([*head, python, *rows]))


def escape_bars(app, what, name, obj, options, lines):
    """Let |u| in a docstring mean an absolute value; code between backticks stays."""
    for number, line in enumerate(lines):
        spans = re.split(r"(`+.*?`+)", line)
        spans[::2] = [text.replace("|", r"\|") for text in spans[::2]]
        lines[number] = "".join(spans)


def skip_fields(app, what, name, obj, skip, options):
    """Leave out what Python says of a named tuple's field: its class says more."""
    return str(obj.__doc__).startswith("Alias for field number") or None


def clean_scripts(app, pagename, templatename, context, doctree):
    """Drop scripts that are listed twice, thebe, and MathJax where there is no math."""
    kept = {}
    unwanted = (
        ["thebe"] if 'class="math' in context.get("body", "") else ["thebe", "mathjax"]
    )
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body") or ""
        key = (str(getattr(script, "filename", script)), body)
        if not any(word in "".join(key).lower() for word in unwanted):
            kept.setdefault(key, script)
    context["script_files"][:] = kept.values()


def set_addresses(app, config):
    """Derive from `baseurl` what the page for wrong addresses and previews need."""
    config.ogp_site_url = config.html_baseurl
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path
    pages = {"home": config.root_doc, "index": "genindex", "search": "search"}
    links = {k: f"{config.notfound_urls_prefix}{v}.html" for k, v in pages.items()}
    body = NOT_FOUND.format(**links)
    config.notfound_context = {"title": "Page not found", "body": body}


@functools.cache
def commit(folder):
    """Short name of the commit that a folder is at."""
    command = ["git", "-C", folder, "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def link_issues(app, pagename, templatename, context, doctree):
    """Fill the issue form (.github/ISSUE_TEMPLATE) in with the page and the version."""
    where = f"The site, version {version('physdl-tf')}, commit {commit(app.srcdir)}"
    form = {
        "template": "chapter.yml",
        "title": f"{pagename}: ",
        "page": urljoin(app.config.html_baseurl, f"{pagename}.html"),
        "where": where,
    }
    address = app.config.html_theme_options["repository_url"]
    for group in context["header_buttons"]:
        for button in group.get("buttons", []):
            if button.get("label") == "source-issues-button":
                query = urlencode(form, quote_via=quote)
                button["url"] = f"{address}/issues/new?{query}"


def name_list_items(app, pagename, templatename, context, doctree):
    """Name entries of the bibliography what they are in its list; docutils does not."""
    old, new = 'role="doc-biblioentry"', 'role="listitem"'
    context["body"] = context.get("body", "").replace(old, new)


def copy_mathjax(app, error):
    """Copy the part of MathJax that the pages load next to them, 2 MB of 24 MB."""
    if error or app.builder.format != "html":
        return
    package = importlib.util.find_spec("sphinx-mathjax-offline").origin
    source = Path(package).parent / "static" / "mathjax"
    for name in MATHJAX:
        target = Path(app.outdir, "_static", "mathjax", name)
        copy_asset(source / name, target.parent if target.suffix else target)


def setup(app):
    """Register the extension with Sphinx."""
    app.add_directive("run-status", RunStatus)
    app.add_directive("player", Player)
    app.add_directive("build-versions", BuildVersions)
    app.connect("doctree-read", add_measurements)
    app.connect("autodoc-process-docstring", escape_bars)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("config-inited", set_addresses, priority=950)  # after the root is set
    app.connect("html-page-context", link_issues, priority=900)
    app.connect("html-page-context", name_list_items)
    app.connect("html-page-context", clean_scripts, priority=990)
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
