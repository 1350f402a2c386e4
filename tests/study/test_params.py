"""A study folder: what is read, and what is refused with file, line and nearest name."""

import dataclasses
import datetime as dt

import pytest
from pydantic import ValidationError

from analysis.errors import JourneybookError
from analysis.study.disclosing import Disclosure
from analysis.study.params import read_study

TARGETS = "targets:\n    sex: {1: 49, 2: 51}\n    age_band: {18-34: 30, 35+: 70}"


def refused(call, *arguments):
    with pytest.raises(JourneybookError) as error:
        call(*arguments)
    assert error.value.kind == "config"
    return str(error.value)


# ---- what is read


def test_the_bundled_study_has_its_seven_markets(study):
    assert study.settings.markets == ("uk", "fr", "de", "it", "es", "nl", "se")  # params/study.yaml
    assert [study.market_name(code) for code in ("uk", "nl")] == ["United Kingdom", "Netherlands"]


def test_every_market_of_the_bundled_study_can_be_read(study):
    for code in study.settings.markets:
        market = study.market(code)
        assert set(market.weighting.targets) == {"sex", "age_band"}
        assert market.fieldwork.start == dt.date(2012, 2, 6)  # params/markets/*.yaml


def test_the_ipsos_study_is_described_in_parameters_alone(study):
    ipsos = read_study(study.folder.parent / "tests" / "studies" / "ipsos_2017")
    assert ipsos.market("us").weighting.column == "Weightvar"
    # 12 claims, 13 sources by 4 columns, 12 batteries of 6 by 4, party in 9 rows (claims.yaml)
    assert len(ipsos.claims.expanded) == 12 + 13 * 4 + 12 * 6 * 4 + 9


def test_a_study_is_found_from_a_folder_below(folder, monkeypatch):
    below = folder.path / "notebooks" / "market"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert read_study("small").folder == folder.path


def test_a_folder_without_a_study_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "there is no study here" in refused(read_study, "nowhere")
    assert "study.yaml: there is no such file" in refused(read_study, tmp_path)


def test_nothing_of_a_study_can_be_changed(small):
    with pytest.raises(ValidationError, match="frozen"):
        small.settings.title = {"en": "Beer"}
    with pytest.raises(ValidationError, match="frozen"):
        small.market("uk").weighting.column = "w"
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.folder = None
    assert small.settings.title == {"en": "Tea and coffee"}


# ---- markets


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("gb", "uk"), ("UK", "uk"), ("sweden", "se"), ("Sweden", "se"), ("germny", "de"), ("united kingdom", "uk")],
)
def test_an_unknown_market_is_refused_with_the_list_and_the_nearest(study, typed, meant):
    message = refused(study.market, typed)
    assert "no such market" in message
    assert f"got '{typed}'" in message
    assert "allowed: uk, fr, de, it, es, nl, se" in message
    assert f"did you mean {meant}?" in message


@pytest.mark.parametrize("typed", ["zz", "../../x", "uk fr"])
def test_a_market_near_to_none_is_refused_with_the_list(study, typed):
    assert "allowed: uk, fr, de, it, es, nl, se" in refused(study.market, typed)


def test_no_market_is_refused_as_none(study):
    message = refused(study.market, "")
    assert "no market was named" in message
    assert "make report COUNTRY=uk" in message


def test_an_alias_of_a_market_that_the_study_does_not_have_is_no_hint(folder):
    assert "did you mean se?" not in refused(folder.read().market, "swe")


@pytest.mark.parametrize("code", ["UK", "all", "markets", "u-k", "1uk", "../uk"])
def test_a_market_code_that_cannot_be_a_folder_is_refused(folder, code):
    folder.edit("study.yaml", "[uk, fr]", f"['{code}', fr]")
    assert f"market code '{code}' must be lower-case letters" in refused(folder.read)


def test_norway_is_a_market(folder):
    folder.edit("study.yaml", "[uk, fr]", "[uk, no]")
    assert folder.read().settings.markets == ("uk", "no")


def test_a_market_without_a_file_is_refused(folder):
    folder.edit("study.yaml", "[uk, fr]", "[uk, it]")
    assert "it.yaml: there is no such file" in refused(folder.read().market, "it")


# ---- single files


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "hint"),
    [
        ("study.yaml", "banner:", "baner:", "baner", "banner"),
        ("study.yaml", "minimum_seconds", "min_seconds", "quality.min_seconds", "minimum_seconds"),
        ("study.yaml", "label: drink", "lable: drink", "key_figures.coffee.lable", "label"),
        ("codebook.yaml", "asked_if", "ask_if", "questions.sugar.ask_if", "asked_if"),
        ("claims.yaml", "published", "publised", "claims.0.publised", "published"),
        ("claims.yaml", "item: tea", "itm: tea", "claims.0.figure.itm", "item"),
    ],
)
def test_an_unknown_key_is_refused_with_nearest_name_file_and_line(folder, name, old, new, where, hint):
    folder.edit(name, old, new)
    line = folder.line(name, new)
    message = refused(folder.read)
    assert f"{name}, line {line}, {where}: unknown key" in message
    assert f"did you mean {hint}?" in message


@pytest.mark.parametrize(
    ("old", "new", "where", "hint"),
    [
        ("target_year: 2020", "target_yaer: 2020", "weighting.target_yaer", "target_year"),
        ("sampling: none", "samplng: none", "disclosure.samplng", "sampling"),
        ("source: fielded", "sources: fielded", "sources", "source"),
    ],
)
def test_an_unknown_key_of_a_market_is_refused_with_nearest_name_file_and_line(folder, uk, old, new, where, hint):
    folder.edit("markets/uk.yaml", old, new)
    line = folder.line("markets/uk.yaml", new)
    message = refused(uk)
    assert f"uk.yaml, line {line}, {where}: unknown key" in message
    assert f"did you mean {hint}?" in message


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("sex: {1: 49, 2: 51}", "sex: {1: 49, 2: 50}", "the targets of 'sex' sum to 99.00, not to 100"),
        ("sex: {1: 49, 2: 51}", "sex: {1: 0.49, 2: 0.51}", "the targets of 'sex' sum to 1.00, not to 100"),
        ("sex: {1: 49, 2: 51}", "gender: {1: 49, 2: 51}", "no such question in the codebook; got 'gender'"),
        ("sex: {1: 49, 2: 51}", "sex: {1: 49, 3: 51}", "no such answer in the codebook; got '3'; allowed: 1, 2"),
        ("{18-34: 30, 35+: 70}", "{18-35: 30, 35+: 70}", r"got '18-35'; allowed: 18-34, 35\+; fix: did you mean 18-34"),
        ("sex: {1: 49, 2: 51}", "sex: {1: -1, 2: 101}", "sex"),
        ("sex: {1: 49, 2: 51}", "sex: {1: .nan, 2: 51}", "sex"),
        ("  target_year: 2020\n", "", "raking targets need target_source and target_year"),
        ("end: 2020-01-10", "end: 2019-01-10", r"fieldwork ends \(2019-01-10\) before it starts"),
        ("path: uk.csv", "encoding: cp1252", "a raw file needs a path or a url"),
        ('"000', '"xyz', "sha256"),
        ("source: fielded", "source: invented", "Input should be 'synthetic' or 'fielded'; got 'invented'"),
        ("mode: online", "mode: online\ncolumns: {sexx: gender}", "no such variable.*'sexx'.*did you mean sex"),
        ("mode: online", "mode: online\ncolumns: {taste: t}", "no such variable in the codebook; got 'taste'"),
        (
            "mode: online",
            "mode: online\noffered: {suger: [1]}",
            "offered: no such question.*'suger'.*did you mean sugar",
        ),
        ("mode: online", "mode: online\noffered: {sugar: [1, 4]}", "offered: no such answer.*'4'; allowed: 1, 2, 3"),
        ("mode: online", "mode: online\noffered: {drinks: [1]}", "a question of kind multiple is offered whole"),
        ("mode: online", "mode: online\noffered: {sugar: []}", "no answer was offered; got 'sugar'"),
        ("mode: online", "mode: online\noffered: {sex: [1]}", "no such answer in the codebook; got '2'; allowed: 1"),
    ],
)
def test_a_market_that_makes_no_sense_is_refused(folder, uk, old, new, problem):
    folder.edit("markets/uk.yaml", old, new)
    with pytest.raises(JourneybookError, match=problem) as error:
        uk()
    assert "uk.yaml" in str(error.value)


@pytest.mark.parametrize("key", Disclosure.model_fields)
def test_a_disclosure_item_that_is_missing_is_refused_with_what_to_write(folder, uk, key):
    text = (folder.path / "markets" / "uk.yaml").read_text()
    line = next(line for line in text.splitlines() if line.startswith(f"  {key}:"))
    folder.edit("markets/uk.yaml", f"{line}\n", "")
    message = refused(uk)
    assert "\n" not in message
    where = f"uk.yaml, line {folder.line('markets/uk.yaml', 'disclosure:')}, disclosure: the key '{key}' is missing"
    assert where in message
    assert message.endswith(f"fix: add it: {Disclosure.model_fields[key].description}")


@pytest.mark.parametrize("blank", ["", "''", "'  '", "null", "~"])
@pytest.mark.parametrize("key", Disclosure.model_fields)
def test_a_disclosure_item_that_is_blank_is_refused_with_file_line_key_and_fix(folder, uk, key, blank):
    text = (folder.path / "markets" / "uk.yaml").read_text()
    number, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if line.startswith(f"  {key}:"))
    folder.edit("markets/uk.yaml", line, f"  {key}: {blank}")
    message = refused(uk)
    assert "\n" not in message
    assert f"uk.yaml, line {number}, disclosure.{key}: nothing is said here" in message
    assert f"fix: say {Disclosure.model_fields[key].description}, or write 'not stated'" in message


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("mode: online", "mode: ''", "mode: nothing is said here"),
        ("panel: none", "panel: ' '", "panel: nothing is said here"),
        ("languages: [en]", "languages: []", "languages: Tuple should have at least 1 item"),
        ("target_source: Census", "target_source: ''", "weighting.target_source: nothing is said here"),
        (TARGETS, "column: w", "weighting: delivered weights without targets need a note"),
    ],
)
def test_what_else_is_disclosed_may_not_be_blank(folder, uk, old, new, where):
    folder.edit("markets/uk.yaml", old, new)
    assert where in refused(uk)


def test_targets_may_miss_100_by_rounding(params_copy):
    # printed percents of two decimals: 23.97 + 35.86 + 40.18 = 100.01 (params/markets/de.yaml)
    assert sum(params_copy.read().market("de").weighting.targets["age_band"].values()) == pytest.approx(100.01)


def test_a_market_needs_targets_or_a_weight(folder, uk):
    folder.edit("markets/uk.yaml", "  targets:\n    sex: {1: 49, 2: 51}\n    age_band: {18-34: 30, 35+: 70}\n", "")
    assert "weighting needs targets to rake to, or the column of a given weight" in refused(uk)


def test_every_wrong_target_of_a_market_comes_in_one_pass(folder, uk):
    folder.edit("markets/uk.yaml", "2: 51", "2: 52")
    folder.edit("markets/uk.yaml", "35+: 70", "35+: 71")
    message = refused(uk)
    assert "'sex' sum to 101" in message
    assert "'age_band' sum to 101" in message


# ---- names that point into the codebook


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("study.yaml", "question: drinks", "question: drink", "key_figures.coffee.*question.*'drink'.*mean drinks"),
        ("study.yaml", "item: coffee", "item: cofee", "key_figures.coffee.*item.*'cofee'.*mean coffee"),
        ("study.yaml", "question: sex", "question: sexx", "banner.*question.*'sexx'.*mean sex"),
        ("study.yaml", "{question: sex}", "{question: sex, answers: [3]}", "banner.*answer.*'3'; allowed: 1, 2"),
        ("study.yaml", "respondent: respondent", "respondent: respndent", "quality.*'respndent'.*mean respondent"),
        ("study.yaml", "seconds: duration", "seconds: durations", "quality.*'durations'.*mean duration"),
        ("claims.yaml", "question: drinks", "question: drnks", "T-01.*question.*'drnks'.*mean drinks"),
        ("claims.yaml", "item: tea", "item: teas", "T-01.*item.*'teas'.*mean tea"),
        ("claims.yaml", "{question: drinks, item: tea}", "{question: sex, item: tea}", "T-01.*item.*'tea'"),
        ("claims.yaml", "{question: drinks, item: tea}", "{question: sugar, net: sweets}", "'sweets'.*mean sweet"),
        ("claims.yaml", "{question: drinks, item: tea}", "{question: sugar, answer: 4}", "answer.*'4'; allowed: 1, 2"),
        ("claims.yaml", "item: tea", "item: tea, domain: {age: 1}", "T-01.*answer.*'1'"),
        ("claims.yaml", "item: tea", "item: tea, domain: {age_bnd: 18-34}", "'age_bnd'.*mean age_band"),
        ("claims.yaml", "item: tea", "item: tea, domain: {age_band: 18-35}", "'18-35'.*mean 18-34"),
        ("claims.yaml", "item: tea", "item: tea, domain: {taste.te: liked}", "te'.*tea"),
        ("claims.yaml", "item: tea", "item: tea, domain: {taste.tea: likd}", "'likd'.*mean liked"),
        ("claims.yaml", "item: tea", "item: tea, domain: {drinks.cofee: 1}", "cofee'.*coffee"),
        ("study.yaml", "item: coffee", "item: coffee, claims: [T-10]", "key_figures.coffee.*'T-10'.*mean T-01"),
        ("claims.yaml", "published: 60", "published: 60\n    markets: [ukk]", "T-01: no such market; got 'ukk'"),
        ("claims.yaml", "published: 60", "published: 60\n    excluding: [ukk]", "T-01: no such market; got 'ukk'"),
        ("claims.yaml", "published: 60", "published: 60\n    reading_of: T-99", "T-01.*'T-99'"),
    ],
)
def test_a_name_that_the_codebook_does_not_hold_is_refused(folder, name, old, new, problem):
    folder.edit(name, old, new)
    with pytest.raises(JourneybookError, match=problem) as error:
        folder.read()
    assert name in str(error.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ("kind: first\n    rivals: [cofee]", "'cofee'"),
        ("kind: difference\n    against: {age_bnd: 18-34}", "'age_bnd'"),
        ("kind: difference\n    against: {age_band: 18-35}", "'18-35'"),
        ("kind: difference\n    against_market: frr", "'frr'"),
        ("kind: difference\n    against_figure: {question: drinks, item: cofee}", "'cofee'"),
        ("kind: interaction\n    against: {}\n    beyond: {sexx: 1}", "'sexx'"),
        ("kind: equivalence\n    between: sexx\n    within: 10", "'sexx'.*sex"),
        ("kind: equivalence\n    between: drinks\n    within: 10", "not a question with one answer; got 'drinks'"),
    ],
)
def test_what_a_claim_is_held_against_must_exist(folder, changes, problem):
    folder.edit("claims.yaml", "published: 60", f"published: 60\n    {changes}")
    with pytest.raises(JourneybookError, match=problem):
        folder.read()


@pytest.mark.parametrize(
    "figure",
    [
        "{question: sugar}",
        "{question: age_band}",
        "{question: taste, net: liked}",
        "{question: taste, item: tea}",
        "{question: drinks}",
        "{question: age}",
        "{question: respondent}",
    ],
    ids=["no answer", "no band", "no line", "no answer of a line", "no item", "a number", "an identifier"],
)
def test_a_figure_that_does_not_say_what_is_counted_is_refused(folder, figure):
    folder.edit("claims.yaml", "{question: drinks, item: tea}", figure)
    assert "T-01" in refused(folder.read)


@pytest.mark.parametrize(
    "domain", ["{taste: liked}", "{drinks: any}", "{drinks: tea}"], ids=["grid", "net of a multiple", "multiple"]
)
def test_a_domain_that_does_not_name_its_line_or_item_is_refused(folder, domain):
    folder.edit("claims.yaml", "item: tea", f"item: tea, domain: {domain}")
    assert "T-01" in refused(folder.read)


@pytest.mark.parametrize(
    "figure",
    [
        "{question: drinks, item: any}",
        "{question: taste, item: tea, net: liked}",
        "{question: sugar, answer: 1, domain: {sex: 1, age_band: 35+}}",
        "{question: sugar, net: sweet, domain: {drinks.tea: 1}}",
        "{question: age_band, answer: 18-34, domain: {taste.coffee: liked}}",
    ],
)
def test_a_figure_whose_names_are_known_is_read(folder, figure):
    folder.edit("claims.yaml", "{question: drinks, item: tea}", figure)
    assert len(folder.read().claims.expanded) == 1


@pytest.mark.parametrize("role", ["respondent: sex", "seconds: sugar"])
def test_quality_reads_an_identifier_and_a_number(folder, role):
    name = role.split(":")[0]
    folder.edit("study.yaml", {"respondent": "respondent: respondent", "seconds": "seconds: duration"}[name], role)
    assert "quality" in refused(folder.read)


def test_wrong_names_of_study_and_claims_come_in_one_pass(folder):
    folder.edit("study.yaml", "item: coffee", "item: cofee")
    folder.edit("study.yaml", "question: sex", "question: sexx")
    folder.edit("claims.yaml", "item: tea", "item: teas")
    message = refused(folder.read)
    assert len(message.splitlines()) == 3
    assert "study.yaml" in message
    assert "claims.yaml" in message


def test_every_problem_of_the_three_files_comes_in_one_pass(folder):
    folder.edit("study.yaml", "banner:", "baner:")
    folder.edit("codebook.yaml", "asked_if", "ask_if")
    folder.edit("claims.yaml", "published", "publised")
    message = refused(folder.read)
    assert [name for name in ("study.yaml", "codebook.yaml", "claims.yaml") if name not in message] == []


def test_twenty_problems_are_shown_and_the_rest_counted(folder):
    claim = "  - {{id: T-{n}, figure: {{question: drnks, item: tea}}, published: 60, source: Board}}\n"
    folder.write("claims.yaml", "claims:\n" + "".join(claim.format(n=n) for n in range(25)))
    lines = refused(folder.read).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 5 more problems of this kind"
