"""Grid search: the scale and zero point of a group with the least weighted squared error.

`rtn` takes the least grid that holds every weight; here a grid may clip. For one group of weights
`v`, in units of the channel's `S`, and importances `d`, the search minimises
`sum d (v - (q - z) k)^2`, `q = clamp(rne(v / k) + z, 0, L - 1)`, over integers `k` in 1..255 and
`z` in 0..L-1. All arithmetic is float32: it ranks candidates, no stored value depends on it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from veriquant.fast.compiled import driver, search_driver

COARSE = 28
"""Scales tried between `SMALLEST` and 1 of the full-range scale, before refinement."""
SMALLEST = 0.35
"""Least fraction of the full-range scale tried. The best 3-bit grid of 96 Gaussian weights keeps
above half of their range; the rest is room for heavy tails."""
REFINE = 3
"""Finer scales tried on each side of the best coarse one, at a quarter of the coarse distance."""


def _loss_source(v: Any, d: Any, k: Any, zero: Any, top: Any) -> Any:
    inverse = np.float32(1) / k
    low = -zero
    high = top - zero
    total = np.float32(0)
    for i in range(v.size):
        step = min(max(np.rint(v[i] * inverse), low), high)
        e = v[i] - step * k
        total += d[i] * e * e
    return total


_loss = search_driver(_loss_source)


def _fit_source(v: Any, d: Any, levels: Any) -> Any:
    top = np.float32(levels - 1)
    lo = np.float32(0)
    hi = np.float32(0)
    for i in range(v.size):
        lo = min(lo, v[i])
        hi = max(hi, v[i])
    if not hi > lo:
        return 1, 0
    full = (hi - lo) / top
    best_k = 1
    best_z = 0
    best = np.float32(np.inf)
    last = 0
    for i in range(COARSE):
        fraction = np.float32(1.0 - (1.0 - SMALLEST) * i / (COARSE - 1))
        k = min(max(int(np.rint(full * fraction)), 1), 255)
        if k == last:
            continue
        last = k
        # the zero point that puts the middle of the grid on the middle of the range, either way
        z0 = int(np.floor(np.float32(0.5) * (top - (lo + hi) / np.float32(k))))
        for z in range(z0, z0 + 2):
            zc = min(max(z, 0), levels - 1)
            e = _loss(v, d, np.float32(k), np.float32(zc), top)
            if e < best:
                best = e
                best_k = k
                best_z = zc
    centre = best_z
    for z in range(centre - 2, centre + 3):
        if z != centre and 0 <= z < levels:
            e = _loss(v, d, np.float32(best_k), np.float32(z), top)
            if e < best:
                best = e
                best_z = z
    stride = max(1, int(full * (1.0 - SMALLEST) / (COARSE - 1) / 4))
    middle = best_k
    for j in range(-REFINE, REFINE + 1):
        k = middle + j * stride
        if j != 0 and 1 <= k <= 255:
            e = _loss(v, d, np.float32(k), np.float32(best_z), top)
            if e < best:
                best = e
                best_k = k
    return best_k, best_z


_fit = driver(_fit_source)


@driver
def fit_rows(w: Any, d: Any, levels: Any, ks: Any, zs: Any, start: Any, stop: Any) -> None:
    """Best `(k, z)` of rows `start..stop` of `w` float32 `[N, g]`, in units of `S`.

    `d` float32 `[g]`, not negative; writes uint8 `ks`, `zs` `[N]`. Ties go to the larger scale.
    """
    for n in range(start, stop):
        k, z = _fit(w[n], d, levels)
        ks[n] = k
        zs[n] = z
