"""The SMILE mission: where it is, where it looks, what it would see.

>>> from smile_explore import smile
>>> smile.orbit("2027-03-20", "2027-03-21").sizes["time"]
144

Each function lives in the module of its name; heavy libraries are imported only inside
the functions that need them, so that importing this costs little more than xarray.
"""

# bound here, at once, so that the function `orbit` wins over its module of the same name
from smile_explore.smile.aurora import oval, uvi
from smile_explore.smile.boundary import fit_magnetopause
from smile_explore.smile.counts import counts, rebin
from smile_explore.smile.image import image
from smile_explore.smile.in_situ import in_situ
from smile_explore.smile.keogram import keogram
from smile_explore.smile.limb import limb
from smile_explore.smile.orbit import orbit
from smile_explore.smile.pointing import pointing
from smile_explore.smile.track import track_magnetopause
from smile_explore.smile.visibility import conjunctions, visibility

__all__ = [
    "conjunctions", "counts", "fit_magnetopause", "image", "in_situ", "keogram", "limb", "orbit", "oval", "pointing", "rebin", "track_magnetopause", "uvi", "visibility",
]  # fmt: skip
