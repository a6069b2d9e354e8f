"""What help() and the API page say: complete, and rendered as it is meant."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import book_site
import physdl_tf

from sphinx.ext.napoleon import Config, GoogleDocstring

PAGE = Path(__file__).parents[1] / "book" / "api.md"
RENDERING = Config(napoleon_use_ivar=True)


def public(name):
    return not any(part.startswith("_") for part in name.split("."))


MODULES = ["physdl_tf"] + [
    module.name
    for module in pkgutil.walk_packages(physdl_tf.__path__, "physdl_tf.")
    if public(module.name)
]


def members(owner, module):
    """Public functions and classes, methods too, that the module itself defines."""
    for name, value in vars(owner).items():
        value = getattr(value, "__func__", value)  # of a class method
        if not public(name) or getattr(value, "__module__", None) != module:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            yield f"{module}.{value.__qualname__}", value
        if inspect.isclass(value):
            yield from members(value, module)


MEMBERS = {
    name: value
    for module in MODULES
    for name, value in members(importlib.import_module(module), module)
}
FUNCTIONS = {k: v for k, v in MEMBERS.items() if inspect.isfunction(v)}
RECORDS = {
    name: list(
        getattr(kind, "_fields", None) or (f.name for f in dataclasses.fields(kind))
    )
    for name, kind in MEMBERS.items()
    if hasattr(kind, "_fields") or dataclasses.is_dataclass(kind)
}


def doc(thing):
    return inspect.cleandoc(thing.__doc__ or "")


def rendered(thing, *kinds):
    """Names of fields such as ":param x:" and, without a name, ":returns:"."""
    lines = str(GoogleDocstring(doc(thing), RENDERING))
    fields = re.findall(r"^:(\w+)(?: (?:\\\*)*(\w+))?:", lines, re.MULTILINE)
    return [name for kind, name in fields if kind in kinds]


def arguments(function):
    parameters = inspect.signature(function).parameters
    return [parameters[name] for name in parameters if name not in ("self", "cls")]


def returns(function):
    return inspect.signature(function).return_annotation


def one_line(thing):
    return "\n" not in doc(thing)


def test_the_public_names_are_found():
    assert len(FUNCTIONS) > 80 and len(RECORDS) > 10
    assert {
        "physdl_tf.pinn.taylor.partials",
        "physdl_tf.problems.BurgersSine.exact",
    } < (FUNCTIONS.keys())
    assert RECORDS["physdl_tf.networks.DenseLayer"] == ["kernel", "bias", "activation"]


def test_everything_public_has_a_docstring_of_its_own():
    # A record without one gets its signature in the place of it.
    assert [
        name
        for name, thing in MEMBERS.items()
        if not doc(thing) or doc(thing).startswith(f"{thing.__name__}(")
    ] == []


def test_every_argument_is_documented():
    """Under Args, in its order; a docstring of one line names it."""

    def missing(function):
        names = [argument.name for argument in arguments(function)]
        if one_line(function):
            return not set(names) <= set(re.findall(r"\w+", doc(function)))
        return names != rendered(function, "param")

    assert [name for name, function in FUNCTIONS.items() if missing(function)] == []


def test_every_field_of_a_record_is_documented():
    assert [
        name
        for name, fields in RECORDS.items()
        if [field for field in fields if public(field)]
        != rendered(MEMBERS[name], "ivar", "param")
    ] == []


def test_what_a_function_returns_is_said_in_words():
    """Under Returns; text in front of a colon there would become a type."""

    def wrong(function):
        said = rendered(function, "returns", "Yields")
        something = returns(function) not in (None, "None")
        wanted = something and not one_line(function)
        return len(said) != wanted or rendered(function, "rtype")

    assert [name for name, function in FUNCTIONS.items() if wrong(function)] == []


def test_every_public_function_is_annotated():
    empty = inspect.Parameter.empty
    assert [
        name
        for name, function in FUNCTIONS.items()
        if returns(function) is empty
        or any(argument.annotation is empty for argument in arguments(function))
    ] == []


def test_every_public_module_stands_on_the_api_page_once():
    on_page = re.findall(r"^\.\. automodule:: (\S+)$", PAGE.read_text(), re.MULTILINE)
    assert sorted(on_page) == sorted(MODULES)


def test_the_api_page_shows_the_members_of_every_module_but_not_of_rooms():
    blocks = re.findall(r"automodule:: (\S+)\n( +:members:\n)?", PAGE.read_text())
    for module, shown in blocks:
        room = hasattr(importlib.import_module(module), "__path__")
        assert bool(shown) != room, module


def test_the_headings_of_the_api_page_name_its_modules():
    found = re.findall(r"^##+ (\S+)\n[^#]*?automodule:: (\S+)", PAGE.read_text(), re.M)
    assert [f"physdl_tf.{heading}" for heading, _ in found] == [m for _, m in found]
    assert len(found) == len(MODULES) - 1  # the package itself is the title


def test_fields_of_named_tuples_are_shown_once():
    """Their class documents them; Python's "Alias for field number 0" says nothing."""
    kind = MEMBERS["physdl_tf.networks.DenseLayer"]
    arguments = (None, "class", "bias", kind.bias, False, None)
    assert book_site.skip_fields(*arguments) is True
    assert book_site.skip_fields(None, "class", "dx", property(doc=""), 0, 0) is None
