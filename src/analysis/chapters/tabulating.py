"""The tab book of a market: every question by the whole banner, as data that a workbook is laid out from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.asking import Asked
from analysis.report import words
from analysis.report.rows import TOTAL, Estimates
from analysis.report.tabulation import Column, Section, Tabulation
from analysis.study.codebook import Figure
from analysis.study.settings import say
from analysis.survey.letters import LETTERS

AT_ONCE = 200_000  # respondents by figures that go through one calculation
WITHOUT_TABLES = ("identifier", "date", "open")


@dataclass(frozen=True)
class _Line:
    """One row of a table: its figure, in which table, as what (answer, net or mean) and under which name."""

    figure: Figure
    table: str
    kind: str
    label: str

    @property
    def family(self) -> Hashable:
        """What its tests are adjusted with: the answers of a table are one family, its nets and its mean another."""
        return self.figure.question, self.table, self.kind == "answer"


def tab_book(market: Asked) -> Tabulation:
    """Every question that the market was asked, by the banner of the study; in notebooks, its download.

    Nets of a single answer are left out, as the answer stands there. A mean is shown of numbers and of scales
    that say so. What a page's toplines need of it is kept with the market, so that nothing is computed twice.
    """
    lines = [line for name in _asked(market) for line in _lines(market, name)]
    given = {id(figure) for figure in market.given([line.figure for line in lines])}
    lines = [line for line in lines if id(line.figure) in given]
    parts: list[pd.DataFrame] = []
    for some in _batches(lines, AT_ONCE // len(market.respondents.answers)):
        rows, tests = market.by_banner([line.figure for line in some], [line.family for line in some])
        _keep(market, some, rows, tests)
        named = {name: [getattr(line, name) for line in some] for name in ("table", "kind", "label")}
        first = sum(len(set(part["line"])) for part in parts)
        named["line"] = [*range(first, first + len(some))]
        parts.append(rows.assign(**{name: values * (len(rows) // len(some)) for name, values in named.items()}))
    every_row = pd.concat(parts, ignore_index=True)
    own = every_row["domain"].str.partition("=")[0] == every_row["question"]  # a banner says nothing of itself
    return Tabulation(
        study=say(market.study.settings.title, market.language),
        market=market.name,
        code=market.code,
        wave=market.wave,
        people=market.people,
        fieldwork=words.period(market.settings.fieldwork.start, market.settings.fieldwork.end, market.language),
        made=market.settings.fieldwork.end.isoformat(),
        source=market.source,
        synthetic=market.synthetic,
        confidence=words.percent(market.level, market.language),
        suppress_below=market.study.settings.low_base.suppress_below,
        caution_below=market.study.settings.low_base.caution_below,
        bases=_bases(market),
        columns=tuple(_columns(market)),
        sections=tuple(_section(market, name) for name in _asked(market)),
        rows=every_row[~own].reset_index(drop=True),
    )


def _asked(market: Asked) -> list[str]:
    """The questions that have a sheet."""
    left_out = market.settings.not_asked
    questions = market.book.questions.items()
    return [name for name, question in questions if question.kind not in WITHOUT_TABLES and name not in left_out]


def _lines(market: Asked, name: str) -> Iterator[_Line]:
    """The rows of a question's tables, one below the other: answers, nets, mean; composites of a grid last."""
    book, language = market.book, market.language
    question = book.questions[name]
    nets = [key for key, net in book.nets(name).items() if len(net.answers) > 1]
    if question.kind == "multiple":
        for item in [*question.items, *nets]:
            kind = "net" if item in nets else "answer"
            yield _Line(Figure(question=name, item=item), "", kind, book.item_label(name, item, language))
        return
    items: list[str | None] = [*question.items] or [None]
    for line in items:
        table = book.item_label(name, line, language) if line else ""
        if question.kind != "number":
            for figure in book.figures(name, item=line):
                yield _Line(figure, table, "answer", book.answer_label(name, str(figure.choice), language))
            for net in nets:
                figure = Figure(question=name, item=line, net=net)
                yield _Line(figure, table, "net", book.answer_label(name, net, language))
        if book.has_mean(name):
            yield _Line(Figure(question=name, item=line, mean=True), table, "mean", _mean(market, name))
    for key, composite in question.composites.items():
        label = f"{say(composite.label, language)} (mean of {words.number(len(composite.items), language)} lines)"
        yield _Line(Figure(question=name, item=key, mean=True), "Lines taken together", "mean", label)


def _mean(market: Asked, name: str) -> str:
    if market.book.questions[name].kind == "number":
        return "Mean"
    low, high = market.book.scale_range(name) or (0, 0)
    return f"Mean, {low:g} to {high:g}"


def _batches(lines: list[_Line], size: int) -> Iterator[list[_Line]]:
    """Whole questions, as many as go through one calculation."""
    some: list[_Line] = []
    for line in lines:
        if len(some) >= size and some and line.figure.question != some[-1].figure.question:
            yield some
            some = []
        some.append(line)
    yield some


def _keep(market: Asked, lines: list[_Line], rows: pd.DataFrame, tests: pd.DataFrame | None) -> None:
    """Keeps with the market the answers that its pages show of them, as `topline` would make them."""
    places: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        if line.kind == "answer" and market.book.questions[line.figure.question].kind != "grid":
            places.setdefault(line.figure.question, []).append(place)
    if tests is None:
        return
    numbers, domain_of = np.tile(np.arange(len(lines)), len(rows) // len(lines)), rows["domain"].to_numpy(object)
    levels = tests.index.to_frame(index=False)
    for name, own in places.items():
        shown = {start: columns for b, (start, columns) in market.banners.items() if b.page and b.question != name}
        domains = {TOTAL, *(key for columns in shown.values() for key in columns)}
        inside = (numbers >= own[0]) & (numbers <= own[-1])
        kept = rows[inside & np.isin(domain_of, list(domains))].reset_index(drop=True)
        made = levels["item"].between(own[0], own[-1]) & levels["banner"].isin(shown)
        index = pd.MultiIndex.from_frame(levels[made].assign(item=levels["item"] - own[0]))
        behind = tests[made.to_numpy()].set_axis(index)
        figures = [lines[place].figure for place in own]
        measure = market.labels.wording(name) or market.labels.measure(figures)
        market.toplines[name] = Estimates(
            kept, measure, market.labels.base(name), market.source, market.language, behind
        )


def _columns(market: Asked) -> Iterator[Column]:
    """The columns of every table: the total, then the groups with their letters."""
    yield Column(TOTAL, market.labels.domain({}), "", "")
    for banner, (start, columns) in market.banners.items():
        group = market.book.question_label(banner.question, market.language)
        for place, (key, domain) in enumerate(columns.items(), start):
            yield Column(key, market.labels.domain(domain), group, LETTERS[place])


def _bases(market: Asked) -> dict[str, float]:
    """The bases of everybody."""
    weights = market.design.weights
    return {
        "unweighted_base": float(market.respondents.sample.used),
        "weighted_base": float(weights.sum()),
        "effective_base": market.design.effective_base(),
    }


def _section(market: Asked, name: str) -> Section:
    """A question as it stands above its tables."""
    book, language = market.book, market.language
    question = book.questions[name]
    return Section(
        question=name,
        title=book.question_label(name, language),
        wording=say(question.wording, language) if question.wording else "",
        note=say(question.note, language) if question.note else "",
        base=market.labels.base(name),
        group=say(book.sections[question.section], language) if question.section else "",
        several=question.kind == "multiple",
    )
