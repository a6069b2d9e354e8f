"""What book/_ext/book_site.py adds to the pages, seen in a small site."""

import html
import re
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

import notebooks

import pytest
import yaml
from sphinx.application import Sphinx

pytestmark = pytest.mark.book
REPOSITORY = "https://github.com/you/your-book"
SETTINGS = {
    "extensions": [
        "sphinx.ext.autodoc",
        "sphinxext.opengraph",
        "notfound.extension",
        "book_site",
    ],
    "html_theme": "sphinx_book_theme",
    "html_baseurl": "https://you.github.io/your-book/",
    "html_theme_options": {
        "repository_url": REPOSITORY,
        "use_repository_button": True,
        "use_issues_button": True,
    },
    "ogp_social_cards": {"enable": False},
    "root_doc": "start",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Folder of a site with two pages."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("out")
    contents = "\n.. toctree::\n\n   more\n"
    (source / "start.rst").write_text(f"Start\n=====\n\nText.\n{contents}")
    (source / "more.rst").write_text("More\n====\n\nText.\n")
    Sphinx(
        source, None, out, out / "trees", "html", SETTINGS, status=None, warning=None
    ).build()
    return out


def test_the_issue_link_fills_the_form_in_with_page_and_version(site):
    links = re.findall(
        r'href="([^"]*/issues/new[^"]*)"', (site / "start.html").read_text()
    )
    assert links
    link = urlsplit(html.unescape(links[0]))
    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{REPOSITORY}/issues/new"
    assert query["page"] == "https://you.github.io/your-book/start.html"
    assert version("physdl-tf") in query["where"]
    form = notebooks.ROOT / ".github" / "ISSUE_TEMPLATE" / query["template"]
    fields = {part.get("id") for part in yaml.safe_load(form.read_text())["body"]}
    assert {"page", "where"} <= query.keys() - {"template", "title"} <= fields


def test_the_page_for_wrong_addresses_works_from_any_path(site):
    text = (site / "404.html").read_text()
    assert "Page not found" in text
    links = re.findall(r'(?:href|src)="([^"]*)"', text)
    assert "/your-book/start.html" in links
    assert "/your-book/search.html" in links
    assert not [link for link in links if not re.match(r"/your-book/|https:|#", link)]


def test_previews_know_the_page_and_its_address(site):
    text = (site / "start.html").read_text()
    address = "https://you.github.io/your-book/start.html"
    assert f'<meta property="og:url" content="{address}" />' in text
