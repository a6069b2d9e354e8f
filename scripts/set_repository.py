"""Put the address of your copy into every page, badge and set-up cell.

Usage: python scripts/set_repository.py you/your-book
"""

import re
import subprocess
import sys

import notebooks

import nbformat
import yaml

TEXT = {".md", ".yml", ".toml", ".cff", ".ipynb", ".bib"}


def address():
    """The repository's present address, "owner/name", as `_config.yml` has it."""
    config = yaml.safe_load((notebooks.ROOT / "_config.yml").read_text("utf-8"))
    return config["repository"]["url"].removeprefix("https://github.com/")


def tracked():
    """All files that git tracks, as paths relative to the project's folder."""
    command = ["git", "ls-files", "-z"]
    listing = subprocess.check_output(command, cwd=notebooks.ROOT, text=True)
    return [notebooks.Path(name) for name in listing.split("\0")[:-1]]


def replaced(text, old, new):
    """`text` with both forms of the address replaced: on GitHub and as a site."""
    for form in ("{}/{}", "{}.github.io/{}"):
        text = text.replace(form.format(*old.split("/")), form.format(*new.split("/")))
    return text


def main(arguments):
    """Replace the present address by the one in `arguments` in all tracked files."""
    if len(arguments) != 1 or not re.fullmatch(r"[\w.-]+/[\w.-]+", arguments[0]):
        sys.exit("Give one address, as in: make publish-address REPO=you/your-book")
    old, new = address(), arguments[0]
    for path in tracked():
        file = notebooks.ROOT / path
        if path.suffix not in TEXT or not file.exists():
            continue
        before = file.read_text("utf-8")
        after = replaced(before, old, new)
        if after == before:
            continue
        if path.suffix == ".ipynb":
            notebooks.write(nbformat.reads(after, as_version=4), path)
        else:
            file.write_text(after, "utf-8")
        print(path)
    print(f"{old} is now {new}. Commit the change and push.")


if __name__ == "__main__":
    main(sys.argv[1:])
