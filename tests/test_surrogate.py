import hashlib

from physdl_tf.airfoils import dataset, surrogate

import keras
import numpy as np
import pytest


def chosen(flows, indices):
    """Some of the flows."""
    per_flow = ("mask", "fields", "angle", "reynolds", "lift", "family")
    return flows._replace(
        **{name: getattr(flows, name)[indices] for name in per_flow},
        specs=tuple(flows.specs[i] for i in indices),
    )


@pytest.fixture(scope="module")
def every():
    return dataset.load()


@pytest.fixture(scope="module")
def flows(every):
    """Twelve flows, seven of them with a negative angle."""
    return chosen(
        every,
        np.r_[np.flatnonzero(every.angle < 0)[:7], np.flatnonzero(every.angle > 0)[:5]],
    )


@pytest.fixture(scope="module")
def up(flows):
    return surrogate.upright(flows)


def divergence(fields):
    """Central differences of u_x along the columns and of u_y along the rows."""
    u_x, u_y = fields[..., 1], fields[..., 2]
    return (u_x[:, 1:-1, 2:] - u_x[:, 1:-1, :-2]) + (
        u_y[:, 2:, 1:-1] - u_y[:, :-2, 1:-1]
    )


def test_upright_flows_have_the_angle_upward(flows, up):
    assert (flows.angle[:7] < 0).all()
    np.testing.assert_array_equal(up.angle, np.abs(flows.angle))
    np.testing.assert_array_equal(up.lift[:7], -flows.lift[:7])


def test_turning_upside_down_reverses_the_rows_and_u_y(flows, up):
    mask, fields = flows.mask[:7], flows.fields[:7]
    np.testing.assert_array_equal(up.mask[:7], mask[:, ::-1])
    for channel, sign in enumerate((1, 1, -1)):
        mirrored = sign * fields[:, ::-1, :, channel]
        np.testing.assert_array_equal(up.fields[:7, ..., channel], mirrored)
    assert up.mask.dtype == bool and up.fields.dtype == np.float32


def test_flows_that_are_upright_stay_bit_identical(flows, up):
    for before, after in zip(flows[:6], up[:6], strict=True):
        np.testing.assert_array_equal(after[7:], before[7:])
    assert up.specs == flows.specs


def test_turning_upside_down_twice_gives_the_flow_back(flows, up):
    back = surrogate.upright(up._replace(angle=-up.angle, lift=-up.lift))
    np.testing.assert_array_equal(back.mask[:7], flows.mask[:7])
    np.testing.assert_array_equal(back.fields[:7], flows.fields[:7])


def test_the_mirror_image_creates_no_mass(flows, up):
    # Any other sign of u_y would turn ∂u_y/∂y around.
    np.testing.assert_array_equal(
        divergence(up.fields)[:7], divergence(flows.fields)[:7, ::-1]
    )


def test_upright_flows_come_from_below_and_symmetric_shapes_are_lifted(every):
    symmetric = [i for i, spec in enumerate(every.specs) if spec.get("m") == 0]
    assert (every.angle[symmetric] < 0).any()
    up = surrogate.upright(chosen(every, symmetric))
    assert (up.lift[up.angle > 1] > 0).all()
    assert (up.fields[up.angle > 1, :, 0, 2].mean(axis=1) > 0).all()
    # Suction on the upper side: p below the chord exceeds p above it.
    above = up.fields[..., 0].mean(axis=2)
    assert (above[:, :32].mean(1) > above[:, 32:].mean(1))[up.angle > 1].all()


def test_upright_and_examples_leave_their_argument_alone(flows):
    before = [part.copy() for part in flows[:6]]
    surrogate.examples(surrogate.upright(flows))
    surrogate.examples(flows)
    for old, new in zip(before, flows[:6], strict=True):
        np.testing.assert_array_equal(new, old)


def test_the_split_is_complete_disjoint_and_by_family(every):
    parts = surrogate.split(every)
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 634,
        "validation": 100,
        "test": 100,
        "new family": 206,
    }
    together = np.concatenate(list(parts.values()))
    np.testing.assert_array_equal(np.sort(together), np.arange(1040))
    assert set(every.family[parts.pop("new family")]) == {"jouk"}
    for part in parts.values():
        assert set(every.family[part]) == {"naca4", "naca5"}


def test_the_split_depends_on_the_seed_only(every):
    first, again = surrogate.split(every), surrogate.split(surrogate.upright(every))
    for name, part in first.items():
        np.testing.assert_array_equal(again[name], part)
    other = surrogate.split(every, seed=124)
    assert not np.array_equal(np.sort(first["test"]), np.sort(other["test"]))


def test_inputs_are_the_wind_the_mask_and_the_reynolds_number(up):
    inputs, _ = surrogate.examples(up)
    assert inputs.shape == (12, 64, 64, 4) and inputs.dtype == np.float32
    for flow, angle, reynolds, mask in zip(
        inputs, np.radians(up.angle), up.reynolds, up.mask, strict=True
    ):
        wind = np.float32([np.cos(angle), np.sin(angle)])
        np.testing.assert_array_equal(
            flow[~mask][:, :2], np.tile(wind, (sum(~mask.ravel()), 1))
        )
        assert not flow[mask][:, :2].any()
        np.testing.assert_array_equal(flow[..., 2], mask)
        np.testing.assert_array_equal(flow[..., 3], np.float32(reynolds / 5e6))


def test_the_inputs_give_a_reynolds_number_of_five_million_as_one(up):
    flow = chosen(up, [0])._replace(reynolds=np.array([5e6]))
    assert (surrogate.examples(flow)[0][..., 3] == 1).all()


def test_targets_are_the_fields_less_the_mean_pressure_of_the_fluid(up):
    _, targets = surrogate.examples(up)
    assert targets.shape == (12, 64, 64, 3) and targets.dtype == np.float32
    assert not targets[up.mask].any()
    np.testing.assert_array_equal(targets[..., 1:], up.fields[..., 1:])
    for target, fields, mask in zip(targets, up.fields, up.mask, strict=True):
        p, before = target[~mask][:, 0], fields[~mask][:, 0]
        assert abs(p.mean(dtype=float)) < 1e-7 < abs(before.mean(dtype=float))
        np.testing.assert_allclose(before - p, before.mean(dtype=float), atol=3e-7)


@pytest.fixture(scope="module")
def network():
    return surrogate.unet()


@pytest.mark.parametrize("bias", [(0, 0, 0), (1, 2, -3)])
def test_the_surrogate_answers_the_freestream_plus_what_the_network_says(up, bias):
    network = surrogate.unet()
    *hidden, kernel, _ = network.get_weights()
    network.set_weights([*hidden, 0 * kernel, np.array(bias)])
    inputs, _ = surrogate.examples(up)
    output = network(inputs).numpy()
    expected = 0.1 * np.float32(bias) * ~up.mask[..., None]
    expected[..., 1:] += inputs[..., :2]
    # Without a disturbance the freestream passes unchanged, to the last bit.
    np.testing.assert_allclose(output, expected, rtol=0, atol=1e-6 * any(bias))


def test_the_surrogate_is_zero_inside_and_not_outside(network, up):
    output = network(surrogate.examples(up)[0]).numpy()
    assert output.shape == (12, 64, 64, 3) and output.dtype == np.float32
    assert not output[up.mask].any()
    assert (output[~up.mask] != 0).mean() > 0.99


def test_the_surrogate_sees_every_input(network, up):
    inputs, _ = surrogate.examples(chosen(up, [0]))
    changed = np.repeat(inputs, 3, axis=0)
    changed[0, ..., 3] += 0.1  # Reynolds number
    changed[1, 5, 60, 1] += 0.1  # wind
    changed[2, 30, 30, 2] = 0  # mask
    answers, reference = network(changed).numpy(), network(inputs).numpy()
    assert (np.abs(answers - reference).max(axis=(1, 2, 3)) > 1e-4).all()


def test_the_surrogate_has_its_size_and_seeds(network):
    weights = network.get_weights()
    assert network.count_params() == 658_435
    same, other = (surrogate.unet(seed).get_weights() for seed in (0, 1))
    for mine, equal, different in zip(weights, same, other, strict=True):
        np.testing.assert_array_equal(equal, mine)
        assert mine.ndim == 1 or not np.array_equal(different, mine)


def test_the_learning_rate_rises_then_falls_as_a_half_cosine():
    # One weight w from 0 toward 1 on |w − 1|: Adam's step is the learning rate, and the
    # loss falls by as much. Weight decay takes 0.02 w of it.
    network = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False)]
    )
    network.set_weights([np.zeros((1, 1))])
    one = np.ones((1, 1), "float32")
    history = surrogate.fit(network, one, one, n_epochs=100, rate=1e-3)
    rates = -np.diff(history)
    k = np.arange(99)
    expected = np.where(
        k < 5,
        1e-3 * (0.05 + 0.95 * k / 5),
        1e-3 * (1 + np.cos(np.pi * (k - 5) / 95)) / 2,
    )
    np.testing.assert_allclose(rates, expected, rtol=0, atol=4e-6)
    assert rates.argmax() == 5


def test_fit_learns_one_flow(up, capsys):
    inputs, targets = surrogate.examples(chosen(up, [0]))
    network = surrogate.unet()
    history = surrogate.fit(network, inputs, targets, n_epochs=40)
    freestream = np.pad(inputs[..., :2], [(0, 0), (0, 0), (0, 0), (1, 0)])
    after = np.abs(network(inputs).numpy() - targets).mean()
    assert history.shape == (40,)
    assert after < 0.5 * min(history[0], np.abs(freestream - targets).mean())
    assert history[-1] == pytest.approx(after, rel=0.1)
    assert capsys.readouterr().out.endswith("epoch 40 of 40\n")


def fitted(**options):
    """History and weights after a fit of a small network to random numbers."""
    rng = np.random.default_rng(0)
    x, y = rng.random((10, 3), "float32"), rng.random((10, 1), "float32")
    start = keras.initializers.GlorotUniform(0)
    network = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(1, kernel_initializer=start)]
    )
    history = surrogate.fit(network, x, y, n_epochs=2, **options)
    return history, network.get_weights()


def test_fit_depends_on_its_seed():
    history, weights = fitted(seed=0)
    again, same = fitted(seed=0)
    np.testing.assert_array_equal(again, history)
    np.testing.assert_array_equal(same[0], weights[0])
    assert not np.array_equal(fitted(seed=1)[1][0], weights[0])


def test_an_epoch_shows_every_example_once():
    # A rate of zero: the losses are those of the first weights.
    rng = np.random.default_rng(0)
    y = rng.random((8, 1), "float32")
    network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    history = surrogate.fit(network, 0 * y, y, n_epochs=3, rate=0.0)
    np.testing.assert_allclose(history, y.mean(), rtol=1e-6)


def small_network():
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])


def test_fit_stops_where_the_loss_is_not_finite():
    x, y = np.ones((8, 1), "float32"), np.ones((8, 1), "float32")
    y[5] = np.nan
    with pytest.raises(FloatingPointError, match=r"a loss of nan at iteration [01]\."):
        surrogate.fit(small_network(), x, y, n_epochs=3)


def test_fit_takes_numbers_of_double_precision():
    x = np.random.default_rng(0).random((8, 1))
    network = small_network()
    network.set_weights([np.full((1, 1), 2.0), np.ones(1)])  # 2 x + 1
    history = surrogate.fit(network, x, 2 * x, n_epochs=2, rate=0.0)
    np.testing.assert_allclose(history, 1.0, rtol=1e-6)


def test_fit_needs_a_target_for_each_input():
    with pytest.raises(ValueError, match="`inputs` and `targets` must be as many.*8 "):
        surrogate.fit(small_network(), np.ones((8, 1)), np.ones((9, 1)), n_epochs=1)


def test_relative_errors_of_numbers_made_by_hand():
    targets = np.zeros((2, 1, 1, 3), "float32")
    targets[:, 0, 0] = [[1, 2, 3], [-1, 2, 1]]
    predictions = targets + np.float32([0.5, 0, -2])
    predictions[1, 0, 0, 0] = -1
    errors = surrogate.relative_errors(predictions, targets)
    # Sums of the errors: 0.5, 0 and 4; sums of the absolute values: 2, 4 and 4.
    assert errors == {"p": 0.25, "u_x": 0, "u_y": 1, "combined": 0.45}


def test_relative_errors_refuse_another_shape():
    with pytest.raises(ValueError, match="must have the same shape"):
        surrogate.relative_errors(np.ones((2, 8, 8, 3)), np.ones((1, 8, 8, 3)))


def test_the_shipped_weights_are_small_and_have_the_stated_digest():
    content = surrogate.WEIGHTS.read_bytes()
    assert len(content) <= 3e6
    assert hashlib.sha256(content).hexdigest() == surrogate.WEIGHTS_SHA256


def test_the_trained_surrogate_keeps_its_bars_on_unseen_shapes(every):
    unseen = surrogate.upright(chosen(every, surrogate.split(every)["test"]))
    inputs, targets = surrogate.examples(unseen)
    predictions = surrogate.trained()(inputs).numpy()
    errors = surrogate.relative_errors(predictions, targets)
    assert errors["combined"] <= 0.024 and errors["p"] <= 0.10


def stored():
    """The arrays of the shipped weights."""
    with np.load(surrogate.WEIGHTS, allow_pickle=False) as file:
        return dict(file)


def written(path, arrays):
    """Write arrays; return the arguments with which `trained` accepts the file."""
    np.savez(path, **arrays)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_weights_of_one_s_own_are_loaded_in_their_order(tmp_path):
    network = surrogate.unet(seed=3)
    arrays = {f"{i:04d}": weight for i, weight in enumerate(network.get_weights())}
    loaded = surrogate.trained(*written(tmp_path / "own.npz", arrays)).get_weights()
    for mine, theirs in zip(network.get_weights(), loaded, strict=True):
        np.testing.assert_array_equal(theirs, mine)


def test_a_flipped_byte_of_the_weights_is_noticed(tmp_path):
    damaged = bytearray(surrogate.WEIGHTS.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path = tmp_path / "damaged.npz"
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match="SHA-256 digest .* it is damaged"):
        surrogate.trained(path)


def test_missing_weights_are_named_with_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent.npz.* Install physdl_tf anew"):
        surrogate.trained(tmp_path / "absent.npz")


def test_another_number_of_weights_is_refused(tmp_path):
    arrays = stored()
    del arrays["0029"]
    with pytest.raises(ValueError, match="list of length 29, but .* expecting 30"):
        surrogate.trained(*written(tmp_path / "short.npz", arrays))


def test_weights_of_another_shape_are_refused(tmp_path):
    arrays = stored() | {"0029": np.zeros(4)}
    with pytest.raises(ValueError, match=r"shape \(3,\) is not compatible .* \(4,\)"):
        surrogate.trained(*written(tmp_path / "wide.npz", arrays))
