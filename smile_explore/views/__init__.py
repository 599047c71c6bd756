"""Datasets in, figures out: nothing here loads data."""

from smile_explore.views.style import notebook
from smile_explore.views.timeseries import stack

__all__ = ["notebook", "stack"]
