"""Tests of physdl_tf.rivals.reservoir: one loop in plain Python is the oracle."""

import math

from physdl_tf.rivals import reservoir

import numpy as np
import pytest
from sklearn.linear_model import Ridge


def sine(n_times=300, rate=0.3):
    angle = rate * np.arange(n_times)
    return np.stack([np.sin(angle), np.cos(angle)], -1)


def features_by_hand(a, b, series):
    """[r', x, 1] of one reservoir after each input, one number at a time."""
    r, rows = [0.0] * len(a), []
    for x in series:
        v = [*x, 1.0]
        r = [
            math.tanh(
                sum(r[i] * a[i, j] for i in range(len(r)))
                + sum(v[i] * b[i, j] for i in range(len(v)))
            )
            for j in range(len(r))
        ]
        squared = [value**2 if j % 2 else value for j, value in enumerate(r)]
        rows.append(squared + v)
    return np.array(rows)


def small(n_seeds=2, **options):
    u = sine()
    options = {"n_units": 6, "ridge": 1e-6, "washout": 20} | options
    return u, reservoir.train(u[:-1], u[1:], n_seeds=n_seeds, **options)


def test_readout_is_ridge_regression_on_features_computed_by_hand():
    u, trained = small()
    for a, b, readout in zip(*trained, strict=True):
        rows = features_by_hand(a, b, u[:-1])[20:]
        ridge = Ridge(alpha=1e-6, fit_intercept=False, solver="svd")
        expected = ridge.fit(rows, u[21:]).coef_.T
        # Conditioning: squares of the features over the penalty, times rounding.
        np.testing.assert_allclose(readout, expected, atol=1e-6)


def test_a_step_is_the_formula():
    u, trained = small()
    rows = features_by_hand(trained.a[1], trained.b[1], u[:5])
    r = np.zeros((2, 1, 6))
    for x in u[:5, None]:
        r, prediction = reservoir.advance(trained, r, x)
    np.testing.assert_allclose(r[1, 0, ::2], rows[-1, :6:2], atol=1e-14)
    np.testing.assert_allclose(r[1, 0, 1::2] ** 2, rows[-1, 1:6:2], atol=1e-14)
    np.testing.assert_allclose(
        prediction[1, 0], rows[-1] @ trained.readout[1], atol=1e-12
    )


def test_matrices_of_a_seed_do_not_depend_on_the_number_of_seeds():
    one, three = (reservoir.draw(2, n_units=5, n_seeds=n) for n in (1, 3))
    for few, many in zip(one, three, strict=True):
        np.testing.assert_array_equal(few[0], many[0])
        assert not np.array_equal(many[0], many[1])


@pytest.mark.parametrize("radius", [0.4, 0.9])
def test_spectral_radius_is_about_the_stated_one(radius):
    a, b = reservoir.draw(2, n_units=300, n_seeds=2, spectral_radius=radius)
    largest = np.abs(np.linalg.eigvals(a)).max(axis=1)
    np.testing.assert_allclose(largest, radius, rtol=0.15)  # circular law
    assert np.abs(b).max() <= 0.5 and b.shape == (2, 3, 300)


def test_the_start_is_forgotten_by_the_spectral_radius_in_each_step():
    u, trained = small(n_seeds=1, n_units=200)
    r = np.stack([np.zeros((1, 200)), np.ones((1, 200))])
    apart = []
    for x in u[:20, None]:
        r, _ = reservoir.advance(trained, r, x)
        apart.append(np.abs(r[0] - r[1]).max())
    rate = (apart[-1] / apart[5]) ** (1 / 14)
    assert rate < 0.45  # tanh only contracts further; and it is not forgotten at once:
    assert rate > 0.2


def forecast(trained, u, n_past, n_steps=100):
    return reservoir.forecast(
        trained,
        u[None, None, n_past],
        n_steps,
        past=u[:n_past, None, None],
        encode=lambda u: u,
        decode=lambda y: y,
    )


def test_forecast_follows_a_sine_for_each_seed():
    u, trained = small(n_units=30, ridge=1e-10)
    states = forecast(trained, u, n_past=100)
    assert states.shape == (101, 2, 1, 2)
    expected = np.broadcast_to(u[100:201, None, None], states.shape)
    np.testing.assert_allclose(states, expected, atol=1e-4)


def test_forecast_needs_to_be_synchronized():
    u, trained = small(n_units=30, ridge=1e-10)
    cold, warm = (forecast(trained, u, n, 1)[1, :, 0] - u[n + 1] for n in (0, 100))
    assert np.abs(cold).max() > 100 * np.abs(warm).max()


def test_forecast_encodes_and_decodes_each_state():
    """In other units, and with the true step as a model beside the state."""
    u = 3 * sine() + 5
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])

    def encode(u):
        scaled = (u - 5) / 3
        return np.concatenate([scaled, scaled @ turn], -1)

    trained = reservoir.train(
        encode(u[:-1]), (u[1:] - 5) / 3, n_units=10, ridge=1e-10, washout=20
    )
    states = reservoir.forecast(
        trained, u[None, :1], 50, encode=encode, decode=lambda y: 3 * y + 5
    )
    # The model is exact, so the readout trusts it, even without a past.
    np.testing.assert_allclose(states[:, 0, 0], u[:51], atol=1e-2)


@pytest.mark.parametrize(
    "change, match",
    [
        ({"inputs": sine(299)[:, 0]}, "n_times, n_inputs"),
        ({"targets": sine(298)}, "n_times, n_inputs"),
        ({"ridge": 0.0}, "ridge"),
        ({"washout": 299}, "washout"),
        ({"washout": -1}, "washout"),
        ({"n_units": 0}, "n_units"),
        ({"n_seeds": 0}, "n_seeds"),
        ({"spectral_radius": 0.0}, "spectral_radius"),
    ],
)
def test_arguments_of_training_are_checked(change, match):
    good = {"inputs": sine(299), "targets": sine(299)}
    with pytest.raises(ValueError, match=match):
        reservoir.train(**good | change)


def test_arguments_of_a_forecast_are_checked():
    u, trained = small()
    with pytest.raises(ValueError, match="u0"):
        reservoir.forecast(trained, u[0], 3, encode=abs, decode=abs)
    with pytest.raises(ValueError, match="n_steps"):
        reservoir.forecast(trained, u[None, :1], -1, encode=abs, decode=abs)


@pytest.mark.parametrize("name", ["inputs", "targets"])
def test_series_that_are_not_finite_are_refused(name):
    series = {"inputs": np.ones((60, 2)), "targets": np.ones((60, 1))}
    series[name][7, 0] = np.nan
    with pytest.raises(ValueError, match=f"`{name}` must be finite.*1 of "):
        reservoir.train(**series, n_units=5, washout=10)
