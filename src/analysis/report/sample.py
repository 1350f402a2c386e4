"""Who answered, how they were weighted, and what that cost: the facts that AAPOR asks for."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from analysis.report import charts, tables, words
from analysis.report.labels import Labels
from analysis.report.page import Html
from analysis.study.params import MarketSettings
from analysis.study.respondents import Respondents
from analysis.survey.design import SurveyDesign
from analysis.survey.power import smallest_difference
from analysis.survey.weights import Weighting


def errors_from(design: SurveyDesign) -> str:
    """What the standard errors of a page come from, to stand in its source line."""
    if design.replicates is not None:
        return f"intervals from {design.replicates.weights.shape[1]} replicate weights"
    forms = {
        "calibrate": "intervals allow for the weighting (calibrated errors)",
        "rake": "intervals allow for the weighting (errors as of R's rake)",
        "as_given": "intervals take the weights as given",
    }
    return forms["as_given" if design.margins is None else design.calibration]


@dataclass(frozen=True)
class SampleReport:
    """The sample of one market; `composition` holds its margins before and after weighting."""

    settings: MarketSettings
    respondents: Respondents
    weighting: Weighting
    labels: Labels
    composition: pd.DataFrame
    errors: str
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        used = words.count(self.respondents.sample.used)
        return f"{used} simulated {self.labels.people}" if self.synthetic else f"{used} {self.labels.people} answered"

    @property
    def synthetic(self) -> bool:
        return self.settings.source == "synthetic"

    @property
    def interviewed(self) -> str:
        """How and when they were interviewed, or that they were not."""
        days = words.period(self.settings.fieldwork.start, self.settings.fieldwork.end)
        if self.synthetic:
            return f"simulated, dated {days}"
        return f"{self.settings.mode}, fieldwork {days}"

    @property
    def brief(self) -> str:
        """How many were asked, how, when and how they were weighted, in one line."""
        sample, weighting = self.respondents.sample, self.settings.weighting
        used, delivered = (words.count(number, self.labels.language) for number in (sample.used, sample.delivered))
        names = words.listed(
            [words.lower_first(self._question(name)) for name in weighting.margins] or ["as delivered"]
        )
        effective = words.count(self.weighting.effective_base, self.labels.language)
        return (
            f"{used} of {delivered} respondents used; {self.interviewed}; weighted{' to' if weighting.margins else ''} "
            f"{names}: design effect {self.weighting.design_effect:.2f}, effective base {effective}"
        )

    @property
    def finding(self) -> str:
        """The level that weighting moves most, as a title."""
        before, after = (self.composition[self.composition["domain"] == d] for d in ("sample", "weighted"))
        gaps = np.abs(before["estimate"].to_numpy(float) - after["estimate"].to_numpy(float))
        if np.isnan(gaps).all():
            return "There are too few respondents to say what weighting moves"
        most = int(np.nanargmax(gaps))
        label = before["label"].iloc[most]
        first, second = (words.percent(rows["estimate"].iloc[most]) for rows in (before, after))
        return f"Weighting moves {label} most: from {first} of the sample to {second}"

    @property
    def cost(self) -> str:
        """What weighting costs, in a sentence, and what else is to be known of the weights."""
        kish, base = self.weighting.design_effect, words.count(self.weighting.effective_base)
        cost = (
            f"Weighting leaves an effective base of {base} (design effect {kish:.2f}, efficiency "
            f"{words.percent(self.weighting.efficiency)}); the weights run from "
            f"{self.weighting.smallest:.2f} to {self.weighting.largest:.2f}."
        )
        return " ".join([cost, *self.notes])

    @property
    def margin(self) -> str:
        """How far the interval of a share of all respondents reaches, in a sentence."""
        half = t.ppf((1 + self.labels.confidence_level) / 2, self.respondents.sample.used - 1)
        reach = words.points(round(100 * half * (0.25 / self.weighting.effective_base) ** 0.5), self.labels.language)
        return (
            f"Of all respondents, the {words.percent(self.labels.confidence_level)} interval of a share near "
            f"{words.percent(0.5)} reaches about {reach} to either side; a page prints the interval of every figure."
        )

    @property
    def sight(self) -> str:
        """The smallest difference that a sample of this size and weighting can see, in a sentence."""
        error = (0.25 / self.weighting.effective_base) ** 0.5
        df = 2 * self.respondents.sample.used
        market, group = (smallest_difference(error * times, df) for times in (2**0.5, 2.0))
        if group >= 0.5:  # a figure near 50 % cannot lie further off
            return "So few respondents can tell no difference from chance."
        between, within = (words.points(round(100 * size), self.labels.language) for size in (market, group))
        return (
            f"Of a figure near {words.percent(0.5)}, a true gap of {between} to another market with such a sample, or "
            f"of {within} between two halves of this one, is found by 4 surveys in 5; a smaller one less often."
        )

    @property
    def rejected(self) -> str:
        """Which delivered rows were not used, in a sentence."""
        sample = self.respondents.sample
        if sample.used == sample.delivered:
            return f"All {words.count(sample.delivered)} interviews delivered are used."
        return (
            f"Of {words.count(sample.delivered)} rows delivered, {sample.duplicates} repeat a respondent and "
            f"{sample.speeders} were answered too fast; {words.count(sample.used)} are used."
        )

    @property
    def weighted_how(self) -> str:
        """Which weights were used, from which targets and within which bounds, in a sentence or two."""
        weighting = self.settings.weighting
        if not weighting.margins:
            text = f"Weighted with the agency's weights. {weighting.note or ''}".strip()
        else:
            names = words.listed([words.lower_first(self._question(name)) for name in weighting.margins])
            each = f"each {names.replace(' and ', ' by ')}" if weighting.cells else names
            text = f"Weighted to {each} ({weighting.target_source}, {weighting.target_year})."
        if weighting.trim:
            then = ", then weighted to the targets again" if weighting.margins else ""
            bounds = f"{weighting.trim.lower:g} and {weighting.trim.upper:g}"
            text += f" Weights were cut to between {bounds} times their mean{then}."
        return text

    def chart(self, *, title: str) -> Html:
        """The sample as it came, each level beside its population target (or its weighted share)."""
        targets = self._targets()
        rows = self.composition
        if targets:
            rows = rows[rows["domain"] == "sample"]
        return charts.dots(
            rows,
            title=title,
            measure=f"Percent of the sample before weighting, {self.labels.intervals}"
            if targets
            else f"Percent, {self.labels.intervals}",
            base=f"{self.labels.people}, all respondents",
            source=self.weighted_how,
            published=targets or None,
            mark="population target",
        )

    def table(self, *, title: str) -> Html:
        """Each level: respondents, share in the sample, target and weighted share."""
        before = self.composition[self.composition["domain"] == "sample"].to_dict("records")
        after = self.composition[self.composition["domain"] == "weighted"].to_dict("records")
        targets = self._targets()
        table = pd.DataFrame({"label": [row["label"] for row in before]})
        table["Respondents"] = [words.count(r["estimate"] * r["unweighted_base"]) for r in before]
        table["In the sample"] = [_percent(row) for row in before]
        if targets:
            shown = {label: f"{share:.1f}{words.THIN}%" for label, share in targets.items()}
            table["Target"] = [shown.get(row["label"], words.DASH) for row in before]  # nobody may have a level
        table["Weighted"] = [_percent(row) for row in after]
        foot = (
            f"Base: {self.labels.people}, {words.count(self.respondents.sample.used)} respondents. {self.weighted_how}"
        )
        return tables.plain_table(table, title=title, measure="Respondents and percent", foot=foot)

    def facts(self, *, title: str) -> Html:
        """The eleven items of AAPOR's disclosure checklist in its order, and whom to ask, as a table of two columns."""
        items = {f"{number}. {name}": lines for number, (name, lines) in enumerate(self._items().items(), 1)}
        items["More information"] = [self.settings.disclosure.contact]
        items["Raw file"] = [f"sha256 {self.respondents.sha256}"]
        cells = ["<br>".join(tables.text(line) for line in lines) for lines in items.values()]
        table = pd.DataFrame({"label": list(items), "": cells})
        foot = "The items and their order are those of AAPOR's disclosure checklist (Code of Ethics III.A, April 2021)."
        measure = "As declared for this market, and as found in its data"
        return tables.plain_table(table, title=title, measure=measure, foot=foot, text=("",))

    @property
    def dates(self) -> str:
        """The days of interviewing, or the days that simulated interviews are dated."""
        days = words.period(self.settings.fieldwork.start, self.settings.fieldwork.end, self.labels.language)
        return f"Simulated interviews, dated {days}" if self.synthetic else days

    def _items(self) -> dict[str, list[str]]:
        """AAPOR's items by name, each as lines of text."""
        settings, disclosure = self.settings, self.settings.disclosure
        simulated = " (of the survey that is simulated)" if self.synthetic else ""
        return {
            "Data collection strategy": [disclosure.strategy],
            "Sponsor and researcher": [f"Sponsor: {disclosure.sponsor}", f"Conducted by: {disclosure.conducted_by}"],
            "Measurement tools": [
                disclosure.questionnaire,
                "The wording and the answers that stand behind the figures are on the book's page The questionnaire.",
            ],
            "Population": [disclosure.population],
            "Sample": [
                f"Selection: {disclosure.sampling}",
                f"Panel: {settings.panel}",
                f"Recruitment: {disclosure.recruitment}",
                f"Incentives: {disclosure.incentives}",
            ],
            "Method and mode": [
                f"{settings.mode[:1].upper()}{settings.mode[1:]}{simulated}",
                f"Languages: {words.languages(settings.languages, self.labels.language)}",
            ],
            "Dates": [self.dates],
            "Sample size and precision": [
                self.rejected,
                self.margin,
                f"{self.errors[:1].upper()}{self.errors[1:]}. {self.sight}",
            ],
            "Weighting": [self.weighted_how, self.cost],
            "Processing and quality": [
                disclosure.quality_control,
                "No missing answer was filled in for this report.",
                *self.respondents.sample.account.sentences(self.respondents.sample.delivered),
            ],
            "Limitations": [disclosure.limitations],
        }

    def _targets(self) -> dict[str, float]:
        """Label of a level to its target in percent."""
        book = self.labels.codebook
        return {
            book.answer_label(question, level, self.labels.language): share
            for question, levels in self.settings.weighting.margins.items()
            for level, share in levels.items()
        }

    def _question(self, name: str) -> str:
        return self.labels.codebook.question_label(name, self.labels.language)


def _percent(row: dict[Hashable, Any]) -> str:
    return words.WITHHELD if pd.isna(row["estimate"]) else words.percent(row["estimate"])
