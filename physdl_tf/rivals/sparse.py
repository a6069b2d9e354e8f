"""Sparse identification of equations (SINDy): few terms of a library that fit the data.

    u_t = Σ_k w_k m_k(u)        m_k: monomials of the components of u

Each sample of u and u_t is a linear equation for the w_k. `fit` solves them by
sequentially thresholded least squares, `strong`, `filtered` and `weak` set them up from
a series of u alone. A series has the shape (n_times, n_variables).

References: Brunton, Proctor and Kutz 2016, doi:10.1073/pnas.1517384113; weak form:
Messenger and Bortz 2021, arXiv:2007.02848.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.signal import savgol_filter

from .. import _checks

Powers = Sequence[tuple[int, ...]]


def monomials(n_variables: int, degree: int) -> list[tuple[int, ...]]:
    """Exponents of all monomials up to a total degree.

    Args:
        n_variables: Number of variables.
        degree: Largest sum of the exponents.

    Returns:
        Tuples with one exponent a variable; the constant comes first, and the exponent
        of the last variable counts up fastest.

    Raises:
        ValueError: If a number is not positive.
    """
    _checks.whole("n_variables", n_variables)
    _checks.whole("degree", degree)
    powers = product(range(degree + 1), repeat=n_variables)
    return [p for p in powers if sum(p) <= degree]


def names(powers: Powers, variables: str = "xyz") -> list[str]:
    """Monomials as text, such as "1", "x z" and "y^2 z".

    Args:
        powers: Exponents of the monomials, from `monomials`.
        variables: One letter a variable.

    Returns:
        One text a monomial.

    Raises:
        ValueError: If there are not as many letters as variables.
    """
    if len(variables) != len(powers[0]):
        raise ValueError(
            f"`variables` must have {len(powers[0])} letters, one a variable. "
            f"Received: variables={variables!r}. Use, for example, "
            f"{'abcdefghijklmnopqrstuvwxyz'[: len(powers[0])]!r}."
        )
    factors = (
        [v if e == 1 else f"{v}^{e}" for v, e in zip(variables, p, strict=True) if e]
        for p in powers
    )
    return [" ".join(factor) or "1" for factor in factors]


def equations(w: np.ndarray, powers: Powers, variables: str = "xyz") -> str:
    """Coefficients as equations to read, such as "z_t = -2.6667 z  +1.0000 x y".

    Args:
        w: Coefficients, shape (n_monomials, n_variables), from `fit`.
        powers: Exponents of the monomials, from `monomials`.
        variables: One letter a variable.

    Returns:
        One line a variable, with the terms that are not zero.

    Raises:
        ValueError: As `names`.
    """
    terms = names(powers, variables)
    lines = []
    for variable, column in zip(variables, np.transpose(w), strict=True):
        found = (f"{column[k]:+.4f} {terms[k]}" for k in np.flatnonzero(column))
        lines.append(f"{variable}_t = " + "  ".join(found))
    return "\n".join(lines)


def library(u: np.ndarray, powers: Powers) -> np.ndarray:
    """Values of the monomials.

    Args:
        u: States, shape (..., n_variables).
        powers: Exponents of the monomials, from `monomials`.

    Returns:
        Array of shape (..., n_monomials).
    """
    u = np.asarray(u)
    u_power = [np.ones_like(u)]
    for _ in range(max(map(max, powers))):
        u_power.append(u_power[-1] * u)
    columns = []
    for exponents in powers:
        column = u_power[exponents[0]][..., 0]
        for i, e in enumerate(exponents[1:], start=1):
            column = column * u_power[e][..., i]
        columns.append(column)
    return np.stack(columns, -1)


def fit(
    columns: np.ndarray,
    targets: np.ndarray,
    *,
    threshold: float,
    n_rounds: int = 10,
) -> np.ndarray:
    """Sequentially thresholded least squares, for each component by itself.

    Fit all terms, drop those with |w_k| < threshold, fit the rest again, until nothing
    more is dropped. The threshold is one of the w_k themselves, so scale u such that
    terms that matter have coefficients above it.

    Args:
        columns: Values of the terms, shape (n_equations, n_terms).
        targets: Left-hand sides, shape (n_equations, n_components).
        threshold: Smallest |w_k| to keep, zero or positive; 0 is least squares.
        n_rounds: Largest number of fits.

    Returns:
        Coefficients w, shape (n_terms, n_components), zero where a term was dropped.

    Raises:
        ValueError: If a number is out of range, a shape does not fit, a value is not
            finite, or a column is zero everywhere.
    """
    columns, targets = np.asarray(columns), np.asarray(targets)
    _checks.positive("threshold", threshold, zero_allowed=True)
    _checks.whole("n_rounds", n_rounds)
    if columns.ndim != 2 or targets.ndim != 2 or len(columns) != len(targets):
        raise ValueError(
            f"`columns` and `targets` must have the shapes (n_equations, n_terms) and "
            f"(n_equations, n_components). Received: {columns.shape} and "
            f"{targets.shape}. Use targets[:, None] for one component."
        )
    _checks.finite("targets", targets)
    norms = np.linalg.norm(columns, axis=0)
    usable = (norms > 0) & (norms < np.inf)
    if not np.all(usable):
        raise ValueError(
            f"`columns` must be finite and not zero everywhere. Received: column "
            f"{np.argmin(usable)} with norm {norms[np.argmin(usable)]:.3g}. Drop this "
            "term."
        )
    scaled = columns / norms
    w = np.zeros((columns.shape[1], targets.shape[1]))
    for j, target in enumerate(targets.T):
        keep = np.ones(len(w), bool)
        for _ in range(n_rounds):
            w[:, j] = 0
            w[keep, j] = np.linalg.lstsq(scaled[:, keep], target)[0] / norms[keep]
            small = np.abs(w[:, j]) < threshold
            if not np.any(keep & small):
                break
            keep &= ~small
    return w


def strong(u: np.ndarray, dt: float, powers: Powers, *, threshold: float) -> np.ndarray:
    """Find the equation with u_t from central differences; for data without noise.

    Args:
        u: Series, one state every dt, shape (n_times, n_variables).
        dt: Time between two states, positive.
        powers: Exponents of the library, from `monomials`.
        threshold: Smallest coefficient to keep, see `fit`.

    Returns:
        Coefficients w, shape (n_monomials, n_variables).

    Raises:
        ValueError: If `dt` is not positive; see also `fit`.
    """
    _checks.positive("dt", dt)
    u = np.asarray(u)
    u_t = (u[2:] - u[:-2]) / (2 * dt)
    return fit(library(u[1:-1], powers), u_t, threshold=threshold)


def filtered(
    u: np.ndarray,
    dt: float,
    powers: Powers,
    *,
    threshold: float,
    window_length: int = 51,
    polyorder: int = 6,
) -> np.ndarray:
    """Find the equation with u and u_t from polynomials fitted to short windows.

    This is the Savitzky-Golay filter; half a window is lost at each end.

    Args:
        u: Series, one state every dt, shape (n_times, n_variables).
        dt: Time between two states, positive.
        powers: Exponents of the library, from `monomials`.
        threshold: Smallest coefficient to keep, see `fit`.
        window_length: Number of samples in a window, odd.
        polyorder: Degree of the polynomials, below window_length.

    Returns:
        Coefficients w, shape (n_monomials, n_variables).

    Raises:
        ValueError: If `dt` is not positive, or from SciPy if the window does not fit;
            see also `fit`.
    """
    _checks.positive("dt", dt)
    inner = slice(window_length // 2, -(window_length // 2))
    window = {"window_length": window_length, "polyorder": polyorder, "axis": 0}
    u_smooth = savgol_filter(u, **window)[inner]
    u_t = savgol_filter(u, **window, deriv=1, delta=dt)[inner]
    return fit(library(u_smooth, powers), u_t, threshold=threshold)


def weak(
    u: np.ndarray,
    bumps: np.ndarray,
    bumps_t: np.ndarray,
    powers: Powers,
    *,
    threshold: float,
) -> np.ndarray:
    """Find the equation in weak form: integrals in the place of derivatives.

    −∫ φ' u dt = Σ_k w_k ∫ φ m_k(u) dt      for each bump φ

    Args:
        u: Series, shape (n_times, n_variables).
        bumps: Quadrature weights of ∫ φ … dt, from `weak_form.bumps`, shape
            (n_functions, n_times).
        bumps_t: Those of ∫ φ' … dt: the same with derivative=1.
        powers: Exponents of the library, from `monomials`.
        threshold: Smallest coefficient to keep, see `fit`.

    Returns:
        Coefficients w, shape (n_monomials, n_variables).

    Raises:
        ValueError: See `fit`.
    """
    columns = np.matmul(bumps, library(u, powers))
    return fit(columns, -np.matmul(bumps_t, u), threshold=threshold)
