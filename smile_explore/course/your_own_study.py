"""Checks of ``60_your_own_study``: of the event that the notebook works on, measured or simulated."""

import functools

import numpy as np

from smile_explore import events
from smile_explore.course.source import event
from smile_explore.course.truth import MINUTE
from smile_explore.course.verdict import no, number, table, yes
from smile_explore.link import lag
from smile_explore.physics import coupling

EVENT = "storm-20150317"
RULE = "b_z < -5 for >= 30min"


def wind():
    """Return the wind of the event: measured if its pack is here, else the rehearsal's."""
    return event(EVENT).load("omni.1min")


def known(answer):
    """Judge for how many per cent of the minutes the coupling is known."""
    value, data = number(answer), wind()
    share = 100 * float(np.isfinite(coupling.kan_lee1979(data.speed, data.b)).mean())
    if abs(value - share) <= 0.1:
        return yes("Fewer than of either alone: field and speed are missing at different times.")
    if abs(value - share / 100) <= 0.001:
        return no("That is the share: in per cent it is 100 times as much.")
    if abs(value - (100 - share)) <= 0.1:
        return no("That much is missing: how much is known?")
    if abs(value - 100 * float(np.isfinite(data.speed).mean())) <= 0.1:
        return no("That is the speed's: the coupling needs the field as well. Ask coupling itself.")
    return no("coupling.notnull() is true where it is known: its .mean() is the share.")


def _same(rows, wanted) -> bool:
    """Say whether tables hold the same intervals, to a minute."""
    if len(rows) != len(wanted):
        return False
    pairs = zip(rows.sort_values("start").itertuples(), wanted.itertuples(), strict=True)
    return all(
        abs(a.start - b.start) <= MINUTE and abs(a.stop - b.stop) <= MINUTE for a, b in pairs
    )


def pressed(answer):
    """Judge the intervals of high pressure."""
    rows, data = table(answer, "start", "stop"), wind()
    wanted = events.find(data, "p_dyn > 3 for >= 20min")
    if _same(rows, wanted):
        return yes("The rule found them, not the eye: anybody who has the rule finds the same.")
    if _same(rows, events.find(data, "p_dyn > 3")):
        return no("Those are all, the short ones too: the rule says for how long at least.")
    if _same(rows, events.find(data, RULE)):
        return no("Those are the southward fields: put another rule between the quotation marks.")
    return no(
        f"You have {len(rows)} intervals, the rule gives {len(wanted)}: is it p_dyn, > 3, min?"
    )


@functools.cache
def squeezed():
    """Return the lag of SYM-H behind the pressure."""
    data = wind()
    return lag(data.p_dyn, data.sym_h, "30min", sign="positive")


def answers(answer):
    """Judge the lag of SYM-H behind the dynamic pressure, in minutes."""
    value, found = number(answer), squeezed()
    low, high = (bound / MINUTE for bound in found.interval)
    low, high = low - 0.5, high + 0.5  # samples of a minute
    if low <= value <= high:
        return yes(
            "Minutes, not half an hour: pressure acts by a wave, coupling by way of the tail."
        )
    if low <= value / 60 <= high and value > 30:
        return no("That is in seconds: divide by 60.")
    if low <= -value <= high:
        return no("The sign: the driver is given first, the response second.")
    if value > 20:
        return no("That is like AE behind the coupling: here p_dyn drives, and SYM-H answers.")
    return no('se.link.lag(wind.p_dyn, wind.sym_h, "30min", sign="positive"), and its value.')


def came_back(answer):
    """Judge the time table read from the file."""
    rows = table(answer, "start", "stop")
    if not _same(rows, events.find(wind(), RULE)):
        return no("Those are not the events of section 3: was another table written to the file?")
    if "reference" not in rows:
        return no("It does not say by which rule: events.assign(reference=RULE) before writing.")
    if not rows["reference"].astype(str).str.contains("b_z").all():
        return no("The reference should be the rule itself, so that a reader can apply it again.")
    return yes("Times, kind and rule came back: a year from now you will still know what this is.")


CHECKS = {1: known, 2: pressed, 3: answers, 4: came_back}
