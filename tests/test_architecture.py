"""Who may import whom: the PINN side and the grid side stay independent oracles."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "physdl_tf"

# Each module, and the modules of ours that it may import.
ALLOWED = {
    "_checks": set(),
    "progress": set(),
    "plotting": set(),
    "grids": {"_checks"},
    "metrics": {"_checks"},
    "derivatives": {"_checks"},
    "sampling": {"_checks"},
    "networks": {"_checks"},
    "datasets": set(),
    "dynamics": set(),
    "taylor": {"_checks", "derivatives"},
    "quasi_newton": {"_checks"},
    "gauss_newton": {"_checks"},
    "weak_form": {"_checks"},
    "ideal_flow": {"_checks"},
    "residuals": {"_checks", "derivatives"},
    "solvers": {"_checks", "grids"},
    "muscl": {"_checks", "grids", "solvers"},
    "solvers2d": {"_checks", "grids"},
    "beams": {"_checks"},
    "optics": {"_checks"},
    "airfoil_shapes": set(),
    "airfoils": {"_checks", "datasets", "networks", "progress"},
    "problems": {"_checks", "grids"},
    "training": {"_checks", "progress"},
    "burgers_pinn": {
        "gauss_newton",
        "metrics",
        "networks",
        "quasi_newton",
        "taylor",
        "training",
    },
}
PINN_SIDE = {"derivatives", "residuals", "sampling", "taylor"}
GRID_SIDE = {"grids", "solvers", "solvers2d", "muscl", "beams", "dynamics", "optics"}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imported_modules(name):
    """Modules of physdl_tf that `name` imports anywhere, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{name}.py").read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if "physdl_tf" in alias.name}
        elif isinstance(node, ast.ImportFrom):
            module = (node.module or "").removeprefix("physdl_tf").strip(".")
            if node.level and module or module and "physdl_tf" in (node.module or ""):
                found.add(module.split(".")[0])
            elif node.level or node.module == "physdl_tf":
                found |= {alias.name for alias in node.names}
    return found


def reachable(name):
    """Modules that `name` imports directly or through others."""
    direct = ALLOWED[name]
    return direct.union(*(reachable(module) for module in direct))


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_only_what_stands_left_of_it(name):
    assert name in ALLOWED, f"give {name} a row in the table of this file"
    assert imported_modules(name) <= ALLOWED[name]


@pytest.mark.parametrize("name", ALLOWED)
def test_no_module_uses_both_sides(name):
    used = reachable(name) | {name}
    assert not (used & PINN_SIDE and used & GRID_SIDE)


def test_every_row_of_the_table_is_a_module():
    assert set(ALLOWED) == set(MODULES)
