"""Datasets in, figures out: nothing here loads data."""

from smile_explore.views.dial import dial
from smile_explore.views.orbit import orbit
from smile_explore.views.sky import magnetopause as magnetopause_in_sky
from smile_explore.views.sky import sky
from smile_explore.views.style import notebook, side_by_side
from smile_explore.views.timeseries import stack

__all__ = ["dial", "magnetopause_in_sky", "notebook", "orbit", "side_by_side", "sky", "stack"]
