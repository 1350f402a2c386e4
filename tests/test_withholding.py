"""A public book withholds small cells, and an attacker who reads all the rest finds none of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import Market
from analysis.report.rows import TOTAL
from analysis.study.codebook import Codebook, Figure

sys.path.insert(0, str(Path(__file__).parent / "report"))
from recovering import Attack

WITHOUT = ("identifier", "date", "open")
CODES = ("uk", "fr", "de", "it", "es", "nl", "se")
LEAST, ENOUGH = 10, 30
Lines = list[tuple[str, str | None]]


def lines_of(market: Market) -> Lines:
    """Every question that the market asked, and each line of a grid or item of a multiple."""
    found: Lines = []
    for name, question in market.book.questions.items():
        if question.kind in (*WITHOUT, "number") or name in market.settings.not_asked:
            continue
        items = [*question.items] or [None]
        nets = [*market.book.nets(name)] if question.kind == "multiple" else []
        found += [(name, item) for item in (*items, *nets)]
    return found


def groupings(market: Market, question: str) -> list[str]:
    """The variables by whose answers a figure of the question stands somewhere in the book."""
    study = market.study
    named = [banner.question for banner in study.settings.banner]
    figures = [claim.figure for claim in study.claims.expanded] + [*study.settings.key_figures.values()]
    asked = [name for figure in figures if figure.question == question for name in figure.domain]
    return [name for name in dict.fromkeys([*named, *asked]) if name != question]


def groups_of(book: Codebook, variable: str) -> tuple[list[str | int], dict[str, list[str]]]:
    """The answers of a grouping variable, and its nets with theirs."""
    name = variable.partition(".")[0]
    if book.questions[name].kind == "multiple":
        return [1], {}
    nets = {key: [str(a) for a in net.answers] for key, net in book.nets(name).items() if book.has_answer(name, key)}
    return list(book.choices(name)), nets


def figures_of(book: Codebook, name: str, item: str | None) -> tuple[dict[str, Figure], dict[str, list[str]]]:
    """What a table of the line shows, by key, and the nets with their answers; a mean has the key "mean"."""
    answers = book.figures(name, item=item)
    shown = {str(figure.choice): figure for figure in answers}
    nets = {}
    if book.questions[name].kind != "multiple":
        nets = {key: [str(a) for a in n.answers] for key, n in book.nets(name).items() if book.has_answer(name, key)}
        shown |= {key: Figure(question=name, item=item, net=key) for key in nets}
        if book.has_mean(name):
            shown["mean"] = Figure(question=name, item=item, mean=True)
    return shown, nets


def attack_on(market: Market, name: str, item: str | None) -> Attack:
    """All that a book could show of one line: in total and by every grouping, what is not withheld as exact counts."""
    book, attack = market.book, Attack()
    shown, nets = figures_of(book, name, item)
    given = {id(figure) for figure in market.given(list(shown.values()))}
    shown = {key: figure for key, figure in shown.items() if figure.mean or id(figure) in given}
    domains: dict[str, dict[str, str | int]] = {TOTAL: {}}
    for variable in groupings(market, name):
        answers, joined = groups_of(book, variable)
        domains |= {f"{variable}={answer}": {variable: answer} for answer in (*answers, *joined)}
    gave, bases = market._tidy.counts(list(shown.values()), list(domains.values()))
    rows = market.rows(list(shown.values()), domains)
    hidden = pd.Series(rows["estimate"].isna().to_numpy(), [rows["domain"], rows.groupby("domain").cumcount()])
    unknown = pd.Series(rows["unweighted_base"].isna().to_numpy(), hidden.index)
    # The rule itself: nothing small is shown.
    for n, (key, figure) in enumerate(shown.items()):
        small = (gave[n] < LEAST) | (bases[n] - gave[n] < LEAST)
        small &= not (figure.mean or key == "dont_know" or key == "refused")
        small |= bases[n] < ENOUGH
        assert hidden[[(domain, n) for domain in domains]].to_numpy()[small].all(), (name, item, key)
    for place, domain in enumerate(domains):
        _column(attack, shown, nets, domain, gave[:, place], bases[:, place], hidden[domain], unknown[domain])
    for variable in groupings(market, name):
        _across(attack, book, variable, shown)
    return attack


def _column(attack, shown, nets, domain, gave, bases, hidden, unknown) -> None:  # type: ignore[no-untyped-def]
    """The cells of one group, and the sums between them."""
    several = [key for key in shown if key not in nets and key != "mean"]
    place = {key: n for n, key in enumerate(shown)}
    thin, somebody = bool(unknown.any()), bool(bases[0])  # that none of nobody gave an answer is no secret
    attack.cell(("base", domain), int(bases[0]), shown=not thin, secret=somebody)
    for key, figure in shown.items():
        if not figure.mean:
            attack.cell((key, domain), int(gave[place[key]]), shown=not hidden[place[key]], secret=somebody)
    if several == ["None"]:  # an item of a multiple response: those who did not give it are the rest
        attack.cell(("not", domain), int(bases[0] - gave[0]), shown=not hidden[0] and not thin, secret=False)
        attack.adds_up([("None", domain), ("not", domain)], ("base", domain))
        return
    attack.adds_up([(key, domain) for key in several], ("base", domain))
    for net, answers in nets.items():
        attack.adds_up([(key, domain) for key in answers if key in several], (net, domain))
    if "mean" in place and not hidden[place["mean"]]:
        codes = {key: float(key) for key in several if key.lstrip("-").isdigit()}
        attack.scores({(key, domain): code for key, code in codes.items()})
        attack.scores(dict.fromkeys(((key, domain) for key in codes), 1.0))


def _across(attack: Attack, book: Codebook, variable: str, shown: dict[str, Figure]) -> None:
    """The groups of a variable and those in none of them make up the total."""
    answers, joined = groups_of(book, variable)
    keys = ["base", *(key for key, figure in shown.items() if not figure.mean)]
    keys += ["not"] if ("not", TOTAL) in attack.true else []
    for key in keys:
        parts = [(key, f"{variable}={answer}") for answer in answers]
        rest = attack.true[key, TOTAL] - sum(attack.true[part] for part in parts)
        if attack.true["base", TOTAL] > sum(attack.true["base", f"{variable}={answer}"] for answer in answers):
            attack.cell((key, f"{variable}= rest"), rest, shown=False, secret=False)
            parts.append((key, f"{variable}= rest"))
        attack.adds_up(parts, (key, TOTAL))
        for net, members in joined.items():
            attack.adds_up([(key, f"{variable}={answer}") for answer in members], (key, f"{variable}={net}"))


def recovered(market: Market, lines: Lines) -> Iterator[tuple[object, ...]]:
    """What the attacker finds of these lines, with its true count."""
    for name, item in lines:
        attack = attack_on(market, name, item)
        for cell in attack.recovered():
            yield name, item, *cell, attack.true[cell]  # type: ignore[misc]


@pytest.mark.parametrize("name", ["influence", "reply_expected", "main_reason", "moment_performance", "reasons"])
def test_nothing_withheld_of_a_question_can_be_found(public_uk: Market, name: str) -> None:
    lines = [line for line in lines_of(public_uk) if line[0] == name][:3]
    assert list(recovered(public_uk, lines)) == []


@pytest.mark.slow
@pytest.mark.parametrize("code", CODES)
def test_nothing_withheld_of_a_market_can_be_found(public_uk: Market, code: str) -> None:
    market = public_uk if code == "uk" else public_uk.sibling(code)
    assert list(recovered(market, lines_of(market))) == []


def test_a_mean_is_of_those_shown(public_uk: Market) -> None:
    rows = public_uk.means("satisfaction").rows
    assert np.isfinite(rows["estimate"]).all()
