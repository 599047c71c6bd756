"""Units: spellings of archives, and astropy as the judge of what they mean."""

import pytest
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from smile_explore.units import canonical_units, parses

#: Text of ``UNITS`` in files of CDAWeb, HAPI and CSA -> the same in CF order.
SPELLINGS = {
    "Pascals": "Pa",
    "#/(cm^2*s*str*MeV)": "cm-2 s-1 sr-1 MeV-1",
    "keV/(cm^2*s*str*MeV)": "keV cm-2 s-1 sr-1 MeV-1",
    "photons/cm^2/s": "photon cm-2 s-1",
    "photon cm-2 s-1": "photon cm-2 s-1",
    "(cm^2 sr s)^-1": "cm-2 s-1 sr-1",
    "1/(cm2 Sr sec MeV/nucleon)": "cm-2 s-1 sr-1 MeV-1",
    "1/(s-cm^2-sr-MeV/nuc)": "cm-2 s-1 sr-1 MeV-1",
    "no/cm^2/s/keV/st": "cm-2 s-1 sr-1 keV-1",
    "keV^-1 cm^-2 s^-1 sr^-1": "cm-2 s-1 sr-1 keV-1",
    "particles per cm^3": "cm-3",
    "1/cm**3": "cm-3",
    "/cm**3": "cm-3",
    "cm!E-3!N": "cm-3",
    "cm!U-3!N": "cm-3",
    "km s!U-1!N": "km s-1",
    "Counts/hour": "count h-1",
    "Samples/s": "s-1",
    "ergs/cm^2/s": "erg cm-2 s-1",
    "nT^2/Hz": "nT2 Hz-1",
    "(mV/m)^2/Hz": "mV2 m-2 Hz-1",
    "W/m^2/Hz": "W m-2 Hz-1",
    "(0=good)": "1",
}


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS.items(), ids=SPELLINGS)
def test_products_and_quotients_are_understood(text, canonical):
    assert canonical_units(text) == canonical
    assert parses(canonical)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("eV/cm^2 s", id="s may stand above or below the line"),
        pytest.param("1/(cm^2 s", id="a bracket left open"),
        pytest.param("1/cm^2)", id="a bracket never opened"),
        pytest.param("10^6/cc", id="a number other than one"),
        pytest.param("m/fortnight", id="an unknown word"),
        pytest.param("N/(cm^2 sr)", id="newton or number"),
        pytest.param("DD-MMM-YYYY_hr:mm", id="a date"),
        pytest.param("sector index", id="no unit"),
    ],
)
def test_what_can_be_read_in_two_ways_is_left_to_astropy_or_not_understood(text):
    found = canonical_units(text)
    assert found in (None, text)
    assert found is None or parses(found)


WORDS = [
    "cm",
    "m",
    "s",
    "sr",
    "keV",
    "eV",
    "MeV",
    "nT",
    "V",
    "W",
    "Hz",
    "K",
    "Pa",
    "photon",
    "count",
]


@given(
    above=st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 3)), max_size=2),
    below=st.lists(st.tuples(st.sampled_from(WORDS), st.integers(1, 3)), min_size=1, max_size=4),
    join=st.sampled_from(["*", " ", "-"]),
    raised=st.sampled_from(["^", "**"]),
)
def test_any_quotient_means_what_astropy_computes(above, below, join, raised):
    top = join.join(f"{w}{raised}{p}" for w, p in above) or "1"
    text = f"{top}/({join.join(f'{w}{raised}{p}' for w, p in below)})"
    expected = u.dimensionless_unscaled
    for word, power in above:
        expected = expected * u.Unit(word) ** power
    for word, power in below:
        expected = expected / u.Unit(word) ** power
    found = canonical_units(text)
    assert found is not None
    assert u.Unit(found) == expected


def test_case_decides_where_it_must():
    assert canonical_units("mV/m") == "mV m-1"
    assert u.Unit(canonical_units("MV")) == u.MV
    assert canonical_units("KEV") == "keV"
    assert canonical_units("meV") == "meV"
