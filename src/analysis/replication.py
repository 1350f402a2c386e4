"""The published claims put to a market, or to all of them: one row a claim, with its verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.report import words
from analysis.report.claims import (
    PRINTED_MEAN,
    Verdict,
    judge_first,
    judge_majority,
    judge_near,
    judge_share,
)
from analysis.report.disclosure import HIDDEN, NOT_ASKED, flag_low_bases
from analysis.report.lines import AVERAGE
from analysis.report.rows import TOTAL
from analysis.report.verdicts import Verdicts
from analysis.study.confidentiality import LowBase
from analysis.study.params import Study
from analysis.study.register import Claim
from analysis.study.settings import say
from analysis.survey.compare import Difference, average_difference, separate_difference

if TYPE_CHECKING:
    from analysis.market import Market
    from analysis.markets import Markets


@dataclass(frozen=True)
class Found:
    """What a market, or the average of some, holds against a claim: the row of its figure, and its gaps.

    `used` is how many respondents there are in all.
    """

    row: pd.Series
    gaps: Sequence[Difference]
    used: int

    @property
    def asked(self) -> bool:
        return bool(self.row["flag"] != NOT_ASKED)


def judge_claims(market: Market) -> Verdicts:
    """Every claim of the register that concerns the market, judged by the study's rule."""
    return judge(market, [claim for claim in market.study.claims.expanded if claim.concerns(market.code)], market.found)


def judge(market: Market, claims: Sequence[Claim], found: Mapping[str, Found] | None = None) -> Verdicts:
    """These claims, judged by the study's rule on what was `found`, by claim id; all of them concern the market."""
    found = put(market, claims) if found is None else found
    claims = [claim for claim in claims if claim.id in found]
    rows = [
        {**_names(claim, market), "market": market.code, **_judge(claim, found[claim.id], market.study)}
        for claim in claims
    ]
    return _verdicts(rows, market.study, market.source, market.people)


def judge_claims_together(markets: Markets) -> Verdicts:
    """The claims published for all markets together, judged on the average of those that asked.

    The average counts each market alike, as 2012's near-equal samples did, or by its population, as
    the study file says.
    """
    study, first = markets.study, markets.markets[0]
    rows: list[dict[str, Any]] = []
    for claim in (claim for claim in study.claims.expanded if not claim.markets and not claim.against_market):
        found = [market.found[claim.id] for market in markets.markets]
        asked = [one for one in found if one.asked]
        judged = _judge(claim, _together(asked, markets) if asked else found[0], study)
        rows.append({**_names(claim, first), "market": AVERAGE, **judged})
        # The error of an average falls with the bases of all its markets, so each needs its part.
        if rows[-1]["base_needed"]:
            rows[-1]["base_needed"] = math.ceil(rows[-1]["base_needed"] / len(asked))
            rows[-1]["base_in_each"] = True
    return _verdicts(rows, study, markets.source, markets.people)


def put(market: Market, claims: Sequence[Claim] | None = None) -> dict[str, Found]:
    """What the market holds against each claim, by its id: all figures in one calculation, all gaps in another.

    Of all claims (None) those of other markets alone are not put to it; none against a market that a report
    goes on without.
    """
    book, left_out = market.study.codebook, set(market.settings.not_asked)
    if claims is None:
        claims = [claim for claim in market.study.claims.expanded if not claim.markets or claim.concerns(market.code)]
    others = {code: market.sibling(code) for code in {claim.against_market for claim in claims} if code}
    claims = [claim for claim in claims if others.get(claim.against_market or "", market)]
    rows = market.rows([claim.figure for claim in claims], {TOTAL: {}}) if claims else pd.DataFrame()
    asked = [not left_out & {name for figure in claim.figures(book) for name in figure.questions} for claim in claims]
    gaps = [claim.gaps(book) if here else [] for claim, here in zip(claims, asked, strict=True)]
    made = iter(market.gaps([gap for own in gaps for gap in own]))
    found = {}
    for claim, here, own, (_, row) in zip(claims, asked, gaps, rows.iterrows(), strict=True):
        differences = [next(made) for _ in own]
        if other := others.get(claim.against_market or ""):
            theirs = other.rows([claim.figure], {TOTAL: {}}).iloc[0]
            differences = [separate_difference(row, theirs)]
            here = here and theirs["flag"] != NOT_ASKED
        shown = row if here else row.where(row.index != "flag", NOT_ASKED)
        found[claim.id] = Found(shown, differences, market.respondents.sample.used)
    return found


def _together(found: Sequence[Found], markets: Markets) -> Found:
    """The average over markets; of a gap, over those in which all of its figures have a base."""
    gaps = []
    for own in zip(*(one.gaps for one in found), strict=True):
        held = [n for n, gap in enumerate(own) if gap.unweighted_base]
        codes = [str(found[n].row["market"]) for n in held]
        gaps.append(average_difference([own[n] for n in held], markets.study.populations(codes)) if held else own[0])
    row = markets.average(pd.DataFrame([one.row for one in found]))
    return Found(row, gaps, sum(one.used for one in found))


def _verdicts(rows: list[dict[str, Any]], study: Study, source: str, people: str) -> Verdicts:
    settings, language = study.settings, study.language
    level = words.percent(settings.verdict.confidence_level, language)
    near = f"{100 * settings.verdict.delta + 0.5:g}"
    return Verdicts(
        pd.DataFrame(rows),
        same_respondents=study.claims.same_respondents,
        source=source,
        intervals=words.intervals(settings.confidence_level, language),
        rule=f"the {level} interval lies within {near} points of the published figure",
        level=words.percent(settings.confidence_level, language),
        needs=(
            "Needs, to plan a survey: how many of the same people as in the base, for 4 surveys in 5 to reproduce "
            "the claim if it is true; a direction or place without a published size is taken as "
            f"{100 * settings.verdict.delta:g} points."
        ),
        people=people,
        language=language,
        parts=tuple(say(label, language) for label in study.register.parts.values()),
    )


def _names(claim: Claim, market: Market) -> dict[str, Any]:
    text = say(claim.text, market.language) if claim.text else market.labels.cell(claim.figure)
    return {
        "id": claim.id,
        "question": claim.figure.question,
        "topline": claim.topline or "",
        "reading_of": claim.reading_of or "",
        "population": claim.population or "",
        "part": market.study.register.part_of(claim.id, market.language),
        "topline_label": market.labels.table(claim.figure),
        "base_in_each": claim.against_market is not None,
        "kind": claim.kind,
        "text": text,
        "label": text,
        "domain_label": "All",
        "scope": claim.population or _scope(claim, market.study),
        "published": np.nan if claim.published is None else claim.published,
        "source": claim.source,
        "ambiguity": claim.ambiguity or "",
    }


def _judge(claim: Claim, found: Found, study: Study) -> dict[str, Any]:
    """The verdict on one claim, and the estimate beside it: the figure's, or the gap that decides."""
    settings, row, gaps = study.settings, found.row, found.gaps
    if not found.asked:
        return {**_estimate(row), "unit": "share", **_verdict(Verdict("not asked")), "agrees": False}
    rule, level, least = settings.verdict, settings.confidence_level, settings.low_base.suppress_below
    rules: dict[str, Any] = {"confidence_level": level, "suppress_below": least, "times": _times(claim, found, study)}
    size = rule.delta if claim.published is None else claim.published / 100
    if claim.kind in ("difference", "interaction", "first"):
        closest = min(gaps, key=lambda gap: gap.estimate)
        joint = 1 - (1 - level) / len(gaps)
        return {**_gap(closest, row, joint, settings.low_base), **_verdict(judge_first(gaps, size=size, **rules))}
    if claim.kind == "equivalence":
        within = (claim.within or 0) / 100
        kept = [gap for gap in gaps if gap.unweighted_base >= least]
        largest = max(kept or gaps, key=lambda gap: abs(gap.estimate))
        verdict = judge_near(gaps, within=within, beyond=within, verdict_level=rule.confidence_level, **rules)
        return {**_gap(largest, row, 1 - (1 - level) / max(len(kept), 1), settings.low_base), **_verdict(verdict)}
    return {**_estimate(row), **_judge_row(claim, row, study, rules)}


def _judge_row(claim: Claim, row: pd.Series, study: Study, rules: dict[str, Any]) -> dict[str, Any]:
    """A share or a mean held against what was published, or a majority against one half."""
    rule, published = study.settings.verdict, claim.published
    if published is None:
        return {"unit": "share", **_verdict(judge_majority(row, delta=rule.delta, **rules))}
    rules = {**rules, "verdict_level": rule.confidence_level}
    if claim.kind == "mean":
        low, high = study.codebook.scale_range(claim.figure.question) or (0.0, 1.0)
        told = row["flag"] not in HIDDEN
        base, df = int(row["unweighted_base"]) if told else 0, float(row["degrees_of_freedom"])
        gap = Difference(row["estimate"] - published, row["std_error"], df, base)
        verdict = judge_near([gap], within=rule.delta * (high - low) + PRINTED_MEAN, beyond=PRINTED_MEAN, **rules)
        return {"unit": "mean", **_verdict(verdict), "agrees": _printed(row["estimate"], 1) == published}
    verdict = judge_share(row, published, delta=rule.delta, **rules)
    return {"unit": "share", **_verdict(verdict), "agrees": _printed(100 * row["estimate"]) == published}


def _printed(figure: float, decimals: int = 0) -> float:
    """A figure as it would be printed; NaN where nobody answered, which agrees with nothing."""
    return figure if np.isnan(figure) else round(figure, decimals)


def _times(claim: Claim, found: Found, study: Study) -> float | None:
    """How many times our base the published study's was; None where that is not known."""
    original = study.claims.original
    if claim.base is not None:
        base = min([gap.unweighted_base for gap in found.gaps] or [int(np.nan_to_num(found.row["unweighted_base"]))])
        return claim.base / base if base else None
    if original is None or claim.population is not None:
        return None
    of = original.a_market if claim.markets else original.base
    return None if of is None else of / found.used


def _estimate(row: pd.Series) -> dict[str, Any]:
    columns = ["estimate", "std_error", "conf_low", "conf_high", "unweighted_base", "effective_base", "flag"]
    return {column: row[column] for column in columns}


def _gap(gap: Difference, row: pd.Series, level: float, low: LowBase) -> dict[str, Any]:
    """The columns of a difference; it is shown or not by its smallest base."""
    conf_low, conf_high = gap.interval(level)
    shown = {
        "estimate": gap.estimate,
        "std_error": gap.std_error,
        "conf_low": conf_low,
        "conf_high": conf_high,
        "unweighted_base": gap.unweighted_base,
        "effective_base": row["effective_base"],
        "unit": "points",
    }
    flags = flag_low_bases(pd.DataFrame([shown]), suppress_below=low.suppress_below, caution_below=low.caution_below)
    return {**shown, "flag": flags.iloc[0]}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    """The columns of a verdict; whether a share agrees to the printed percent is known of shares alone."""
    return {
        "verdict": verdict.word,
        "base_needed": verdict.base_needed,
        "power": verdict.power,
        "original_power": np.nan if verdict.original_power is None else verdict.original_power,
        "agrees": False,
    }


def _scope(claim: Claim, study: Study) -> str:
    if claim.markets:
        return words.listed([study.market_name(code) for code in claim.markets], study.language)
    codes = study.settings.markets
    return "all markets" if len(codes) > 1 else study.market_name(codes[0])
