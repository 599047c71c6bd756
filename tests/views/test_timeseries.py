"""Stacked panels: what a reader sees is what the Datasets say."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from bokeh.models import Legend

from smile_explore.errors import InputError
from smile_explore.views.timeseries import fitted, stack, with_gaps

TIME = np.datetime64("2027-03-21T06:00", "ns") + np.arange(60) * np.timedelta64(60, "s")


def wind(simulated=0, time=TIME):
    b = np.stack([np.zeros(len(time)), np.ones(len(time)), np.linspace(-5, 5, len(time))], axis=-1)
    nT = {"units": "nT", "coordinate_system": "GSM", "long_name": "B"}
    return xr.Dataset(
        {
            "b": (("time", "cartesian"), b, nT),
            "n_p": ("time", np.full(len(time), 5.0), {"units": "cm-3", "long_name": "n"}),
            "ae": ("time", np.full(len(time), 90.0), {"units": "nT", "long_name": "AE"}),
            "sym_h": ("time", np.full(len(time), -9.0), {"units": "nT", "long_name": "SYM-H"}),
        },
        coords={"time": time, "cartesian": ["x", "y", "z"]},
        attrs={"product": "omni.1min", "time_reference": "bow-shock nose", "simulated": simulated},
    )


def figures(*panels, **options):
    grid = stack(*panels, **options).object.children[-1]
    return [figure for figure, *_ in grid.children]


def lines(figure):
    return {r.name: r.data_source.data for r in figure.renderers if r.name}


def words(figure):
    return " ".join(getattr(a, "text", "") or "" for a in [figure.title, *figure.center])


def test_a_vector_becomes_three_lines_with_its_values():
    (fig,) = figures((wind(), "b"))
    drawn = lines(fig)
    assert list(drawn) == ["Bx", "By", "Bz"]
    np.testing.assert_allclose(drawn["Bz"]["y"], wind().b.sel(cartesian="z"), rtol=1e-6)
    assert fig.yaxis[0].axis_label == "B GSM (nT)"


def test_scalars_of_one_unit_share_a_panel_and_others_are_refused():
    (fig,) = figures((wind(), "ae", "sym_h"))
    assert fig.yaxis[0].axis_label == "AE, SYM-H (nT)"
    with pytest.raises(InputError, match="One panel, one unit: ae, n_p are in cm-3, nT"):
        stack((wind(), "ae", "n_p"))


def test_many_lines_of_one_kind_share_their_description():
    ds = wind()
    many = ds.assign({k: ds.ae.assign_attrs(long_name="index") for k in ("ae", "al", "au")})
    assert figures((many, "ae", "al", "au"))[0].yaxis[0].axis_label == "index (nT)"


LONG = [
    "Electron flux (keV cm⁻² s⁻¹ sr⁻¹ keV⁻¹)",
    "Electron flux at 90 degrees pitch angle (cm⁻² s⁻¹ sr⁻¹ MeV⁻¹)",
    "Flux (photon cm⁻² s⁻¹)",
    "AE, AL, AU, SYM-H (nT)",
    "Magnetosonic Mach number",
]


@pytest.mark.parametrize("height", [90, 135, 300])
@pytest.mark.parametrize("label", LONG)
def test_a_long_label_fits_beside_its_panel_and_keeps_its_units(label, height):
    text, size = fitted(label, height)
    assert max(map(len, text.split("\n"))) * int(size[:-2]) * 0.55 <= height
    assert len(text.split("\n")) <= 3
    units = label.partition(" (")[2]
    assert "".join(text.split()).endswith("".join(units.split()))


def test_the_label_of_a_panel_is_the_fitted_one():
    ds = wind().assign(n_p=wind().n_p.assign_attrs(units="cm-2 s-1 sr-1 MeV-1"))
    axis = figures((ds, "n_p"))[0].yaxis[0]
    assert (axis.axis_label, axis.axis_label_text_font_size) == fitted(
        "Np (cm⁻² s⁻¹ sr⁻¹ MeV⁻¹)", 135
    )
    assert "\n" in axis.axis_label


def test_an_unknown_variable_lists_those_that_are_there():
    with pytest.raises(InputError, match=r"No 'bz' in 'omni.1min': it has b, n_p, ae, sym_h"):
        stack((wind(), "bz"))


def test_all_panels_share_one_axis_which_says_ut_and_the_date():
    top, bottom = figures((wind(), "b"), (wind(), "n_p"))
    assert top.x_range is bottom.x_range
    assert not top.xaxis[0].visible
    assert bottom.xaxis[0].axis_label == "UT 2027-03-21"


def test_an_interval_over_midnight_names_both_days():
    late = TIME + np.timedelta64(17 * 60 + 30, "m")
    assert figures((wind(time=late), "b"))[0].xaxis[0].axis_label == "UT 2027-03-21 to 2027-03-22"


def test_panels_without_a_sample_are_blank():
    (fig,) = figures((wind().isel(time=slice(0, 0)), "b"))
    assert fig.xaxis[0].axis_label == "UT"
    assert all(not len(line["x"]) for line in lines(fig).values())


def test_one_cursor_runs_through_all_panels():
    cursors = [
        tool.overlay
        for fig in figures((wind(), "b"), (wind(), "n_p"))
        for tool in fig.tools
        if type(tool).__name__ == "CrosshairTool"
    ]
    assert len(cursors) == 2
    assert cursors[0] is cursors[1]


@pytest.mark.parametrize("simulated", [0, 1], ids=["measured", "simulated"])
def test_every_panel_says_its_source_time_reference_and_whether_it_is_simulated(simulated):
    for fig in figures((wind(simulated), "b"), (wind(simulated), "n_p")):
        assert "omni.1min" in words(fig)
        assert "time at bow-shock nose" in words(fig)
        assert ("SIMULATED" in words(fig)) == bool(simulated)


def test_a_gap_of_ten_minutes_is_not_bridged():
    ds = wind().isel(time=np.r_[0:20, 30:60])
    drawn = lines(figures((ds, "n_p"))[0])["Np"]
    assert np.isnan(drawn["y"]).sum() == 1
    assert len(drawn["x"]) == 51


def test_one_missing_sample_is_a_gap_too():
    time, values = with_gaps(np.delete(TIME, 7), np.arange(59.0))
    assert np.flatnonzero(np.isnan(values)).tolist() == [7]
    assert (np.diff(time) > np.timedelta64(0)).all()


def test_a_slower_mode_of_the_instrument_is_no_gap():
    fast, slow = np.arange(0, 600, 3), np.arange(700, 4000, 96)
    time = np.datetime64("2027-03-21", "ns") + np.r_[fast, slow].astype("m8[s]")
    assert np.isnan(with_gaps(time, np.ones(len(time)))[1]).sum() == 1


def test_a_line_at_zero_only_where_both_signs_occur():
    field, density = figures((wind(), "b"), (wind(), "n_p"))
    assert any(getattr(a, "location", None) == 0 for a in field.center)
    assert not any(getattr(a, "location", None) == 0 for a in density.center)


def test_events_are_shaded_in_every_panel_and_named_in_the_first():
    table = pd.DataFrame({"start": TIME[[10]], "stop": TIME[[20]], "kind": ["pressure pulse"]})
    first, second = figures((wind(), "b"), (wind(), "n_p"), events=table)
    for fig in (first, second):
        (box,) = [a for a in fig.center if type(a).__name__ == "BoxAnnotation"]
        assert pd.Timestamp(box.left) == pd.Timestamp(TIME[10])
    assert "pressure pulse" in words(first)
    assert "pressure pulse" not in words(second)


def test_a_legend_stands_beside_its_panel_and_leaves_all_frames_as_wide():
    """Inside the frame it hid the end of the data; a browser gives a side what it asks for."""
    first, second, third = figures((wind(), "b"), (wind(), "n_p"), (wind(), "ae", "sym_h"))
    assert not [a for fig in (first, second, third) for a in fig.center if isinstance(a, Legend)]
    assert [item.label.value for item in first.right[0].items] == ["Bx", "By", "Bz"]
    assert not second.right  # one line is named by its axis
    assert len({fig.min_border_right for fig in (first, second, third)}) == 1
    # "SYM-H", the longest, takes 58 px in Chromium with its glyph and margins
    assert first.min_border_right >= 58


def test_a_stack_of_mixed_time_references_says_each():
    ds = wind()
    ds["ae"] = ds["n_p"].assign_attrs(units="nT", time_reference="ground")
    nose, ground, both = figures(
        (ds, "n_p"),
        (ds, "ae"),
        (ds.assign(dst=ds["ae"].assign_attrs(time_reference="Earth")), "ae", "dst"),
    )
    assert "time at bow-shock nose" in words(nose)
    assert "time at ground" in words(ground)
    assert "time at ground (ae), Earth (dst)" in words(both)
