"""What a visitor of the image would otherwise wait for: the rehearsal, and compiled code.

It runs outside the repository's folder, so that it is the installed package that is warmed.
"""

import smile_explore as se

pack = se.packs.open("rehearsal")
wind = pack.load("omni.1min")
se.views.stack((wind, "b"), (wind, "p_dyn"))

seen = se.smile.image([5.918, 6.741, 17.707], n_p=15.0, v=480.0, b=(-4.5, 7.5, 4.5))
counted = se.smile.counts(seen, exposure=300.0, seed=1)
for method in ("cmem", "tangent"):
    se.smile.fit_magnetopause(counted, method)
se.Explorer()
