import re

from physdl_tf import networks

import keras
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


def test_no_two_layers_of_any_two_seeds_start_alike():
    """Layers of equal shape: layer 2 of seed 0 was once layer 1 of seed 1000."""
    sizes = {"width": 3, "depth": 4}
    seeds = (0, 1, 7, 998, 999)
    kernels = [
        kernel.tobytes()
        for seed in seeds
        for kernel in networks.mlp(3, 3, **sizes, seed=seed).get_weights()[::2]
    ]
    assert len(set(kernels)) == len(kernels) == 5 * len(seeds)


@pytest.mark.parametrize("seed", [-1, 1000, 1.0])
def test_other_seeds_are_refused(seed):
    with pytest.raises(ValueError, match=f"`seed` must be .* Received: seed={seed}"):
        networks.mlp(2, 1, width=4, depth=2, seed=seed)


def test_layers_start_from_the_stated_seeds():
    """What the book prints was trained from these."""
    kernels = networks.mlp(2, 1, width=4, depth=2, seed=5).get_weights()[::2]
    for i, kernel in enumerate(kernels):
        start = keras.initializers.GlorotUniform(5 + 1000 * i)
        np.testing.assert_array_equal(kernel, start(kernel.shape))
    options = {"size": 8, "patch": 2, "channels": (2, 3, 4)}
    kernels = networks.unet(2, 1, **options, seed=5).get_weights()[::2]
    assert len(kernels) == 11
    for i, kernel in enumerate(kernels):
        start = keras.initializers.HeNormal(5000 + i)
        np.testing.assert_array_equal(kernel, start(kernel.shape))


@pytest.mark.parametrize("name", ["n_inputs", "n_outputs", "width", "depth"])
def test_sizes_must_be_positive(name):
    sizes = {"n_inputs": 2, "n_outputs": 1, "width": 4, "depth": 1} | {name: 0}
    with pytest.raises(ValueError, match=f"`{name}` must be a whole number"):
        networks.mlp(**sizes, seed=0)


def test_other_dtypes_are_refused():
    with pytest.raises(ValueError, match="`dtype` must be one of"):
        networks.mlp(2, 1, width=4, depth=1, seed=0, dtype="float16")


@pytest.mark.parametrize(
    "size, patch, channels", [(8, 1, (2, 3)), (12, 2, (3,)), (16, 4, (2, 5, 3))]
)
def test_the_unet_keeps_the_size_of_the_image(size, patch, channels):
    net = networks.unet(4, 3, size=size, patch=patch, channels=channels, seed=0)
    assert net(tf.zeros((2, size, size, 4))).shape == (2, size, size, 3)


def test_the_unet_has_the_parameters_of_its_convolutions():
    net = networks.unet(4, 3, size=16, patch=2, channels=(5, 6, 7), seed=0)

    def convolution(width, n_in, n_out):
        return width**2 * n_in * n_out + n_out

    down = [(2, 4, 5), (3, 5, 5), (2, 5, 6), (3, 6, 6), (2, 6, 7), (3, 7, 7)]
    # After each step up, the skip doubles the channels.
    up = [(2, 7, 6), (3, 12, 6), (2, 6, 5), (3, 10, 5), (2, 5, 3)]
    assert net.count_params() == sum(convolution(*sizes) for sizes in down + up)


@pytest.fixture
def image():
    return np.random.default_rng(0).normal(size=(1, 16, 16, 2)).astype("float32")


@pytest.fixture
def net():
    return networks.unet(2, 1, size=16, patch=2, channels=(4, 6, 8), seed=0)


def test_the_loss_of_the_unet_depends_on_all_weights(net, image):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(net(image) ** 2)
    for gradient in tape.gradient(loss, net.trainable_variables):
        assert gradient is not None and np.abs(gradient).max() > 1e-6


@pytest.mark.parametrize("closed", [0, 1])
def test_the_skips_carry_the_image_past_a_closed_level(net, image, closed):
    ups = [layer for layer in net.layers if "transpose" in layer.name]
    for weight in ups[closed].weights:  # nothing comes from the levels below
        weight.assign(0 * weight)
    assert np.abs(net(image) - net(0 * image)).max() > 0.1


def test_a_unet_of_one_level_sees_the_neighboring_patches(image):
    net = networks.unet(2, 1, size=16, patch=4, channels=(8,), seed=0)
    changed = image.copy()
    changed[0, 5, 9] += 1  # in the patch of rows 4 to 7, columns 8 to 11
    rows, columns = np.nonzero((net(changed) != net(image)).numpy()[0, :, :, 0])
    assert (rows.min(), rows.max()) == (0, 11)
    assert (columns.min(), columns.max()) == (4, 15)


def test_a_unet_of_more_levels_sees_the_whole_image(net, image):
    changed = image.copy()
    changed[0, 0, 0] += 1
    assert (net(changed) != net(image)).numpy()[0, -1, -1]


def test_the_output_of_the_unet_is_linear_in_the_last_weights(net, image):
    kernel, bias = net.weights[-2:]
    assert not bias.numpy().any()
    before = net(image).numpy()
    kernel.assign(-2 * kernel)
    np.testing.assert_allclose(net(image), -2 * before, rtol=1e-5, atol=1e-6)


def test_one_seed_gives_one_unet_and_its_layers_differ():
    options = {"size": 8, "patch": 2, "channels": (2, 2, 2)}
    a, b, c, d = (
        networks.unet(2, 1, **options, seed=s).get_weights()[::2] for s in (0, 0, 1, 2)
    )
    assert all(np.array_equal(v, w) for v, w in zip(a, b, strict=True))
    # All layers of all seeds: no two kernels start alike.
    assert len({kernel.tobytes() for kernel in a + c + d}) == 3 * len(a)


@pytest.mark.parametrize("size", [8, 12, 20])
def test_the_image_must_divide_into_the_coarsest_patches(size):
    with pytest.raises(ValueError, match=f"multiple of .* = 16. Received: size={size}"):
        networks.unet(2, 1, size=size, patch=4, channels=(2, 2, 2), seed=0)


@pytest.mark.parametrize("value", [0, 2.0])
@pytest.mark.parametrize(
    "name", ["n_inputs", "n_outputs", "size", "patch", "channels[1]"]
)
def test_sizes_of_the_unet_must_be_positive_whole_numbers(name, value):
    sizes = {"n_inputs": 2, "n_outputs": 1, "size": 8, "patch": 2, "channels": (2, 2)}
    wrong = {"channels": (2, value)} if name == "channels[1]" else {name: value}
    with pytest.raises(ValueError, match=re.escape(f"`{name}` must be a whole number")):
        networks.unet(**sizes | wrong, seed=0)


def test_a_negative_seed_of_the_unet_is_refused():
    with pytest.raises(ValueError, match="`seed` must be a whole number"):
        networks.unet(2, 1, size=8, patch=2, channels=(2, 2), seed=-1)


@pytest.fixture
def other_defaults():
    """Defaults of Keras as a configuration file may choose them."""
    keras.config.set_image_data_format("channels_first")
    keras.config.set_floatx("float64")
    yield
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")


def test_networks_do_not_depend_on_the_defaults_of_keras(net, image, other_defaults):
    same = networks.unet(2, 1, size=16, patch=2, channels=(4, 6, 8), seed=0)
    assert (same.input.dtype, same.output.dtype) == ("float32", "float32")
    np.testing.assert_array_equal(same(image), net(image))
    mlp = networks.mlp(1, 1, width=2, depth=1, seed=0)
    assert mlp(np.zeros((1, 1))).dtype == tf.float32


def test_a_number_of_channels_is_no_list_of_levels():
    with pytest.raises(TypeError, match=r"`channels` must be a seq.*channels=\(4,\)"):
        networks.unet(4, 3, size=8, patch=2, channels=4, seed=0)


def test_a_unet_needs_a_level():
    with pytest.raises(ValueError, match="whole number of at least 1"):
        networks.unet(2, 1, size=8, patch=2, channels=(), seed=0)


def test_stacked_networks_are_the_single_ones():
    seeds, rng = (3, 0, 7), np.random.default_rng(0)
    sizes = {"width": 5, "depth": 2}
    weights = networks.stacked_mlp(2, 4, **sizes, seeds=seeds)
    assert [tuple(w.shape) for w in weights[:2]] == [(3, 2, 5), (3, 1, 5)]
    for w in weights[1::2]:  # biases start at zero: make them count
        w.assign(rng.normal(size=w.shape))
    z = rng.normal(size=(3, 6, 2)).astype("float32")
    together = networks.apply_stacked(weights, z)
    same = networks.apply_stacked(weights, z[1])
    assert together.shape == same.shape == (3, 6, 4)
    for i, seed in enumerate(seeds):
        one = networks.mlp(2, 4, **sizes, seed=seed)
        kernels = [w.numpy() for w in one.weights[::2]]
        np.testing.assert_array_equal(weights[0][i], kernels[0])
        one.set_weights(
            [
                w[i].numpy().reshape(v.shape)
                for w, v in zip(weights, one.weights, strict=True)
            ]
        )
        np.testing.assert_allclose(together[i], one(z[i]), atol=1e-6)
        np.testing.assert_allclose(same[i], one(z[1]), atol=1e-6)


def test_one_seed_is_no_list_of_seeds():
    with pytest.raises(TypeError, match=r"`seeds` must be a sequence.*seeds=\(5,\)"):
        networks.stacked_mlp(2, 1, width=3, depth=1, seeds=5)


def test_no_seed_is_refused():
    with pytest.raises(ValueError, match=r"`len\(seeds\)` must be a whole number"):
        networks.stacked_mlp(2, 1, width=4, depth=1, seeds=())


def some_field(activation="tanh", dtype="float64"):
    """A network whose biases are not zero: an error in them would be seen."""
    net = networks.mlp(
        2, 1, width=5, depth=3, activation=activation, seed=0, dtype=dtype
    )
    rng = np.random.default_rng(0)
    net.set_weights([w + 0.3 * rng.normal(size=w.shape) for w in net.get_weights()])
    return net


def assert_same_field(net, dtype="float64"):
    x, t = (tf.constant(a, dtype) for a in np.random.default_rng(0).random((2, 9, 1)))
    plain, fast = networks.as_field(net)(x, t), networks.features_first(net)(x, t)
    rounding = {"float32": 1e-5, "float64": 1e-13}[dtype]
    np.testing.assert_allclose(fast, plain, rtol=rounding, atol=rounding)
    assert fast.dtype == dtype and fast.shape == (9, 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_features_first_is_the_same_field(dtype):
    assert_same_field(some_field(dtype=dtype), dtype)


@pytest.mark.parametrize("activation", ["softplus", "relu", keras.ops.sin, tf.sin])
def test_features_first_takes_the_activation_of_the_network(activation):
    assert_same_field(some_field(activation))


@pytest.mark.parametrize("frozen", [0, 1, 3])
def test_features_first_takes_frozen_layers_too(frozen):
    net = some_field()
    net.layers[frozen].trainable = False
    assert_same_field(net)


def sequential(*layers):
    return keras.Sequential([keras.Input((2,)), *layers])


@pytest.mark.parametrize(
    "net, received",
    [
        (some_field("softmax"), "activation 'softmax'"),
        (some_field(lambda z: z**2), "activation '<lambda>'"),
        (sequential(keras.layers.Dense(1, use_bias=False)), "the layer 'dense"),
        (sequential(keras.layers.LayerNormalization()), "the layer 'layer_norm"),
        (networks.unet(1, 1, size=8, patch=2, channels=(2,), seed=0), "a Functional"),
        (lambda xt: xt, "a function"),
    ],
)
def test_features_first_refuses_networks_that_it_cannot_evaluate(net, received):
    with pytest.raises(ValueError, match=f"Received: .*{received}.*as_field"):
        networks.features_first(net)


def test_points_of_another_type_than_the_network_are_refused():
    field = networks.features_first(
        networks.mlp(2, 1, width=4, depth=1, seed=0, dtype="float64")
    )
    x = tf.zeros((3, 1), "float32")
    with pytest.raises(ValueError, match="`network` and `x` must have the same type"):
        field(x, x)
