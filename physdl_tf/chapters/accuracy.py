"""One PINN for Burgers' equation, and the ways to train it that a chapter compares.

The weights are one vector θ. Each method is a generator: it yields θ and the loss once
all is compiled, and after each block of iterations; a block begins with new points. So
one function, `measure`, measures all methods alike. Chapter: book/pinn/accuracy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from .. import metrics, networks, optimize, problems
from ..pinn import taylor


def soft_conditions(
    x: tf.Tensor, t: tf.Tensor, nu: float, n: tf.Tensor, n_x: tf.Tensor, n_q: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The network itself is the field, u = N.

    Args:
        x: Positions, shape (n, 1).
        t: Times, shape (n, 1).
        nu: Viscosity ν.
        n: The network N at these points.
        n_x: N_x.
        n_q: N_t − ν N_xx.

    Returns:
        The field u, and its residual u_t + u u_x − ν u_xx.
    """
    return n, n_q + n * n_x


def hard_conditions(
    x: tf.Tensor, t: tf.Tensor, nu: float, n: tf.Tensor, n_x: tf.Tensor, n_q: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """The field −sin(πx) + h N; x, t, nu, n, n_x and n_q as in `soft_conditions`."""
    pi, h = np.pi, t * (1 - x**2)
    u = -tf.sin(pi * x) + h * n
    u_x = -pi * tf.cos(pi * x) - 2 * t * x * n + h * n_x
    h_q = 1 - x**2 + 2 * nu * t  # h_t − ν h_xx
    u_q = -nu * pi**2 * tf.sin(pi * x) + h_q * n + h * n_q + 4 * nu * t * x * n_x
    return u, u_q + u * u_x


def half_domain(
    x: tf.Tensor, t: tf.Tensor, nu: float, n: tf.Tensor, n_x: tf.Tensor, n_q: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """As `hard_conditions`, for 0 ≤ x ≤ 1: x, t, nu, n, n_x and n_q as there."""
    # The solution is odd in x: its half is a problem of its own, zero at both ends.
    pi, h = np.pi, t * x * (1 - x)
    u = -tf.sin(pi * x) + h * n
    h_x, h_q = t * (1 - 2 * x), x * (1 - x) + 2 * nu * t  # h_q = h_t − ν h_xx
    u_x = -pi * tf.cos(pi * x) + h_x * n + h * n_x
    u_q = -nu * pi**2 * tf.sin(pi * x) + h_q * n + h * n_q - 2 * nu * h_x * n_x
    return u, u_q + u * u_x


class Pinn(NamedTuple):
    """A network as functions of (θ, points), and what a run needs besides.

    Attributes:
        problem: The benchmark with its solution.
        theta: The first θ.
        fields: Callable (θ, points) -> u and residual, to be compiled in a loss.
        evaluate: The same, compiled.
        jacobian: Compiled callable (θ, points) -> residual, and its transposed
            derivative with respect to θ.
        rng: Draws the points.
    """

    problem: problems.BurgersSine
    theta: np.ndarray
    fields: Callable
    evaluate: Callable
    jacobian: Callable
    rng: np.random.Generator


def make_pinn(
    problem: problems.BurgersSine,
    seed: int,
    *,
    ansatz: Callable = hard_conditions,
    dtype: str = "float64",
) -> Pinn:
    """Make the Pinn of a network with three layers of 20 tanh units.

    Args:
        problem: A problems.BurgersSine.
        seed: Seed of the weights and of the points.
        ansatz: `soft_conditions`, `hard_conditions` or `half_domain`.
        dtype: "float32" or "float64".

    Returns:
        A Pinn.
    """
    network = networks.mlp(2, 1, width=20, depth=3, seed=seed, dtype=dtype)
    first, nu = network.get_weights(), problem.nu
    theta = np.concatenate([w.ravel() for w in first])
    shapes = [w.shape for w in first]

    def fields(theta, points):
        weights, x, t = _split(theta, shapes, points)
        return ansatz(x, t, nu, *taylor.heat_partials(weights, x, t, nu=nu))

    def jacobian(theta, points):
        weights, x, t = _split(theta, shapes, points)
        residual = lambda *network: ansatz(x, t, nu, *network)[1]  # noqa: E731
        return taylor.heat_jacobian(weights, x, t, nu=nu, residual=residual)

    signature = tf.TensorSpec(theta.shape, dtype), tf.TensorSpec((None, 2), dtype)
    return Pinn(
        problem=problem,
        theta=theta,
        fields=fields,
        evaluate=_compiled(fields, signature),
        jacobian=_compiled(jacobian, signature),
        rng=np.random.default_rng(seed),
    )


def _compiled(function, signature):
    function = tf.function(function, jit_compile=True, autograph=False)
    return function.get_concrete_function(*signature)


def _split(theta, shapes, points):
    """The vector θ as kernels and biases; the points as columns x and t."""
    parts = tf.split(theta, [int(np.prod(shape)) for shape in shapes])
    weights = [tf.reshape(w, shape) for w, shape in zip(parts, shapes, strict=True)]
    return weights, points[:, :1], points[:, 1:]


def draw_points(
    pinn: Pinn, theta: np.ndarray | None = None, n: int = 2500
) -> tf.Tensor:
    """Draw points where the residual is large: p ~ |r| / mean |r| + 1.

    Args:
        pinn: A Pinn.
        theta: The vector of weights; without it, the points are uniform.
        n: Number of points, chosen from 20 times as many uniform ones.

    Returns:
        Points (x, t), shape (n, 2).
    """
    low, high = zip(pinn.problem.x_range, pinn.problem.t_range, strict=True)
    points = pinn.rng.uniform(low, high, (20 * n, 2)).astype(pinn.theta.dtype)
    p = np.ones(20 * n)
    if theta is not None:
        r = np.abs(np.ravel(pinn.evaluate(theta, points)[1]))
        p += r / r.mean()
    chosen = pinn.rng.choice(20 * n, n, replace=False, p=p / p.sum())
    return tf.constant(points[chosen])


def adam(
    pinn: Pinn,
    *,
    n_blocks: int,
    n_iterations: int = 500,
    adaptive: bool = True,
    conditions: bool = False,
    optimizer: keras.optimizers.Optimizer | None = None,
) -> Iterator[tuple[np.ndarray, float]]:
    """Adam, with a rate of 1e-3 unless an optimizer is given.

    Args:
        pinn: A Pinn.
        n_blocks: Number of blocks.
        n_iterations: Iterations of a block.
        adaptive: Whether each block has new points, drawn by the residual.
        conditions: Whether the loss has terms for the initial and boundary condition.
        optimizer: For example `optimize.falling_adam(1e-2, 6000)`; used once only.

    Yields:
        θ and the loss, at the start and after each block.
    """
    theta, points = tf.Variable(pinn.theta), tf.Variable(draw_points(pinn))
    x, t = np.split(draw_points(pinn)[:250].numpy(), 2, axis=1)  # for the conditions
    start, ends = np.hstack([x, 0 * t]), np.hstack([np.sign(x), t])

    def losses():  # compiled below as a whole
        terms = {"residual": optimize.mean_square(pinn.fields(theta, points)[1])}
        if conditions:
            error = pinn.fields(theta, start)[0] + np.sin(np.pi * x)
            terms["initial"] = optimize.mean_square(error)
            terms["boundary"] = optimize.mean_square(pinn.fields(theta, ends)[0])
        return terms

    iterations = optimize.compile_iterations(
        losses,
        [theta],
        optimizer=optimizer or keras.optimizers.Adam(1e-3),
        n_compiled=n_iterations,
    )
    iterations(0)  # compiles; so does drawing by the residual, of points not used
    draw_points(pinn, theta)
    yield theta.numpy(), float(sum(losses().values()))
    for _ in range(n_blocks):
        if adaptive:
            points.assign(draw_points(pinn, theta))
        history = iterations(n_iterations)
        yield theta.numpy(), history[-1, -1]


def lbfgs(
    pinn: Pinn, *, n_blocks: int, n_iterations: int = 200
) -> Iterator[tuple[np.ndarray, float]]:
    """L-BFGS with the last 50 steps; it begins anew with each block's points.

    Args:
        pinn: A Pinn.
        n_blocks: Number of blocks.
        n_iterations: Iterations of a block.

    Yields:
        θ and the loss, at the start and after each block.
    """
    problem, points = _problem(pinn, draw_points(pinn, pinn.theta))
    yield problem.theta, problem(problem.theta)[0][-1]
    for _ in range(n_blocks):
        points.assign(draw_points(pinn, problem.theta))
        found = optimize.minimize_lbfgs(problem, n_iterations=n_iterations, label=None)
        yield problem.theta, found.history["total"][-1]


def quasi_newton(
    pinn: Pinn,
    *,
    n_blocks: int,
    n_iterations: int = 200,
    self_scaled: bool = True,
    adaptive: bool = True,
    n: int = 2500,
) -> Iterator[tuple[np.ndarray, float]]:
    """BFGS, or self-scaled Broyden; its matrix H is kept from block to block.

    Args:
        pinn: A Pinn.
        n_blocks: Number of blocks.
        n_iterations: Iterations of a block.
        self_scaled: False for BFGS.
        adaptive: Whether each block has new points, drawn by the residual.
        n: Number of points.

    Yields:
        θ and the loss, at the start and after each block.
    """
    first = draw_points(pinn, pinn.theta if adaptive else None, n)
    problem, points = _problem(pinn, first)
    yield problem.theta, problem(problem.theta)[0][-1]
    h = None
    for _ in range(n_blocks):
        if adaptive:
            points.assign(draw_points(pinn, problem.theta, n))
        found = optimize.minimize_quasi_newton(
            problem,
            n_iterations=n_iterations,
            inverse_hessian=h,
            self_scaled=self_scaled,
        )
        h = found.state
        yield problem.theta, found.history["total"][-1]


def gauss_newton(
    pinn: Pinn, *, n_blocks: int, n_iterations: int = 10, n: int = 2500
) -> Iterator[tuple[np.ndarray, float]]:
    """Gauss-Newton with damping, on new points in each block.

    Args:
        pinn: A Pinn.
        n_blocks: Number of blocks.
        n_iterations: Iterations of a block.
        n: Number of points.

    Yields:
        θ and the loss, at the start and after each block.
    """
    theta, mu = pinn.theta, 0.1
    points = draw_points(pinn, theta, n)
    residual, _ = pinn.jacobian(theta, points)  # compiles
    yield theta, float(optimize.mean_square(residual))
    for _ in range(n_blocks):
        points = draw_points(pinn, theta, n)
        found = optimize.minimize_least_squares(
            partial(_residual, pinn, points),
            partial(pinn.jacobian, points=points),
            theta,
            n_iterations=n_iterations,
            mu=mu,
        )
        theta, mu = found.variables, found.state
        yield theta, found.history["total"][-1]


def _residual(pinn, points, theta):
    return pinn.evaluate(theta, points)[1]


def measure(
    pinn: Pinn, method: Iterator[tuple[np.ndarray, float]], seconds: float = np.inf
) -> np.ndarray:
    """Run a method, and measure it without what the measurement costs.

    Args:
        pinn: A Pinn.
        method: One of this module's generators.
        seconds: CPU time after which to stop, at the end of a block [s].

    Returns:
        CPU seconds without compilation, relative L2 error (256 positions on the whole
        domain, 100 instants), and loss, an array of shape (3, n_blocks + 1).
    """
    n = round(128 * np.ptp(pinn.problem.x_range))
    x, t = pinn.problem.grid(n).centers, np.linspace(*pinn.problem.t_range, 100)
    exact = pinn.problem.exact(x, t[:, None]).reshape(-1, 1)
    points = np.stack([a.ravel() for a in np.meshgrid(x, t)], axis=1)
    points, rows, spent, start = points.astype(pinn.theta.dtype), [], 0.0, None
    for theta, loss in method:
        spent += time.process_time() - start if start else 0.0
        u = pinn.evaluate(theta, points)[0].numpy().astype(float)
        rows.append((spent, metrics.relative_l2(u, exact), loss))
        if spent >= seconds:
            break
        start = time.process_time()
    return np.array(rows).T


def _problem(pinn, first):
    """The loss as a Problem, which compiles once, since its points are a variable."""
    theta, points = tf.Variable(pinn.theta), tf.Variable(first)

    def losses():
        return {"residual": optimize.mean_square(pinn.fields(theta, points)[1])}

    return optimize.Problem(losses, [theta]), points
