"""Classical rivals that scikit-learn lacks: reservoirs, sparse identification."""

from . import reservoir, sparse, weak_form

__all__ = ["reservoir", "sparse", "weak_form"]
