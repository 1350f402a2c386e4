"""A real agency file through the same code: every printed figure comes out again.

Ipsos for BuzzFeed News, January 2017. The respondents and the agency's toplines are not part of the
project; where their folder is not there, these tests are skipped.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from analysis import Market, open_market
from analysis.study.codebook import Figure
from analysis.study.params import Study, read_study

STUDY = Path(__file__).parent / "studies" / "ipsos_2017"
BANNER = {
    "total": {},
    "democrat": {"party": "democrat"},
    "republican": {"party": "republican"},
    "independent": {"party": "independent"},
}
# Published with the file: share of a source's users of the last month who trust it all or most of the time.
DERIVED = {
    "newspapers": 74,
    "newspaper_sites": 69,
    "news_radio": 68,
    "broadcast": 66,
    "cable": 65,
    "talk_radio": 57,
    "online_only": 55,
    "youtube": 53,
    "twitter": 49,
    "snapchat": 47,
    "facebook": 27,
    "social_media": 25,
}


@pytest.fixture(scope="module")
def us(real_folder: Path) -> Market:
    return open_market("us", STUDY)


@pytest.fixture(scope="module")
def printed(real_folder: Path) -> pd.DataFrame:
    """The agency's toplines: column, code, banner and published percent."""
    return pd.read_csv(real_folder / "published-toplines.csv")


def figure(study: Study, column: str, code: int) -> Figure:
    """The figure of a printed row, found through the codebook by its column."""
    variable = {c: v for v, c in study.codebook.all_columns.items()}[column]
    name, _, item = variable.partition(".")
    several = study.codebook.questions[name].kind == "multiple"
    return Figure(question=name, item=item or None, answer=None if several else code)


def percent(share: float) -> int:
    return int(100 * share + 0.5)


def test_every_printed_topline_comes_out_to_the_printed_percent(us: Market, printed: pd.DataFrame) -> None:
    figures = [figure(us.study, *pair) for pair in zip(printed["column"], printed["code"], strict=True)]
    rows = us.rows(_distinct(figures), BANNER)
    found = rows.set_index(["question", "item", "answer", "domain"])["estimate"]
    keys = [
        (f.question, f.item or "", "" if f.answer is None else str(f.answer), banner)
        for f, banner in zip(figures, printed["banner"], strict=True)
    ]
    differing = [
        f"{key}: printed {published}, found {100 * found[key]:.2f}"
        for key, published in zip(keys, printed["published_percent"], strict=True)
        if percent(found[key]) != published
    ]
    assert len(printed) == 349
    assert not differing


def _distinct(figures: list[Figure]) -> list[Figure]:
    return list({(f.question, f.item, f.answer): f for f in figures}.values())


@pytest.mark.parametrize(("source", "published"), DERIVED.items())
def test_trust_among_users_comes_out_to_the_printed_percent(us: Market, source: str, published: int) -> None:
    shares = us.shares("trust", item=source, net="top_2_box", domain={f"sources.{source}": 1})
    assert percent(shares[source].row["estimate"]) == published


def test_all_361_claims_agree_to_the_printed_percent(us: Market) -> None:
    assert us.claims.agreeing == us.claims.total == 361
    assert us.claims.headline == "361 of 361 published figures agree to the printed percent"


def test_the_register_holds_the_agencys_figures_and_no_others(printed: pd.DataFrame) -> None:
    study = read_study(STUDY)
    domains = {tuple(sorted(domain.items())): name for name, domain in BANNER.items()}
    registered = {
        (
            c.figure.question,
            c.figure.item,
            c.figure.answer,
            domains[tuple(sorted(c.figure.domain.items()))],
        ): c.published
        for c in study.claims.expanded
        if c.topline
    }
    expected = {}
    for row in printed.itertuples():
        named = figure(study, row.column, row.code)
        expected[named.question, named.item, named.answer, row.banner] = row.published_percent
    assert registered == expected
    single = {c.figure.item: c.published for c in study.claims.expanded if not c.topline}
    assert single == DERIVED


def test_the_design_effect_of_the_agencys_weights_is_kishs(us: Market) -> None:
    assert us.weighting.design_effect == pytest.approx(1.285, abs=0.0005)


def test_unweighted_bases_by_party_are_the_agencys(us: Market) -> None:
    rows = us.rows([Figure(question="sources", item="facebook")], BANNER).set_index("domain")
    assert rows["unweighted_base"].to_dict() == {
        "total": 1007,
        "democrat": 383,
        "republican": 347,
        "independent": 187,
    }


def test_no_identifier_is_kept_in_memory(us: Market) -> None:
    held = set(us.respondents.answers.columns) | set(us.respondents.status.columns)
    assert not held & (set(us.settings.identifiers) | {"respondent"})


def test_a_fielded_market_is_not_called_synthetic(us: Market) -> None:
    assert not us.synthetic
    assert "ynthetic" not in us.source


@pytest.mark.slow
def test_the_real_study_builds_with_every_chapter(ipsos_build: Any) -> None:
    names = {path.relative_to(ipsos_build.site).as_posix() for path in ipsos_build.pages}
    chapters = {f"us/{name}.html" for name in read_study(STUDY).settings.chapters.market}
    assert chapters | {"index.html"} <= names


@pytest.mark.slow
def test_no_identifier_reaches_a_page(ipsos_build: Any, us: Market, real_folder: Path) -> None:
    raw = pd.read_csv(real_folder / "survey-responses.csv", dtype=str, usecols=list(us.settings.identifiers))
    # A short number, such as a three-digit ZIP, also occurs as a coordinate or a base: it proves nothing.
    values = {text for column in raw for text in raw[column].dropna() if len(text) >= 7}
    zips = set(raw["HADD_ZipCode_US"].dropna())
    executed = sorted((ipsos_build.folder / "book").rglob("*.ipynb"))
    assert len(values) > 1000 and executed
    for path in executed:
        page = path.read_text(encoding="utf-8")
        assert not values & set(re.findall(r"\w{7,}", page)), path.name
        assert not zips & _words_read(path), path.name


def _words_read(path: Path) -> set[str]:
    """What a reader of an executed notebook sees, word by word: no drawing's coordinates."""
    cells = nbformat.read(path, as_version=4).cells
    shown = [cell.source for cell in cells]
    shown += [str(o.get("data", {}).get("text/html", "")) for c in cells for o in c.get("outputs", [])]
    return set(re.findall(r"[\w,]+", unescape(re.sub(r"<[^>]*>", " ", " ".join(shown)))))
