import matplotlib

matplotlib.use("Agg")

from physdl_tf import plotting

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from matplotlib.colors import to_hex, to_rgb


def test_the_style_draws_on_white_paper_whatever_style_was_set_before():
    with plt.rc_context():
        plt.style.use("dark_background")
        plotting.use_style()
        fig, ax = plt.subplots()
        lines = ax.plot([0, 1]) + ax.plot([1, 0], color=plotting.COLORS["reference"])
        dark = {line.get_color() for line in lines} | {ax.xaxis.label.get_color()}
        paper = {fig.get_facecolor(), ax.get_facecolor()}
        plt.close(fig)
    assert {to_hex(color) for color in paper} == {"#ffffff"}
    brightness = [np.dot(to_rgb(color), [0.3, 0.6, 0.1]) for color in dark]
    assert max(brightness) < 0.5


def test_fields_may_be_tensors():
    _, ax = plt.subplots()
    u = tf.reshape(tf.range(6.0), (3, 2))
    plotting.space_time([ax], [0, 1], [0, 1, 2], {"u": u})
    np.testing.assert_array_equal(ax.collections[0].get_array(), np.transpose(u))
    plt.close("all")


def test_fields_share_one_symmetric_color_scale():
    _, axes = plt.subplots(1, 2)
    x, t = np.linspace(-1, 1, 5), np.linspace(0, 1, 3)
    plotting.space_time(axes, x, t, {"a": np.ones((3, 5)), "b": np.zeros((3, 5))})
    limits = {ax.collections[0].get_clim() for ax in axes}
    assert limits == {(-1.0, 1.0)}
    assert [ax.get_title() for ax in axes] == ["a", "b"]
    plt.close("all")


def test_loss_curves_are_logarithmic_and_named():
    _, ax = plt.subplots()
    plotting.loss_curves(ax, {"data": [1.0, 0.1]}, colors={"data": "#0072B2"})
    assert ax.get_yscale() == "log"
    assert ax.get_legend().get_texts()[0].get_text() == "data"
    assert ax.lines[0].get_color() == "#0072B2"
    plt.close("all")


def test_every_method_has_its_own_color():
    assert len(set(plotting.COLORS.values())) == len(plotting.COLORS) == 5
