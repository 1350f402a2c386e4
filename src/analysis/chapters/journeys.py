"""A journey asked about cell by cell: where it went better or worse than expected, and what stands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.asking import Asked
from analysis.report import page, tables, words
from analysis.report.disclosure import BASES, ESTIMATED, HIDDEN, NOT_ASKED, SUPPRESSED, flag_low_bases
from analysis.report.heat import heat, heat_table
from analysis.report.page import Html
from analysis.report.rows import TOTAL, Estimates, Reading
from analysis.report.suppression import Side, Table, complete
from analysis.study.codebook import Figure
from analysis.study.settings import say
from analysis.survey.compare import adjusted, contrasts
from analysis.survey.estimates import means, ratios

WHOLE = "whole"
ABSENT = 10**9  # ratings of a cell that there is not: too dear to be withheld for another


@dataclass(frozen=True)
class Journey:
    """A grid of rows by columns in net points: the share better than expected less the share worse.

    `cells` has a row a cell, with its place in words: the stages of the journey, rows of the questionnaire, stand
    side by side (`column_label`), the touchpoints below each other (`row_label`). `parts` has a row a
    grid row, a grid column and, last, the whole: net over all ratings, so that a cell counts as often as it
    was rated. `gaps` holds each part less the whole, with `p_adjusted` by Holm over all parts. `scores` is
    each respondent's mean over the own ratings, -1 (all worse) to 1 (all better), named after the question.
    """

    cells: Estimates
    parts: Estimates
    gaps: Estimates
    scores: pd.Series
    level: float

    @property
    def whole(self) -> Reading:
        """The net over all ratings of the journey."""
        return self.parts[WHOLE]

    @property
    def finding(self) -> str:
        """Better or worse than expected on the whole, and what stands out, as a title."""
        reading, language = self.whole, self.parts.language
        if reading.suppressed:
            return f"The journey against what was expected: {reading}"
        row = reading.row
        told = "The journey went as expected on balance"
        if row["conf_low"] > 0 or row["conf_high"] < 0:
            points = words.points(abs(round(row["estimate"] * 100)), language)
            more, fewer = ("Better", "worse") if row["estimate"] > 0 else ("Worse", "better")
            told = f"{more} than expected outweighs {fewer} by {points}"
        return f"{told}; {words.lower_first(self.outliers)}"

    @property
    def outliers(self) -> str:
        """Which stages and touchpoints stand out, as a title."""
        outside, sides = self._outside, []
        for side, inside in (("lie ahead", outside["estimate"] > 0), ("fall behind", outside["estimate"] < 0)):
            named = [f"\u201c{label}\u201d" for label in outside.loc[inside, "label"]]
            verb = side if len(named) > 1 else side.replace("lie", "lies").replace("fall", "falls")
            sides += [f"{words.listed(named, self.gaps.language)} {verb}"] if named else []
        said = ", ".join(sides)
        return f"{said[:1].upper()}{said[1:]}" if said else "No stage or touchpoint stands out"

    @property
    def standing_out(self) -> str:
        """What lies above or below the whole by more than chance, in a sentence."""
        if (self.gaps.rows["flag"] == NOT_ASKED).all():
            return "The question was not asked in this market."
        outside = self._outside
        sides = []
        for side, inside in (("above", outside["estimate"] > 0), ("below", outside["estimate"] < 0)):
            named = [f"\u201c{r.label}\u201d ({words.signed(r.estimate)})" for r in outside[inside].itertuples()]
            sides.append(f"{words.listed(named, self.gaps.language)} {side} the whole" if named else "")
        said = "; ".join(side for side in sides if side)
        tests = words.number(len(self.gaps.rows), self.gaps.language)
        if not said:
            return f"Of {tests} stages and touchpoints none differs from the whole by more than chance."
        return f"By more than chance, {tests} comparisons allowed for: {said} (net points)."

    @property
    def _outside(self) -> pd.DataFrame:
        rows = self.gaps.rows[~self.gaps.rows["flag"].isin(HIDDEN)]
        return rows[rows["p_adjusted"] < 1 - self.level].sort_values("estimate", kind="stable")

    def heat(self, *, title: str) -> Html:
        """The cells as a picture, a colour a step of net points."""
        return heat(self.cells.rows, title=title, **_slots(self.cells))

    def table(self, *, title: str) -> Html:
        """The cells as a table, each over its interval and base."""
        return heat_table(self.cells.rows, title=title, **_slots(self.cells))

    def parts_table(self, *, title: str) -> Html:
        """Each stage and touchpoint: its net, how far it lies from the whole, and who rated it."""
        rows, gaps, language = self.parts.rows, self.gaps.rows, self.parts.language
        if (rows["flag"] == NOT_ASKED).all():
            return page.not_asked(title, self.parts.measure)
        lines = []
        for row, gap in zip(rows.to_dict("records"), [*gaps.to_dict("records"), None], strict=True):
            hidden = row["flag"] in HIDDEN
            lines.append(
                {
                    "label": row["label"],
                    "Net": Reading(pd.Series(row), language).marked if not hidden else words.WITHHELD,
                    "Interval": words.DASH if hidden else _span(row, language),
                    "Against the whole": words.DASH
                    if hidden or gap is None
                    else f"{words.signed(gap['estimate'])}<br>{_span(gap, language)}",
                    "p (Holm)": words.DASH if hidden or gap is None else tables.text(words.p_value(gap["p_adjusted"])),
                    "Unweighted base": words.count(row["unweighted_base"], language),
                    "Ratings": words.count(row["ratings"], language),
                }
            )
        foot = page.foot(rows, self.parts.base, self.parts.source)
        return tables.plain_table(pd.DataFrame(lines), title=title, measure=self.parts.measure, foot=foot)


def journey(market: Asked, question: str, *, better: str = "better", worse: str = "worse") -> Journey:
    """The grid `question` (of rows and columns) as a journey; `better` and `worse` are nets of its scale.

    A cell's figure is the weighted mean of 1 (better), -1 (worse) and 0. A part's is the ratio of the sum of
    these over its cells to the number of ratings, linearised over respondents, and so is its difference from the
    whole (Lumley 2010, Complex Surveys, ch. 2); t on the design's degrees of freedom.
    """
    asked = market.study.codebook.questions[question]
    names = list(asked.items)
    given = market.values([Figure(question=question, item=n, net=net) for net in (better, worse) for n in names])
    scores = given.iloc[:, : len(names)].set_axis(names, axis=1) - given.iloc[:, len(names) :].set_axis(names, axis=1)
    places = {f"{row}_{column}": (row, column) for row in asked.rows for column in asked.columns}
    parts = {row: [n for n in names if places[n][0] == row] for row in asked.rows}
    parts |= {column: [n for n in names if places[n][1] == column] for column in asked.columns}
    parts[WHOLE] = names
    labels = {**asked.rows, **asked.columns, WHOLE: {"en": "The whole journey"}}
    spoken = {name: say(label, market.language) for name, label in labels.items()}
    found = means(market.design, scores, confidence_level=market.level)
    cells = _tidy(market, found, question, list(names), [market.study.codebook.item_label(question, n) for n in names])
    _withhold(market, cells, [places[n] for n in names], (better, worse))
    cells["row_label"] = [spoken[places[n][1]] for n in names]
    cells["column_label"] = [spoken[places[n][0]] for n in names]
    level = market.labels.intervals
    better_label, worse_label = (market.study.codebook.answer_label(question, net) for net in (better, worse))
    measure = (
        f"{market.study.codebook.question_label(question)}, % {words.lower_first(better_label)} less "
        f"% {words.lower_first(worse_label)}, in points, weighted, {level}"
    )
    base = market.labels.base(question)
    sums = pd.DataFrame({part: scores[own].sum(axis=1, min_count=1) for part, own in parts.items()})
    counts = pd.DataFrame({part: scores[own].notna().sum(axis=1) for part, own in parts.items()}).where(sums.notna())
    part_rows, gap_rows = _parts(market, question, sums, counts, spoken)
    return Journey(
        Estimates(cells, measure, base, market.source, market.language),
        Estimates(part_rows, f"{measure}; over all ratings", base, market.source, market.language),
        Estimates(gap_rows, f"{measure}; each less the whole journey", base, market.source, market.language),
        (sums[WHOLE] / counts[WHOLE]).rename(question),
        market.level,
    )


def _parts(
    market: Asked, question: str, sums: pd.DataFrame, counts: pd.DataFrame, labels: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the parts, the whole last, and of each part less the whole."""
    names = list(sums)
    found = ratios(market.design, sums, counts, confidence_level=market.level)
    rows = _tidy(market, found, question, names, [labels[name] for name in names])
    rows["ratings"] = counts.sum().to_numpy()
    matrix = np.hstack([np.eye(len(names) - 1), -np.ones((len(names) - 1, 1))])
    differences = contrasts(market.design, sums, matrix, over=counts)
    gaps = rows.iloc[:-1].copy()
    ends = np.array([gap.interval(market.level) for gap in differences])
    shown = ~gaps["flag"].isin(HIDDEN).to_numpy()
    p_values = np.where(shown, [gap.p_value for gap in differences], np.nan)
    gaps["estimate"] = [gap.estimate for gap in differences]
    gaps["std_error"] = [gap.std_error for gap in differences]
    gaps["conf_low"], gaps["conf_high"] = ends[:, 0], ends[:, 1]
    gaps["degrees_of_freedom"] = [gap.degrees_of_freedom for gap in differences]
    return rows, gaps.assign(design_effect=np.nan, p_adjusted=adjusted(p_values))


def _tidy(market: Asked, found: pd.DataFrame, question: str, names: list[str], labels: list[str]) -> pd.DataFrame:
    """Rows of means or ratios with the names of what they are of, low bases flagged."""
    named = {"market": market.code, "question": question, "answer": "", "unit": "points", "domain": TOTAL}
    rows = found.reset_index(drop=True).assign(**named, item=names, label=labels, domain_label="All")
    low = market.study.settings.low_base
    rows["flag"] = flag_low_bases(rows, suppress_below=low.suppress_below, caution_below=low.caution_below)
    if not market.was_asked(Figure(question=question)):
        rows["flag"] = NOT_ASKED
    return rows


def _withhold(market: Asked, cells: pd.DataFrame, places: list[tuple[str, str]], nets: tuple[str, str]) -> None:
    """Flags the cells whose nets are withheld, and others so that none is what a stage or touchpoint lacks."""
    if not market.study.settings.confidentiality.public:
        return
    pairs = zip(cells["question"], cells["item"], strict=True)
    parts = [[Figure(question=question, item=item, net=net) for net in nets] for question, item in pairs]
    small = (cells["flag"] == SUPPRESSED).to_numpy() | [any(map(market.withheld, two)) for two in parts]
    down, across = (list(dict.fromkeys(place[side] for place in places)) for side in (0, 1))
    at = tuple(np.array([(down.index(row), across.index(column)) for row, column in places]).T)
    shape = len(down), len(across)
    rated, hidden = np.full(shape, ABSENT), np.zeros(shape, dtype=bool)
    rated[at], hidden[at] = cells["unweighted_base"].fillna(0), small
    rows, columns = (Side(np.eye(size, dtype=bool)) for size in shape)
    known, least = np.ones(shape[0], dtype=bool), market.study.settings.confidentiality.cell_below
    table = Table(rated, rated, rated.sum(axis=0), rows, columns, np.zeros(shape, dtype=bool), known)
    thin = complete(table, rated < least, least)
    held = complete(table, hidden | thin, least)[at] & (cells["flag"] != NOT_ASKED)
    cells.loc[held & thin[at], BASES] = np.nan
    cells.loc[held, "flag"] = SUPPRESSED
    cells.loc[held, ESTIMATED] = np.nan


def _span(row: Mapping[str, object], language: str) -> str:
    low, high = (float(str(row[end])) for end in ("conf_low", "conf_high"))
    return f"<span class='jb-ci'>{words.span(low, high, 'points', language)}</span>"


def _slots(estimates: Estimates) -> dict[str, str]:
    """What must be said beside the cells."""
    return {name: getattr(estimates, name) for name in ("measure", "base", "source", "language")}
