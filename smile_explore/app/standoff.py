"""How far out the magnetopause is: by the model in the wind of the cursor, and by the image.

The image is measured on request, beside the page: a fit takes some seconds.
"""

import numpy as np
import panel as pn

from smile_explore.app import field, images
from smile_explore.app.controls import button, wrapped
from smile_explore.app.loads import Job
from smile_explore.app.space import TITLES, nose
from smile_explore.app.words import Words
from smile_explore.errors import SmileExploreError
from smile_explore.markup import escape
from smile_explore.physics.xray_boundaries import cmem_magnetopause
from smile_explore.smile.boundary import fit_magnetopause
from smile_explore.smile.limb import limb

_METHODS = {"CMEM fit": "cmem", "tangent": "tangent"}


class StandOff:
    """A button that measures the image on the screen, and both distances in words."""

    def __init__(self, explorer):
        self.explorer, self._measured, self._model = explorer, "", ""
        self.method = pn.widgets.Select(label="Method", options=_METHODS, value="cmem", width=95, margin=(0, 3, 0, 6))  # fmt: skip
        self.text = Words()

    def view(self) -> pn.Column:
        """Return the control."""
        measure = button(
            self.explorer.loads, "Measure", self.measure, "Find the magnetopause in this image"
        )
        return pn.Column(wrapped(self.method, measure), self.text, margin=0)  # fmt: skip

    def follow(self, wind) -> None:
        """Tell the model's distance in a wind; what was measured keeps the time of its image."""
        name = self.explorer.study.magnetopause
        model = nose(name, wind.values) if wind is not None else np.nan
        grey = "" if wind is None or wind.is_current else f" ({wind.age_text} old wind)"
        known = f"{model:.1f} RE by {TITLES[name]}{grey}"
        self._model = known if np.isfinite(model) else "not known without a pressure"
        self._say()

    def measure(self) -> None:
        """Fit the image that is shown now."""
        image, method = self.explorer.sky.seen, self.method.value
        if image is None:
            self._measured = "There is no image to measure."
            self._say()
            return
        self._measured = "Measuring…"
        self._say()
        job = Job("magnetopause in the image", lambda: measured(image, method), self._found, self._failed)  # fmt: skip
        self.explorer.loads.also(job)

    def _found(self, found) -> None:
        self._measured, curve, image = found
        if self.explorer.sky.seen is image:
            self.explorer.sky.draw_fit(*curve)
        self._say()
        self.explorer.push()

    def _failed(self, error) -> None:
        self._measured = str(error)
        self._say()
        self.explorer.push()

    def _say(self) -> None:
        look = self.explorer.look
        parts = [f"<b>Stand-off</b> {escape(self._model)}."]
        parts += [escape(self._measured)] if self._measured else []
        self.text.object = f'<div role="status" style="font-size:12px;color:{look.text}">{"<br>".join(parts)}</div>'


def measured(image, method: str) -> tuple:
    """Return what a fit says of an image, the curve on it (x, y, degrees), and the image.

    Raises
    ------
    InputError
        If the image does not hold the boundary.
    """
    fit = fit_magnetopause(image, method)
    mark = "SIMULATED image" if image.attrs.get("simulated") else "image"
    when = f" of {images.stamp(image)} UT" if "time" in image.coords else ""
    name = next(k for k, v in _METHODS.items() if v == method)
    text = f"From the {mark}{when}: {fit.standoff:.2f} ± {fit.error:.2f} RE ({name}, quality {fit.quality} of 0 good to 4)."  # fmt: skip
    curve = _curve(image, fit)
    return text + " Green: that boundary, seen edge on." * bool(len(curve[0])), curve, image


def _curve(image, fit) -> tuple:
    """Return where the fitted boundary is seen edge on; empty where it cannot be."""
    try:
        view = field.view_of(image)
        y, x, _ = limb(lambda theta, phi: cmem_magnetopause(theta, phi, fit.parameters, **fit.wind), view)  # fmt: skip
    except SmileExploreError:
        return np.zeros(0), np.zeros(0)
    inside = (np.abs(x) < field.SHORT / 2) & (np.abs(y) < field.LONG / 2)
    return np.where(inside, x, np.nan), np.where(inside, y, np.nan)
