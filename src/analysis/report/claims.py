"""Published figure against estimate -> reproduced, differs or cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.report import charts, page, tables, words
from analysis.report.charts import AVERAGE
from analysis.report.page import Html
from analysis.survey.compare import Difference
from analysis.survey.estimates import logit_interval

Word = Literal["reproduced", "differs", "cannot tell"]
WORDS: tuple[Word, ...] = ("reproduced", "differs", "cannot tell")
CHIP = {"reproduced": "jb-yes", "differs": "jb-no", "cannot tell": "jb-open"}
PRINTED = 0.005  # a printed whole percent stands for half a point either way
LARGEST = 10_000  # how many times the present base is still worth printing


@dataclass(frozen=True)
class Verdict:
    """The word, and the unweighted base that would be needed to tell (None: none, or enough)."""

    word: Word
    base_needed: int | None = None


def judge_share(
    row: pd.Series,
    published: float,
    *,
    delta: float,
    verdict_level: float = 0.90,
    confidence_level: float = 0.95,
    suppress_below: int = 30,
) -> Verdict:
    """The verdict on a published percent, from a row of `shares`.

    The percent p0 stands for [p0 - 0.5, p0 + 0.5]. `reproduced`: the interval at `verdict_level` lies
    inside that range widened by `delta` (a share 0-1). `differs`: otherwise, and the interval at
    `confidence_level` excludes the range. `cannot tell`: otherwise, or a base under the threshold.
    """
    low, high = published / 100 - PRINTED, published / 100 + PRINTED

    def word(times: float) -> Word:
        scaled = row.copy()
        scaled["std_error"] = row["std_error"] / np.sqrt(times)
        scaled["effective_base"] = row["effective_base"] * times
        scaled["degrees_of_freedom"] = row["degrees_of_freedom"] * times
        frame = scaled.to_frame().T
        inner = [float(end[0]) for end in logit_interval(frame, verdict_level)]
        outer = [float(end[0]) for end in logit_interval(frame, confidence_level)]
        if low - delta <= inner[0] and inner[1] <= high + delta:
            return "reproduced"
        return "differs" if outer[0] > high or outer[1] < low else "cannot tell"

    if not row["unweighted_base"] >= suppress_below:
        return Verdict("cannot tell")
    return _with_base(word, float(row["unweighted_base"]))


def judge_majority(row: pd.Series, *, confidence_level: float = 0.95, suppress_below: int = 30) -> Verdict:
    """The verdict on "most": reproduced where the interval lies above one half."""

    def word(times: float) -> Word:
        scaled = row.copy()
        scaled["std_error"] = row["std_error"] / np.sqrt(times)
        scaled["degrees_of_freedom"] = row["degrees_of_freedom"] * times
        low, high = (float(end[0]) for end in logit_interval(scaled.to_frame().T, confidence_level))
        return "reproduced" if low > 0.5 else "differs" if high < 0.5 else "cannot tell"

    if not row["unweighted_base"] >= suppress_below:
        return Verdict("cannot tell")
    return _with_base(word, float(row["unweighted_base"]))


def judge_difference(gap: Difference, *, confidence_level: float = 0.95, suppress_below: int = 30) -> Verdict:
    """The verdict on "above": reproduced where the whole interval of the difference is above 0."""
    if gap.unweighted_base < suppress_below:
        return Verdict("cannot tell")
    return _with_base(lambda times: _direction(gap, times, confidence_level), float(gap.unweighted_base))


def judge_first(gaps: Sequence[Difference], *, confidence_level: float = 0.95) -> Verdict:
    """The verdict on "the most common": ahead of every rival, at a joint confidence (Bonferroni).

    Reproduced where all paired differences are above 0, differs where any is below 0.
    """
    level = 1 - (1 - confidence_level) / len(gaps)

    def word(times: float) -> Word:
        found = [_direction(gap, times, level) for gap in gaps]
        if all(one == "reproduced" for one in found):
            return "reproduced"
        return "differs" if "differs" in found else "cannot tell"

    return _with_base(word, float(min(gap.unweighted_base for gap in gaps)))


def _direction(gap: Difference, times: float, level: float) -> Word:
    df = gap.degrees_of_freedom * times
    reach = float(stdtrit(df, (1 + level) / 2)) * gap.std_error / np.sqrt(times)
    low, high = gap.estimate - reach, gap.estimate + reach
    return "reproduced" if low > 0 else "differs" if high < 0 else "cannot tell"


def _with_base(word: Callable[[float], Word], base: float) -> Verdict:
    """The verdict now; where it cannot tell, the base that would, estimate and design unchanged."""
    now = word(1.0)
    if now != "cannot tell":
        return Verdict(now)
    for times in np.geomspace(1, LARGEST, 400):
        if word(float(times)) != "cannot tell":
            needed = base * times
            unit = 10 ** max(int(np.floor(np.log10(needed))) - 1, 0)
            return Verdict(now, int(np.ceil(needed / unit) * unit))
    return Verdict(now)


@dataclass(frozen=True)
class Verdicts:
    """Every claim that concerns a market, with its estimate and verdict.

    `rows`: id, question, topline ("" for a single claim), kind, text, scope, published
    (percent or points, NaN where none was printed), estimate, conf_low, conf_high (0-1),
    unweighted_base, effective_base, flag, verdict, base_needed, agrees (to the printed percent), source and ambiguity.
    """

    rows: pd.DataFrame
    same_respondents: bool
    source: str
    intervals: str
    language: str = "en"

    def __getitem__(self, word: str) -> int:
        return int((self.rows["verdict"] == word).sum())

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def agreeing(self) -> int:
        """How many published shares the estimate meets to the printed percent."""
        return int(self.rows["agrees"].sum())

    @property
    def headline(self) -> str:
        if self.same_respondents:
            return f"{self.agreeing} of {self.total} published figures agree to the printed percent"
        return f"{self['reproduced']} of {self.total} published claims are reproduced"

    @property
    def summary(self) -> str:
        """How many claims got which verdict, in a sentence."""
        text = (
            f"Of {self.total} published claims, {self['reproduced']} are reproduced, "
            f"{self['differs']} differ and {self['cannot tell']} cannot be told with this base."
        )
        if "all markets" in set(self.rows["scope"]) and AVERAGE not in set(self.rows["market"]):
            text += (
                " A figure published for all markets together stands beside this market's own, so a "
                "difference may be the market's and not the study's."
            )
        if self.same_respondents:
            text += (
                " The claims were computed from these very respondents, so agreement to the printed "
                "percent is the stricter test; the verdict says what a new sample of this size could tell."
            )
        return text

    def cards(self) -> Html:
        entries = [(f"{self[word]} of {self.total}", str(word), WORD_MEANS[word]) for word in WORDS]
        return page.cards(entries)

    def table(self, *, title: str) -> Html:
        """One row a claim, without the cells of published tables."""
        return self._table(self.rows[self.rows["topline"] == ""], title)

    def toplines(self) -> Html:
        """One table for each published table, one row a cell of it."""
        cells = self.rows[self.rows["topline"] != ""]
        tables_ = [
            self._table(own, f"{own['topline_label'].iloc[0]} ({topline})")
            for topline, own in cells.groupby("topline", sort=False)
        ]
        return Html("".join(one.html for one in tables_), "\n\n".join(one.text for one in tables_))

    def chart(self, *, title: str) -> Html:
        """The shares with their intervals, each beside its published figure; no published tables."""
        rows = self.rows[(self.rows["kind"] == "share") & (self.rows["topline"] == "")]
        return charts.dots(
            rows,
            title=title,
            measure=f"Percent here, {self.intervals}, and the published figure",
            base="as named in each claim",
            source=self.source,
            published=dict(zip(rows["label"], rows["published"], strict=True)),
        )

    def notes(self) -> Html:
        """Source and ambiguity of every claim, as a list."""
        lines = [
            f"<li><b>{escape(row['text'])}</b> ({escape(row['id'])}). {escape(row['source'])}. "
            f"{escape(row['ambiguity'])}</li>"
            for row in self.rows[self.rows["topline"] == ""].to_dict("records")
        ]
        return Html(f'<ul class="jb-notes">{"".join(lines)}</ul>')

    def _table(self, rows: pd.DataFrame, title: str) -> Html:
        table = pd.DataFrame({"label": rows["text"]})
        records = rows.to_dict("records")
        if rows["scope"].nunique() > 1:
            table["Published for"] = [escape(str(row["scope"])) for row in records]
        table["Published"] = [_published(row, self.language) for row in records]
        table["Here"] = [_here(row, self.language) for row in records]
        table["Interval"] = [_interval(row) for row in records]
        table["Base"] = [words.count(row["unweighted_base"], self.language) for row in records]
        if self.same_respondents:
            table["To the printed %"] = ["agrees" if row["agrees"] else "differs" for row in records]
        table["Verdict"] = [_chip(row, self.language) for row in records]
        measure = f"Percent, or points for a difference; {self.intervals}, unweighted bases"
        left = tuple(name for name in ("Published for",) if name in table)
        return tables.plain_table(table, title=title, measure=measure, foot=self.source, text=left)


WORD_MEANS = {
    "reproduced": "the interval lies near the published figure",
    "differs": "the published figure lies outside the interval",
    "cannot tell": "too few respondents to say",
}


def _published(row: dict[str, object], language: str) -> str:
    value = float(str(row["published"]))
    if np.isnan(value):
        return {"first": "the first", "majority": "over half"}.get(str(row["kind"]), "above")
    return words.points(value / 100, language) if row["kind"] == "difference" else f"{value:g}{words.THIN}%"


def _here(row: dict[str, object], language: str) -> str:
    if row["flag"] == "suppressed":
        return words.DASH
    value = float(str(row["estimate"]))
    if row["kind"] in ("difference", "first"):
        return words.points(value, language)
    return words.percent(value, language) + ("*" if row["flag"] else "")


def _interval(row: dict[str, object]) -> str:
    if row["flag"] == "suppressed":
        return words.DASH
    low, high = (float(str(row[end])) for end in ("conf_low", "conf_high"))
    if row["kind"] in ("difference", "first"):
        text = f"{words.signed(low)} to {words.signed(high)}"
    else:
        text = f"{round(100 * low)}{words.DASH}{round(100 * high)}"
    return f'<span class="jb-ci">{text}</span>'


def _chip(row: dict[str, object], language: str) -> str:
    word = str(row["verdict"])
    chip = f'<span class="jb-chip {CHIP[word]}">{word}</span>'
    needed = row["base_needed"]
    if needed is None or pd.isna(needed):
        return chip
    return f"{chip}<br><small>needs about {words.count(float(str(needed)), language)}</small>"
