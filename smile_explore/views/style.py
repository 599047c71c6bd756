"""Colours, fonts and words that every figure shares, and how figures reach a notebook.

Never a formula or a load.
"""

import re

from smile_explore.markup import plain

#: x, y, z: blue, green, red as the field draws them, in the Okabe-Ito shades that a
#: colour-blind reader tells apart; each also has its own dash.
COMPONENTS = {"x": ("#0072B2", "solid"), "y": ("#009E73", "dashed"), "z": ("#D55E00", "solid")}
#: Scalars of one panel, in order.
SCALARS = (("#000000", "solid"), ("#D55E00", "dashed"), ("#009E73", "solid"), ("#CC79A7", "dotted"))
GREY = "#767676"
SIMULATED = "#B00020"

_PRETTY = {
    "km s-1": "km/s",
    "cm-3": "cm⁻³",
    "mV m-1": "mV/m",
    "W m-2": "W/m²",
    "degree": "°",
}
_POWER = re.compile(r"(?<=[a-zA-Z])-?\d+(?= |$)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def unit_label(units: str) -> str:
    """Return units as an axis shows them.

    Examples
    --------
    >>> unit_label("km s-1")
    'km/s'
    >>> unit_label("keV cm-2 s-1 sr-1 keV-1")
    'keV cm⁻² s⁻¹ sr⁻¹ keV⁻¹'
    """
    if units == "1":
        return ""
    return _PRETTY.get(units) or plain(_POWER.sub(lambda m: m[0].translate(_RAISED), units))


def notebook(*extensions: str) -> None:
    """Prepare a notebook for our figures, with all scripts inline: no network is needed.

    The Explorer's time table asks for one extension more: ``notebook("tabulator")``.

    Without ``inline=True`` the scripts would come from a CDN, and offline every figure would
    stay blank without a message.
    """
    import panel as pn

    pn.extension(*extensions, inline=True)


def side_by_side(*figures):
    """Return Bokeh figures in one row, as a notebook cell shows them.

    Returns
    -------
    panel.pane.Bokeh
    """
    import panel as pn
    from bokeh.layouts import row

    return pn.pane.Bokeh(row(*figures))
