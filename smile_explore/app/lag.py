"""The link from L1 to the Earth: a lag to try, its estimate, and a refusal to shift twice."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import panel as pn
import xarray as xr

from smile_explore.app.controls import button
from smile_explore.app.loads import Job
from smile_explore.app.store import milliseconds
from smile_explore.app.words import Words
from smile_explore.link.lag import lag
from smile_explore.markup import escape

#: Lags that are searched, minutes. A response does not come before its cause; the 1.5 million km
#: from L1 take 28 min at 900 km/s and 100 min at 250 km/s, and a tilted front comes up to half
#: an hour early or late (Mailyan et al. 2008, doi:10.5194/angeo-26-2383-2008).
SEARCHED = (0, 120)
_MS = 60_000
_L1_KM = 1.5e6


@dataclass(frozen=True)
class Estimate:
    """A lag of a view in minutes (None: no usable one), its 95 % interval, and both in words."""

    minutes: float | None
    interval: tuple[float, float]
    text: str


def estimate(driver, response, view) -> Estimate:
    """Return the lag of a response after a driver in a view.

    Parameters
    ----------
    driver, response : store.Series
        Their last lines are compared (z of a vector), as means of a minute. The same component
        at two places has the same sign at both; other pairs may have either.
    view : tuple of float, ms
        Of the response; of the driver also the time before it that can act there.

    Returns
    -------
    Estimate
        Within `SEARCHED`.
    """
    first, last = SEARCHED
    half = pd.Timedelta(minutes=(last - first) / 2)
    ahead = pd.Timedelta(minutes=first) + half  # `lag` searches both ways from zero
    cause = _seen(driver, (view[0] - last * _MS, view[1]))
    cause = cause.assign_coords(time=cause["time"] + ahead.to_timedelta64())
    sign = "positive" if driver.lines[-1][0] == response.lines[-1][0] else "either"
    found = lag(cause, _seen(response, view), half, sign=sign)
    found = replace(found, value=found.value + ahead, interval=tuple(t + ahead for t in found.interval))  # fmt: skip
    names = f"{driver.lines[-1][0]} of {driver.attrs['product']} and {response.lines[-1][0]} of {response.attrs['product']}"  # fmt: skip
    said = f"{names}: {found}. Searched {first} to {last} min, {sign} relation."
    minutes = [t / pd.Timedelta("1min") for t in (found.value, *found.interval)]
    return Estimate(minutes[0] if found.usable else None, tuple(minutes[1:]), said)


def bar(found: Estimate, look) -> str:
    """Return a drawing of the lags searched, the interval on them and the lag itself."""
    if found.minutes is None or not np.isfinite(found.interval).all():
        return ""
    first, last = SEARCHED

    def at(minutes) -> float:
        return 10 + 240 * float(np.clip((minutes - first) / (last - first), 0, 1))

    low, middle, high = (at(t) for t in (found.interval[0], found.minutes, found.interval[1]))
    told = f"Lag {found.minutes:.0f} min, 95 % interval {found.interval[0]:.0f} to {found.interval[1]:.0f} min"
    ends = "".join(
        f'<text x="{at(t)}" y="28" text-anchor="{where}" font-size="10" fill="{look.text}">{t} min</text>'
        for t, where in ((first, "start"), (last, "end"))
    )
    return (
        f'<svg role="img" aria-label="{escape(told)}" width="260" height="32">'
        f'<line x1="10" x2="250" y1="10" y2="10" stroke="{look.quiet}"/>'
        f'<rect x="{low:.1f}" y="5" width="{max(high - low, 1):.1f}" height="10" fill="{look.accent}" fill-opacity="0.35"/>'
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="2" y2="18" stroke="{look.accent}" stroke-width="3"/>'
        f"{ends}</svg>"
    )


def expected(wind, view) -> str:
    """Return how long the way from L1 takes at the speed of a view, in words; "" if not known."""
    if wind is None or "speed" not in wind:
        return ""
    t = milliseconds(wind["time"].values)
    speed = wind["speed"].values[(t >= view[0]) & (t <= view[1])]
    if not np.isfinite(speed).any():
        return ""
    middle = float(np.nanmedian(speed))
    return f" At {middle:.0f} km/s, 1.5 million km take {_L1_KM / middle / 60:.0f} min."


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
            label="Lag of L1 series, min", start=min(SEARCHED[0], explorer.study.lag), step=0.5,
            end=max(SEARCHED[1], explorer.study.lag), value=explorer.study.lag,
            width=260, margin=(4, 8),
        )  # fmt: skip
        self.slider.param.watch(self._moved, "value")
        explorer.study.param.watch(self._follow, "lag")
        self.text = Words()

    def view(self) -> pn.Column:
        """Return the control."""
        buttons = pn.Row(
            button(
                self.explorer.loads,
                "Estimate",
                self.estimate,
                "Estimate the lag by correlation in this view",
            ),
            button(self.explorer.loads, "Apply", self.apply, "Shift by the estimate"),
        )
        return pn.Column(self.slider, buttons, self.text)

    def _follow(self, event) -> None:
        """Follow a lag that was set elsewhere: by code, a study, another event."""
        self.slider.param.update(
            start=min(self.slider.start, event.new), end=max(self.slider.end, event.new), value=event.new
        )  # fmt: skip

    def _moved(self, event) -> None:
        if event.new == self.explorer.study.lag:
            return
        self.explorer.loads.soon(lambda: self._tell(self.explorer.set_lag(event.new)))

    def _tell(self, text: str, drawing: str = "") -> None:
        self.text.object = f'<div role="status" style="font-size:12px;color:{self.explorer.look.text}">{drawing}{escape(text)}</div>'  # fmt: skip
        self.explorer.push()

    def estimate(self) -> None:
        """Compare the first L1 panel with the first other panel of the same quantity."""
        panels = [p for p in self.explorer.stack.panels if p.series.lines]
        driver = next((p.series for p in panels if p.is_shiftable), None)
        if driver is None:
            self._tell("No series of the stack was measured at L1: add one, e.g. ace.mfi:b:GSM.")
            return
        name = driver.lines[-1][0]
        alike = [p.series for p in panels if not p.is_shiftable and p.series.units == driver.units and p.series.lines[-1][0] == name]  # fmt: skip
        if not alike:
            self._tell(f"No other panel with {name} in {driver.units} to compare with: add one, e.g. omni.1min:b:GSM.")  # fmt: skip
            return
        view = tuple(float(t) for t in milliseconds(self.explorer.study.view))
        made = Job("Lag", lambda: estimate(driver, alike[0], view), self._show, lambda err: self._tell(str(err)))  # fmt: skip
        self.explorer.loads.also(made)

    def _show(self, found) -> None:
        self._estimate = found.minutes
        view = tuple(float(t) for t in milliseconds(self.explorer.study.view))
        text = found.text + expected(self.explorer.wind_data, view)
        self._tell(text, bar(found, self.explorer.look))

    def apply(self) -> None:
        """Shift by what was estimated last."""
        if self._estimate is None:
            self._tell("There is no estimate to apply: press Estimate.")
            return
        self.slider.value = float(np.clip(self._estimate, self.slider.start, self.slider.end))
