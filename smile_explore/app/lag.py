"""The link from L1 to the Earth: a lag to try, its estimate, and a refusal to shift twice."""

import html

import numpy as np
import pandas as pd
import panel as pn
import xarray as xr

from smile_explore.app.words import Words
from smile_explore.link.lag import lag

_REACH = "120min"  # either way: further than any wind takes from L1


def estimate(driver, response, view) -> tuple:
    """Return the lag of a response after a driver in a view, and a sentence about it.

    Parameters
    ----------
    driver, response : store.Series
        Their last lines are compared (z of a vector), as means of a minute.
    view : tuple of float, ms

    Returns
    -------
    tuple of (float or None, str)
        Minutes, None if there is no usable lag; and what was found, with its 95 % interval.
    """
    found = lag(_seen(driver, view), _seen(response, view), _REACH)
    names = f"{driver.lines[-1][0]} of {driver.attrs['product']} and {response.lines[-1][0]} of {response.attrs['product']}"  # fmt: skip
    return found.value / pd.Timedelta("1min") if found.usable else None, f"{names}: {found}."


def _seen(series, view) -> xr.DataArray:
    """Return what is known of the last line in a view."""
    y = series.lines[-1][1].astype(float)
    seen = (series.t >= view[0]) & (series.t <= view[1]) & np.isfinite(y)
    time = (series.t[seen] * 1000).round().astype("M8[us]").astype("M8[ns]")
    return xr.DataArray(y[seen], {"time": time}, ["time"])


class LagControl:
    """A slider in minutes that shifts every series measured at L1, and its estimate."""

    def __init__(self, explorer):
        self.explorer, self._estimate = explorer, None
        self.slider = pn.widgets.FloatSlider(
            label="Lag of L1 series, min", start=-30, end=120, step=0.5, value=explorer.study.lag,
            width=260, margin=(4, 8),
        )  # fmt: skip
        self.slider.param.watch(self._moved, "value")
        self.text = Words()

    def view(self) -> pn.Column:
        """Return the control."""
        from smile_explore.app.layout import button

        buttons = pn.Row(
            button("Estimate", self.estimate, "Estimate the lag by correlation in this view"),
            button("Apply", self.apply, "Shift by the estimate"),
        )
        return pn.Column(self.slider, buttons, self.text)

    def _moved(self, event) -> None:
        self.explorer.loads.soon(lambda: self._tell(self.explorer.set_lag(event.new)))

    def _tell(self, text: str) -> None:
        self.text.object = f'<div role="status" style="font-size:12px;color:{self.explorer.look.text}">{html.escape(text)}</div>'  # fmt: skip
        self.explorer.push()

    def estimate(self) -> None:
        """Compare the first L1 panel with the first other panel of the same quantity."""
        from smile_explore.app.store import milliseconds

        panels = [p for p in self.explorer.stack.panels if p.series.lines]
        driver = next((p.series for p in panels if p.is_shiftable), None)
        if driver is None:
            self._tell("No series of the stack was measured at L1: add one, e.g. ace.mfi:b:GSM.")
            return
        alike = [p.series for p in panels if not p.is_shiftable and p.series.units == driver.units]
        if not alike:
            self._tell(f"No other panel in {driver.units} to compare with: add one, e.g. omni.1min:b:GSM.")  # fmt: skip
            return
        view = tuple(float(t) for t in milliseconds(self.explorer.study.view))
        self._estimate, text = estimate(driver, alike[0], view)
        self._tell(text)

    def apply(self) -> None:
        """Shift by what was estimated last."""
        if self._estimate is None:
            self._tell("There is no estimate to apply: press Estimate.")
            return
        self.slider.value = float(np.clip(self._estimate, self.slider.start, self.slider.end))
