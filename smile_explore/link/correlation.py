"""The delay between two series by cross-correlation, with an interval that can be trusted.

The response is taken as a scaled, delayed copy of the driver plus noise with a memory
(first-order autoregressive). For each memory on a short list both series are filtered by it,
so that what is left of the noise is white; the memory and the delay that together make the
response most likely are kept. Memory 0 is the plain cross-correlation. Filtering matters:
between two slowly varying series the plain correlation is high almost everywhere, its peak
lies minutes off, and a bootstrap of it sees too few independent blocks to know.

Arrays on one regular grid in, numbers in samples out; NaN is missing. Nothing here knows of
xarray or of units of time, and nothing is interpolated.
"""

from dataclasses import dataclass

import numpy as np

#: Fewest pairs of values a correlation is computed from.
MIN_PAIRS = 30
#: Memories tried for the noise: its correlation from one sample to the next.
_MEMORIES = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 1.0)
#: The correlation function is smoothed over this many samples before its top is sought. The
#: top of a sampled function lies between samples; what decides where is phase near the Nyquist
#: frequency, which averaging and aliasing corrupt. A Gaussian of one sample leaves that out.
_SMOOTHING = 1.0
_REACH = 4  # samples, four widths of that Gaussian: what is near the top
#: What is left of the error without any noise, samples (standard deviation): of values between
#: the samples, and of the ends of a window of n pairs (over n). ``benchmarks/lag.py`` measures it.
_BETWEEN, _ENDS = 0.01, 2.5
_ROWS = 2**19  # numbers in one batch of transforms: some 8 MB, and a dozen such arrays at once


@dataclass(frozen=True)
class Delay:
    """A delay in samples (positive: response later), its 95 % interval and what it rests on."""

    value: float
    low: float
    high: float
    correlation: float
    chance: float
    pairs: int
    memory: float
    first: int
    last: int


@dataclass(frozen=True)
class _Curve:
    """Pearson correlation at each lag, and the sums it is made of."""

    r: np.ndarray
    pairs: np.ndarray
    mean: np.ndarray  # of the driver's share of the pairs
    scale: np.ndarray  # what a sum of products is divided by


def delay(driver, response, reach, *, sign=0, bootstraps=400, seed=0) -> Delay | None:
    """Return the delay of `response` against `driver` on one grid, or None without enough pairs.

    Parameters
    ----------
    driver, response : array, shape (n,)
        Values at the same regular instants; NaN is missing.
    reach : int
        Largest delay sought, samples, to either side.
    sign : {-1, 0, 1}
        Sign of the relation: 0 takes either.
    bootstraps : int
        Replicates of the moving-block bootstrap.
    seed : int
        Seed of the replicates and the surrogates.

    Returns
    -------
    Delay
        ``chance`` is the share of surrogates (drivers with the same spectrum and gaps but
        random phases) that explain the response as well at any delay of the range.

    References
    ----------
    Künsch (1989), doi:10.1214/aos/1176347265 (moving blocks);
    Politis and White (2004), doi:10.1081/ETC-120028836 (their length);
    Theiler et al. (1992), doi:10.1016/0167-2789(92)90102-S (surrogates).
    """
    if not (_varies(driver) and _varies(response)):
        return None
    rng = np.random.default_rng(seed)
    driver, response = driver - np.nanmean(driver), response - np.nanmean(response)
    gain = _likelihoods(driver, response, reach, sign)
    if not np.isfinite(gain).any():
        return None
    likeliest = _MEMORIES[int(np.argmax(gain.max(axis=1)))]
    ways = [
        _estimate(_whiten(driver, m), _whiten(response, m), reach, sign, (bootstraps, rng))
        for m in dict.fromkeys([0.0, likeliest])
    ]
    value, low, high = min(ways, key=lambda w: w[2] - w[1])
    raw = _curve(driver, response, reach)
    allowed = np.flatnonzero(np.isfinite(raw.r)) - reach
    at = int(np.clip(np.rint(value), allowed[0], allowed[-1])) + reach
    chance = _chance(driver, response, reach, sign, rng)
    return Delay(
        value, low, high, float(raw.r[at]), chance, int(raw.pairs[at]), likeliest,
        int(allowed[0]), int(allowed[-1]),
    )  # fmt: skip


def _varies(x) -> bool:
    known = x[np.isfinite(x)]
    return known.size > MIN_PAIRS and known.min() < known.max()


def _estimate(d, r, reach, sign, draws):
    """Return the delay of the largest correlation and the interval it lies in."""
    if sign == 0:
        curve = _curve(d, r, reach).r
        sign = 1 if np.nanmax(curve) >= -np.nanmin(curve) else -1
    return _interval(*_replicates(d, r, reach, sign, draws))


def _whiten(x, memory):
    """Take `memory` times the previous sample off each; NaN after a gap, whatever the memory."""
    out = np.full_like(x, np.nan)
    out[..., 1:] = x[..., 1:] - memory * x[..., :-1]
    return out


# --------------------------------------------------------------------------- correlation


def _products(a, b, reach):
    """Return the sums over t of a(t - lag) b(t), for lags -reach to reach, by transform."""
    size = _size(a, reach)
    return _sums(_transform(a, size), _transform(b, size), size, reach)


def _size(a, reach):
    from scipy.fft import next_fast_len

    return next_fast_len(a.shape[-1] + reach, real=True)


def _transform(a, size):
    from scipy.fft import rfft

    return rfft(a, size)


def _sums(a, b, size, reach):
    from scipy.fft import irfft

    full = irfft(np.conj(a) * b, size)
    return np.concatenate([full[..., size - reach :], full[..., : reach + 1]], axis=-1)


def _curve(driver, response, reach) -> _Curve:
    """Correlate over the pairs that are there; NaN at lags with too few of them.

    `driver` may have several rows, all with the same gaps.
    """
    have_d = np.isfinite(driver.reshape(-1, driver.shape[-1])[0]).astype(float)
    have_r = np.isfinite(response).astype(float)
    d, r = np.nan_to_num(driver), np.nan_to_num(response)
    size = _size(response, reach)
    of = [_transform(x, size) for x in (have_d, d, d * d, have_r, r, r * r)]
    pairs = np.maximum(np.rint(_sums(of[0], of[3], size, reach)), 1)
    sum_d, sum_r = _sums(of[1], of[3], size, reach), _sums(of[0], of[4], size, reach)
    square_d = _sums(of[2], of[3], size, reach) - sum_d**2 / pairs
    square_r = _sums(of[0], of[5], size, reach) - sum_r**2 / pairs
    scale = np.sqrt(np.maximum(square_d, 0) * np.maximum(square_r, 0))
    enough = (pairs >= max(MIN_PAIRS, pairs.max() / 2)) & (scale > 1e-9 * scale.max())
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (_sums(of[1], of[4], size, reach) - sum_d * sum_r / pairs) / scale
    return _Curve(
        np.where(enough, r, np.nan), pairs, sum_d / pairs, np.where(enough, scale, np.inf)
    )


def _likelihoods(driver, response, reach, sign):
    """Return log likelihoods, dims (..., memory, lag), against the best noise without a driver."""
    count = np.isfinite(_whiten(response, 1.0)).sum()
    own = np.array([np.nanvar(_whiten(response, m)) if count else 0.0 for m in _MEMORIES])
    if not (count >= MIN_PAIRS and own.min() > 0):
        return np.full((len(_MEMORIES), 2 * reach + 1), -np.inf)
    rows = [_gain(driver, response, reach, sign, m) for m in _MEMORIES]
    return np.stack(rows, axis=-2) - count / 2 * np.log(own / own.min())[:, None]


def _gain(driver, response, reach, sign, memory):
    curve = _curve(_whiten(driver, memory), _whiten(response, memory), reach)
    r = np.abs(curve.r) if sign == 0 else np.maximum(sign * curve.r, 0)
    gain = -curve.pairs / 2 * np.log1p(-np.minimum(r**2, 1 - 1e-12))
    return np.where(np.isfinite(r), gain, -np.inf)


def _tops(curves, sign, reach):
    """Return where each row of correlations is largest, between samples too, within `reach`."""
    taps = np.arange(-_REACH, _REACH + 1)
    rows = np.atleast_2d(sign * np.nan_to_num(curves))
    margin = rows.shape[1] // 2 - reach  # lags beyond the range, so that its ends are smoothed too
    smooth = sum(np.roll(rows, -k, axis=1) * _bell(k) for k in taps)
    top = margin + np.argmax(smooth[:, margin : margin + 2 * reach + 1], axis=1)
    fine = np.linspace(-1, 1, 21)
    near = np.take_along_axis(rows, top[:, None] + taps, axis=1) @ _bell(taps[:, None] - fine)
    k = np.clip(np.argmax(near, axis=1), 1, len(fine) - 2)
    left, middle, right = (near[np.arange(len(k)), k + i] for i in (-1, 0, 1))
    bend = left - 2 * middle + right
    step = np.where(bend < 0, (left - right) / np.where(bend < 0, 2 * bend, 1), 0)
    return top - rows.shape[1] // 2 + fine[k] + np.clip(step, -1, 1) * (fine[1] - fine[0])


def _bell(x):
    return np.exp(-0.5 * (np.asarray(x) / _SMOOTHING) ** 2)


# --------------------------------------------------------------------------- bootstrap


def _replicates(d, r, reach, sign, draws):
    """Return the delay, its bootstrap replicates, and the number of blocks and of pairs.

    What is resampled are the products of driver and residual; the driver's own correlation
    function stays. Resampling the raw products would count the driver's shape as if it were
    noise and give intervals several times too wide.
    """
    wide = reach + _REACH + 1
    curve = _curve(d, r, wide)
    rough = _tops(curve.r, sign, reach)[0]
    # Near the top all lags use the same pairs: else the ends of the window displace it.
    columns = int(np.rint(rough)) + np.arange(-_REACH, _REACH + 1)
    near = _lagged(d, columns)
    same = np.isfinite(near).all(axis=1) & np.isfinite(r)
    if same.sum() < MIN_PAIRS // 2:
        return rough, np.array([-reach, reach]), 2, MIN_PAIRS
    near = np.where(same[:, None], near, 0.0)
    mean, scale = _moments(near, r, same)
    residual, slope = _residual(near, r, same, (columns, rough))
    values = curve.r.copy()
    values[columns + wide] = (
        np.where(same[:, None], near - mean, 0).T @ np.where(same, r, 0) / scale
    )
    value = _tops(values, sign, reach)[0]
    length = _block_length(residual, slope)
    shifts = _perturbations((d, curve, wide), (near, mean, scale, columns), residual, length, draws)
    tops = np.concatenate([_tops(values + p, sign, reach) for p in shifts])
    return value, tops, same.sum() / length, same.sum()


def _lagged(d, lags):
    """Return d(t - lag) for each lag as a column, NaN outside the series."""
    at = np.arange(len(d))[:, None] - lags
    inside = (at >= 0) & (at < len(d))
    return np.where(inside, d[np.clip(at, 0, len(d) - 1)], np.nan)


def _moments(near, r, same):
    mean = near[same].mean(axis=0)
    spread = ((near[same] - mean) ** 2).sum(axis=0) * ((r[same] - r[same].mean()) ** 2).sum()
    return mean, np.sqrt(np.maximum(spread, 1e-300))


def _residual(near, r, same, where):
    """Return what the driver at the two nearest lags leaves of `r`, and the driver's slope.

    Each residual is divided by 1 - leverage (the jackknife), since a fit bends towards the
    samples where the driver changes most, which are those that fix the delay.
    """
    columns, value = where
    two = np.argsort(np.abs(columns - value))[:2]
    design = np.column_stack([np.ones(same.sum()), near[same][:, two]])
    inverse = np.linalg.pinv(design)
    leverage = np.minimum(np.einsum("ij,ji->i", design, inverse), 0.9)
    residual, slope = np.full((2, len(r)), np.nan)
    residual[same] = (r[same] - design @ (inverse @ r[same])) / (1 - leverage)
    offset = columns - value
    slope[same] = near[same] @ (_bell(offset) * offset)
    return residual, slope


def _block_length(residual, slope):
    """Return the block length for the mean of residual times slope, samples.

    The delay is off by that mean; its correlation in time is the product of those of its
    factors, which is less noisy than that of the product itself.
    """
    n = int(np.isfinite(residual * slope).sum())
    most = int(np.ceil(np.sqrt(n)))
    memory = _autocorrelation(residual, 2 * most) * _autocorrelation(slope, 2 * most)
    loud = np.flatnonzero(np.abs(memory[1 : most + 1]) > 2 * np.sqrt(np.log10(n) / n)) + 1
    if not loud.size:
        return 1
    lags = np.arange(1, 2 * loud[-1])
    flat = np.clip(2 * (1 - lags / (2 * loud[-1])), 0, 1) * memory[lags]
    bias, variance = 2 * (flat * lags).sum(), 4 / 3 * (1 + 2 * flat.sum()) ** 2
    length = (2 * bias**2 / max(variance, 1e-12) * n) ** (1 / 3)
    return int(np.clip(np.ceil(length), 1, max(n // 8, 1)))


def _autocorrelation(x, last):
    have = np.isfinite(x)
    centred = np.where(have, x - x[have].mean(), 0)
    sums = _products(centred, centred, last)[last:]
    pairs = np.maximum(np.rint(_products(have * 1.0, have * 1.0, last)[last:]), 1)
    return sums / pairs / max(sums[0] / pairs[0], 1e-300)


def _perturbations(whole, near, residual, length, draws):
    """Yield batches of what resampled blocks of the residual add to the correlations."""
    (d, curve, wide), (columns_d, mean, scale, columns) = whole, near
    bootstraps, rng = draws
    have, filled = np.isfinite(d).astype(float), np.nan_to_num(d)
    noise = np.nan_to_num(residual)
    for rows in _batches(bootstraps, len(d) + wide):
        extra = (_block_counts(residual, length, rows, rng) - 1) * noise
        out = _products(filled, extra, wide) - curve.mean * _products(have, extra, wide)
        out /= curve.scale
        out[:, columns + wide] = (extra @ columns_d - extra.sum(axis=1)[:, None] * mean) / scale
        yield out


def _batches(total, n):
    size = max(_ROWS // (2 * n), 1)
    return [min(size, total - k) for k in range(0, total, size)]


def _block_counts(residual, length, rows, rng):
    """Return how often each sample is drawn, (rows, n): blocks of `length`, on a circle."""
    inside = np.flatnonzero(np.isfinite(residual))
    first, n = inside[0], inside[-1] - inside[0] + 1
    starts = rng.integers(0, n, (rows, -(-n // length)))
    drawn = (starts[:, :, None] + np.arange(length)).reshape(rows, -1)[:, :n] % n
    drawn += np.arange(rows)[:, None] * n
    counts = np.ones((rows, len(residual)))
    counts[:, first : first + n] = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
    return counts


def _interval(value, replicates, blocks, pairs):
    """Return the delay and its 95 % interval, widened as Student's t for few blocks.

    The interval is symmetric. The correlation of a slowly varying series has a cusp at the true
    delay, which holds the replicates of an estimate near it back on the side of the truth only:
    percentiles would lean away from the truth.
    """
    from scipy.special import stdtrit

    freedom, normal = max(blocks - 1, 1), stdtrit(np.inf, 0.975)
    widen = stdtrit(freedom, 0.975) / normal * np.sqrt(blocks / freedom)
    half = widen * np.quantile(np.abs(replicates - value), 0.95)
    half = np.sqrt(half**2 + normal**2 * (_BETWEEN**2 + (_ENDS / pairs) ** 2))
    return float(value), float(value - half), float(value + half)


# --------------------------------------------------------------------------- chance


def _chance(driver, response, reach, sign, rng, surrogates=199):
    """Return how often a driver that has nothing to do with the response does as well.

    What is compared is the likelihood, not the correlation: between two slowly varying series
    the latter is high so often that no threshold on it both admits real delays and holds
    chance at bay.
    """
    reached = _likelihoods(driver, response, reach, sign).max()
    as_good = 0
    for rows in _batches(surrogates, len(driver) + reach):
        best = _likelihoods(_surrogates(driver, rows, rng), response, reach, sign)
        as_good += int((best.max(axis=(-2, -1)) >= reached).sum())
    return (1 + as_good) / (surrogates + 1)


def _surrogates(driver, rows, rng):
    """Return series with the driver's spectrum and gaps but random phases, (rows, n).

    Phases are drawn for the driver without its memory, which is then put back: the jump from
    the end of a slowly varying series to its beginning would else pass for fast variation.
    """
    from scipy.signal import lfilter

    have = np.isfinite(driver)
    x = driver - driver[have].mean()
    both = have[1:] & have[:-1]
    memory = float(np.clip((x[1:] * x[:-1])[both].sum() / (x[:-1][both] ** 2).sum(), 0, 1))
    steps = _whiten(x, memory)[1:]
    known = np.isfinite(steps)
    steps = np.where(known, steps - steps[known].mean(), 0.0)
    size = np.abs(np.fft.rfft(steps)) / np.sqrt(known.mean())
    turns = np.exp(2j * np.pi * rng.random((rows, len(size))))
    random = np.fft.irfft(size * turns, len(steps))
    start = rng.choice(x[have], (rows, 1))
    walk, _ = lfilter([1.0], [1.0, -memory], random, zi=memory * start)
    out = np.concatenate([start, walk], axis=1)
    out[:, ~have] = np.nan
    return out
