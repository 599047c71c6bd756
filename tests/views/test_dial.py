"""The MLT dial: noon up, dawn right in the north, mirrored in the south."""

import numpy as np
import pytest

from smile_explore.errors import InputError
from smile_explore.views.dial import dial, place


@pytest.mark.parametrize(
    ("mlt", "north", "south"),
    [(12, (0, 20), (0, 20)), (6, (20, 0), (-20, 0)), (18, (-20, 0), (20, 0)), (0, (0, -20), (0, -20))],
    ids=["noon", "dawn", "dusk", "midnight"],
)  # fmt: skip
def test_each_hour_stands_where_the_field_puts_it(mlt, north, south):
    np.testing.assert_allclose(place(70, mlt), north, atol=1e-12)
    np.testing.assert_allclose(place(-70, mlt, "south"), south, atol=1e-12)


def test_a_bright_spot_at_dawn_is_drawn_right_of_centre():
    mlat, mlt = np.meshgrid(np.arange(50, 90.5, 0.5), np.arange(0, 24, 0.25))
    spot = np.exp(-(((mlat - 70) / 2) ** 2) - ((mlt - 6) / 0.5) ** 2)
    fig = dial(spot, mlat, mlt, label="spot", units="mW m-2")
    image = next(r for r in fig.renderers if type(r.glyph).__name__ == "Image")
    picture = image.data_source.data["image"][0]
    row, column = np.unravel_index(np.nanargmax(picture), picture.shape)
    axis = np.linspace(-40, 40, picture.shape[0])
    assert axis[column] == pytest.approx(20, abs=1)
    assert axis[row] == pytest.approx(0, abs=1)
    assert np.isnan(picture[0, 0])


def test_missing_values_stay_blank():
    mlat, mlt = np.meshgrid(np.arange(50, 90.5, 0.5), np.arange(0, 24, 0.25))
    half = np.where(mlt < 12, 1.0, np.nan)
    image = next(
        r
        for r in dial(half, mlat, mlt, label="", units="R").renderers
        if type(r.glyph).__name__ == "Image"
    )
    picture = image.data_source.data["image"][0]
    assert np.isnan(picture[:, :80]).all()
    assert np.isfinite(picture[100, 120:195]).all()


def test_the_mark_simulated_is_burnt_in_only_where_it_is_true():
    def marks(simulated):
        fig = dial([1.0], [70.0], [12.0], label="x", units="R", simulated=simulated)
        texts = [r.data_source.data.get("text", []) for r in fig.renderers]
        return sum("SIMULATED" in list(t) for t in texts)

    assert (marks(False), marks(True)) == (0, 1)


def test_every_curve_is_drawn_however_many():
    curves = {f"c{k}": (np.full(3, 60.0 + k), np.arange(3.0)) for k in range(5)}
    fig = dial([1.0], [70.0], [12.0], label="x", units="R", curves=curves)
    assert [item.label.value for item in fig.legend[0].items] == list(curves)


def test_an_unknown_hemisphere_is_refused():
    with pytest.raises(InputError, match="neither 'north' nor 'south'"):
        place(70, 12, "east")
