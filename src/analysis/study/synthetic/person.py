"""Who the respondents are, what they bought and what lies behind their answers."""

from __future__ import annotations

import numpy as np

from analysis.study.params import MarketSettings
from analysis.study.synthetic.draws import Columns, Draws, Latent
from analysis.study.synthetic.truths import FASTER, REGIONS, RESPONSE, WEIGHTS

EDGES = {"18-34": (18, 34), "35-54": (35, 54), "55+": (55, 84)}


def people(draw: Draws, settings: MarketSettings) -> tuple[Columns, Latent]:
    """Sex, age and what was bought, with younger adults answering more often than older ones."""
    rng, size = draw.rng, draw.size
    targets = settings.weighting.targets
    bands = [str(name) for name in targets["age_band"]]
    drawn = np.array([targets["age_band"][b] * RESPONSE[b] for b in bands])
    band = rng.choice(bands, size, p=drawn / drawn.sum())
    low, high = (np.array([EDGES[b][end] for b in band]) for end in (0, 1))
    age = rng.integers(low, high + 1)
    female = np.clip(targets["sex"][2] / 100 * 1.04, 0, 1)
    quality, social, ticking, upscale, voice = (draw.normal() for _ in range(5))
    latent = Latent(quality, social, ticking, upscale, voice, (age - 48) / 18)
    columns = {
        "age": age,
        "sex": np.where(rng.random(size) < female, 2, 1),
        "form": rng.integers(1, 3, size),
        "duration": np.round(np.exp(rng.normal(6.75, 0.3, size))).clip(200).astype(int),
        "device": draw.codes("device", -latent.age, 0.2),
        "education": draw.codes("education", 0.8 * latent.upscale - 0.6 * latent.age, 0.35),
        "income": draw.with_missing(draw.codes("income", latent.upscale, 0.6), 0.03, 0.05),
        "internet_use": draw.codes("internet_use", latent.age, 0.35),
        "social_use": draw.with_missing(draw.codes("social_use", 0.6 * latent.age - 0.8 * latent.social, 0.6)),
        **draw.items("bought", latent.ticking, 0.3),
    }
    retail = columns["bought.retail"] == 1
    ordered = draw.codes("bought_online.retail", answers="bought_online")
    others = draw.codes("bought_online.other", latent.age, 0.4, answers="bought_online")
    return columns | {"bought_online": np.where(retail, ordered, others)}, latent


def region(draw: Draws, settings: MarketSettings) -> Columns:
    """Where they live, drawn from a stream of its own, so that no other answer changes with it."""
    shares = np.array(REGIONS[draw.market])
    own = draw.rng.spawn(1)[0]
    return {"region": own.choice(settings.offered["region"], draw.size, p=shares / shares.sum())}


def purchase(draw: Draws, who: Latent, so_far: Columns) -> Columns:
    """The last purchase that needed some thought."""
    weights = np.column_stack([so_far[f"bought.{sector}"] * w for sector, w in WEIGHTS["sector"].items()])
    sector = draw.ranked(np.column_stack([weights, 0.08 * weights.max(axis=1)]))[:, 0] + 1
    price = draw.codes("price_position", who.upscale, 0.5)
    complexity = draw.codes("complexity", who.upscale, 0.15)
    goal = draw.codes("goal")
    buyer = so_far["bought.none"] == 0
    share = np.where(buyer & (price == 3), FASTER["high_end"], FASTER["others"]) / 100
    faster = draw.chosen(share)
    much = draw.rng.random(draw.size) < 0.32
    slower = draw.rng.choice([1, 2, 3], draw.size, p=[0.04, 0.12, 0.84])
    return {
        "sector": sector,
        "complexity": complexity,
        "price_position": price,
        "attention": draw.codes("attention", shift=np.where(complexity >= 4, 0.45, -0.15) + 0.15 * (price == 3)),
        "goal": goal,
        "goal_ease": draw.codes("goal_ease", who.quality, 0.55, shift=np.where(np.isin(goal, [5, 7]), -0.5, 0.1)),
        "departments": draw.codes("departments"),
        "recommendations": draw.codes("recommendations"),
        "choice_changed": draw.yes_no("choice_changed", who.social, 0.4),
        "faster_expected": np.where(faster, np.where(much, 5, 4), slower),
        **draw.up_to_three("brand_love", WEIGHTS["brand_love"]),
    }
