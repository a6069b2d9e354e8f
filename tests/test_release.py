"""What a release says about itself: one version, and what the weekly run installs."""

import ast
import re
import shlex
from importlib.metadata import version
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def test_the_citation_and_the_changelog_name_the_version_of_the_package():
    package = ast.parse((ROOT / "physdl_tf" / "__init__.py").read_text("utf-8"))
    [typed] = [
        node.value.value
        for node in package.body
        if isinstance(node, ast.Assign) and node.targets[0].id == "__version__"
    ]
    assert version("physdl-tf") == typed, "reinstall the package: make setup"
    # Read by GitHub and Zenodo as it stands, so it has to repeat the version.
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == typed
    # The newest release of the changelog, or the first one that it announces.
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(\d.*?)\] - (\d{4}-\d\d-\d\d)$", text, re.M)
    announced = re.findall(r"first release, (\d+\.\d+\.\d+)", text)
    newest = released[0] if released else (announced[0], None)
    assert newest[0] == typed
    assert str(citation.get("date-released")) == str(newest[1])


def installed(workflow):
    """What the workflow gives to `pip install`, options and the project left out."""
    text = (ROOT / ".github" / "workflows" / workflow).read_text("utf-8")
    steps = yaml.safe_load(text)["jobs"]["test"]["steps"]
    for line in "\n".join(step.get("run", "") for step in steps).splitlines():
        if "pip install" in line:
            words = shlex.split(line.partition("pip install")[2])
            yield from (w for w in words if not w.startswith(("-", ".")))


def test_the_weekly_run_installs_what_the_book_needs_and_has_no_list_of_its_own():
    assert list(installed("weekly.yml")) == ["requirements.in"]
