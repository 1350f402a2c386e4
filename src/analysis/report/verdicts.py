"""The verdicts on a market's claims, as a reader meets them: counts, cards, tables and a chart."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from analysis.report import charts, page, tables, words
from analysis.report.charts import AVERAGE
from analysis.report.claims import WORDS
from analysis.report.page import Html

CHIP = {"reproduced": "jb-yes", "differs": "jb-no", "cannot tell": "jb-open"}


@dataclass(frozen=True)
class Verdicts:
    """Every claim that concerns a market (or all of them), with its estimate and verdict.

    `rows`: id, question, topline ("" for a single claim), reading_of ("" for a claim that counts),
    kind, text, scope, published (percent or points, NaN where none was printed), estimate, conf_low,
    conf_high (0-1), unweighted_base, effective_base, flag, verdict, base_needed, power (the
    chance, 0-1, that such a sample reproduces the claim if it is true), agrees (to the printed
    percent), source and ambiguity. `rule` says in words what counts as reproduced, `needs` what
    the base needed is.
    """

    rows: pd.DataFrame
    same_respondents: bool
    source: str
    intervals: str
    rule: str
    level: str
    needs: str
    people: str
    language: str = "en"

    def __getitem__(self, word: str) -> int:
        return int((self.counted["verdict"] == word).sum())

    @property
    def counted(self) -> pd.DataFrame:
        """The claims that count; another reading of a figure stands beside it and does not."""
        return self.rows[self.rows["reading_of"] == ""]

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def expected(self) -> int:
        """How many claims would be reproduced on these bases, were all of them true."""
        power: float = self.counted["power"].sum()
        return round(power)

    @property
    def agreeing(self) -> int:
        """How many published shares the estimate meets to the printed percent."""
        return int(self.counted["agrees"].sum())

    @property
    def headline(self) -> str:
        if self.same_respondents:
            return f"{self.agreeing} of {self.total} published figures agree to the printed percent"
        return f"{self['reproduced']} of {self.total} published claims are reproduced"

    @property
    def summary(self) -> str:
        """How many claims got which verdict, in a few sentences."""
        few = self["cannot tell"] or "none"
        text = (
            f"Of {self.total} published claims, {self['reproduced']} {_are(self['reproduced'])} reproduced and "
            f"{self['differs'] or 'none'} {'differs' if self['differs'] == 1 else 'differ'}; "
            f"{few} {'stand' if self['cannot tell'] > 1 else 'stands'} on too few respondents to tell."
        )
        if not self.same_respondents:
            text += f" Were every claim true, about {self.expected} would be reproduced on these bases."
        if "all markets" in set(self.rows["scope"]) and AVERAGE not in set(self.rows["market"]):
            text += (
                f" Most published figures cover all markets together; a gap may mean that {self.people} differ, "
                "not that the study was wrong."
            )
        if self.same_respondents:
            text += (
                " The claims were computed from these very respondents, so agreement to the printed "
                "percent is the stricter test; the verdict says what a new sample of this size could tell."
            )
        return text

    def cards(self) -> Html:
        """How many claims got which verdict, as cards."""
        means = {
            "reproduced": self.rule,
            "differs": f"it does not, and the published figure lies outside the interval of {self.level}",
            "cannot tell": "neither: too few respondents to say",
        }
        return page.cards([(f"{self[word]} of {self.total}", str(word), means[word]) for word in WORDS])

    def table(self, *, title: str) -> Html:
        """One row a claim, other readings below those that count; no cells of published tables."""
        single = self.rows[self.rows["topline"] == ""]
        return self._table(single.sort_values("reading_of", key=lambda s: s != "", kind="stable"), title)

    def toplines(self) -> Html:
        """One table for each published table, one row a cell of it."""
        cells = self.rows[self.rows["topline"] != ""]
        made = [
            self._table(own, f"{own['topline_label'].iloc[0]} ({topline})")
            for topline, own in cells.groupby("topline", sort=False)
        ]
        return Html("".join(one.html for one in made), "\n\n".join(one.text for one in made))

    def chart(self, *, title: str) -> Html:
        """The shares that count with their intervals, each beside its published figure."""
        rows = self.counted[(self.counted["kind"] == "share") & (self.counted["topline"] == "")]
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
        records = rows.to_dict("records")
        notes = {True: " (other reading)", False: ""}
        table = pd.DataFrame({"label": [row["text"] + notes[row["reading_of"] != ""] for row in records]})
        table["Verdict"] = [_chip(row) for row in records]
        table["Published"] = [_published(row) for row in records]
        table["Here"] = [_here(row, self.language) for row in records]
        table["Interval"] = [_interval(row) for row in records]
        table["Base"] = [_base(row, self.language) for row in records]
        if self.same_respondents:
            table["To the printed %"] = ["agrees" if row["agrees"] else "differs" for row in records]
        if rows["scope"].nunique() > 1:
            table["Published for"] = [escape(str(row["scope"])) for row in records]
        measure = f"Percent, or points for a difference; {self.intervals}, unweighted bases"
        differences = set(rows["kind"]) & {"difference", "first"}
        rounding = "Of a difference only the direction is judged; it is taken before rounding. " if differences else ""
        rounding += "The interval of a first place is widened for all its rivals. " if "first" in differences else ""
        left = tuple(name for name in ("Published for",) if name in table)
        foot = f"Reproduced: {self.rule}. {rounding}{self.needs} {self.source}"
        return tables.plain_table(table, title=title, measure=measure, foot=foot, text=left)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _published(row: dict[str, object]) -> str:
    value = float(str(row["published"]))
    if row["kind"] == "share":
        return f"{value:g}{words.THIN}%"
    direction = {"first": "the first", "majority": "over half", "difference": "higher"}[str(row["kind"])]
    return direction if np.isnan(value) else f"{direction} ({words.signed(value / 100)})"


def _here(row: dict[str, object], language: str) -> str:
    if row["flag"] == "suppressed":
        return words.DASH
    value = float(str(row["estimate"]))
    if row["kind"] in ("difference", "first"):
        return f"{words.signed(value)}{words.THIN}pts"
    return words.percent(value, language) + ("*" if row["flag"] else "")


def _interval(row: dict[str, object]) -> str:
    if row["flag"] == "suppressed":
        return words.DASH
    low, high = (float(str(row[end])) for end in ("conf_low", "conf_high"))
    if row["kind"] in ("difference", "first"):
        text = f"{words.signed_end(low)} to {words.signed_end(high)}"
    elif row["kind"] == "majority" and 50 in (round(100 * low), round(100 * high)):
        text = f"{100 * low:.1f}{words.DASH}{100 * high:.1f}"
    else:
        text = f"{round(100 * low)}{words.DASH}{round(100 * high)}"
    return f'<span class="jb-ci">{text}</span>'


def _chip(row: dict[str, object]) -> str:
    word = str(row["verdict"])
    return f'<span class="jb-chip {CHIP[word]}">{word}</span>'


def _base(row: dict[str, object], language: str) -> str:
    """The base, and below it the one that would reproduce the claim in 4 samples of 5."""
    base, needed = words.count(float(str(row["unweighted_base"])), language), row["base_needed"]
    if needed is None or pd.isna(needed):
        return base
    each = " a market" if row["base_in_each"] else ""
    return f"{base}<br><small>needs {words.about(float(str(needed)), language)}{each}</small>"
