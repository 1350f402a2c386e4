"""The bundled respondents: the same bytes every time, drawn from the published figures."""

import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pytest

from analysis.study.checks import asked
from analysis.study.params import Study
from analysis.study.respondents import read_respondents
from analysis.study.synthetic import TRUTH, USED, person, simulate, write_respondents
from analysis.study.synthetic.truths import REGIONS

pytestmark = pytest.mark.slow

SIZE = 10_000
REFUSED, NO_CUSTOMER = 99, 97

# Published for all markets together, percent (params/claims.yaml: S0-03, X-02a to c, X-03a to c).
PUBLISHED = {
    "social": 22,
    "email": 41,
    "faq": 38,
    "phone": 24,
    "unclear": 26,
    "signup_or_payment": 21,
    "reviews": 20,
}
# Published of other questions: who counts, of whom, percent (params/claims.yaml, by id).
OTHERS = {
    "S0-20": ("support_first", [1, 2], 40),
    "S0-21": ("support_first", [3], 33),
    "S0-22": ("support_first", [7], 10),
    "X-06a": ("service_value", [1], 55),
    "X-06b": ("service_value", [2], 42),
    "X-07a": ("offers.complementary", [1], 61),
    "X-07b": ("offers.another", [1], 59),
    "X-08 email": ("complaint_channel.first", [1], 48),
    "X-08 phone": ("complaint_channel.first", [2], 32),
    "X-08 social or chat": ("complaint_channel.first", [4, 5], 17),
    "X-08 social second": ("complaint_channel.second", [5], 13),
    "X-10 retail, first interaction": ("sector_first.retail", [5], 21),
    "X-10 retail, follow-up": ("sector_follow.retail", [5], 16),
    "X-10 retail, loyalty": ("sector_loyalty.retail", [5], 19),
    "X-10 telecoms, first interaction": ("sector_first.telecoms", [1, 2], 28),
    "X-10 telecoms, follow-up": ("sector_follow.telecoms", [1, 2], 26),
    "X-10 telecoms, loyalty": ("sector_loyalty.telecoms", [1, 2], 27),
}
# the mean over the three ratings, 1 to 5; utilities "just under 3".
SECTOR_MEANS = {"retail": 3.6, "travel": 3.4, "manufacturer": 3.4, "finance": 3.1, "telecoms": 3.1, "utilities": 2.95}


@pytest.fixture(scope="module", autouse=True)
def read_once(study):
    """Simulating asks for every market many times over; here each file is read once."""
    markets = {code: study.market(code) for code in study.settings.markets}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Study, "market", lambda self, code: markets[code])
        yield


@pytest.fixture(scope="module")
def drawn(study):
    """Ten thousand respondents of every market, each from a seed of its own."""
    return {code: simulate(study, code, SIZE, np.random.default_rng([7, n])) for n, code in enumerate(USED)}


@pytest.fixture(scope="module")
def weights(study, drawn):
    """Weights to the market's targets: sex and age band are drawn independently, so one ratio each will do."""
    found = {}
    for code, frame in drawn.items():
        targets = study.market(code).weighting.targets
        band = np.select([frame["age"] <= 34, frame["age"] <= 54], ["18-34", "35-54"], "55+")
        weight = np.ones(SIZE)
        for levels, shares in ((band, targets["age_band"]), (frame["sex"].to_numpy(), targets["sex"])):
            for level, percent in shares.items():
                weight[levels == level] *= percent / 100 / (levels == level).mean()
        found[code] = weight
    return found


def influenced(frame, item):
    """Influential or very influential; 98 stays in the base, 99 leaves it (params/codebook.yaml)."""
    codes = frame[f"influence.{item}"].to_numpy()
    return np.isin(codes, [4, 5]), codes != REFUSED


def gave(frame, item):
    """Whether the respondent gave the answer that a figure of TRUTH counts, and who is in its base."""
    if item in ("social", "email", "faq", "phone"):
        return influenced(frame, item)
    items = ["signup", "payment"] if item == "signup_or_payment" else [item]
    asked_several = (frame["form"] == 1).to_numpy()
    return (frame[[f"reasons.{name}" for name in items]] == 1).any(axis=1).to_numpy(), asked_several


def share(given, inside, weight):
    """Weighted share in percent and its linearised standard error (Lumley 2010, section 2.2)."""
    weight = weight * inside
    estimate = weight @ given / weight.sum()
    error = np.sqrt(((weight * (given - estimate)) ** 2).sum()) / weight.sum()
    return 100 * estimate, 100 * error


def pooled(shares):
    """The mean over the markets and its standard error: every market counts the same."""
    estimates, errors = np.array(shares).T
    return estimates.mean(), np.sqrt((errors**2).sum()) / len(errors)


# ---- the files


@pytest.fixture(scope="module")
def folders(study, tmp_path_factory):
    """The study in two other folders, and its respondents written beside each."""
    return [dataclasses.replace(study, folder=tmp_path_factory.mktemp(run) / "params") for run in ("first", "second")]


@pytest.fixture(scope="module")
def written(folders):
    """What two runs wrote: market to path and sha256."""
    return [write_respondents(folder) for folder in folders]


def test_every_market_is_written_with_the_sha256_that_its_file_declares(study, written):
    declared = {code: study.market(code).raw.sha256 for code in study.settings.markets}
    assert {code: sha256 for code, (_, sha256) in written[0].items()} == declared


def test_the_sha256_told_is_that_of_the_file(written):
    for path, sha256 in written[0].values():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_writing_twice_gives_the_same_bytes(written):
    first, second = ({code: path.read_bytes() for code, (path, _) in run.items()} for run in written)
    assert list(first) == list(USED)
    assert first == second


def test_three_thousand_respondents_are_used():
    assert sum(USED.values()) == 3000  # 3,000 consumers, InternetRetailing, March 2012


def test_a_file_lies_beside_the_study_folder(folders, written):
    assert written[0]["uk"][0] == (folders[0].folder.parent / "data" / "raw" / "uk.csv").resolve()


@pytest.mark.parametrize("code", ["uk", "de"])
def test_a_file_that_was_written_can_be_read_without_a_problem(folders, written, code):
    assert code in written[0]
    assert read_respondents(folders[0], code).sample.used == USED[code]


# ---- the figures


@pytest.mark.parametrize(("item", "published"), PUBLISHED.items())
def test_the_truth_of_the_markets_has_the_published_figure_as_its_mean(item, published):
    assert np.mean(list(TRUTH[item].values())) == pytest.approx(published, abs=1e-12)


def test_the_truth_holds_what_was_published_of_single_markets():
    # S0-06, S0-08a, S0-08b; S0-07: in the UK reviews are just ahead of sign-up and payment
    assert (TRUTH["reviews"]["uk"], TRUTH["reviews"]["fr"], TRUTH["unclear"]["fr"]) == (30, 25, 25)
    assert TRUTH["signup_or_payment"]["uk"] < TRUTH["reviews"]["uk"]


@pytest.mark.parametrize("item", TRUTH)
def test_a_large_weighted_sample_has_the_true_share_in_every_market(drawn, weights, item):
    for code, truth in TRUTH[item].items():
        estimate, error = share(*gave(drawn[code], item), weights[code])
        assert abs(estimate - truth) < 4 * error, code


@pytest.mark.parametrize(("item", "published"), PUBLISHED.items())
def test_the_markets_together_have_the_published_figure(drawn, weights, item, published):
    estimate, error = pooled([share(*gave(drawn[code], item), weights[code]) for code in drawn])
    assert abs(estimate - published) < 4 * error


def test_29_percent_of_those_aged_18_to_34_are_swayed_by_social_media(drawn, weights):
    # claim S0-04
    found = []
    for code, frame in drawn.items():
        given, inside = influenced(frame, "social")
        found.append(share(given, inside & frame["age"].le(34).to_numpy(), weights[code]))
    estimate, error = pooled(found)
    assert abs(estimate - 29) < 4 * error


@pytest.mark.parametrize("claim", OTHERS)
def test_other_published_figures_hold_in_the_markets_together(drawn, weights, claim):
    variable, counted, published = OTHERS[claim]
    found = []
    for code, frame in drawn.items():
        answered = frame[variable].notna() & ~frame[variable].isin([NO_CUSTOMER, REFUSED])
        found.append(share(frame[variable].isin(counted).to_numpy(), answered.to_numpy(), weights[code]))
    estimate, error = pooled(found)
    assert abs(estimate - published) < 4 * error


@pytest.mark.parametrize(("sector", "published"), SECTOR_MEANS.items())
def test_the_ratings_of_a_sector_have_the_published_mean(drawn, weights, sector, published):
    found = []
    for code, frame in drawn.items():
        three = frame[[f"{name}.{sector}" for name in ("sector_first", "sector_follow", "sector_loyalty")]]
        customer = (frame[f"bought.{sector}"] == 1).to_numpy()
        found.append(share(three.mean(axis=1).to_numpy(), customer, weights[code]))
    estimate, error = pooled(found)
    assert abs(estimate / 100 - published) < 4 * error / 100


def test_most_check_a_second_channel_and_most_buyers_of_complex_products_were_missed(drawn):
    # claims S0-18 and S0-12, printed without a figure
    for frame in drawn.values():
        complex_ = frame[(frame["complexity"] >= 4) & frame["moment_missed"].lt(REFUSED)]
        assert (frame["second_channel"].dropna() == 1).mean() > 0.5
        assert complex_["moment_missed"].isin([2, 3]).mean() > 0.5


def test_the_forms_are_halves_that_differ_little_in_the_main_reason(drawn):
    # PRICE_INSTEAD of src/analysis/study/synthetic/truths.py: 15 % of about 13 and 6 % of about 17
    frame = pd.concat(drawn.values())
    shares_ = pd.crosstab(frame["main_reason"], frame["form"], normalize="columns") * 100
    error = np.sqrt(2 * 20 * 80 / (len(frame) / 2))  # of a difference of shares of at most 20 %
    assert (frame["form"] == 1).mean() == pytest.approx(0.5, abs=0.01)
    difference = shares_[2] - shares_[1]
    assert difference[6] == pytest.approx(3, abs=4 * error)
    assert difference[1] == pytest.approx(-2, abs=4 * error)
    assert difference.drop([1, 6, 96]).abs().max() < 4 * error


def test_the_main_reason_is_one_of_those_named(study, drawn):
    frame = drawn["es"].query("form == 1")
    columns = study.codebook.columns("reasons")
    for variable, column in columns.items():
        code = int(column.rpartition("_")[2])
        chosen = frame["main_reason"] == (96 if variable == "reasons.none" else code)
        assert chosen.any()
        assert (frame.loc[chosen, variable] == 1).all()


def test_unweighted_the_young_and_the_middle_aged_are_too_many(study, drawn):
    # who answers a panel more often: RESPONSE of src/analysis/study/synthetic/truths.py
    for code, frame in drawn.items():
        targets = study.market(code).weighting.targets["age_band"]
        assert 100 * frame["age"].between(35, 54).mean() > targets["35-54"] + 2
        assert 100 * frame["age"].ge(55).mean() < targets["55+"] - 2


# ---- the answers


def test_one_column_a_variable(study, drawn):
    variables = set(study.codebook.all_columns) - {"respondent", "interview_date", "story", "why"}
    assert set(drawn["uk"].columns) == variables


def test_every_code_is_an_answer_or_a_missing_code(study, drawn):
    book = study.codebook
    for name, question in book.questions.items():
        if question.kind in ("single", "grid", "multiple"):
            known = {0, 1} if question.kind == "multiple" else set(book.answers(name)) | {97, 98, 99}
            for variable in book.columns(name):
                assert set(drawn["uk"][variable].dropna()) <= known, variable


def test_regions_are_those_of_the_market_and_move_no_other_answer(study, drawn, monkeypatch):
    monkeypatch.setattr(person, "region", lambda draw, settings: {"region": np.ones(draw.size)})
    for n, (code, frame) in enumerate(drawn.items()):
        offered = study.market(code).offered["region"]
        shares = frame["region"].value_counts(normalize=True)[list(offered)]
        assert set(frame["region"]) == set(offered)
        assert 100 * shares.to_numpy() == pytest.approx(np.array(REGIONS[code]), abs=2)  # four errors of 10,000
        without = simulate(study, code, SIZE, np.random.default_rng([7, n]))
        pd.testing.assert_frame_equal(without.drop(columns="region"), frame.drop(columns="region"))


def test_routing_holds(study, drawn):
    book = study.codebook
    routed = [name for name, question in book.questions.items() if question.asked_if and question.kind != "open"]
    assert len(routed) > 50
    for frame in drawn.values():
        for name in routed:
            sent = asked(book.questions[name].asked_if, frame, book)
            answered = frame[list(book.columns(name))].notna()
            assert sent.any()
            assert answered.eq(sent, axis=0).all(axis=None), name


def test_only_routed_questions_are_empty(study, drawn):
    for name, question in study.codebook.questions.items():
        if not question.asked_if and question.kind not in ("identifier", "date", "bands", "open"):
            assert drawn["uk"][list(study.codebook.columns(name))].notna().all(axis=None), name


@pytest.mark.parametrize("question", ["bought", "reasons", "offers", "silo_failures", "poor_actions"])
def test_none_of_these_is_chosen_by_those_who_chose_nothing_else(study, drawn, question):
    others = [name for name in study.codebook.columns(question) if not name.endswith(".none")]
    last = "nothing" if question == "poor_actions" else "none"
    others = [name for name in others if not name.endswith(f".{last}")]
    frame = drawn["fr"].dropna(subset=others)
    assert len(frame) > 1000
    assert ((frame[others] == 0).all(axis=1) == (frame[f"{question}.{last}"] == 1)).all()


def test_who_names_a_first_channel_would_use_it(drawn):
    frame = drawn["it"].query("form == 1")
    assert (frame.loc[frame["support_first"] == 7, "support_would.social"] == 1).all()


def test_those_swayed_by_social_media_are_the_more_often_stopped_by_reviews(drawn):
    # both lean on one latent orientation: LATENT of src/analysis/study/synthetic/truths.py
    for frame in drawn.values():
        swayed, _ = influenced(frame.query("form == 1"), "social")
        stopped, _ = gave(frame.query("form == 1"), "reviews")
        assert np.corrcoef(swayed, stopped)[0, 1] > 0.1


def test_answers_to_one_battery_are_correlated(drawn):
    email, faq = (influenced(drawn["uk"], item)[0] for item in ("email", "faq"))
    assert np.corrcoef(email, faq)[0, 1] > 0.05


def test_no_channel_for_a_complaint_and_no_theme_is_named_twice(drawn):
    frame = drawn["se"]
    assert frame.filter(like="complaint_channel.").nunique(axis=1).eq(3).all()
    assert frame.filter(like="theme_choice.").nunique(axis=1).eq(2).all()


def test_a_buyer_rates_one_to_eight_cells_of_the_journey_some_of_them_rarely(drawn):
    cells = drawn["nl"].filter(like="journey.").dropna() != NO_CUSTOMER
    assert set(cells.sum(axis=1)) == set(range(1, 9))
    assert (cells.mean() * USED["nl"] < 30).sum() > 5  # cells too small to show in a sample of the market
    assert (cells.mean() * USED["nl"] > 100).sum() > 5


# ---- what drives what


@pytest.fixture(scope="module")
def buyers(drawn):
    """Buyers of all markets; codes that are no answer are NaN."""
    frame = pd.concat(drawn.values(), ignore_index=True).query("`bought.none` == 0")
    spend = frame["spend"].where(frame["spend"] >= 0)
    return frame.where((frame < 97) | (frame.columns == "age")).assign(spend=spend)


def mean_by(frame, outcome, by):
    """The mean of the outcome by answer, and a bound to the standard error of a difference of two of them."""
    groups = frame.groupby(by)[outcome]
    return groups.mean(), np.sqrt(2 * (groups.var() / groups.size()).max())


DRIVEN = ["recommend", "rebuy", "attachment", "goal_ease", "clear_answer", "support_enough", "six_parts.use"]


@pytest.mark.parametrize("variable", DRIVEN)
def test_a_satisfied_buyer_is_better_off_in_other_answers(buyers, variable):
    assert buyers["satisfaction"].corr(buyers[variable]) > 0.2


def test_a_satisfied_buyer_spends_more(buyers):
    assert buyers["satisfaction"].corr(np.log(buyers["spend"])) > 0.1


# Question, the answer of the more satisfied, the answer of the less satisfied.
BETTER = {
    "switched": (2, 1),
    "moment_missed": (1, 3),
    "reply_promise": (1, 2),
    "told_each_step": (1, 3),
    "delivery_trouble": (2, 3),
    "adviser": (1, 2),
    "story_points.pain": (0, 1),
    "themes.cho3": (1, 7),
}


@pytest.mark.parametrize("question", BETTER)
def test_what_happened_raises_or_lowers_satisfaction(buyers, question):
    better, worse = BETTER[question]
    means, error = mean_by(buyers, "satisfaction", question)
    assert means[better] - means[worse] > 4 * error


def test_a_missed_moment_costs_the_more_trust_where_the_purchase_was_complex(buyers):
    buyers = buyers.dropna(subset=["moment_missed", "complexity"])
    kinds = [buyers["complexity"] >= 4, buyers["moment_missed"] == 1]
    trust = buyers["trust_after"].groupby(kinds).mean().unstack()
    cost = trust[True] - trust[False]
    assert cost[True] > cost[False] > 0


def test_more_attention_goes_to_complex_purchases(buyers):
    means, error = mean_by(buyers, "attention", buyers["complexity"] >= 4)
    assert means[True] - means[False] > 4 * error


def test_the_themes_are_scales_and_trust_weighs_more_than_identity(study, buyers):
    composites = study.codebook.questions["themes"].composites
    scores = {}
    for name, composite in composites.items():
        items = buyers[[f"themes.{item}" for item in composite.items]].copy()
        for item in composite.reversed:
            items[f"themes.{item}"] = 8 - items[f"themes.{item}"]
        covariance = items.dropna().cov().to_numpy()
        alpha = len(items.columns) / (len(items.columns) - 1) * (1 - np.trace(covariance) / covariance.sum())
        assert 0.65 < alpha < 0.9, name  # Cronbach 1951, formula 2
        scores[name] = items.mean(axis=1)
    frame = pd.DataFrame({**scores, "satisfaction": buyers["satisfaction"]}).dropna()
    frame = (frame - frame.mean()) / frame.std()
    weights, *_ = np.linalg.lstsq(frame[list(scores)].to_numpy(), frame["satisfaction"].to_numpy(), rcond=None)
    found = dict(zip(scores, weights, strict=True))
    assert min(found.values()) > 0
    assert sorted(found, key=found.get)[-3:] == ["commitment", "convenience", "trust"]
    assert set(sorted(found, key=found.get)[:2]) <= {"benefit", "identity", "recognition"}


def test_more_products_to_choose_from_help_less_and_less(buyers):
    kept = buyers[["themes.cho1", "satisfaction"]].dropna()
    curve, *_ = np.polyfit(kept["themes.cho1"], kept["satisfaction"], 2)
    assert curve < -0.03


def test_social_media_sway_less_with_every_ten_years_of_age_and_ever_less_so(drawn):
    frame = pd.concat(drawn.values())
    top = frame["influence.social"].isin([4, 5]).groupby(pd.cut(frame["age"], [17, 27, 37, 47, 57, 67])).mean()
    assert top.is_monotonic_decreasing
    steps = -top.diff().dropna()
    assert steps.iloc[0] + steps.iloc[1] > 2 * steps.iloc[-1]


def test_those_left_without_support_spread_the_word(drawn):
    frame = pd.concat(drawn.values()).query("poor_experience == 1 and needed_support == 1 and support_enough < 97")
    spread = (frame[[f"poor_actions.{item}" for item in ("posted", "reviewed", "told")]] == 1).any(axis=1)
    without = spread.groupby(frame["support_enough"] <= 3).mean()
    assert without[True] - without[False] > 0.05


def test_negative_news_in_the_second_channel_ends_the_purchase(drawn):
    frame = pd.concat(drawn.values()).query("second_channel == 1")
    lost = frame["second_channel_outcome"].isin([3, 4]).groupby(frame["second_channel_negative"]).mean()
    assert lost[1] - lost[2] > 0.4


# ---- seeds


def test_a_seed_gives_the_same_respondents_and_another_seed_others(study):
    first, again, other = (simulate(study, "uk", 200, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_simulating_asks_for_the_number_of_respondents_it_is_told(study):
    assert len(simulate(study, "uk", 37, np.random.default_rng(1))) == 37
