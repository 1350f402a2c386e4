"""The verdicts on a market's claims, as a reader meets them: counts, cards, tables and a chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import pandas as pd

from analysis.report import charts, page, tables
from analysis.report.claims import WORDS
from analysis.report.lines import AVERAGE
from analysis.report.page import Html
from analysis.report.verdict_cells import base, chip, here, interval, notes, published, remark

DIRECTIONS = "Of a difference only the direction is judged; it is taken before rounding. "
JUDGED = {
    "first": "The interval of a first place is widened for all its rivals. ",
    "mean": "A mean may lie as far off as the same part of its scale. ",
    "equivalence": "Of many figures said to be alike the largest difference is shown, its interval widened for all. ",
}


@dataclass(frozen=True)
class Verdicts:
    """Every claim that concerns a market (or all of them), with its estimate and verdict.

    `rows`: id, question, topline ("" for a single claim), reading_of ("" but for another reading),
    population ("" but for a figure of other people), part, kind, text, scope, published (percent, points
    or a mean, NaN where none was printed), estimate, conf_low, conf_high (0-1, or a mean), unit,
    unweighted_base, effective_base, flag, verdict, base_needed, power (the chance, 0-1, that such a sample
    reproduces the claim if it is true), original_power (that of the published study, NaN where its size
    is not known), agrees (to the printed figure), source and ambiguity. `rule` says in words what counts as
    reproduced, `needs` what the base needed is, `parts` in which order claims are shown, `wave` when all of
    them were published ("": not known, or not one time).
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
    parts: tuple[str, ...] = ()
    wave: str = ""

    def __getitem__(self, word: str) -> int:
        return int((self.counted["verdict"] == word).sum())

    @property
    def counted(self) -> pd.DataFrame:
        """The claims that count: no other readings, no figures of other people, and none that was not asked."""
        own = (self.rows["reading_of"] == "") & (self.rows["population"] == "")
        return self.rows[own & (self.rows["verdict"] != "not asked")]

    @property
    def of_others(self) -> pd.DataFrame:
        """The figures that were published of other people, other readings left out."""
        return self.rows[(self.rows["population"] != "") & (self.rows["reading_of"] == "")]

    @property
    def not_asked(self) -> int:
        """How many claims stand on a question that was not asked here."""
        return int(((self.rows["verdict"] == "not asked") & (self.rows["reading_of"] == "")).sum())

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
    def tally(self) -> str:
        """How many claims got which verdict, in one line."""
        return f"{self.headline}: {tally(self.counted)}" if self.same_respondents else tally(self.counted)

    @property
    def counts(self) -> str:
        """How many claims got which verdict, in a sentence."""
        met, few = (self[word] or "none" for word in ("reproduced", "cannot tell"))
        return (
            f"Of {self.total} published claims, {met} {_are(self['reproduced'])} reproduced and "
            f"{self['differs'] or 'none'} {'differs' if self['differs'] == 1 else 'differ'}; "
            f"{few} {'stand' if self['cannot tell'] > 1 else 'stands'} on too few respondents to tell."
        )

    @property
    def summary(self) -> str:
        """How many claims got which verdict, in a few sentences."""
        text = self.counts
        if not self.same_respondents:
            text += (
                " Were every claim true, and every difference claimed without a size a small one, about "
                f"{self.expected} would be reproduced on these bases; larger differences are found more often."
            )
        text += self._covered + self._aside
        if self.same_respondents:
            text += (
                " The claims were computed from these very respondents, so agreement to the printed "
                "percent is the stricter test; the verdict says what a new sample of this size could tell."
            )
        return text

    @property
    def _covered(self) -> str:
        """That what was published of all markets need not hold for one, in a sentence."""
        if "all markets" not in set(self.rows["scope"]) or AVERAGE in set(self.rows["market"]):
            return ""
        return (
            f" Most published figures cover all markets together; a gap may mean that {self.people} differ, "
            "not that the study was wrong."
        )

    @property
    def _aside(self) -> str:
        """What is shown and not counted, in a sentence or two."""
        text, others = "", self.of_others
        if len(others):
            met = int((others["verdict"] == "reproduced").sum()) or "none"
            text += f" {len(others)} more figures were published of other people ({met} met here) and do not count."
        if self.not_asked:
            verb = "stand" if self.not_asked > 1 else "stands"
            text += f" {self.not_asked} {verb} on questions that were not asked here."
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
        """One row a claim, what does not count below what does; a table a part where there are parts.

        Cells of published tables are left out.
        """
        single = self.rows[self.rows["topline"] == ""]
        single = single.sort_values(["reading_of", "population"], key=lambda s: s != "", kind="stable")
        if not self.parts:
            return self._table(single, title, self._rules(single))
        made = [(part, own) for part in self.parts if len(own := single[single["part"] == part])]
        rules = {made[-1][0]: self._rules(single)} if made else {}  # said once, below the last table
        return page.joined([self._table(own, part, rules.get(part, "")) for part, own in made])

    def closing(self) -> Html:
        """The table that closes a chapter: its claims and what these data say of them; empty where there is none."""
        if self.rows.empty:
            return Html("")
        return replace(self, parts=()).table(title=f"{self.asked}, and what these data say")

    @property
    def asked(self) -> str:
        """What was claimed, and when."""
        return f"What was claimed in {self.wave}" if self.wave else "What was claimed"

    @property
    def told(self) -> str:
        """How many of a chapter's claims got which verdict, and what that may mean; "" where none counts."""
        return self.counts + self._covered if len(self.rows) and self.total else ""

    @property
    def card(self) -> tuple[str, str, str] | None:
        """How many claims are reproduced, as a card (number, what it counts, the rest); None where none counts."""
        if self.rows.empty or not self.total:
            return None
        what = f"{'claim' if self.total == 1 else 'claims'} {f'of {self.wave} ' if self.wave else ''}reproduced"
        rest = {"cannot tell": self["cannot tell"], "differs" if self["differs"] == 1 else "differ": self["differs"]}
        told = "\n".join(f"{count} {word}" for word, count in rest.items() if count)
        return f"{self['reproduced']} of {self.total}", what, told or "none differs"

    def toplines(self) -> Html:
        """One table for each published table, one row a cell of it."""
        cells = self.rows[self.rows["topline"] != ""]
        made = [
            self._table(own, f"{own['topline_label'].iloc[0]} ({topline})", self._rules(own))
            for topline, own in cells.groupby("topline", sort=False)
        ]
        return page.joined(made)

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
        """Source and ambiguity of every claim, as a list; folded, a part each, where there are parts."""
        single = self.rows[self.rows["topline"] == ""]
        if not self.parts:
            return Html(notes(single))
        made = [(part, single[single["part"] == part]) for part in self.parts]
        return page.joined([page.folded(f"{part} ({len(own)})", Html(notes(own))) for part, own in made if len(own)])

    def _table(self, rows: pd.DataFrame, title: str, rules: str) -> Html:
        records = rows.to_dict("records")
        scopes = [escape(str(row["scope"])) for row in records]
        several = len(set(scopes)) > 1
        table = pd.DataFrame({"label": [row["text"] + remark(row) for row in records]})
        table["Published"] = [
            f'{published(row)}<br><small class="jb-words">{scope}</small>' if several else published(row)
            for row, scope in zip(records, scopes, strict=True)
        ]
        table["Here"] = [f"{here(row, self.language)}<br>{interval(row)}" for row in records]
        table["Base"] = [base(row, self.language) for row in records]
        if self.same_respondents:
            table["To the printed %"] = ["agrees" if row["agrees"] else "differs" for row in records]
        table["Verdict"] = [chip(row) for row in records]
        measure = f"Percent, points for a difference, or a mean; {self.intervals}, unweighted bases"
        measure += "" if several else f"; published for {scopes[0]}"
        low = f"{page.LOW_BASE} " if (rows["flag"] == "low base").any() else ""
        return tables.plain_table(table, title=title, measure=measure, foot=rules + low + self.source)

    def _rules(self, rows: pd.DataFrame) -> str:
        """What counts as reproduced, and how each kind of claim among the rows is judged."""
        kinds = set(rows["kind"])
        text = f"Reproduced: {self.rule}. " if kinds & {"share", "mean"} else ""
        text += DIRECTIONS if kinds & {"difference", "interaction", "first"} else ""
        for kind, how in JUDGED.items():
            text += how if kind in kinds else ""
        return f"{text}{self.needs} "


def tally(rows: pd.DataFrame) -> str:
    """How many of these claims got which verdict: "5 of 9 published claims reproduced, 1 differs, 3 cannot tell"."""
    if rows.empty:
        return "nothing was published before"
    counts = {str(word): int((rows["verdict"] == word).sum()) for word in WORDS}
    verb = "differs" if counts["differs"] == 1 else "differ"
    return (
        f"{counts['reproduced']} of {len(rows)} published claims reproduced, {counts['differs'] or 'none'} {verb}, "
        f"{counts['cannot tell'] or 'none'} cannot tell"
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
