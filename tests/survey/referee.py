"""The referee: our answer beside R's for every value of tests/golden, or why there is none.

`compared` holds the two side by side; tests/survey/test_golden.py reads it against the committed
answers, tests/verify.py against those of an R that runs now.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from survey import answers
from survey.datasets import SOURCES, dataset, read

KEYS = ["dataset", "quantity", "item"]
WHOLE, MARKET = r"(\w+)", r"([A-Z]{2})"
MODEL = r"(?:rake:)?svyglm:(\w+) ~ (.+?)"
# Group -> pattern of a quantity -> what answers it, given the dataset and the groups of the pattern.
ANSWERS: dict[str, dict[str, Callable[..., answers.Items]]] = {
    "shares and means": {
        rf"svymean:{WHOLE}": answers.mean_items,
        rf"svyby:{WHOLE}~market\+age:(est|se)": answers.crossed,
        rf"(?:rake:)?svyby:{WHOLE}~age:(est|se|cov)": answers.by_age,
        "average_abandon": answers.average_items,
    },
    "intervals": {rf"svyciprop:{WHOLE}:(logit|xlogit|beta|wilson)": answers.interval_items},
    "ratios": {
        r"svyratio:(\w+)/(\w+|\(.+\))": answers.ratio_items,
        "mr_pct_of_responses:email": answers.percent_of_responses,
    },
    "quantiles": {rf"svyquantile:{WHOLE}:(0\.\d+)(:xlogit)?": answers.quantile_items},
    "several answers": {
        r"mr(_base_any)?:(est|se)": answers.several,
        "mr:cov": answers.several_covariance,
    },
    "differences": {
        r"contrast_(\w+)-(\w+)": answers.items_gap,
        "mr:contrast_email-phone": lambda data: answers.items_gap(data, "sup_email", "sup_phone"),
        rf"pair_abandon:{MARKET}-{MARKET}": answers.markets_gap,
        r"(?:pair|overlap):(\w+):(\S+) - (\S+)": answers.age_gap,
        r"gap:(\S+) - (\w+):(\w+)": lambda data, first, second, name: answers.age_gap(data, name, first, second),
        "overlap_abandon:age1834-all": lambda data: answers.age_gap(data, "abandon", "18-34", "all"),
        "svyttest:abandon~age1834": answers.age_test,
        "degf:abandon~age1834": answers.age_difference,
    },
    "several tests": {
        "pair_abandon:(holm|BH)": answers.markets_adjusted,
        "(holm|BH)": answers.adjusted_items,
    },
    "two-way tables": {r"(?:rake:)?svychisq:~?(\w+) ?\+ ?(\w+):(F|Chisq)": answers.table_items},
    "models": {
        rf"{MODEL}:(coef|se|p|ci_lo|ci_hi)": answers.model_items,
        rf"{MODEL}:dfres": answers.model_df,
        rf"{MODEL}:Wald:(\w+)": answers.wald_items,
    },
    "marginal effects": {r"AME:(\w+):(\w+) (\S+) vs \S+": answers.effect_items},
    "drivers": {r"drivers:(\w+)": answers.driver_items},
    "raked and trimmed weights": {
        r"weights|rake:weights|rake:kish": answers.weight_items,
        re.escape("trimWeights(.3,5 x mean,strict)"): answers.trimmed_items,
    },
    "errors of raked weights": {
        rf"(rake|calibrate_raking):svymean:{WHOLE}": answers.calibrated_items,
        rf"()poststrat:svymean:{WHOLE}": lambda data, _, name: answers.mean_items(data, name),
    },
    "replicates": {
        rf"rep:JK1_raked:{WHOLE}": answers.jackknife_items,
        "replicates": answers.replicate_items,
    },
}
# Pattern of "quantity item" -> why we have no answer to it; the first that fits is given.
NOT_COMPUTED = {
    r"svyciprop:\w+:asin (lo|hi)": "no arcsine interval: logit, Korn-Graubard and Wilson are offered",
    r"svyciprop:\w+:likelihood (lo|hi)": "no likelihood interval: logit, Korn-Graubard and Wilson are offered",
    r"svyciprop:\w+:mean (lo|hi)": "Wald's interval is never printed",
    r"svymean:\w+ deff_wor": "our design effect is against a simple random sample drawn with replacement",
    r"(rake:)?svychisq:.+:(Wald|adjWald) \w+": "Wald's tests of a table: the F of Rao and Scott is used",
    r"(rake:)?svychisq:.+:lincom \w+": "saddlepoint p-value of the same X^2: the F of Rao and Scott is used",
    r"(rake:)?svychisq:.+:Chisq df": "(r - 1)(c - 1), which no result of ours repeats",
    r"svyglm:.+:LRT:\w+ \w+": "no likelihood-ratio test: Wald's F is used",
    r"calibrate_linear:svymean:\w+ (est|se)": "no linear calibration: its weights may be negative",
    r"svyquantile:\w+:0\.\d+ (lo|hi)": "Woodruff's interval is inverted on the logit scale, R's rows named xlogit",
    r"svyquantile:\w+:0\.\d+ se": "from the plain interval, or the replicates' own medians: Woodruff's xlogit is used",
    r"input \d+": "what p.adjust was given",
}
FROM_R_4_5 = "r-survey-sim"  # 15 digits; svyciprop(method = "logit") with glm's own epsilon of 1e-8, "xlogit" exact


@cache
def golden(name: str) -> pd.Series:
    """R's committed values by dataset, quantity and item."""
    return by_key(read(f"{name}.csv"))


def by_key(table: pd.DataFrame) -> pd.Series:
    return table.set_index(KEYS)["value"].astype(float)


def files() -> list[str]:
    """The golden files of values by dataset, quantity and item."""
    return list(SOURCES)


@cache
def group_of(quantity: str) -> str:
    """The group of a quantity, of those that are computed."""
    return next((group for group, known in ANSWERS.items() if _answer(known, quantity)), "")


@cache
def reason(quantity: str, item: str) -> str:
    """Why a value is not computed; empty where it is."""
    found = (why for pattern, why in NOT_COMPUTED.items() if re.fullmatch(pattern, f"{quantity} {item}"))
    return next(found, "")


@cache
def answered(name: str, dataset_name: str, quantity: str) -> dict[str, float]:
    """Our answer to one quantity of a golden file, item to value; nothing where we have none."""
    for known in ANSWERS.values():
        if found := _answer(known, quantity):
            function, groups = found
            data = None if dataset_name == "p.adjust" else dataset(name, dataset_name)
            return dict(function(data, *groups))
    return {}


def ours(name: str, group: str | None = None) -> pd.Series:
    """Our answers to a golden file (or one group of it), indexed as it is; what we lack is absent."""
    found = {}
    for key in golden(name).index:
        if group is None or group_of(key[1]) == group:
            values = answered(name, key[0], key[1])
            if key[2] in values:
                found[key] = values[key[2]]
    return pd.Series(found, pd.MultiIndex.from_tuples(found, names=KEYS), dtype=float)


def compared(name: str, group: str, theirs: pd.Series | None = None) -> pd.DataFrame:
    """One row a value: `ours`, `r`, their relative `difference` and its `tolerance`."""
    own = ours(name, group)
    table = pd.DataFrame({"ours": own, "r": (golden(name) if theirs is None else theirs).reindex(own.index)})
    table["difference"] = relative(table["ours"], table["r"], _scale(table["r"]))
    table["tolerance"] = [tolerance(name, *key) for key in table.index]
    return table


def relative(own: pd.Series, r: pd.Series, scale: pd.Series | float = 0.0) -> pd.Series:
    """The difference relative to R's value, or to a larger scale that belongs to it; NaN is near NaN alone."""
    size = np.maximum(np.maximum(r.abs(), scale), 1e-300)
    return ((own - r).abs() / size).mask(own.isna() & r.isna(), 0.0).fillna(np.inf)


def tolerance(name: str, dataset_name: str, quantity: str, item: str) -> float:
    """How near is near: rounding alone, and what tail probabilities, raking and R's glm make of it."""
    if item.startswith("p") or (name == FROM_R_4_5 and quantity.endswith(":logit")):
        return 1e-7
    raked = any(word in f"{dataset_name} {quantity}" for word in ("rake", "trim", "poststrat"))
    return 1e-8 if raked else 1e-9


def counts(name: str) -> tuple[pd.Series, pd.Series]:
    """How many values of a golden file are computed, by group, and how many are not, by reason."""
    keys = golden(name).index
    why = pd.Series([reason(*key[1:]) for key in keys], keys, dtype=str)
    groups = pd.Series([group_of(key[1]) for key in keys], keys, dtype=str)
    return groups[why == ""].value_counts(sort=False), why[why != ""].value_counts(sort=False)


def _answer(known: dict[str, Callable[..., answers.Items]], quantity: str) -> tuple | None:
    for pattern, function in known.items():
        if found := re.fullmatch(pattern, quantity):
            return function, found.groups()
    return None


def _scale(r: pd.Series) -> pd.Series:
    """A covariance is as near as its two standard errors are large; other values stand for themselves."""
    scale = pd.Series(0.0, r.index)
    for key in r.index:
        first, bar, second = key[2].partition("|")
        if bar:
            scale[key] = np.sqrt(r[(*key[:2], f"{first}|{first}")] * r[(*key[:2], f"{second}|{second}")])
    return scale
