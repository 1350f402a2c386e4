"""Poor experiences, complaints and the ratings of sectors."""

from __future__ import annotations

import numpy as np

from analysis.study.synthetic.draws import Columns, Draws, Latent, by_code
from analysis.study.synthetic.truths import ACTIONS, COMPLAINT_SECOND_SOCIAL, GRIDS

SOCIAL = 5  # of the channels for a complaint
NO_CUSTOMER = 97


def poor(draw: Draws, who: Latent, so_far: Columns) -> Columns:
    """What people did after a poor experience; those left without support spread the word more often."""
    had = draw.yes_no("poor_experience", -who.quality, 0.5)
    told = draw.codes("company_told", answers="poor_actions")
    buyer = so_far["bought.none"] == 0
    unsupported = buyer & (so_far["needed_support"] == 1) & (so_far["support_enough"] <= 3)
    failed = buyer & np.isin(so_far["moment_missed"], [2, 3])
    more = 0.14 * unsupported + 0.05 * failed - 0.05
    nothing = told == 1
    idle = draw.percents("company_told", [])[1]
    acted = {item: percent / (100 - idle) for item, percent in ACTIONS.items()}  # among those who did anything
    items = {
        "silent": told == 2,
        "complained": told == 3,
        "competitor": draw.chosen(acted["competitor"]),
        "stopped": draw.chosen(acted["stopped"]),
        "posted": draw.chosen(acted["posted"] + more, who.voice, 0.4),
        "reviewed": draw.chosen(acted["reviewed"] + more / 2, who.voice, 0.4),
        "told": draw.chosen(acted["told"] + more, who.voice, 0.3),
        "refund": draw.chosen(np.where(told == 3, 0.35, np.where(told == 4, 0.3, 0.0))),
    }
    actions = {f"poor_actions.{item}": (chosen & ~nothing).astype(float) for item, chosen in items.items()}
    unsaid = ~nothing & np.logical_and.reduce([chosen == 0 for chosen in actions.values()])
    actions["poor_actions.told"] = np.maximum(actions["poor_actions.told"], unsaid)
    reply = draw.codes("review_reply")
    said = (had == 1) & (actions["poor_actions.complained"] == 1)
    return {
        "poor_experience": had,
        **actions,
        "poor_actions.nothing": nothing.astype(float),
        "would_switch": draw.codes("would_switch"),
        "expectations_met": draw.codes("expectations_met", who.quality, 0.35),
        "complained": np.where(said | draw.chosen(0.14, who.voice, 0.3), 1, 2),
        **_complaint_channels(draw),
        "review_reply": reply,
        "review_reply_effect": draw.codes("review_reply_effect", shift=by_code((0, 0, 0.6, 0.4), reply)),
    }


def _complaint_channels(draw: Draws) -> Columns:
    """Three channels, none twice; the social network comes second as often as published."""
    codes = list(draw.book.answers("complaint_channel"))
    first = draw.codes("complaint_first", answers="complaint_channel")
    share = draw.percents("complaint_first", codes)[SOCIAL]
    percents = draw.percents("complaint_second", codes)
    weights = np.tile([percents.get(code, 0.0) for code in codes], (draw.size, 1))
    rows = np.arange(draw.size)
    weights[rows, first - 1] = 0
    chance = COMPLAINT_SECOND_SOCIAL / (100 - share)
    weights[:, SOCIAL - 1] = weights.sum(axis=1) * chance / (1 - chance)
    weights[first == SOCIAL, SOCIAL - 1] = 0
    order = draw.ranked(weights) + 1
    return {
        "complaint_channel.first": first,
        "complaint_channel.second": order[:, 0],
        "complaint_channel.third": order[:, 1],
    }


def sectors(draw: Draws, who: Latent, so_far: Columns) -> Columns:
    """How customers rate each sector in three things; 97 where they are none."""
    columns = {}
    for sector in GRIDS["sector_first"]:
        view = 0.4 * who.quality + np.sqrt(1 - 0.4**2) * draw.normal()
        customer = so_far[f"bought.{sector}"] == 1
        for name in ("sector_first", "sector_follow", "sector_loyalty"):
            columns[f"{name}.{sector}"] = np.where(customer, draw.codes(f"{name}.{sector}", view, 0.75), NO_CUSTOMER)
    return columns
