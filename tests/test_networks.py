from physdl_tf import networks

import numpy as np
import pytest
import tensorflow as tf


def test_the_network_of_the_lecture_has_3021_parameters():
    net = networks.mlp(2, 1, width=20, depth=8, seed=0)
    assert net.count_params() == (2 * 20 + 20) + 7 * (20 * 20 + 20) + (20 + 1) == 3021


def test_without_hidden_activation_the_network_is_its_matrix_product():
    net = networks.mlp(3, 2, width=4, depth=1, activation="linear", seed=1)
    x = np.random.default_rng(0).random((5, 3)).astype("float32")
    w1, b1, w2, b2 = (w.numpy() for w in net.weights)
    np.testing.assert_allclose(net(x), (x @ w1 + b1) @ w2 + b2, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_and_shape_of_the_output(dtype):
    net = networks.mlp(2, 1, width=4, depth=2, seed=0, dtype=dtype)
    out = networks.as_field(net)(tf.zeros((6, 1), dtype), tf.ones((6, 1), dtype))
    assert out.shape == (6, 1) and out.dtype == dtype


def test_one_seed_gives_one_start_and_layers_differ():
    a, b, c = (
        networks.mlp(2, 1, width=4, depth=3, seed=s).get_weights() for s in (0, 0, 1)
    )
    assert all(np.array_equal(v, w) for v, w in zip(a, b, strict=True))
    assert not np.array_equal(a[0], c[0])
    assert not np.array_equal(a[2], a[4])


@pytest.mark.parametrize("name", ["n_inputs", "n_outputs", "width", "depth"])
def test_sizes_must_be_positive(name):
    sizes = {"n_inputs": 2, "n_outputs": 1, "width": 4, "depth": 1} | {name: 0}
    with pytest.raises(ValueError, match=f"`{name}` must be a whole number"):
        networks.mlp(**sizes, seed=0)


def test_other_dtypes_are_refused():
    with pytest.raises(ValueError, match="`dtype` must be one of"):
        networks.mlp(2, 1, width=4, depth=1, seed=0, dtype="float16")
