"""Classical rivals that scikit-learn lacks: reservoirs, sparse and spline fits."""

from . import conductivity, reservoir, sparse, weak_form

__all__ = ["conductivity", "reservoir", "sparse", "weak_form"]
