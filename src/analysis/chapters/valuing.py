"""Value at stake, a scenario: what the survey finds to go with better experience, times what a study assumes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.asking import Asked, Given, given_figure
from analysis.chapters.effects import slopes
from analysis.errors import JourneybookError, Problem
from analysis.report import page, tables, words
from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.report.page import Html
from analysis.report.rows import Estimates
from analysis.study.codebook import Code
from analysis.study.scenarios import NAME, Line, Scenarios, read_scenarios
from analysis.study.settings import say

SWITCHED, RECOMMEND, SPEND = "switched", "recommend", "spend"
AMOUNTS = {"stay": "Revenue that stays", "more": "Revenue from higher spend"}


@dataclass(frozen=True)
class Value:
    """What goes with the scenario's points of satisfaction, and the scenario made from it.

    `effects`: rows by sector (domain; "all" is all of them) and outcome (item: switched, recommend, spend), in
    points of a share, and in the unit of the number. `amounts`: a row a line of the scenario and way of
    counting, in millions of its currency a year; intervals are those of the survey's estimate alone.
    """

    scenarios: Scenarios
    effects: Estimates
    amounts: pd.DataFrame

    @property
    def points(self) -> str:
        return words.number(int(self.scenarios.points))

    @property
    def finding(self) -> str:
        """What goes with the points in changing supplier, and whether it could be chance, to begin a title with."""
        row = self.of(SWITCHED)["all"].row
        lead = f"{self.points.capitalize()} points of satisfaction and changing supplier"
        if row["flag"] in HIDDEN:
            return f"{lead}: {self.of(SWITCHED)['all']}"
        size, language = abs(round(row["estimate"] * 100)), self.effects.language
        way = "less" if row["estimate"] < 0 else "more"
        clear = row["conf_low"] > 0 or row["conf_high"] < 0
        how = f"{words.points(size, language)} {way} switching" if size else "hardly more or less switching"
        chance = "" if clear else ", which could be chance"
        return f"{self.points.capitalize()} more points of satisfaction go with {how}{chance}"

    def of(self, outcome: str) -> Estimates:
        """One outcome, a row a sector and all together."""
        rows = self.effects.rows
        own = rows[rows["item"] == outcome].reset_index(drop=True)
        return Estimates(
            own.assign(label=own["domain_label"], domain_label="All"),
            f"{own['label'].iloc[0]}: {words.lower_first(self.effects.measure)}",
            self.effects.base,
            self.effects.source,
            self.effects.language,
        )

    def inputs(self, *, title: str) -> Html:
        """What the scenario assumes: a line each, with published amount, customers and spend."""
        given = self.scenarios
        lines = [
            {
                "label": say(line.label),
                "Published": f"{line.published:g}" if line.published else words.DASH,
                "Customers": words.count(line.customers),
                "Spend of each": words.count(line.spend),
            }
            for line in given.lines.values()
        ]
        measure = (
            f"Published: {given.unit} a year for {given.points:g} points of experience, {given.covers}, {given.year}. "
            f"Spend: {given.currency} a year"
        )
        notes = [f"{say(line.label)}: {say(line.note)}." for line in given.lines.values() if line.note]
        sources = f"Published amounts: {given.source}. Customers and spend: {given.inputs}. To be changed in {NAME}."
        return tables.plain_table(pd.DataFrame(lines), title=title, measure=measure, foot=" ".join([*notes, sources]))

    def table(self, *, title: str) -> Html:
        """The scenario: per line what stays, and what higher spend brings, beside the published amount."""
        rows, given = self.amounts, self.scenarios
        if (rows["flag"] == NOT_ASKED).all():
            return page.not_asked(title, "Scenario of value at stake")
        lines = []
        for name, line in given.lines.items():
            own = rows[rows["line"] == name].set_index("way")
            cells = {head: _amount(own.loc[way]) for way, head in AMOUNTS.items()}
            published = f"{line.published:g}" if line.published else words.DASH
            bases, whose = ([*dict.fromkeys(own[name])] for name in ("unweighted_base", "sector"))
            base = f"<span class='jb-ci'>base {' and '.join(map(words.count, bases))}</span>"
            speaks = f"{tables.text(' and '.join(whose))}<br>{base}"
            lines.append(
                {
                    "label": say(line.label),
                    "Survey estimate from": speaks,
                    **cells,
                    "Published": published,
                }
            )
        measure = (
            f"Million {given.currency} a year, a scenario: what {given.points:g} points of satisfaction go with, times "
            f"customers and spend; {self.effects.measure.rpartition(', ')[2]} of the survey\u2019s estimate alone. "
            f"Published: {given.unit} a year, {given.year}"
        )
        foot = (
            "Revenue that stays: customers \u00d7 spend \u00d7 fewer who change supplier. "
            "Revenue from higher spend: customers \u00d7 the difference in spend. The two overlap and do not add up. "
            f"{page.foot(rows, self.effects.base, self.effects.source)}"
        )
        return tables.plain_table(
            pd.DataFrame(lines), title=title, measure=measure, foot=foot, text=("Survey estimate from",)
        )


def value_at_stake(market: Asked, *, satisfaction: Given, switched: Given, recommend: Given, spend: Given) -> Value:
    """What the study's points (of 100) of satisfaction go with in one market, and the scenario made from it.

    A weighted logit of having switched, weighted linear regressions of the likelihood to recommend and of
    spend, each on satisfaction alone, by sector where the base has no caution, else of all sectors. A
    line's amounts are customers x spend x (less) switching, and customers x the difference in spend: their
    intervals are the estimates' times the inputs, which count as known. Raises a config error where the study has no
    scenarios.yaml.
    """
    given = read_scenarios(market.study)
    if given is None:
        raise JourneybookError(
            "config",
            Problem(str(market.study.folder / NAME), "there is no such file", fix="write it, or drop the chapter"),
        )
    x = given_figure(satisfaction)
    low, high = market.study.codebook.scale_range(x.question) or (0.0, 1.0)
    steps = (high - low) * given.points / 100
    outcomes = {SWITCHED: switched, RECOMMEND: recommend, SPEND: spend}
    domains: dict[str, dict[str, Code]] = {"all": {}}
    domains |= {str(code): {given.question: code} for code in market.study.codebook.choices(given.question)}
    of = f"{given.points:g} points more of satisfaction (of 100)"
    parts = []
    for key, domain in domains.items():
        found = slopes(market, outcomes, satisfaction, of=of, domain=domain)
        label = market.labels.domain(domain) if domain else "All sectors"
        parts.append(found.rows.assign(domain=key, domain_label=label, item=list(outcomes)))
    rows = pd.concat(parts, ignore_index=True)
    ends = ["estimate", "std_error", "conf_low", "conf_high"]
    rows[ends] = rows[ends] * steps
    names = {name: market.study.codebook.question_label(given_figure(f).question) for name, f in outcomes.items()}
    rows["label"] = rows["item"].map(names)
    if not market.was_asked(given_figure({"question": given.question, "answer": 1})):
        rows.loc[rows["domain"] != "all", "flag"] = NOT_ASKED
    base = market.labels.base(x.question)
    effects = Estimates(rows, found.measure, base, market.source, market.language)
    return Value(given, effects, _amounts(given, rows, market.study.settings.low_base.caution_below))


def _amounts(given: Scenarios, rows: pd.DataFrame, enough: int) -> pd.DataFrame:
    """The scenario's rows: `line`, `way`, `sector` (whose estimate), amounts in millions, base and flag."""
    made = []
    for name, line in given.lines.items():
        for way, outcome in (("stay", SWITCHED), ("more", SPEND)):
            own = _speaking(rows[rows["item"] == outcome], line.sectors, enough)
            times = _times(line, way)
            ends = sorted([times * own["conf_low"], times * own["conf_high"]])
            kept = {"sector": own["domain_label"], "flag": own["flag"], "unweighted_base": own["unweighted_base"]}
            made.append(
                {
                    "line": name,
                    "way": way,
                    "estimate": times * own["estimate"],
                    "conf_low": ends[0],
                    "conf_high": ends[1],
                    **kept,
                }
            )
    return pd.DataFrame(made)


def _times(line: Line, way: str) -> float:
    """What one unit of the survey's estimate is worth, in millions: less switching keeps what a customer spends."""
    return line.customers * (-line.spend if way == "stay" else 1.0) / 1e6


def _speaking(rows: pd.DataFrame, sectors: Iterable[Code], enough: int) -> pd.Series:
    """The row of the one sector that speaks for a line, where its base is large enough; else that of all."""
    names = [str(code) for code in sectors]
    own = rows[(rows["domain"].isin(names)) & (rows["unweighted_base"] >= enough) & ~rows["flag"].isin(HIDDEN)]
    if len(names) == 1 and len(own) == 1:
        return own.iloc[0]
    return rows[rows["domain"] == "all"].iloc[0]


def _amount(row: pd.Series) -> str:
    if row["flag"] in HIDDEN or np.isnan(row["estimate"]):
        return "not asked" if row["flag"] == NOT_ASKED else words.WITHHELD
    star = "*" if row["flag"] else ""
    span = words.span(row["conf_low"], row["conf_high"], "gap")
    return f"{words.amount(row['estimate'], 'gap')}{star}<br><span class='jb-ci'>{span}</span>"
