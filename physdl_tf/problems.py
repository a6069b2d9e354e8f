"""ONE definition of each benchmark: domain, coefficients, initial state, solution.

Every chapter and every test takes a benchmark from here, so that all methods solve the
same equation. The methods of `BurgersSine` and `schrodinger_breather` work on NumPy
arrays in double precision; `burgers_wave` on tensors, so that it can be differentiated.
`ReactionDiffusion` and `HeatRod` start from tensors, too; their references are NumPy's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from scipy import integrate, interpolate, linalg, sparse

from . import _checks
from .solvers import PeriodicGrid


@dataclass(frozen=True)
class BurgersSine:
    """Burgers' equation from a sine: a shock forms at x = 0, t ≈ 1/π.

    u_t + u u_x = ν u_xx,  u(x, 0) = −sin(πx),  u(±1, t) = 0

    All quantities are scaled [-]. The solution is odd and periodic in x, so periodic
    grids satisfy the boundary condition.

    Args:
        nu: Viscosity ν; the benchmark's is 0.01/π. The exact solution needs ν ≥ 0.002.
        x_range: Ends of the domain in space.
        t_range: Start and end in time.

    Raises:
        ValueError: If `nu` is not positive.

    Reference: Basdevant et al. 1986, doi:10.1016/0045-7930(86)90036-8.
    """

    nu: float = 0.01 / np.pi
    x_range: tuple[float, float] = (-1.0, 1.0)
    t_range: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self):
        _checks.positive("nu", self.nu)

    def grid(self, n: int) -> PeriodicGrid:
        """Periodic grid of `n` cells on the domain, a `solvers.PeriodicGrid`."""
        return PeriodicGrid(n, self.x_range)

    def initial(self, x: np.ndarray) -> np.ndarray:
        """Initial state −sin(πx) at positions `x`, an array of any shape."""
        return -np.sin(np.pi * np.asarray(x, float))

    def exact(
        self, x: np.ndarray | float, t: np.ndarray | float, n_nodes: int = 120
    ) -> np.ndarray:
        """Exact solution by the Cole–Hopf transformation.

        u(x, t) = −∫ sin(πy) f(y) w dη / ∫ f(y) w dη,  y = x − η,
        f(y) = exp(−cos(πy) / (2πν)),  w = exp(−η² / (4νt));
        both integrals by Gauss–Hermite quadrature in z = η / √(4νt).

        Args:
            x: Positions, an array that broadcasts with `t`.
            t: Times t ≥ 0, an array that broadcasts with `x`.
            n_nodes: Nodes of the quadrature; 120 reach rounding error at ν = 0.01/π.

        Returns:
            u, an array of the common shape of `x` and `t`.

        Raises:
            ValueError: If a time is negative, or ν is too small for the quadrature.

        Reference: Hopf 1950, doi:10.1002/cpa.3160030302.
        """
        self._check_exact(t)
        z, w = np.polynomial.hermite.hermgauss(n_nodes)
        x, t = np.asarray(x, float), np.asarray(t, float)
        above = below = 0.0
        for z_k, w_k in zip(z, w, strict=True):  # node by node, to keep memory small
            y, f = self._hopf(x, t, z_k)
            above, below = above + w_k * np.sin(np.pi * y) * f, below + w_k * f
        return -above / below

    def cell_means(
        self, grid: PeriodicGrid, t: np.ndarray | float, n_nodes: int = 120
    ) -> np.ndarray:
        """Exact means of u over the cells of a grid, as finite volumes compute them.

        By Cole–Hopf, u = −2ν ∂ₓ ln φ with φ = ∫ f(x − η) w dη, so that the mean over a
        cell is −2ν [ln φ] / Δx, a difference between its two ends.

        Args:
            grid: The grid, for example of `self.grid(128)`, with n cells.
            t: Times t ≥ 0, a number or an array of any shape.
            n_nodes: Nodes of the quadrature, as in `exact`.

        Returns:
            The means, an array of the shape of `t` with an axis of n appended.

        Raises:
            ValueError: As `exact` does.
        """
        self._check_exact(t)
        z, w = np.polynomial.hermite.hermgauss(n_nodes)
        edges = np.append(grid.centers - grid.dx / 2, grid.x_range[1])
        t = np.asarray(t, float)[..., None]
        nodes = zip(z, w, strict=True)
        phi = sum(w_k * self._hopf(edges, t, z_k)[1] for z_k, w_k in nodes)
        return -2 * self.nu * np.diff(np.log(phi)) / grid.dx

    def _hopf(self, x, t, z):
        """At one node z of the quadrature: y, and f(y) as in `exact`."""
        y = x - np.sqrt(4 * self.nu * t) * z
        return y, np.exp(-np.cos(np.pi * y) / (2 * np.pi * self.nu))

    def _check_exact(self, t):
        if self.nu < 0.002:
            raise ValueError(
                "`nu` must be at least 0.002 for the exact solution. Received: "
                f"nu={self.nu:.3g}. Compare with a finely resolved solver instead."
            )
        if np.min(t) < 0:
            raise ValueError(
                f"`t` must be zero or positive. Received: t={np.min(t):.3g}. "
                "The equation cannot be run backward."
            )


def burgers_wave(
    x: tf.Tensor, t: tf.Tensor, *, nu: float, c: float = 0.5, a: float = 1.0
) -> tf.Tensor:
    """Exact travelling wave of Burgers' equation, a smooth step that moves at speed c.

    u(x, t) = c − a tanh(a (x − c t) / (2ν))

    Args:
        x: Positions, a tensor of any shape and float type [m].
        t: Times, of the same shape [s].
        nu: Viscosity ν > 0 [m²/s].
        c: Wave speed c [m/s].
        a: Half the height a of the step [m/s].

    Returns:
        The values of u, a tensor of the same shape. So it is a field, as
        `pinn.residuals.burgers` takes one.

    Raises:
        ValueError: If `nu` is not positive.
    """
    _checks.positive("nu", nu)
    return c - a * tf.tanh(a * (x - c * t) / (2 * nu))


def schrodinger_breather(x: np.ndarray | float, t: np.ndarray | float) -> np.ndarray:
    """Exact solution of the cubic Schrödinger equation on the line, two solitons.

    i h_t + ½ h_xx + |h|² h = 0,  h(x, 0) = 2 sech x,

    h(x, t) = 4 e^(it/2) (cosh 3x + 3 e^(4it) cosh x) / (cosh 4x + 4 cosh 2x + 3 cos 4t)

    All quantities are scaled [-]. |h| has the period π/2, and its peak, 4, at t = π/4.

    Args:
        x: Positions, an array that broadcasts with `t`; |x| up to 100.
        t: Times, an array that broadcasts with `x`.

    Returns:
        h, a complex array of the common shape of `x` and `t`.

    Reference: Satsuma and Yajima 1974, doi:10.1143/PTPS.55.284.
    Chapters: book/pinn/schrodinger, book/pinn/discovery.
    """
    x, t = np.asarray(x, float), np.asarray(t, float)
    above = np.cosh(3 * x) + 3 * np.exp(4j * t) * np.cosh(x)
    below = np.cosh(4 * x) + 4 * np.cosh(2 * x) + 3 * np.cos(4 * t)
    return 4 * np.exp(0.5j * t) * above / below


@dataclass(frozen=True)
class ReactionDiffusion:
    """Two substances that react and diffuse between closed ends.

    u_t = D_u u_xx + u − u³ − v,  v_t = D_v v_xx + u − v/2,
    u(x, 0) = cos πx,  v(x, 0) = 0.2 + 0.3 cos 2πx,  u_x = v_x = 0 at both ends

    All quantities are scaled [-]; D_u = 0.01 and D_v = 0.05 are `d_u` and `d_v`.

    Args:
        d_u: Diffusivity D_u.
        d_v: Diffusivity D_v.
        x_range: Ends of the domain in space.
        t_range: Start and end in time.

    Raises:
        ValueError: If a diffusivity is not positive.

    Chapters: book/pinn/your-equation, book/dp/your-stepper.
    """

    d_u: float = 0.01
    d_v: float = 0.05
    x_range: tuple[float, float] = (0.0, 1.0)
    t_range: tuple[float, float] = (0.0, 2.0)

    def __post_init__(self):
        _checks.positive("d_u", self.d_u)
        _checks.positive("d_v", self.d_v)

    def initial(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Initial states u and v at positions `x`, a tensor of any shape."""
        return tf.cos(np.pi * x), 0.2 + 0.3 * tf.cos(2 * np.pi * x)

    def solve(
        self, n: int, times: np.ndarray, tolerance: float = 1e-9
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Solution by the method of lines: finite volumes in x, SciPy's BDF in time.

        Args:
            n: Number of cells; the error falls as 1/n².
            times: Increasing times, of which the last is at most the end of `t_range`.
            tolerance: Relative and absolute tolerance of BDF.

        Returns:
            The centers of the cells, shape (n,), and u and v there, (n_times, n).

        Raises:
            ValueError: If `n` is not a whole number of at least 3.
        """
        _checks.whole("n", n, 3)
        low, high = self.x_range
        x = low + (high - low) * (np.arange(n) + 0.5) / n
        second = sparse.diags([1.0, -2.0, 1.0], [-1, 0, 1], (n, n)).tolil()
        second[0, 0] = second[-1, -1] = -1  # nothing passes a closed end
        second = second * (n / (high - low)) ** 2
        diffusion = sparse.block_diag([self.d_u * second, self.d_v * second]).tocsr()

        def slope(t, w):
            u, v = np.split(w, 2)
            return diffusion @ w + np.concatenate([u - u**3 - v, u - v / 2])

        with np.errstate(invalid="ignore"):  # BDF subtracts rows it has not filled yet
            result = integrate.solve_ivp(
                slope,
                self.t_range,
                np.concatenate(self.initial(x)),
                "BDF",
                t_eval=times,
                rtol=tolerance,
                atol=tolerance,
                jac_sparsity=abs(diffusion)
                + sparse.kron(np.ones((2, 2)), sparse.eye(n)),
            )
        _checks.finite("solution", result.y)
        return x, *np.split(result.y.T, 2, axis=1)


@dataclass(frozen=True)
class HeatRod:
    """A rod whose conductivity k(x) is to be found from noisy temperatures.

    u_t = (k u_x)_x,  k(x) = 0.1 (1 + 0.6 sin 2πx),  0 ≤ x, t ≤ 1,
    u(x, 0) = sin πx + 0.6 sin 2πx,  u = 0 at both ends

    All quantities are scaled [-].

    Args:
        noise: Standard deviation of the noise, in those of u over all measurements.

    Raises:
        ValueError: If `noise` is negative.

    Chapters: book/pinn/your-equation, book/dp/your-stepper.
    """

    noise: float = 0.01

    def __post_init__(self):
        _checks.positive("noise", self.noise, zero_allowed=True)

    def conductivity(self, x: np.ndarray) -> np.ndarray:
        """The true k at positions `x`, an array of any shape."""
        return 0.1 * (1 + 0.6 * np.sin(2 * np.pi * x))

    def initial(self, x: tf.Tensor) -> tf.Tensor:
        """Initial state at positions `x`, a tensor of any shape."""
        return tf.sin(np.pi * x) + 0.6 * tf.sin(2 * np.pi * x)

    def solve(
        self, conductivity: Callable[[np.ndarray], np.ndarray], n: int
    ) -> interpolate.RegularGridInterpolator:
        """Solution by finite volumes and Crank-Nicolson, n cells and n steps to t = 1.

        Args:
            conductivity: Callable k of positions, an array; asked at the n + 1 faces.
            n: Number of cells and steps; the error falls as 1/n².

        Returns:
            u, a callable of points (t, x), an array of shape (..., 2); linear between
            the cells and steps.

        Raises:
            ValueError: If `n` is no whole number, or a conductivity is not positive.
        """
        _checks.whole("n", n, 2)
        x = (np.arange(n) + 0.5) / n
        k = np.array(conductivity(np.arange(n + 1) / n)) * n**2
        _checks.positive("conductivity", k)
        k[[0, -1]] *= 2  # the ends are half a cell away
        bands = np.stack([-k[:-1], k[:-1] + k[1:], -k[1:]]) / (2 * n)
        bands[1] += 1
        states = [self.initial(x).numpy()]
        for _ in range(n):  # (I + A) u' = (I − A) u, so that u' = 2 (I + A)⁻¹ u − u
            u = states[-1]
            states.append(2 * linalg.solve_banded((1, 1), bands, u) - u)
        axes = np.linspace(0, 1, n + 1), np.concatenate([[0], x, [1]])
        return interpolate.RegularGridInterpolator(
            axes, np.pad(states, ((0, 0), (1, 1)))
        )

    def measurements(
        self, n: int = 400, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Noisy temperatures at scattered times and places.

        Args:
            n: Number of measurements.
            seed: Seed of the points and of the noise.

        Returns:
            Points (t, x), shape (n, 2); the measured u there, shape (n,), from a
            solution with 800 cells; and the standard deviation of u without its noise.
        """
        rng = np.random.default_rng(seed)
        points = rng.uniform(size=(n, 2))
        u = self.solve(self.conductivity, 800)(points)
        scatter = float(u.std())
        return points, u + self.noise * scatter * rng.standard_normal(n), scatter
