"""Checks of ``02_what_drives``: the stiffness of the boundary, erosion, coupling, delay."""

from smile_explore.course.verdict import no, number, yes
from smile_explore.physics.magnetopause import shue1998


def halved(answer):
    """Ask for the factor of pressure that halves the stand-off distance."""
    factor = number(answer)
    if 90 <= factor <= 105:  # 2**6.6, and steps of the search
        return yes(
            "About a hundredfold, some 190 nPa: even the hardest storms bring but some tens."
        )
    if 60 <= factor <= 68:
        return no("A pure dipole gives 64, the sixth power of 2. The fitted exponent is 1/6.6.")
    if factor <= 4:
        return no("The boundary is much stiffer: see in the sliders what a doubling does.")
    if abs(factor - 2 * 97) < 12:
        return no("That is the pressure in nPa; the factor tells how many times it rose.")
    return no(
        "Compare model(0.0, p_dyn=2.0 * factor, b_z=0.0) with half of model(0.0, p_dyn=2.0, b_z=0.0)."
    )


def eroded(answer):
    """Ask for the Bz that moves the nose as far as doubling the pressure does."""
    b_z = number(answer)
    if 3 < b_z < 12:
        return no("The size may do, but south is negative.")
    if b_z >= 0:
        return no("A northward field hardly moves the boundary in this model: turn Bz south.")
    goal, nose = (float(shue1998(0.0, p_dyn=p, b_z=z)) for p, z in ((4.0, 0.0), (2.0, b_z)))
    slope = float(shue1998(0.0, p_dyn=2.0, b_z=b_z + 0.5) - shue1998(0.0, p_dyn=2.0, b_z=b_z - 0.5))
    if abs(nose - goal) < 0.6 * slope:  # the slider's step is 0.5 nT
        return yes("A field often seen in storms does as much as a doubling of the pressure.")
    return no(
        f"With that Bz the nose is at {nose:.2f}, and 4 nPa put it elsewhere: set 4 nPa, 0 nT first."
    )


def kept(answer):
    """Ask which share of the due-south value a field due dusk keeps in Newell's function."""
    share = number(answer)
    if abs(share - 2 ** (-4 / 3)) < 0.02:
        return yes("A field without any southward part still drives: reconnection tilts with it.")
    for value, name in (
        (0.5, "Kan and Lee's"),
        (0.25, "Akasofu's"),
        (0.0, "V Bs, the rectifier's"),
    ):
        if abs(share - value) < 0.02:
            return no(f"That is {name}: read the line of Newell et al.")
    if 1 < share <= 100:
        return no("Give a share between 0 and 1, not per cent.")
    return no("Put the clock slider at 90 degrees, and read the value above the figure.")


def delayed(answer):
    """Ask for the delay at which AE follows the coupling best."""
    minutes = number(answer)
    if 25 <= minutes <= 50:  # the correlation is flat within 0.03 there
        return yes("Between the two pulses it was made of, after 20 and after 60 minutes.")
    if 0 <= minutes < 25:
        return no("The loop is still open: AE goes on growing under a steady coupling.")
    if 50 < minutes <= 90:
        return no(
            "The loop has turned inside out: now AE comes before. Go back to the best correlation."
        )
    return no("Give minutes, from 0 to 90: read the correlation above the figure at each delay.")


CHECKS = {1: halved, 2: eroded, 3: kept, 4: delayed}
