"""What sways a purchase and what ends one."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from analysis.study.params import Study
from analysis.study.synthetic.draws import Columns, Draws, Latent, Targets, label_codes
from analysis.study.synthetic.person import EDGES
from analysis.study.synthetic.truths import DONT_KNOW, INFLUENCES, LATENT, LIKING, PRICE_INSTEAD, REASONS, TRUTH, YOUNG

MIDDLE, WIDTH = 40, 7  # years: where the influence of social media falls fastest with age, and how fast
REVIEWS = 0.6  # effect of age on negative reviews, on the logit


def chances(study: Study, code: str, age: np.ndarray) -> dict[str, np.ndarray]:
    """True share 0-1 of each item of TRUTH at each respondent's age."""
    effect = {"social": _age_effect(study), "reviews": REVIEWS}
    targets = _bands(study, code)
    found = {}
    for item, truth in TRUTH.items():
        level = _level(targets, truth[code] / 100, effect.get(item, 0.0))
        found[item] = expit(level + effect.get(item, 0.0) * _curve(age))
    return found


def influences(draw: Draws, who: Latent, chance: dict[str, np.ndarray]) -> Columns:
    """The battery of influences on the decision to buy."""
    columns = {}
    for item in ("email", "faq", "phone", "social", *INFLUENCES):
        factor, rho = (who.social, LATENT["social"]) if item in ("social", "live") else (who.ticking, 0.5)
        share = draw.near(f"influence.{item}", INFLUENCES[item]) if item in INFLUENCES else chance[item]
        # don't-knows stay in the base, so that the answered must be the more often influenced
        top = draw.chosen(share / (1 - DONT_KNOW), factor, rho)
        high = draw.rng.choice([4, 5], draw.size, p=[0.7, 0.3])
        low = draw.rng.choice([1, 2, 3], draw.size, p=[0.25, 0.35, 0.40])
        columns[f"influence.{item}"] = draw.with_missing(np.where(top, high, low))
    return columns


def reasons(draw: Draws, who: Latent, chance: dict[str, np.ndarray], form: np.ndarray) -> Columns:
    """The reasons for giving up: several in form A, the main one in both, and the last in fact."""
    either = draw.chosen(chance["signup_or_payment"], who.ticking, 0.4)
    kind = draw.rng.choice(3, draw.size, p=[0.45, 0.30, 0.25])  # sign-up, payment, both
    items = {
        "reasons.reviews": draw.chosen(chance["reviews"], who.social, LATENT["reviews"]),
        "reasons.signup": either & (kind != 1),
        "reasons.payment": either & (kind != 0),
        "reasons.unclear": draw.chosen(chance["unclear"], who.ticking, 0.3),
    }
    for name, percent in REASONS.items():
        items[f"reasons.{name}"] = draw.chosen(draw.near(f"reasons.{name}", percent), who.ticking, 0.3)
    columns = draw.complete("reasons", items)
    codes = {item: code for item, code in label_codes(draw.book, "reasons").items() if item != "none"}
    named = np.column_stack([columns[f"reasons.{item}"] * LIKING[item] for item in codes])
    of_named = np.array(list(codes.values()))[draw.ranked(named)[:, 0]]
    first = np.where(named.any(axis=1), of_named, 96)
    chance_of_price = sum(
        ((first == code) * percent / 100 for code, percent in PRICE_INSTEAD.items()), np.zeros(draw.size)
    )
    main = np.where((form == 2) & draw.chosen(chance_of_price), codes["price"], first)
    same = (draw.rng.random(draw.size) < 0.35) & (main != 96)
    last = np.where(same, main, draw.codes("last_reason"))
    return {**columns, "main_reason": main, "last_reason": last, "given_up": draw.yes_no("given_up")}


def _curve(age: np.ndarray) -> np.ndarray:
    """From 1 among the youngest to 0 among the oldest, smoothly."""
    return np.asarray(expit((MIDDLE - np.asarray(age)) / WIDTH))


def _mean(effect: float, level: float, band: str) -> float:
    """The share of a band, whose ages are all alike frequent."""
    low, high = EDGES[band]
    return float(expit(level + effect * _curve(np.arange(low, high + 1))).mean())


def _level(targets: Targets, share: float, effect: float) -> float:
    """The level on the logit at which the shares by age average to `share` over the population."""
    weight = np.array(list(targets.values())) / sum(targets.values())

    def gap(level: float) -> float:
        return float(weight @ [_mean(effect, level, str(band)) for band in targets]) - share

    return float(brentq(gap, logit(share) - 5, logit(share) + 5))


def _age_effect(study: Study) -> float:
    """The effect of age on the logit with which the young have their published share."""
    targets = {code: _bands(study, code) for code in TRUTH["social"]}  # read once, not at every step

    def gap(effect: float) -> float:
        levels = {code: _level(targets[code], share / 100, effect) for code, share in TRUTH["social"].items()}
        return float(np.mean([_mean(effect, level, "18-34") for level in levels.values()])) - YOUNG / 100

    return float(brentq(gap, 0, 3))


def _bands(study: Study, code: str) -> Targets:
    return study.market(code).weighting.targets["age_band"]
