"""The published claims put to a market, or to all of them: one row a claim, with its verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.report import words
from analysis.report.charts import AVERAGE
from analysis.report.claims import Verdict, judge_difference, judge_first, judge_majority, judge_share
from analysis.report.rows import TOTAL
from analysis.report.verdicts import Verdicts
from analysis.study.codebook import Figure
from analysis.study.params import Study, StudySettings
from analysis.study.register import Claim
from analysis.study.settings import say
from analysis.survey.compare import Difference, average_difference, separate_difference

if TYPE_CHECKING:
    from analysis.market import Market
    from analysis.markets import Markets


def judge_claims(market: Market) -> Verdicts:
    """Every claim of the register that concerns the market, judged by the study's rule."""
    claims = [claim for claim in market.study.claims.expanded if claim.concerns(market.code)]
    rows = [
        {**_names(claim, market), "market": market.code, **_judge(claim, market, row)}
        for claim, (_, row) in zip(claims, _figures(claims, market).iterrows(), strict=True)
    ]
    return _verdicts(rows, market.study, market.source, market.people)


def judge_claims_together(markets: Markets) -> Verdicts:
    """The claims published for all markets together, judged on the average of the markets.

    The average counts each market alike, as 2012's near-equal samples did, or by its population, as
    the study file says.
    """
    study, first = markets.study, markets.markets[0]
    claims = [c for c in study.claims.expanded if not (c.markets or c.kind == "first" or c.against_market)]
    figures = [_figures(claims, market) for market in markets.markets]
    rows: list[dict[str, Any]] = []
    for place, claim in enumerate(claims):
        row = markets.average(pd.concat([rows_of.iloc[[place]] for rows_of in figures]))
        if claim.kind == "difference":
            gap = average_difference([_gap_in(claim, m) for m in markets.markets], markets.populations())
            found = _difference(claim, gap, row, study.settings)
        else:
            found = _judge_row(claim, row, study.settings)
        rows.append({**_names(claim, first), "market": AVERAGE, **found})
        # The error of an average falls with the bases of all its markets, so each needs its part.
        if rows[-1]["base_needed"]:
            rows[-1]["base_needed"] = math.ceil(rows[-1]["base_needed"] / len(markets.markets))
            rows[-1]["base_in_each"] = True
    return _verdicts(rows, study, markets.source, markets.people)


def _figures(claims: list[Claim], market: Market) -> pd.DataFrame:
    """The tidy row of each claim's figure in the market."""
    return market.rows([claim.figure for claim in claims], {TOTAL: {}})


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
    )


def _names(claim: Claim, market: Market) -> dict[str, Any]:
    text = say(claim.text, market.language) if claim.text else market.labels.cell(claim.figure)
    return {
        "id": claim.id,
        "question": claim.figure.question,
        "topline": claim.topline or "",
        "reading_of": claim.reading_of or "",
        "topline_label": market.labels.table(claim.figure),
        "base_in_each": claim.against_market is not None,
        "kind": claim.kind,
        "text": text,
        "label": text,
        "domain_label": "All",
        "scope": _scope(claim, market.study),
        "published": np.nan if claim.published is None else claim.published,
        "source": claim.source,
        "ambiguity": claim.ambiguity or "",
    }


def _judge(claim: Claim, market: Market, row: pd.Series) -> dict[str, Any]:
    settings = market.study.settings
    if claim.kind == "difference":
        return _difference(claim, _gap_in(claim, market), row, settings)
    if claim.kind == "first":
        return _first(claim, market, row)
    return _judge_row(claim, row, settings)


def _judge_row(claim: Claim, row: pd.Series, settings: StudySettings) -> dict[str, Any]:
    """A share held against its published percent, or a majority against one half."""
    level, suppress = settings.confidence_level, settings.low_base.suppress_below
    if claim.published is None:
        verdict = judge_majority(row, delta=settings.verdict.delta, confidence_level=level, suppress_below=suppress)
        return {**_estimate(row), **_verdict(verdict), "agrees": False}
    verdict = judge_share(
        row,
        claim.published,
        delta=settings.verdict.delta,
        verdict_level=settings.verdict.confidence_level,
        confidence_level=level,
        suppress_below=suppress,
    )
    agrees = bool(round(100 * row["estimate"]) == claim.published)
    return {**_estimate(row), **_verdict(verdict), "agrees": agrees}


def _gap_in(claim: Claim, market: Market) -> Difference:
    """The claimed difference in one market: against another domain, or another market."""
    if claim.against_market:
        rows = [m.rows([claim.figure], {TOTAL: {}}).iloc[0] for m in (market, market.sibling(claim.against_market))]
        return separate_difference(*rows)
    return market.difference(claim.figure, claim.figure.model_copy(update={"domain": claim.against}))


def _difference(claim: Claim, gap: Difference, row: pd.Series, settings: StudySettings) -> dict[str, Any]:
    level, suppress = settings.confidence_level, settings.low_base.suppress_below
    size = settings.verdict.delta if claim.published is None else claim.published / 100
    verdict = judge_difference(gap, size=size, confidence_level=level, suppress_below=suppress)
    return {**_gap(gap, row, level), **_verdict(verdict), "agrees": False}


def _first(claim: Claim, market: Market, row: pd.Series) -> dict[str, Any]:
    level = market.study.settings.confidence_level
    rivals = [Figure(question=claim.figure.question, item=item) for item in claim.rivals]
    gaps = [market.difference(claim.figure, rival) for rival in rivals]
    closest = min(gaps, key=lambda gap: gap.estimate)
    joint = 1 - (1 - level) / len(gaps)
    suppress = market.study.settings.low_base.suppress_below
    size = market.study.settings.verdict.delta
    verdict = judge_first(gaps, size=size, confidence_level=level, suppress_below=suppress)
    return {**_gap(closest, row, joint), **_verdict(verdict), "agrees": False}


def _estimate(row: pd.Series) -> dict[str, Any]:
    columns = ["estimate", "std_error", "conf_low", "conf_high", "unweighted_base", "effective_base", "flag"]
    return {column: row[column] for column in columns}


def _gap(gap: Difference, row: pd.Series, level: float) -> dict[str, Any]:
    low, high = gap.interval(level)
    return {
        "estimate": gap.estimate,
        "std_error": gap.std_error,
        "conf_low": low,
        "conf_high": high,
        "unweighted_base": gap.unweighted_base,
        "effective_base": row["effective_base"],
        "flag": row["flag"],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"verdict": verdict.word, "base_needed": verdict.base_needed, "power": verdict.power}


def _scope(claim: Claim, study: Study) -> str:
    if claim.markets:
        return words.listed([study.market_name(code) for code in claim.markets], study.language)
    codes = study.settings.markets
    return "all markets" if len(codes) > 1 else study.market_name(codes[0])
