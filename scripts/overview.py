"""Draw the picture of the README and the home page, book/_static/overview.png.

    python scripts/overview.py

The curves are those of the introduction: its cells are run, so the picture shows what
the chapter computes.
"""

import matplotlib

matplotlib.use("Agg")

import notebooks

import matplotlib.pyplot as plt
import numpy as np

PICTURE = notebooks.ROOT / "book" / "_static" / "overview.png"


def results():
    """Run the code cells of the introduction up to its picture of the three ways."""
    names = {}
    for cell in notebooks.read("book/introduction.ipynb").cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "introduction", "exec"), names)
            plt.close("all")
        if "fig-introduction-three-ways" in str(cell.metadata):
            return names
    raise SystemExit("The introduction has no figure fig-introduction-three-ways.")


def draw(r):
    """Draw the problem and the three ways to solve it, from the chapter's variables."""
    colors, x, problem = r["COLORS"], r["x"], r["problem"]
    t = np.linspace(0, 1, 101)
    plt.rcParams.update({"font.size": 15, "axes.grid": False})
    fig, axes = plt.subplots(1, 4, figsize=(13.8, 6.0), dpi=100)
    axes[0].pcolormesh(
        x, t, problem.exact(x, t[:, None]), cmap="RdBu_r", vmin=-1, vmax=1
    )
    axes[0].axhline(0.5, color="black", linestyle=":")
    axes[0].text(-0.95, 0.515, "t = 0.5", fontsize=13)
    axes[0].set_ylabel("time t")
    axes[1].plot(x, r["runs"].T, color=colors["classical"], linewidth=0.8, alpha=0.7)
    for ax in axes[1:3]:
        ax.plot(x, r["exact"], color=colors["reference"])
    axes[3].plot(x, r["exact"], ":", color=colors["reference"], linewidth=1.5)
    axes[3].plot(x, problem.initial(x), color=colors["reference"])
    panels = [
        ("black", "One problem", "Burgers' equation:\na wave becomes a shock"),
        (colors["surrogate"], "Surrogate", "learns from examples\n(gray: solver runs)"),
        (colors["pinn"], "PINN", "learns from\nthe equation"),
        (
            colors["dp"],
            "Differentiable physics",
            "learns through the solver:\nthe start from the end",
        ),
    ]
    learned = [None, r["u_surrogate"], r["u_pinn"], r["u0_dp"]]
    for ax, (color, title, text), u in zip(axes, panels, learned, strict=True):
        ax.set_title(text, fontsize=14)
        style = {"fontsize": 18, "fontweight": "bold", "ha": "center"}
        ax.text(0.5, 1.16, title, transform=ax.transAxes, color=color, **style)
        ax.set(xlabel="position x", xticks=[-1, 0, 1])
        if u is not None:
            ax.plot(x, u, "--", color=color, linewidth=3)
            ax.set(ylim=(-1.45, 1.45), yticks=[-1, 0, 1])
    fig.supxlabel("black: exact    dashed: learned", fontsize=15)
    fig.get_layout_engine().set(rect=(0, 0, 0.99, 0.99))
    fig.savefig(PICTURE, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    draw(results())
    print(f"{PICTURE.relative_to(notebooks.ROOT)}: {PICTURE.stat().st_size // 1024} KB")
