"""Classical rivals that scikit-learn lacks."""

from . import weak_form

__all__ = ["weak_form"]
