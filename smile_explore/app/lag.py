"""The link from L1 to the Earth: a lag to try, its estimate, and a refusal to shift twice."""

import panel as pn

from smile_explore.app.words import Words


class LagControl:
    """A slider in minutes that shifts every series measured at L1."""

    def __init__(self, explorer):
        self.explorer = explorer
        self.slider = pn.widgets.FloatSlider(
            label="Lag of L1 series, min", start=-30, end=120, step=0.5, value=explorer.study.lag,
            width=260, margin=(4, 8),
        )  # fmt: skip
        self.slider.param.watch(self._moved, "value")
        self.text = Words()

    def view(self) -> pn.Column:
        """Return the control."""
        return pn.Column(self.slider, self.text)

    def _moved(self, event) -> None:
        self.text.object = self.explorer.set_lag(event.new)
