import matplotlib

matplotlib.use("Agg")

from physdl_tf import plotting

import matplotlib.pyplot as plt
import numpy as np


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
