"""Natural cubic splines: a number that may act along a curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import JourneybookError, Problem


def natural_spline(values: pd.Series, knots: Sequence[float], boundary: tuple[float, float]) -> pd.DataFrame:
    """The columns by which a regression follows a curve of `values` (a named number) instead of a line.

    The first, named as the values, is the number itself. Each other, "<name> at <knot>", is a curve that
    is 1 at its inner knot and 0 at all others: its coefficient is how far the fitted curve leaves the straight
    line between its ends, there. Together with an intercept they span the cubic splines that are straight
    beyond `boundary` (Hastie, Tibshirani and Friedman 2009, Elements of Statistical Learning, 5.2.1; R's
    `ns`), so `Model.wald` of all columns tests the curve, of all but the first its bend. The same knots give
    the same columns for any other values; NaN stays. Raises on knots that do not lie in order within
    `boundary`. Index: that of `values`.
    """
    from scipy.interpolate import CubicSpline

    places = np.array([boundary[0], *knots, boundary[1]], dtype=float)
    if not (np.diff(places) > 0).all():
        raise JourneybookError(
            "data", Problem("natural spline", f"knots {list(knots)} are not in order within {boundary}")
        )
    x = values.to_numpy(float)
    inside = np.clip(x, *boundary)
    curves = CubicSpline(places, np.eye(len(places))[:, 1:-1], bc_type="natural")
    # Beyond its ends a natural spline goes on as straight as it arrives there.
    bent = curves(inside) + curves(inside, 1) * (x - inside)[:, None]
    names = [values.name, *(f"{values.name} at {knot:g}" for knot in knots)]
    return pd.DataFrame(np.column_stack([x, bent]), values.index, names)
