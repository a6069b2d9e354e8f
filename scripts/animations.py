"""Draw the book's moving pictures, book/_static/animations/*.webp, and its card.

    python scripts/animations.py            # all of them, about two minutes
    python scripts/animations.py shock card # some of them

Each picture is a still and a strip of frames below each other, which player.js shows.
All curves are computed here, with the package, at fixed seeds.
"""

import io
import sys

import physdl_tf as pdl

import keras
import matplotlib

matplotlib.use("Agg")

import notebooks

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.colors import LogNorm
from PIL import Image

FOLDER = notebooks.ROOT / "book" / "_static" / "animations"
LIMIT = 300_000  # bytes of one strip
COLORS = pdl.plotting.COLORS


def shock(n_frames=31):
    """Burgers' equation: the solver, and a surrogate trained on it, over time."""
    problem = pdl.problems.BurgersSine()
    grid = problem.grid(256)
    step = pdl.solvers.BurgersFiniteVolume(grid, 1 / 600, problem.nu, max_speed=1.0)
    u0 = tf.constant(problem.initial(grid.centers)[None, :, None])
    u = pdl.solvers.rollout(step, u0, 600).numpy()[::20, 0, :, 0]
    x, t = grid.centers, np.linspace(0, 1, n_frames)
    points = np.stack(np.meshgrid(x, t), axis=-1).reshape(-1, 2).astype("float32")
    network = pdl.networks.mlp(2, 1, width=32, depth=4, seed=0)
    inputs, targets = tf.constant(points), tf.constant(u.reshape(-1, 1), tf.float32)
    pdl.optimize.fit(
        lambda: {"data": pdl.optimize.mean_square(network(inputs), targets)},
        network.trainable_variables,
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(4e-3, 4000)
        ),
        n_iterations=4000,
    )
    learned = network(inputs).numpy().reshape(u.shape)
    for i in range(n_frames):
        fig, ax = plt.subplots(figsize=(6.9, 3.0))
        ax.plot(x, u[i], color=COLORS["reference"], label="simulation")
        ax.plot(x, learned[i], "--", color=COLORS["surrogate"], label="surrogate")
        ax.set(xlabel="x [-]", ylabel="u [-]", ylim=(-1.2, 1.2), xlim=(-1, 1))
        ax.set_title(f"t = {t[i]:.2f}", loc="left")
        ax.legend(loc="upper right")
        yield fig


def descent(n_frames=26):
    """The initial state, and where it leads, while gradient descent finds it."""
    problem = pdl.problems.BurgersSine()
    grid = problem.grid(128)
    x = grid.centers
    exact = [problem.exact(x, t) for t in (0.0, 0.5)]
    target = tf.constant(exact[1][None, :, None])
    nu = 0.01 / (128 * np.pi)  # as in the run that the chapter repeats
    step = pdl.solvers.BurgersSemiLagrangian(grid, 1 / 32, nu)
    u0 = tf.Variable(np.zeros((1, grid.n, 1)))
    optimizer = keras.optimizers.SGD(5.0)

    def end():
        return pdl.solvers.rollout(step, u0, 16)[-1]

    for i in range(n_frames):
        fig, axes = plt.subplots(1, 2, figsize=(6.9, 3.0), sharey=True)
        titles = ["t = 0, wanted", "t = 0.5, observed"]
        for ax, u, truth, title in zip(axes, (u0, end()), exact, titles, strict=True):
            ax.plot(x, truth, color=COLORS["reference"], label="exact")
            ax.plot(x, u.numpy()[0, :, 0], color=COLORS["dp"], label="recovered")
            ax.set(xlabel="x [-]", ylim=(-1.25, 1.25), xlim=(-1, 1), title=title)
        axes[0].set_ylabel("u [-]")
        axes[1].legend(loc="upper right")
        axes[0].text(-0.95, -1.1, f"iteration {2 * i}")
        yield fig
        pdl.optimize.fit(
            lambda: {"data": pdl.optimize.mean_square(end(), target)},
            [u0],
            optimizer=optimizer,
            n_iterations=2,
            n_compiled=2,
        )


def aperture(n_frames=18):
    """The stability plots of two machines, while the number of turns grows."""
    axis = (np.arange(160) + 0.5) / 160
    x, y = np.meshgrid(np.float32(axis), np.float32(axis))
    tunes = [(0.28, 0.31), (0.168, 0.201)]
    survived = [
        pdl.accelerator.henon.turns_survived(
            x, y, q_x=q_x, q_y=q_y, octupole=0.0, n_turns=1000
        ).numpy()
        for q_x, q_y in tunes
    ]
    for n in np.unique(np.geomspace(1, 1000, n_frames).astype(int)):
        fig, axes = plt.subplots(1, 2, figsize=(6.9, 3.6), sharey=True)
        for ax, turns, q in zip(axes, survived, tunes, strict=True):
            shown = np.clip(turns, 1, n)
            norm = LogNorm(1, 1000)
            image = ax.pcolormesh(axis, axis, shown, norm=norm, cmap="viridis")
            ax.set(xlabel="initial x [-]", title=f"Q = {q[0]}, {q[1]}", aspect=1)
            ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
            ax.grid(False)
        axes[0].set_ylabel("initial y [-]")
        label = f"turns survived, of {n} [-]"
        fig.colorbar(image, ax=list(axes), label=label, shrink=0.8)
        yield fig


def plume(n_frames=31):
    """Dye in a flow to the right: the upwind difference, and the slide's."""
    x = pdl.solvers.PeriodicGrid(100, (0.0, 1.0)).centers

    def dye(x):
        s = (x % 1 - 0.3) / 0.6
        tone = 0.6 + 0.4 * np.cos(3.6 * np.pi * (s - 0.5))
        return np.where((s > 0) & (s < 1), np.sin(np.pi * s) ** 2 * tone, 0.0)

    c, upwind, wrong = 0.5, dye(x), dye(x)
    titles = ("left neighbor (upwind)", "right neighbor")
    for i in range(n_frames):
        fig, axes = plt.subplots(1, 2, figsize=(6.9, 3.0), sharey=True)
        for ax, values, title in zip(axes, (upwind, wrong), titles, strict=True):
            exact = dye(x - i * c / 100)
            ax.plot(x, exact, color=COLORS["reference"], label="exact")
            ax.plot(x, values, color=COLORS["classical"], label="scheme")
            ax.set(xlabel="x [-]", ylim=(-1.1, 2.1), xlim=(0, 1), title=title)
        axes[0].set_ylabel("d [-]")
        axes[0].text(0.03, -0.95, f"step {i}")
        axes[0].legend(loc="upper right")
        yield fig
        upwind = upwind - c * (upwind - np.roll(upwind, 1))
        wrong = wrong - c * (np.roll(wrong, -1) - wrong)


PICTURES = {
    "shock": (shock, -1),
    "descent": (descent, -1),
    "aperture": (aperture, -1),
    "plume": (plume, 15),
}


def store(name):
    """Draw one picture's frames and store its still and its strip."""
    pdl.plotting.use_style()
    make, still = PICTURES[name]
    frames = []
    for fig in make():
        data = io.BytesIO()
        fig.savefig(data, dpi=100)
        plt.close(fig)
        frame = Image.open(data).convert("RGB")
        frames.append(frame.quantize(64, dither=Image.Dither.NONE).convert("RGB"))
    width, height = frames[0].size
    strip = Image.new("RGB", (width, height * len(frames)))
    for i, frame in enumerate(frames):
        strip.paste(frame, (0, i * height))
    frames[still].save(FOLDER / f"{name}.webp", lossless=True, method=6)
    path = FOLDER / f"{name}-strip.webp"
    strip.save(path, lossless=True, method=6)
    size = path.stat().st_size
    print(f"{name}: {len(frames)} frames of {width} x {height}, {size // 1000} kB")
    if size > LIMIT:
        raise SystemExit(
            f"{path.name} has {size} bytes; at most {LIMIT}. Draw fewer frames."
        )


def card():
    """The picture that stands for the book where somebody links to it."""
    problem = pdl.problems.BurgersSine()
    x = np.linspace(-1, 1, 801)
    fig = plt.figure(figsize=(12, 6.3), facecolor="#0b2545")
    ax = fig.add_axes((0, 0, 1, 0.58))
    for t in (0.0, 0.1, 0.2, 0.3):
        ax.plot(x, problem.exact(x, t), color="white", lw=3, alpha=0.2 + 0.5 * t)
    u = problem.exact(x, 0.5)
    ax.plot(x, u, color="white", lw=8)
    nodes = [40, 160, 280, 391, 400, 409, 520, 640, 760]
    ax.plot(x[nodes], u[nodes], "o", color="#f0a04b", markersize=24)
    ax.set(xlim=(-1, 1), ylim=(-1.25, 1.25))
    ax.axis("off")
    fig.text(0.05, 0.84, "Physics-based deep learning", color="white", size=52)
    text = "in TensorFlow: a course in chapters that you can run"
    fig.text(0.052, 0.73, text, color="#f0a04b", size=28)
    data = io.BytesIO()
    fig.savefig(data, dpi=100)
    plt.close(fig)
    picture = Image.open(data).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    picture.save(FOLDER.parent / "card.png", optimize=True)


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    for picture in sys.argv[1:] or [*PICTURES, "card"]:
        card() if picture == "card" else store(picture)
