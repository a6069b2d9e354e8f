"""Lorenz's equations: chaos in three numbers.

The function works on NumPy arrays and on TensorFlow tensors alike; the last axis of a
state holds the components, all others are batch axes.
"""

import numpy as np
import tensorflow as tf

# Largest Lyapunov exponent at the standard parameters [1/time unit]: small errors grow
# like exp(0.906 t) in the long run. tests/test_lorenz.py measures it.
LORENZ_EXPONENT = 0.906


def lorenz(
    state: np.ndarray | tf.Tensor,
    *,
    sigma: float = 10.0,
    rho: float = 28.0,
    beta: float = 8 / 3,
) -> np.ndarray | tf.Tensor:
    """Right-hand side of Lorenz's equations.

    x_t = σ (y − x),   y_t = x (ρ − z) − y,   z_t = x y − β z

    Args:
        state: x, y, z in the last axis, shape (..., 3).
        sigma: Parameter σ.
        rho: Parameter ρ.
        beta: Parameter β.

    Returns:
        The time derivative of the state, in the same shape.

    Raises:
        ValueError: If the last axis does not have three entries.

    Reference: Lorenz 1963, doi:10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2.
    """
    state = state if tf.is_tensor(state) else np.asarray(state)
    if state.shape[-1:] != (3,):
        raise ValueError(
            f"`state` must have x, y, z in its last axis. Received: shape "
            f"{tuple(state.shape)}. Transpose it, so that its shape ends in 3."
        )
    x, y, z = state[..., 0], state[..., 1], state[..., 2]
    stack = tf.stack if tf.is_tensor(state) else np.stack
    return stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z], axis=-1)
