"""Figures in one style: one color per method, axes with units, readable on a phone."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np

# One color per method in the whole book (safe for color-blind readers).
COLORS = {
    "reference": "#000000",
    "surrogate": "#009E73",
    "pinn": "#D55E00",
    "dp": "#0072B2",
    "classical": "#7F7F7F",
}


def use_style() -> None:
    """Set Matplotlib's defaults for the book's figures (690 px wide pages).

    A style set before is undone, since the book's colors are made for white paper.
    """
    plt.style.use("default")
    plt.rcParams.update(
        {
            "figure.figsize": (6.9, 3.2),
            "figure.dpi": 100,
            "savefig.dpi": 150,
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "legend.fontsize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.25,
            "legend.frameon": False,
            "image.cmap": "cividis",
            "lines.linewidth": 2.0,
        }
    )


def space_time(
    axes: Sequence[plt.Axes],
    x: np.ndarray,
    t: np.ndarray,
    fields: dict[str, np.ndarray],
    *,
    limit: float = 1.0,
    label: str = "u [-]",
) -> Sequence[plt.Axes]:
    """Draw fields over space and time side by side, with one color scale.

    Args:
        axes: One Matplotlib axes for each field.
        x: Positions, shape (n,).
        t: Times, shape (m,).
        fields: Arrays of shape (m, n) by their titles.
        limit: The color scale runs from −limit to limit.
        label: Label of the color bar.

    Returns:
        The axes.
    """
    for ax, (title, u) in zip(axes, fields.items(), strict=True):
        image = ax.pcolormesh(
            t,
            x,
            np.transpose(u),
            cmap="RdBu_r",
            vmin=-limit,
            vmax=limit,
            rasterized=True,
        )
        ax.set(title=title, xlabel="t [-]")
        ax.grid(False)
    axes[0].set_ylabel("x [-]")
    axes[0].figure.colorbar(image, ax=list(axes), label=label)
    return axes


def loss_curves(
    ax: plt.Axes,
    history: dict[str, Sequence[float]],
    *,
    colors: dict[str, str] | None = None,
) -> plt.Axes:
    """Draw named losses over iterations, with a logarithmic axis.

    Args:
        ax: Matplotlib axes.
        history: Values by name, one curve each.
        colors: Colors by name; missing names take the next color.

    Returns:
        The axes.
    """
    for name, values in history.items():
        ax.semilogy(values, label=name, color=(colors or {}).get(name))
    ax.set(xlabel="iteration [-]", ylabel="loss [-]")
    ax.legend()
    return ax
