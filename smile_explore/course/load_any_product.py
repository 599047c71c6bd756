"""Checks of ``01_load_any_product``: gaps, time references, frames and fill values.

What is asked can be counted or computed exactly: the tolerances are those of rounding.
"""

from smile_explore import catalogue, frames, packs
from smile_explore.course.verdict import no, number, table, yes


def missing(answer):
    """Ask how many minutes of the dynamic pressure are missing."""
    wind = packs.open("rehearsal").load("omni.1min")
    minutes, gaps = number(answer), int(wind.p_dyn.isnull().sum())
    if minutes == gaps:
        return yes(f"{gaps} of 1440 minutes, in two holes: they stay NaN, nothing is drawn there.")
    if minutes == int(wind.b.sel(cartesian="x").isnull().sum()):
        return no("That is the field's: another instrument, with other gaps. Take wind.p_dyn.")
    if minutes == 0:
        return no("NaN is not equal to anything, not even to NaN: ask with .isnull().")
    if minutes == 1440 - gaps:
        return no("That many are there: how many are not?")
    if abs(minutes - gaps / 60) < 0.01:
        return no("That is in hours: one row is one minute.")
    return no("Count the samples where wind.p_dyn.isnull() is true: .sum() counts truths.")


def at_l1(answer):
    """Ask for the products whose times are those at L1."""
    given, known = set(table(answer, "time_reference").index), catalogue.products()
    wanted = set(known.index[known.time_reference == "L1"])
    if given == wanted:
        return yes("These, and only these, must be shifted before they are compared.")
    if any(name.startswith("omni") for name in given):
        return no("OMNI is at the bow-shock nose already: it must not be shifted again.")
    if given < wanted:
        return no(f"These are right, but {len(wanted - given)} more are at L1: ask all of `table`.")
    if wanted < given:
        return no(
            f"{len(given - wanted)} of these are not at L1: compare time_reference with 'L1'."
        )
    return no("Pick rows by their column: table[table.time_reference == ...].")


def turned(answer):
    """Ask for the largest difference of Bz between GSE and GSM."""
    b = packs.open("rehearsal").load("omni.1min").b
    apart = frames.rotate(b, "GSE") - b
    most = float(abs(apart).sel(cartesian="z").max())
    value = abs(number(answer))
    if abs(value - most) < 0.05:  # the values are stored to 0.01 nT
        return yes("As much as a typical Bz: the frame decides whether the field is southward.")
    if value < 1e-6:
        return no("You compared Bz with itself: one of the two must be rotated.")
    if abs(value - float(abs(apart).sel(cartesian="y").max())) < 0.05:
        return no('That is By: pick the component with .sel(cartesian="z").')
    if abs(value - abs(float(apart.sel(cartesian="z").min()))) < 0.05:
        return no("The difference has both signs: the largest size counts, so take abs() first.")
    return no("Subtract the two fields, take abs() of z, and then .max().")


def filled(answer):
    """Ask for the mean Bz of a file with a fill value in it."""
    value = number(answer)
    if abs(value + 6.0) < 0.05:
        return yes(
            "Four values count; the fifth was a fill value and became NaN, which mean() skips."
        )
    if abs(value) > 1000:
        return no("That mean believes the fill value: read the file with se.open_file.")
    if abs(value + 4.8) < 0.05:
        return no("That divides by five: the missing minute is not a zero, it is not there.")
    if abs(value + 9.0) < 0.05:
        return no("That is the field after the turning alone: take all the file has.")
    return no('Take the vector of the file, .sel(cartesian="z"), and its .mean().')


CHECKS = {1: missing, 2: at_l1, 3: turned, 4: filled}
