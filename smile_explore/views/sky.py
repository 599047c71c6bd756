"""A picture of the sky as SMILE's imagers take it, with the model magnetopause over it.

Takes a Dataset of one image and draws it; never computes an image and never hides its inputs.
"""

import itertools
from dataclasses import replace

import numpy as np
import xarray as xr

from smile_explore.contract import require_dataset
from smile_explore.errors import InputError
from smile_explore.frames import rotate
from smile_explore.markup import plain
from smile_explore.views.style import GREY, SIMULATED, unit_label

#: What is drawn of a Dataset, the first that it has.
_SHOWN = ("foreground", "counts", "intensity", "brightness", "energy_flux", "image")
_CURVES = ("#D55E00", "#56B4E9", "#E69F00", "#FFFFFF")
#: Attributes that a caption tells, with their units.
_INPUTS = {
    "model": "", "n_p": "cm⁻³", "v": "km/s", "b_x": "nT", "b_y": "nT", "b_z": "nT", "tilt": "rad",
    "kp": "", "al": "nT", "response": "cm²/keV", "conversion": "",
}  # fmt: skip


def sky(ds: xr.Dataset, name=None, *, curves=None, low=None, high=None, width=230):
    """Draw one image on its pixel angles.

    Parameters
    ----------
    ds : Dataset, dims (y, x)
        Of `smile.image`, `smile.counts`, `smile.uvi` or `load`; y and x in degrees. With a
        time of length 1 that is taken.
    name : str, optional
        The variable; else foreground, counts, intensity, brightness or energy_flux, the first
        that is there.
    curves : dict of str to (y, x), degrees, optional
        Lines over the picture, such as of `smile.limb`.
    low, high : float, optional
        Ends of the colours; else of the values, 0 or the 1st percentile to the 99.8th.
    width : int
        Pixels of the frame across; its height keeps angles equal.

    Returns
    -------
    bokeh.plotting.figure
        Angles in degrees, units on the colour bar, model and inputs in the caption; SIMULATED
        burnt in where the Dataset says so. NaN stays blank.

    Raises
    ------
    InputError
        If there is no such variable, or it is not one image on regular angles.
    """
    from bokeh.models import ColorBar, LinearColorMapper, Range1d
    from bokeh.plotting import figure

    da = _one(ds, name)
    (bottom, tall), (left, wide) = (_extent(da, axis) for axis in ("y", "x"))
    fig = figure(
        frame_width=width, frame_height=round(width * tall / wide), tools="pan,wheel_zoom,reset,save",
        x_range=Range1d(left, left + wide), y_range=Range1d(bottom, bottom + tall),
        x_axis_label=_label(da, "x"), y_axis_label=_label(da, "y"),
        title=_title(ds, da),
    )  # fmt: skip
    low, high = _limits(da.values, low, high)
    mapper = LinearColorMapper("Viridis256", low=low, high=high, nan_color="#00000000")
    fig.title.text_font_size = "9pt"
    fig.image(
        [da.values.astype(np.float32)], x=left, y=bottom, dw=wide, dh=tall, color_mapper=mapper
    )
    fig.add_layout(ColorBar(color_mapper=mapper, title=_units(da), width=10), "right")
    for (label, (y, x)), color in zip(
        (curves or {}).items(), itertools.cycle(_CURVES), strict=False
    ):
        fig.line(x, y, color=color, line_width=2, legend_label=plain(label))
    if curves:
        fig.legend.label_text_font_size, fig.legend.padding = "8pt", 3
    _caption(fig, ds)
    if ds.attrs.get("simulated"):
        fig.text(
            [left + 0.03 * wide], [bottom + 0.02 * tall], text=["SIMULATED"],
            text_color=SIMULATED, text_font_size="12pt", text_font_style="bold",
            background_fill_color="white", background_fill_alpha=0.7,
        )  # fmt: skip
    return fig


def magnetopause(ds: xr.Dataset, surface=None) -> dict:
    """Return the curve along which the magnetopause of an image's model is seen edge on.

    Parameters
    ----------
    ds : Dataset
        Of `smile.image` or `smile.counts` of it: view, wind and model are in its attributes.
    surface : callable, optional
        Another boundary, ``surface(theta, phi)`` in R_E, as for `smile.limb`, in GSE.

    Returns
    -------
    dict of str to (y, x), degrees
        For `sky`'s `curves`; its key names the model.

    Raises
    ------
    InputError
        If the Dataset does not tell the view, or no model whose boundary we know.
    """
    from smile_explore.smile.limb import limb
    from smile_explore.smile.pointing import pointing

    told = [[ds.attrs.get(f"{k}_{a}", np.nan) for a in "xyz"] for k in ("pos", "aim")]
    if not np.isfinite(told).all():
        message = "The Dataset does not tell where SMILE was and looked (attrs pos_x ... aim_z): make it by smile.image."
        raise InputError(message)
    view = (
        _in_gsm(pointing(told[0], aim=told[1]), ds)
        if surface is None
        else pointing(told[0], aim=told[1])
    )
    label = "magnetopause" if surface else f"magnetopause, {ds.attrs.get('model')}"
    y, x, _ = limb(surface or _of_model(ds), view)
    return {f"{label}, seen edge on": (y, x)}


def _in_gsm(view, ds):
    """Return the view in GSM, where the models live, if the image has a time to turn it by."""
    if "time" not in ds.variables:
        return view  # taken as one, as `smile.image` does
    vectors = xr.DataArray(
        np.vstack([view.position, view.axes]), dims=("n", "cartesian"),
        coords={"cartesian": list("xyz"), "time": np.ravel(ds["time"].values)[0]},
        attrs={"units": "1", "coordinate_system": "GSE"},
    )  # fmt: skip
    turned = rotate(vectors, "GSM").values
    return replace(view, position=turned[0], axes=turned[1:])


def _of_model(ds):
    from smile_explore.physics import xray_boundaries as bounds

    p = ds.attrs
    wind = {k: p.get(k, np.nan) for k in ("n_p", "v", "tilt")}
    b = [p.get(f"b_{a}", np.nan) for a in "xyz"]
    models = {
        "cmem": lambda theta, phi: bounds.cmem_magnetopause(theta, phi, p, b=b, **wind),
        "cmem2g": lambda theta, phi: bounds.cmem2g_boundaries(theta, phi, p, tilt=wind["tilt"])[0],
        "jorgensen2019": lambda theta, phi: bounds.flared(theta, phi, p["mp"], p["ay_mp"], p["az_mp"]),
    }  # fmt: skip
    if p.get("model") not in models:
        message = f"Model {p.get('model')!r} is none of {', '.join(models)}: give a surface."
        raise InputError(message)
    return models[p["model"]]


# --------------------------------------------------------------------------- what is drawn


def _one(ds: xr.Dataset, name) -> xr.DataArray:
    require_dataset(ds)
    names = [name] if name else [n for n in _SHOWN if n in ds]
    if not names or names[0] not in ds:
        message = (
            f"The Dataset has no {name or 'image'!r}; it holds {', '.join(map(str, ds.data_vars))}."
        )
        raise InputError(message)
    da = ds[names[0]].squeeze("time") if ds[names[0]].sizes.get("time") == 1 else ds[names[0]]
    if set(da.dims) != {"y", "x"}:
        message = f"{names[0]!r} has dims {da.dims}: select one image, dims (y, x)."
        raise InputError(message)
    return da.transpose("y", "x")


def _extent(da, axis) -> tuple[float, float]:
    """Return the lower edge and the length of an axis; pixels count where there are no angles."""
    at = da[axis].values.astype(float)
    step = (at[-1] - at[0]) / (at.size - 1) if at.size > 1 else 0.0
    if not step > 0 or not np.allclose(np.diff(at), step, rtol=1e-3):
        message = (
            f"The coordinate {axis!r} does not rise in equal steps: the image cannot be drawn."
        )
        raise InputError(message)
    return float(at[0] - step / 2), float(at.size * step)


def _limits(values, low, high) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    known = known if known.size else np.array([0.0, 1.0])
    first, last = np.percentile(known, [1, 99.8])
    low = (0.0 if first < 0.3 * last else float(first)) if low is None else low
    high = float(last) if high is None else high
    return low, high if high > low else low + 1.0


def _label(da, axis) -> str:
    return plain(f"{da[axis].attrs.get('long_name') or axis} (°)")


def _units(da) -> str:
    return unit_label(str(da.attrs.get("units", "")))


def _title(ds, da) -> str:
    time = ds["time"].values if "time" in ds.variables else None
    stamp = (
        f", {np.datetime_as_string(np.ravel(time)[0], 'm').replace('T', ' ')} UT"
        if time is not None
        else ""
    )
    name = str(da.attrs.get("long_name", da.name)).removeprefix("SIMULATED: ")
    return plain(f"{name.split(',')[0]}{stamp}")


def _caption(fig, ds) -> None:
    from bokeh.models import Title

    told = [
        f"{k} {v:.4g} {unit}".strip() if isinstance(v := ds.attrs[k], (int, float)) else f"{v}"
        for k, unit in _INPUTS.items()
        if k in ds.attrs
    ]
    place = [f"{ds.attrs[f'pos_{a}']:.1f}" for a in "xyz" if f"pos_{a}" in ds.attrs]
    told += [f"SMILE at ({', '.join(place)}) RE GSE"] if len(place) == 3 else []
    if "exposure" in ds and ds["exposure"].size == 1:
        told.append(f"{float(ds['exposure'].squeeze()):g} s")
    for text in _lines(told, fig.frame_width / 5):
        fig.add_layout(
            Title(
                text=plain(text), text_font_size="8pt", text_font_style="normal", text_color=GREY
            ),
            "below",
        )


def _lines(words, longest) -> list[str]:
    """Return words joined by commas, in lines that fit where one word does."""
    lines = [""]
    for word in words:
        longer = f"{lines[-1]}, {word}" if lines[-1] else word
        if lines[-1] and len(longer) > longest:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
