"""The experience of the last purchase and what it drives: themes, moments, cells, satisfaction, loyalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.study.synthetic.draws import Columns, Draws, Latent, by_code, standard
from analysis.study.synthetic.truths import (
    CELLS,
    DRIVES,
    GRIDS,
    LEVEL,
    LOADING,
    NO_EXPERIENCE,
    SPEND,
    STAGES,
    USE,
    WEIGHTS,
)

NO_USE = 97
CELLS_SHOWN = 8
COMMON = 0.65  # correlation of each theme with the latent quality


@dataclass(frozen=True, eq=False)
class Themes:
    """Answers to the thirty statements, and the latent themes behind them."""

    columns: Columns
    latent: dict[str, np.ndarray]


def themes(draw: Draws, who: Latent, tier: np.ndarray) -> Themes:
    """The thirty statements: a factor a theme, all tied to the latent quality; too many options barely."""
    columns, latent = {}, {}
    for name, composite in draw.book.questions["themes"].composites.items():
        factor = COMMON * who.quality + np.sqrt(1 - COMMON**2) * draw.normal()
        latent[name] = factor
        for item in composite.items:
            loading = -0.45 if item in composite.reversed else LOADING[name]
            shift = LEVEL.get(item, 0.0) + (by_code((-0.1, 0.05, 0.5), tier) if item == "ide3" else 0.0)
            columns[f"themes.{item}"] = draw.codes("themes", factor, loading, shift)
    return Themes(columns, latent)


def moments(draw: Draws, who: Latent, found: Themes, complexity: np.ndarray) -> Columns:
    """Moments of truth: importance, performance (97 without experience), and the key moment."""
    care = draw.normal()
    columns = {}
    done = 0.6 * who.quality + 0.3 * found.latent["respect"]
    for item in GRIDS["moment_importance"]:
        columns[f"moment_importance.{item}"] = draw.codes(f"moment_importance.{item}", care, 0.45)
        rated = draw.codes(f"moment_performance.{item}", standard(done), 0.6)
        unused = draw.rng.random(draw.size) < NO_EXPERIENCE.get(item, 1) / 100
        columns[f"moment_performance.{item}"] = np.where(unused, NO_USE, rated)
    hard, easy = (draw.codes(f"moment_missed.{kind}", -who.quality, 0.6) for kind in ("complex", "simple"))
    missed = np.where(complexity >= 4, hard, easy)
    # being failed costs more trust where the purchase was complex
    blow = by_code((0.45, -0.35, -1.0), missed) - 0.35 * ((complexity >= 4) & (missed > 1))
    why = draw.items("missed_why")
    nothing = np.logical_and.reduce([chosen == 0 for chosen in why.values()])
    why["missed_why.other"] = np.where(nothing, 1.0, why["missed_why.other"])
    return {
        **columns,
        "key_moment": draw.codes("key_moment"),
        "moment_missed": draw.with_missing(missed),
        **why,
        "trust_after": draw.codes("trust_after", who.quality, 0.2, shift=blow),
    }


def journey(draw: Draws, who: Latent) -> tuple[Columns, np.ndarray]:
    """Actual against expected where a touchpoint was used (97 elsewhere), and the latent gap behind it.

    One gap a respondent lies behind all cells, so that an error at one stage goes with errors at others.
    """
    gap = 0.65 * who.quality + np.sqrt(1 - 0.65**2) * draw.normal()
    names = [(stage, touch) for touch in USE for stage in STAGES]
    share = np.array([USE[touch][list(STAGES).index(stage)] for stage, touch in names]) / 100
    used = draw.rng.random((draw.size, len(names))) < share
    used[~used.any(axis=1), names.index(("choose", "website"))] = True
    place = np.argsort(np.argsort(draw.rng.random(used.shape) + ~used, axis=1), axis=1)
    shown = used & (place < CELLS_SHOWN)
    stages = {stage: 0.7 * gap + np.sqrt(1 - 0.49) * draw.normal() for stage in STAGES}
    columns = {}
    for number, (stage, touch) in enumerate(names):
        rated = draw.codes("journey", stages[stage], 0.75, shift=STAGES[stage] + CELLS[touch])
        columns[f"journey.{stage}_{touch}"] = np.where(shown[:, number], rated, NO_USE)
    sources = draw.items("expectation_source", who.ticking, 0.3)
    nothing = np.logical_and.reduce([chosen == 0 for chosen in sources.values()])
    sources["expectation_source.past"] = np.where(nothing, 1.0, sources["expectation_source.past"])
    return {**columns, **sources}, gap


def satisfaction(draw: Draws, found: Themes, gap: np.ndarray, so_far: Columns) -> np.ndarray:
    """The latent satisfaction (mean 0, standard deviation 1) that the themes and what happened drive."""
    signal = sum((DRIVES[name] * factor for name, factor in found.latent.items()), np.zeros(draw.size))
    enough = (found.columns["themes.cho1"] - 4.9) / 1.5
    signal -= 0.08 * enough + 0.16 * (np.square(enough) - 1)  # more choice helps, and then it does not
    signal -= 0.07 * (found.columns["themes.cho3"] - 3.8) / 1.6
    signal += 0.30 * (found.columns["themes.kno2"] >= 6)  # unexpected advice delights, its absence does not hurt
    signal += 0.25 * gap
    signal -= by_code((0.0, 0.25, 0.5), so_far["moment_missed"])
    asked = so_far["contacted"] == 1
    signal -= asked * by_code((-0.15, 0.40, 0.0), so_far["reply_promise"])
    signal += asked * 0.08 * (so_far["clear_answer"] - 4.5)
    online = so_far["bought_online"] <= 2
    signal -= online * by_code((-0.15, 0.05, 0.25), so_far["told_each_step"])
    signal -= online * by_code((0.0, 0.15, 0.60), so_far["delivery_trouble"])
    signal += online * (0.25 * (so_far["adviser"] == 1) - 0.25 * (so_far["promised_offer_missed"] == 1))
    signal += 0.15 * (so_far["trial"] == 1)
    return standard(standard(signal) + 0.65 * draw.normal())


def loyalty(draw: Draws, who: Latent, found: Themes, score: np.ndarray, so_far: Columns) -> Columns:
    """What satisfaction goes with: recommending, buying again, attachment, spend, staying."""
    online = so_far["channels_used.website"] == 1
    fits = standard(0.75 * score + 0.5 * found.latent["identity"])
    spread = 0.9
    level = np.log(by_code(SPEND, so_far["sector"]).clip(1)) - spread**2 / 2
    lifted = level + 0.22 * score + 0.12 * who.upscale + np.sqrt(spread**2 - 0.22**2 - 0.12**2) * draw.normal()
    spend = np.exp(lifted).round().clip(1, 100_000)
    unsaid = draw.rng.random(draw.size)
    parts = {f"six_parts.{item}": draw.codes(f"six_parts.{item}", score, 0.6) for item in GRIDS["six_parts"]}
    return {
        "satisfaction": draw.codes("satisfaction", score, 0.95),
        "recommend": draw.codes("recommend", score, 0.75),
        "rebuy": draw.codes("rebuy", score, np.where(online, 0.72, 0.62)),
        "attachment": draw.codes("attachment", fits, 0.5),
        "spend": np.where(unsaid < 0.03, -98, np.where(unsaid > 0.97, -99, spend)),
        "switched": draw.yes_no("switched", -score, 0.4),
        **draw.up_to_three("loyalty_reasons", WEIGHTS["loyalty_reasons"]),
        **parts,
        **draw.items("story_points", tied={"pain": (-score, 0.5), "praise": (score, 0.4), "moving": (score, 0.3)}),
    }


def views(draw: Draws, who: Latent, so_far: Columns) -> Columns:
    """Views that everybody was asked for: themes that matter, the value of service, offers, brands."""
    high = (so_far["income"] == 3) | ((so_far["price_position"] == 3) & (so_far["bought.none"] == 0))
    codes = list(draw.book.answers("theme_choice"))
    most, least = (draw.percents(f"theme_{which}", codes) for which in ("most", "least"))
    weights = np.tile(np.array(list(most.values()), float), (draw.size, 1))
    weights[:, 9] *= np.where(high, 1.6, 0.6)  # identity
    first = draw.ranked(weights)[:, 0]
    rest = np.tile(np.array(list(least.values()), float), (draw.size, 1))
    rest[np.arange(draw.size), first] = 0
    tier = by_code((-1, 0, 1), so_far["income"])
    return {
        "theme_choice.most": first + 1,
        "theme_choice.least": draw.ranked(rest)[:, 0] + 1,
        "standard": draw.codes("standard"),
        "patience": draw.codes("patience"),
        "service_value": draw.codes("service_value"),
        **draw.items("offers", who.ticking, 0.5),
        "niche_brand": draw.codes("niche_brand", shift=0.15 * tier - 0.2 * who.age),
    }


def online(draw: Draws, who: Latent) -> Columns:
    """Buying online; who was told of each step heard of trouble from the seller first."""
    told = draw.codes("told_each_step", -who.quality, 0.2)
    trouble = draw.codes("delivery_trouble", -who.quality, 0.25)
    first = (trouble == 3) & (told == 1) & (draw.rng.random(draw.size) < 0.4)
    return {
        "shop_priority": draw.codes("shop_priority"),
        "told_each_step": told,
        "delivery_trouble": np.where(first, 2, trouble),
        "delivery_time": draw.codes("delivery_time"),
        "page_clear": draw.codes("page_clear", who.quality, 0.4),
        "adviser": draw.yes_no("adviser"),
        "blame": draw.codes("blame"),
        "promised_offer_missed": draw.yes_no("promised_offer_missed", -who.quality, 0.15),
        "trial": draw.yes_no("trial"),
    }
