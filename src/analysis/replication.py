"""The published claims put to a market: one row a claim, with its estimate and verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.report import words
from analysis.report.claims import Verdict, Verdicts, judge_difference, judge_first, judge_majority, judge_share
from analysis.report.rows import TOTAL
from analysis.study.codebook import Figure
from analysis.study.register import Claim
from analysis.study.settings import say
from analysis.survey.compare import Difference, separate_difference

if TYPE_CHECKING:
    from analysis.market import Market


def judge_claims(market: Market) -> Verdicts:
    """Every claim of the register that concerns the market, judged by the study's rule."""
    study = market.study
    claims = [claim for claim in study.claims.expanded if claim.concerns(market.code)]
    rows = pd.DataFrame([_row(claim, market) for claim in claims])
    return Verdicts(rows, study.claims.same_respondents, market.source, market.labels.intervals, market.language)


def _row(claim: Claim, market: Market) -> dict[str, Any]:
    text = say(claim.text, market.language) if claim.text else market.labels.cell(claim.figure)
    names = {
        "id": claim.id,
        "question": claim.figure.question,
        "topline": claim.topline or "",
        "topline_label": market.labels.table(claim.figure),
        "kind": claim.kind,
        "text": text,
        "label": text,
        "market": market.code,
        "domain_label": "All",
        "scope": _scope(claim, market),
        "published": np.nan if claim.published is None else claim.published,
        "source": claim.source,
        "ambiguity": claim.ambiguity or "",
    }
    figures = market.rows([claim.figure], {TOTAL: {}}).iloc[0]
    judge = {"share": _share, "majority": _majority, "difference": _difference, "first": _first}
    return {**names, **judge[claim.kind](claim, market, figures)}


def _share(claim: Claim, market: Market, row: pd.Series) -> dict[str, Any]:
    settings = market.study.settings
    assert claim.published is not None
    verdict = judge_share(
        row,
        claim.published,
        delta=settings.verdict.delta,
        verdict_level=settings.verdict.confidence_level,
        confidence_level=settings.confidence_level,
        suppress_below=settings.low_base.suppress_below,
    )
    agrees = bool(round(100 * row["estimate"]) == claim.published)
    return {**_estimate(row), **_verdict(verdict), "agrees": agrees}


def _majority(claim: Claim, market: Market, row: pd.Series) -> dict[str, Any]:
    settings = market.study.settings
    verdict = judge_majority(
        row,
        confidence_level=settings.confidence_level,
        suppress_below=settings.low_base.suppress_below,
    )
    return {**_estimate(row), **_verdict(verdict), "agrees": False}


def _difference(claim: Claim, market: Market, row: pd.Series) -> dict[str, Any]:
    settings = market.study.settings
    if claim.against_market:
        other = market.sibling(claim.against_market).rows([claim.figure], {TOTAL: {}}).iloc[0]
        gap = separate_difference(row, other)
    else:
        gap = market.difference(claim.figure, claim.figure.model_copy(update={"domain": claim.against}))
    verdict = judge_difference(
        gap,
        confidence_level=settings.confidence_level,
        suppress_below=settings.low_base.suppress_below,
    )
    return {**_gap(gap, row, settings.confidence_level), **_verdict(verdict), "agrees": False}


def _first(claim: Claim, market: Market, row: pd.Series) -> dict[str, Any]:
    level = market.study.settings.confidence_level
    rivals = [Figure(question=claim.figure.question, item=item) for item in claim.rivals]
    gaps = [market.difference(claim.figure, rival) for rival in rivals]
    closest = min(gaps, key=lambda gap: gap.estimate)
    joint = 1 - (1 - level) / len(gaps)
    return {**_gap(closest, row, joint), **_verdict(judge_first(gaps, confidence_level=level)), "agrees": False}


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
    return {"verdict": verdict.word, "base_needed": verdict.base_needed}


def _scope(claim: Claim, market: Market) -> str:
    if not claim.markets:
        return "all markets" if len(market.study.settings.markets) > 1 else market.name
    return words.listed([market.study.market_name(code) for code in claim.markets], market.language)
