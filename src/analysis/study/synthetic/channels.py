"""Channels before buying, speed, and support after the sale."""

from __future__ import annotations

import numpy as np

from analysis.study.synthetic.draws import Columns, Draws, Latent, by_code, label_codes
from analysis.study.synthetic.truths import CHANNELS, CHANNELS_BY_SECTOR, GRIDS, WOULD, YES


def channels(draw: Draws, who: Latent, sector: np.ndarray) -> Columns:
    """The channels before and while buying; the first and the second are among those used."""
    codes = label_codes(draw.book, "channels_used")
    first = draw.codes("first_channel")
    second, begins = _second(draw, first)
    checked = draw.yes_no("second_channel", missing=True)
    items = {}
    for name, code in codes.items():
        begin = begins[code]
        would = (CHANNELS[name] + by_code(CHANNELS_BY_SECTOR.get(name, (0,) * 7), sector)) / 100
        extra = draw.chosen(np.clip((would - begin) / (1 - begin), 0, 1), who.ticking, 0.3)
        items[f"channels_used.{name}"] = (first == code) | ((second == code) & (checked == 1)) | extra
    why = draw.items("second_channel_why")
    nothing = np.logical_and.reduce([chosen == 0 for chosen in why.values()])
    why["second_channel_why.other"] = np.where(nothing, 1.0, why["second_channel_why.other"])
    negative = draw.yes_no("second_channel_negative", -who.quality, 0.3)
    ended, bought = (draw.codes(f"second_channel_outcome.{found}") for found in ("negative", "none"))
    return {
        **draw.complete("channels_used", items),
        "first_channel": first,
        "second_channel": checked,
        "second_channel_which": second,
        **why,
        "second_channel_negative": negative,
        "second_channel_outcome": np.where(negative == 1, ended, bought),
        **draw.items("silo_failures", -who.quality, 0.35),
        "repeated_information": draw.codes("repeated_information", -who.quality, 0.35),
    }


def _second(draw: Draws, first: np.ndarray) -> tuple[np.ndarray, dict[int, float]]:
    """A second channel other than the first, and by channel the chance 0-1 to be one of the two."""
    second = draw.percents("second_channel_which", [])
    begin = draw.percents("first_channel", [])
    weights = np.where(first[:, None] == np.array(list(second)), 0.0, list(second.values()))
    share = YES["second_channel"] / 100
    begins = {code: (b + (100 - b) * share * second[code] / 100) / 100 for code, b in begin.items()}
    return np.array(list(second))[draw.ranked(weights)[:, 0]], begins


def speed(draw: Draws, who: Latent) -> Columns:
    """Reply times expected and met with; a broken promise goes with a slow reply."""
    patient = draw.normal()
    expected = {
        f"reply_expected.{item}": draw.codes(f"reply_expected.{item}", patient, 0.6) for item in GRIDS["reply_expected"]
    }
    actual = draw.codes("reply_actual", -who.quality, 0.4)
    slow = (actual - 4.5) / 2.2
    return {
        **expected,
        "contacted": draw.yes_no("contacted"),
        "reply_actual": actual,
        "reply_promise": draw.codes("reply_promise", slow, 0.35),
        "clear_answer": draw.codes("clear_answer", who.quality, 0.5),
        "speed_or_promise": draw.codes("speed_or_promise"),
    }


def support(draw: Draws, who: Latent) -> Columns:
    """Support after the sale: who names a first channel would use it."""
    first = draw.codes("support_first")
    percents = draw.percents("support_first", list(draw.book.answers("support_first")))
    codes = {item: code for item, code in label_codes(draw.book, "support_would").items() if item != "none"}
    items = {}
    for name, code in codes.items():
        begin = percents[code] / 100
        extra = draw.chosen((WOULD[name] / 100 - begin) / (1 - begin), who.ticking, 0.3)
        items[f"support_would.{name}"] = (first == code) | extra
    resolved = draw.codes("support_resolved", -who.quality, 0.45)
    return {
        **draw.complete("support_would", items),
        "support_first": first,
        "needed_support": draw.yes_no("needed_support"),
        "support_last": np.where(draw.rng.random(draw.size) < 0.6, first, draw.codes("support_first")),
        "support_resolved": resolved,
        "support_enough": draw.codes("support_enough", who.quality, 0.5, shift=by_code((0.35, -0.1, -0.7), resolved)),
    }
