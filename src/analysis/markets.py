"""All markets side by side, and their average."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.market import Market
from analysis.replication import judge_claims_together
from analysis.report import tables, words
from analysis.report.charts import AVERAGE
from analysis.report.claims import Verdicts
from analysis.report.disclosure import flag_low_bases
from analysis.report.page import Html
from analysis.report.rows import Estimates, Reading
from analysis.study.params import ALL_MARKETS, Study, read_study
from analysis.study.settings import say
from analysis.survey.compare import average
from analysis.survey.estimates import logit_interval


class Markets:
    """The markets of a report: all of the study's, or one."""

    def __init__(self, study: Study, codes: tuple[str, ...]) -> None:
        self.study = study
        self.code = codes[0] if len(codes) == 1 else ALL_MARKETS
        self.markets = [Market(study, code) for code in codes]
        self.language = study.language

    @property
    def people(self) -> str:
        """Whose figures these are: "UK adults", or "Adults in 7 markets"."""
        if len(self.markets) == 1:
            return self.markets[0].people
        return f"Adults in {words.number(len(self.markets), self.language)} markets"

    @property
    def names(self) -> str:
        return words.listed([market.place for market in self.markets], self.language)

    @property
    def respondents(self) -> str:
        """How many respondents the report stands on."""
        return words.count(sum(market.respondents.sample.used for market in self.markets))

    @property
    def title(self) -> str:
        return say(self.study.settings.title, self.language)

    @property
    def introduction(self) -> str:
        return say(self.study.settings.introduction, self.language)

    def key_figure(self, name: str) -> Estimates:
        """One key figure in every market, largest first, with the average in its place.

        The average counts each market alike.
        """
        parts = [market.key_figures(name) for market in self.markets]
        rows = pd.concat([part.rows for part in parts], ignore_index=True)
        rows["label"] = [market.name for market in self.markets]
        if len(self.markets) > 1:
            rows = pd.concat([rows, self.average(rows).to_frame().T], ignore_index=True)
            numeric = rows.columns.difference(
                ["market", "question", "item", "answer", "domain", "label", "domain_label", "flag"]
            )
            rows[numeric] = rows[numeric].astype(float)
        rows = rows.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
        figure = self.study.settings.key_figures[name]
        market = self.markets[0]
        measure = f"{market.labels.measure([figure])}, each market alike in the average"
        base = f"{self.people}, {say(self.study.codebook.questions[figure.question].base, self.language)}"
        base += f", {market.labels.domain(figure.domain)}" if figure.domain else ""
        return Estimates(rows, measure, base, self.source, self.language)

    def average(self, rows: pd.DataFrame) -> pd.Series:
        """The average of one figure's rows, a row a market, each market alike; its label says so."""
        row = pd.concat([rows.iloc[0], pd.Series(dtype=float)])
        pooled = average(rows)
        row[pooled.index] = pooled
        frame = pooled.to_frame().T
        ends = logit_interval(frame, self.study.settings.confidence_level)
        row["conf_low"], row["conf_high"] = (float(end[0]) for end in ends)
        row["market"], row["label"] = AVERAGE, f"All {words.number(len(self.markets), self.language)} markets"
        low = self.study.settings.low_base
        row["flag"] = flag_low_bases(frame, suppress_below=low.suppress_below, caution_below=low.caution_below).iloc[0]
        return row

    def finding(self, name: str) -> str:
        """The range of a key figure over the markets, as a title."""
        rows = self.key_figure(name).rows
        places = {market.code: market.place for market in self.markets}
        rows = rows[rows["market"] != AVERAGE].assign(label=lambda r: r["market"].map(places))
        return words.spread(rows, self.label(name), self.language)

    def published(self, name: str) -> float | None:
        """The published percent of a key figure."""
        return self.study.settings.key_figures[name].published

    def label(self, name: str) -> str:
        """What a key figure counts, to stand inside a sentence."""
        return say(self.study.settings.key_figures[name].label, self.language)

    def headline_table(self, *, title: str) -> Html:
        """One row a market, one column a key figure with its interval and base."""
        names = list(self.study.settings.key_figures)
        table = pd.DataFrame({"label": [market.name for market in self.markets]})
        for name in names:
            label = self.label(name)
            cells = [self._cell(market, name) for market in self.markets]
            table[label[:1].upper() + label[1:]] = cells
        published = [self.published(name) for name in names]
        table.loc[len(table)] = ["Published 2012" if self._is_2012 else "Published"] + [
            "" if figure is None else f"{figure:g}{words.THIN}%" for figure in published
        ]
        foot = f"Base: {self.people}, as each figure names; bases stand under the intervals. {self.source}"
        measure = f"Percent, weighted, {self.markets[0].labels.intervals}, unweighted bases"
        return tables.plain_table(table, title=title, measure=measure, foot=foot, muted=1)

    def headline_chart(self) -> Html:
        """The first key figure in every market; of a single market, all its key figures."""
        if len(self.markets) == 1:
            market = self.markets[0]
            title = self.finding(next(iter(self.study.settings.key_figures)))
            return market.key_figures().chart(title=title, published=market.published or None)
        name = next(iter(self.study.settings.key_figures))
        return self.key_figure(name).chart(title=self.finding(name), published=self.published(name))

    def links(self) -> str:
        """A list of links to the first chapter of every market, as Markdown."""
        chapter = next(iter(self.study.settings.chapters.market))
        lines = [
            f"- [{m.name}]({m.code}/{chapter}.ipynb): {words.lower_first(m.claims.headline)}" for m in self.markets
        ]
        return "\n".join(lines)

    @cached_property
    def claims(self) -> Verdicts:
        """The claims published for all markets together, judged on their average; of one market, its own."""
        return self.markets[0].claims if len(self.markets) == 1 else judge_claims_together(self)

    @property
    def source(self) -> str:
        kind = " Synthetic respondents: an illustration, not a finding." if self.synthetic else ""
        return f"Source: wave {self.study.settings.wave}, weighted; intervals from linearised errors.{kind}"

    @property
    def synthetic(self) -> bool:
        return any(market.synthetic for market in self.markets)

    @property
    def _is_2012(self) -> bool:
        return self.study.settings.wave == "2012"

    def _cell(self, market: Market, name: str) -> str:
        reading = Reading(market.key_figures(name).rows.iloc[0], self.language)
        return f"{reading}<br><span class='jb-ci'>{reading.how.replace(', ', '<br>')}</span>"


def open_markets(country: str = ALL_MARKETS, study: str | Path = "params") -> Markets:
    """All markets of the study, or only the one named.

    Raises a config error with the list of markets where there is none of that code.
    """
    opened = read_study(study)
    return Markets(opened, opened.settings.markets if country == ALL_MARKETS else (country,))
