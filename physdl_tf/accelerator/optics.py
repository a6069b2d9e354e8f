"""Linear optics of a beam: quadrupoles and drifts, moments, emittances, and a screen.

A particle is a row x, x', y, y': positions [mm] and slopes [mrad] across a beamline
along s [m]. An element of the beamline is a 4×4 matrix R that acts on columns, so that
elements in a row multiply from the left, R = R_last ⋯ R_first. In an element of
constant strength k the coordinates obey a linear differential equation:

    dr/ds = A r,   x'' = −k x,   y'' = +k y,   R = exp(A·length)

Python numbers become float64 tensors; arrays and tensors keep their float type.

Where a new element goes: a linear one, such as a dipole, is a function beside
`quadrupole` that returns its matrix. A sextupole has no matrix, since its kick is not
linear: it is a function beam -> beam, beside `track`. In a ring, the kick is part of
`henon.Turn`.
"""

from functools import reduce
from itertools import combinations_with_replacement, product
from typing import TypeAlias

import numpy as np
import tensorflow as tf

from .. import _checks

Values: TypeAlias = tf.Tensor | np.ndarray | float

_DRIFT = np.kron(np.eye(2), [[0.0, 1.0], [0.0, 0.0]])  # x into the change of x
_LENS = np.kron(np.diag([-1.0, 1.0]), [[0.0, 0.0], [1.0, 0.0]])  # x' ← −k x, y' ← k y


def drift(length: float) -> tf.Tensor:
    """Matrix of a piece of beamline without a magnet.

    Args:
        length: Length ≥ 0 [m].

    Returns:
        A tensor of shape (4, 4).

    Raises:
        ValueError: If the length is negative.
    """
    return quadrupole(length, 0.0)


def quadrupole(length: float, k: Values) -> tf.Tensor:
    """Matrix of a quadrupole: k > 0 focuses in x and defocuses in y.

    For k > 0 its blocks are, with φ = √k·length,

        x: [[cos φ, sin φ/√k], [−√k sin φ, cos φ]]
        y: [[cosh φ, sinh φ/√k], [√k sinh φ, cosh φ]]

    It is computed as a matrix exponential, which is smooth in k, also at k = 0.

    Args:
        length: Length ≥ 0 [m].
        k: Strengths, of any shape [1/m²].

    Returns:
        A tensor of shape (..., 4, 4), where (...) is the shape of `k`.

    Raises:
        ValueError: If the length is negative.

    Reference: Wiedemann 2015, doi:10.1007/978-3-319-18317-6.
    """
    _checks.positive("length", length, zero_allowed=True)
    k = _tensor(k)[..., None, None]
    drift_part, lens_part = (tf.constant(A, k.dtype) for A in (_DRIFT, _LENS))
    return tf.linalg.expm(length * (drift_part + k * lens_part))


def track(beam: Values, matrix: Values) -> tf.Tensor:
    """Carry all particles of a beam through elements.

    Args:
        beam: Particles, shape (..., n_particles, 4) [mm, mrad].
        matrix: Matrices R, shape (..., 4, 4); the leading axes broadcast.

    Returns:
        The particles R r, shape (..., n_particles, 4).

    Raises:
        ValueError: If the last axis of `beam` does not hold four coordinates, or the
            last axes of `matrix` are not (4, 4).
    """
    beam = _beam(beam)
    matrix = tf.cast(matrix, beam.dtype)
    _check_matrix("matrix", matrix)
    return tf.matmul(beam, matrix, transpose_b=True)


def screen(
    beam: Values, pixels: np.ndarray, width: float, weights: Values | None = None
) -> tf.Tensor:
    """Image of a beam: the density of its x and y, smoothed by a Gaussian kernel.

    Each particle lights the screen with its weight, as a Gaussian spot of standard
    deviation `width`. So the image is linear in the weights, smooth in the positions,
    and its sum is the part of the beam that falls on the screen.

    Args:
        beam: Particles, shape (..., n_particles, 4).
        pixels: Centers of the pixels, the same along x and y, rising by equal steps,
            shape (n_pixels,) with n_pixels ≥ 2 [mm].
        width: Standard deviation of a spot, of at least half a pixel [mm].
        weights: None: all weights are 1/n_particles. Or weights, shape (n_particles,).

    Returns:
        Images, shape (..., n_pixels, n_pixels). Rows are y, columns are x.

    Raises:
        ValueError: If `beam` has no four coordinates, `pixels` or `weights` are not of
            this kind, or a spot is too narrow.
    """
    beam, pixels = _beam(beam), np.atleast_1d(pixels)
    steps = np.diff(pixels, axis=0)
    equal = steps.ndim == 1 and np.allclose(steps, steps[:1], rtol=0.01, atol=0)
    if not (equal and len(steps) and steps[0] > 0):
        raise ValueError(
            "`pixels` must rise by equal steps, two pixels or more. Received: shape "
            f"{pixels.shape}, steps {steps.ravel()[:3]}. Use np.linspace(-5, 5, 64)."
        )
    pixel = float(steps[0])
    if width < pixel / 2:
        raise ValueError(
            f"`width` must be at least half a pixel, {pixel / 2:.3g}. Received: "
            f"width={width}. A narrower spot falls between the centers of pixels."
        )
    centers = tf.cast(pixels, beam.dtype)
    distance = (tf.gather(beam, [0, 2], axis=-1)[..., None] - centers) / width
    spots = tf.exp(-tf.square(distance) / 2) * (pixel / (width * np.sqrt(2 * np.pi)))
    x, y = spots[..., 0, :], spots[..., 1, :]
    if weights is None:
        y = y / tf.cast(tf.shape(beam)[-2], beam.dtype)
    else:
        y = y * _column(weights, beam)
    return tf.matmul(y, x, transpose_a=True)


def beam_matrix(beam: Values, weights: Values | None = None) -> tf.Tensor:
    """Second moments of a beam about its center: Σ = ⟨(r − ⟨r⟩)(r − ⟨r⟩)ᵀ⟩.

    Args:
        beam: Particles, shape (..., n_particles, 4).
        weights: None: all the same. Or weights of any sum, shape (n_particles,).

    Returns:
        Σ, shape (..., 4, 4) [mm², mm mrad, mrad²].

    Raises:
        ValueError: If the last axis of `beam` does not hold four coordinates, or
            `weights` has more than one axis.
    """
    beam = _beam(beam)
    if weights is None:
        weights = tf.ones(tf.shape(beam)[-2], beam.dtype)
    w = _column(weights, beam)
    w = w / tf.reduce_sum(w)
    r = beam - tf.reduce_sum(w * beam, axis=-2, keepdims=True)
    return tf.matmul(w * r, r, transpose_a=True)


def moment_equations(matrix: Values, order: int) -> np.ndarray:
    """Linear equations from the moments of a beam to those that a screen shows.

    Behind a matrix R the screen sees x = R_x·r and y = R_y·r, with the rows R_x, R_y of
    R. So each moment ⟨xᵖ yᵃ⟩ with p + a = n is a sum of moments of r of the same order:
    ⟨xᵖ yᵃ⟩ = Σ_m M_am ⟨r_i r_j ⋯⟩_m.

    Args:
        matrix: Matrices R from where the beam is asked for to the screen, shape
            (..., 4, 4); one for each setting, for example.
        order: Order n of the moments, at least 1.

    Returns:
        The matrices M, NumPy array of shape (..., n + 1, n_moments). The rows are
        xⁿ, xⁿ⁻¹ y, …, yⁿ. The columns are the moments of r in the order of
        ``itertools.combinations_with_replacement(range(4), n)``; for n = 2 these are
        ten: x x, x x', x y, x y', x' x', x' y, x' y', y y, y y', y' y'.

    Raises:
        ValueError: If the order is no positive whole number, or the last axes are not
            (4, 4).
    """
    _checks.whole("order", order)
    R = np.asarray(matrix)
    _check_matrix("matrix", R)
    moments = list(combinations_with_replacement(range(4), order))
    terms = product(range(4), repeat=order)  # of the product, multiplied out
    collect = np.array([[tuple(sorted(t)) == m for m in moments] for t in terms], float)
    rows = []
    for a in range(order + 1):
        factors = [R[..., 0, :]] * (order - a) + [R[..., 2, :]] * a
        rows.append(reduce(_multiplied_out, factors) @ collect)
    return np.stack(rows, axis=-2)


def _multiplied_out(a, b):
    """All products of an entry of a and one of b, in one axis."""
    return (a[..., :, None] * b[..., None, :]).reshape(*a.shape[:-1], -1)


def emittances(sigma: Values) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Emittances of a beam: areas and volume in phase space, kept by linear optics.

    ε_x = √det Σ_xx,  ε_y = √det Σ_yy,  ε_4D = √det Σ, with the 2×2 blocks Σ_xx, Σ_yy.
    Without coupling, ε_4D = ε_x ε_y; with coupling it is smaller.

    Args:
        sigma: Second moments Σ, shape (..., 4, 4).

    Returns:
        ε_x, ε_y [mm mrad] and ε_4D [mm² mrad²], each of shape (...).
        NaN where a determinant is negative, as moments from a fit may have it.

    Raises:
        ValueError: If the last axes are not (4, 4).
    """
    sigma = _tensor(sigma)
    _check_matrix("sigma", sigma)
    blocks = sigma[..., :2, :2], sigma[..., 2:, 2:], sigma
    return tuple(tf.sqrt(tf.linalg.det(block)) for block in blocks)


def _tensor(values):
    if tf.is_tensor(values):
        return values
    values = np.asarray(values)
    whole = np.issubdtype(values.dtype, np.integer)
    return tf.convert_to_tensor(values.astype(np.float64) if whole else values)


def _beam(beam):
    beam = _tensor(beam)
    if beam.shape[-1] != 4 or beam.shape.rank < 2:
        raise ValueError(
            "`beam` must hold x, x', y, y' in its last axis, one particle a row. "
            f"Received: beam.shape={tuple(beam.shape)}. Use np.column_stack."
        )
    return beam


def _column(weights, beam):
    """Weights of the particles as a column."""
    weights = tf.cast(weights, beam.dtype)
    if weights.shape.rank not in (1, None):
        raise ValueError(
            "`weights` must have one axis, a weight for each particle. Received: "
            f"weights.shape={tuple(weights.shape)}. Use tf.reshape(weights, (-1,))."
        )
    return tf.reshape(weights, (-1, 1))


def _check_matrix(name, matrix):
    if not tf.TensorShape(matrix.shape)[-2:].is_compatible_with((4, 4)):
        raise ValueError(
            f"`{name}` must have shape (..., 4, 4). Received: {name}.shape="
            f"{tuple(matrix.shape)}. Use what drift and quadrupole return, multiplied, "
            "or what beam_matrix returns for moments."
        )
