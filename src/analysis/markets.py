"""All markets side by side, and their average."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.market import sound_market
from analysis.opening import REFUSED
from analysis.replication import judge_claims_together
from analysis.report import words
from analysis.report.disclosure import NOT_ASKED, SUPPRESSED, flag_low_bases
from analysis.report.lines import AVERAGE
from analysis.report.rows import Estimates, Reading
from analysis.report.sample import errors_from
from analysis.report.verdicts import Verdicts
from analysis.study.params import ALL_MARKETS, Average, Study, read_study
from analysis.study.settings import say
from analysis.survey.compare import average, separate_difference
from analysis.survey.intervals import mean_interval, share_interval

COUNTED: dict[Average, str] = {"alike": "each market alike", "population": "each market by its adult population"}


class Markets:
    """The markets of a report: all of the study's, or one.

    A report goes on without those of several whose data are refused, unless all are (see `sound_market`).
    """

    def __init__(self, study: Study, codes: tuple[str, ...]) -> None:
        self.study = study
        self.code = codes[0] if len(codes) == 1 else ALL_MARKETS
        self.markets = [market for code in codes if (market := sound_market(study, code))]
        if not self.markets:
            raise REFUSED[codes[0]]
        self.language = study.language

    @property
    def people(self) -> str:
        """Whose figures these are: "UK adults", or "Adults in 7 markets"."""
        if len(self.markets) == 1:
            return self.markets[0].people
        return f"Adults in {self.where}"

    @property
    def names(self) -> str:
        return words.listed([market.place for market in self.markets], self.language)

    @property
    def where(self) -> str:
        """The one market's name, or how many markets there are."""
        many = len(self.markets)
        return self.names if many == 1 else f"{words.number(many, self.language)} markets"

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

        The average counts each market alike, or by its population, as the study file says.
        """
        parts = [market.key_figures(name) for market in self.markets]
        rows = pd.concat([part.rows for part in parts], ignore_index=True)
        rows["label"] = [market.name for market in self.markets]
        averaged = int(((rows["flag"] != NOT_ASKED) & rows["estimate"].notna()).sum()) > 1
        if averaged:
            rows = pd.concat([rows, self.average(rows).to_frame().T], ignore_index=True)
            numeric = rows.columns.difference(
                ["market", "question", "item", "answer", "unit", "domain", "label", "domain_label", "flag"]
            )
            rows[numeric] = rows[numeric].astype(float)
        rows = rows.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)
        figure = self.study.settings.key_figures[name]
        market = self.markets[0]
        measure = market.labels.measure([figure])
        if averaged:
            measure += f"; the average counts {self.counted}"
        base = f"{self.people}, {say(self.study.codebook.questions[figure.question].base, self.language)}"
        base += f", {market.labels.domain(figure.domain)}" if figure.domain else ""
        return Estimates(rows, measure, base, self.source, self.language)

    def average(self, rows: pd.DataFrame, how: Average | None = None) -> pd.Series:
        """The average of one figure's rows, a row a market; `how` the markets count, else as the study says.

        A market that did not ask, or without anybody in the base, or whose figure is withheld, is left out, so that
        nothing of it can be found; `label` says how many are in it.
        """
        given = rows[rows["estimate"].notna()]
        row = pd.concat([rows.iloc[0], pd.Series(dtype=float)])
        row["market"] = AVERAGE
        if given.empty:
            return row
        pooled = average(given, self.study.populations(list(given["market"]), how))
        row[pooled.index] = pooled
        mean = row.get("unit") == "mean"
        if mean:
            row["design_effect"] = np.nan
        frame = pooled.to_frame().T
        ends = (mean_interval if mean else share_interval)(frame, self.study.settings.confidence_level)
        row["conf_low"], row["conf_high"] = (float(end[0]) for end in ends)
        many = words.number(len(given), self.language)
        which = "shown" if (rows["flag"] == SUPPRESSED).any() else "that asked"
        row["label"] = f"All {many} markets" if len(given) == len(self.markets) else f"The {many} markets {which}"
        low = self.study.settings.low_base
        row["flag"] = flag_low_bases(frame, suppress_below=low.suppress_below, caution_below=low.caution_below).iloc[0]
        return row

    def populations(self, how: Average | None = None) -> list[float] | None:
        """Whom each of these markets stands for (see `Study.populations`)."""
        return self.study.populations([market.code for market in self.markets], how)

    def other_average(self, name: str) -> str:
        """The average of a key figure counted the other way, in a sentence; "" where it cannot be counted."""
        if len(self.markets) == 1 or not all(market.settings.population for market in self.markets):
            return ""
        how: Average = "population" if self.study.settings.average == "alike" else "alike"
        rows = pd.concat([market.key_figures(name).rows for market in self.markets], ignore_index=True)
        if ((rows["flag"] != NOT_ASKED) & rows["estimate"].notna()).sum() < 2:
            return ""
        reading = Reading(self.average(rows, how), self.language)
        return f"If the average counted {COUNTED[how]}, it would be {reading.full}."

    @property
    def counted(self) -> str:
        """How the average counts the markets: "each market alike"."""
        return COUNTED[self.study.settings.average]

    def finding(self, name: str) -> str:
        """The range of a key figure over the markets, as a title."""
        rows = self.key_figure(name).rows
        rows = rows[rows["market"] != AVERAGE].assign(label=lambda r: r["market"].map(self._place))
        return words.spread(rows, self.label(name), self.language)

    def published(self, name: str) -> float | None:
        """The percent that was published for all markets together."""
        return self.study.claims.printed(self.study.settings.key_figures[name].claims, None)

    def lead(self, estimates: Estimates) -> str:
        """Whether the first market is ahead of the second by more than chance, over all rivals."""
        rows = estimates.rows[(estimates.rows["market"] != AVERAGE) & estimates.rows["estimate"].notna()]
        if len(rows) < 2:
            return ""
        ordered = rows.sort_values("estimate", ascending=False, kind="stable")
        first, second = ordered.iloc[0], ordered.iloc[1]
        level = 1 - (1 - self.study.settings.confidence_level) / (len(rows) - 1)
        gap = separate_difference(first, second)
        return words.lead(self._place(first["market"]), self._place(second["market"]), gap, level, self.language)

    @property
    def trust(self) -> str:
        """What the verdicts can and cannot vouch for, in a sentence."""
        if self.study.claims.same_respondents:
            return (
                "The claims were computed from these very respondents, so agreement shows that the calculation is the "
                "same, and not that another sample would find it."
            )
        if not self.synthetic:
            return (
                "A reproduced claim was met again within the margin by a sample of its own; a verdict says nothing of "
                "what was not published before."
            )
        return (
            "Not as a finding: these respondents were simulated from the published figures, so the verdicts show that "
            "the method recovers what was put in, and how much a sample of this size can tell."
        )

    @property
    def assumed(self) -> str:
        """Which markets were assumed to have been in the study, in a sentence."""
        places = [market.place for market in self.markets if market.settings.assumed]
        if not places:
            return ""
        names = words.listed(places, self.language)
        verb = "is" if len(places) == 1 else "are"
        return f"{names[:1].upper()}{names[1:]} {verb} assumed to have been among the study's markets."

    def label(self, name: str) -> str:
        """What a key figure counts, to stand inside a sentence."""
        return say(self.study.settings.key_figures[name].label, self.language)

    @cached_property
    def claims(self) -> Verdicts:
        """The claims published for all markets together, judged on their average; of one market, its own."""
        return self.markets[0].claims if len(self.markets) == 1 else judge_claims_together(self)

    @property
    def source(self) -> str:
        kind = " Synthetic respondents: an illustration, not a finding." if self.synthetic else ""
        errors = words.listed(dict.fromkeys(errors_from(market.design) for market in self.markets), self.language)
        return f"Source: wave {self.study.settings.wave}, weighted; {errors}.{kind}"

    @property
    def synthetic(self) -> bool:
        return any(market.synthetic for market in self.markets)

    def _place(self, code: str) -> str:
        return next(market.place for market in self.markets if market.code == code)


def open_markets(country: str = ALL_MARKETS, study: str | Path = "params") -> Markets:
    """All markets of the study, or only the one named.

    Raises a config error with the list of markets where there is none of that code.
    """
    opened = read_study(study)
    return Markets(opened, opened.settings.markets if country == ALL_MARKETS else (country,))
