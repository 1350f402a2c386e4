"""The bundled respondents: draws from a population whose true shares are the published figures.

They show that the pipeline works and how precise such a study is. They are no finding, and every
page of a market whose file says `source: synthetic` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm

from analysis.study.checks import asked
from analysis.study.codebook import Code
from analysis.study.params import MarketSettings, Study

SEED = 20120228
USED = {"uk": 430, "fr": 429, "de": 429, "it": 428, "es": 428, "nl": 428, "se": 428}

# Percent by market, each with the published figure as its mean over the seven markets.
# Published 2012: social 22, reviews 20 (UK 30, France 25), unclear 26 (France 25), sign-up or
# payment 21 (just behind reviews in the UK). How markets spread around a mean is our assumption.
TRUTH = {
    "social": {"uk": 24, "fr": 21, "de": 17, "it": 25, "es": 27, "nl": 20, "se": 20},
    "email": {"uk": 43, "fr": 39, "de": 44, "it": 38, "es": 39, "nl": 42, "se": 42},
    "faq": {"uk": 39, "fr": 35, "de": 40, "it": 36, "es": 37, "nl": 40, "se": 39},
    "phone": {"uk": 22, "fr": 26, "de": 26, "it": 27, "es": 26, "nl": 21, "se": 20},
    "reviews": {"uk": 30, "fr": 25, "de": 15, "it": 18, "es": 19, "nl": 16, "se": 17},
    "unclear": {"uk": 24, "fr": 25, "de": 27, "it": 27, "es": 26, "nl": 27, "se": 26},
    "signup_or_payment": {"uk": 28, "fr": 20, "de": 20, "it": 19, "es": 20, "nl": 20, "se": 20},
}
# Percent, the same in every market. Figures that were not published are our assumption.
REASONS = {"slow_reply": 14, "contradiction": 9, "technical": 8, "not_found": 11}
BOUGHT = {"retail": 62, "telecoms": 30, "utilities": 25, "travel": 40, "finance": 25, "manufacturer": 30}
FIRST = {1: 18, 2: 22, 3: 33, 4: 8, 7: 10, 8: 6, 9: 3}  # phone and email 40, self-service 33, social 10
WOULD = {"phone": 38, "email": 42, "self_service": 49, "chat": 20, "social": 17, "shop": 18, "letter": 7}
OFFERS = {"complementary": 61, "another": 59}
SERVICE = {1: 55, 2: 42, 3: 2, 4: 1}
COMPLEXITY = {1: 20, 2: 27, 3: 25, 4: 19, 5: 9}
MISSED = {True: {1: 42, 2: 37, 3: 21}, False: {1: 62, 2: 28, 3: 10}}  # complex, or not
SECOND_CHANNEL, GIVEN_UP, NEEDED = 57, 48, 45
YOUNG = 29  # social media among 18-34, published
RESPONSE = {"18-34": 1.05, "35-54": 1.20, "55+": 0.80}  # who answers a panel more often
LATENT = {"social": 0.75, "reviews": 0.55}  # correlation with the latent social orientation
DONT_KNOW, REFUSED = 0.02, 0.005
SPEEDERS, DUPLICATES = 6, 3
OTHER_ITEM, USED_CELL = 0.25, 0.15
SENTENCES = [
    "I looked at a few sites and then ordered it.",
    "I asked a friend and bought it in a shop.",
    "I compared prices first and took a day to decide.",
    "It had good reviews and a fair price.",
]
CHANNEL_CODES = {"phone": 1, "email": 2, "self_service": 3, "chat": 4, "social": 7, "shop": 8, "letter": 9}


def write_respondents(study: Study) -> dict[str, tuple[Path, str]]:
    """Market to the file written and its sha256, for every synthetic market of the bundled study.

    The same bytes come out every time: the draws are seeded by market, and the SPSS header's date
    is the fieldwork's.
    """
    written = {}
    for index, code in enumerate(USED):
        settings = study.market(code)
        if settings.source != "synthetic" or settings.raw.path is None:
            continue
        path = (study.folder / settings.raw.path).resolve()
        frame = _delivered(study, code, settings, np.random.default_rng([SEED, index]))
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(frame, path, study, settings)
        written[code] = (path, hashlib.sha256(path.read_bytes()).hexdigest())
    return written


def simulate(study: Study, code: str, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """`size` respondents of a market: one column a codebook variable, codes as an agency has them.

    NaN where nothing was asked; 98 don't know, 99 refused.
    """
    settings = study.market(code)
    people = _people(settings, size, rng)
    band = people.pop("band")
    latent = {"social": rng.standard_normal(size), "service": rng.standard_normal(size)}
    chance = _chances(study, code, band)
    columns = {
        **people,
        **_bought(rng, size, latent["service"]),
        **_influences(rng, chance, latent),
        **_reasons(rng, chance, latent),
        **_support(rng, size, latent["service"]),
        **_offers(rng, size, latent["service"]),
        **_reference(rng, size),
        "service_value": _single(rng, size, SERVICE),
        "given_up": _yes_no(rng, size, GIVEN_UP),
        "form": rng.integers(1, 3, size),
    }
    return _route(_others(study, columns, size, rng), study)


def _people(settings: MarketSettings, size: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    targets = settings.weighting.targets
    bands = [str(name) for name in targets["age_band"]]
    drawn = np.array([targets["age_band"][b] * RESPONSE[b] for b in bands])
    band = rng.choice(bands, size, p=drawn / drawn.sum())
    edges = {"18-34": (18, 34), "35-54": (35, 54), "55+": (55, 84)}
    low, high = (np.array([edges[b][end] for b in band]) for end in (0, 1))
    female = np.clip(targets["sex"][2] / 100 * 1.04, 0, 1)
    usage = {1: 45, 2: 22, 3: 13, 4: 10, 5: 10}
    return {
        "band": band,
        "age": rng.integers(low, high + 1),
        "sex": np.where(rng.random(size) < female, 2, 1),
        "device": _single(rng, size, {1: 62, 2: 24, 3: 14}),
        "duration": np.round(np.exp(rng.normal(6.35, 0.3, size))).clip(200).astype(int),
        "social_use": _single(rng, size, usage, missing=True),
    }


def _chances(study: Study, code: str, band: np.ndarray) -> dict[str, np.ndarray]:
    """True share 0-1 of each item for each respondent's age band."""
    age_effect = {"social": _age_effect(study), "reviews": 0.35}
    chances = {}
    for item, truth in TRUTH.items():
        shares = _by_band(_bands(study, code), truth[code] / 100, age_effect.get(item, 0.0))
        chances[item] = np.array([shares[b] for b in band])
    return chances


def _age_effect(study: Study) -> float:
    """The effect of age on the logit with which the young have their published share."""

    targets = {code: _bands(study, code) for code in TRUTH["social"]}  # read once, not at every step

    def gap(effect: float) -> float:
        young = [_by_band(targets[c], t / 100, effect)["18-34"] for c, t in TRUTH["social"].items()]
        return float(np.mean(young)) - YOUNG / 100

    return float(brentq(gap, 0, 3))


def _bands(study: Study, code: str) -> dict[Code, float]:
    return study.market(code).weighting.targets["age_band"]


def _by_band(targets: dict[Code, float], share: float, effect: float) -> dict[str, float]:
    """Share by age band: they average to `share` over the population, and fall with age."""
    weight = np.array(list(targets.values())) / sum(targets.values())
    steps = effect * np.array([1.0, 0.0, -0.6])
    level = brentq(lambda x: float(weight @ expit(x + steps)) - share, logit(share) - 5, logit(share) + 5)
    return dict(zip([str(b) for b in targets], expit(level + steps), strict=True))


def _bought(rng: np.random.Generator, size: int, service: np.ndarray) -> dict[str, np.ndarray]:
    items = {f"bought.{k}": _correlated(rng, p / 100, service, 0.3) for k, p in BOUGHT.items()}
    nothing = ~np.logical_or.reduce(list(items.values()))
    return {**_as_codes(items), "bought.none": nothing.astype(float)}


def _influences(
    rng: np.random.Generator, chance: dict[str, np.ndarray], latent: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    columns = {}
    for item in ("email", "faq", "phone", "social"):
        factor, rho = (latent["social"], LATENT["social"]) if item == "social" else (latent["service"], 0.5)
        # don't-knows stay in the base, so that the answered must be the more often influenced
        top = _correlated(rng, chance[item] / (1 - DONT_KNOW), factor, rho)
        size = len(top)
        high = rng.choice([4, 5], size, p=[0.7, 0.3])
        low = rng.choice([1, 2, 3], size, p=[0.25, 0.35, 0.40])
        columns[f"influence.{item}"] = _with_missing(rng, np.where(top, high, low))
    return columns


def _reasons(
    rng: np.random.Generator, chance: dict[str, np.ndarray], latent: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    size = len(chance["reviews"])
    either = _correlated(rng, chance["signup_or_payment"], latent["service"], 0.4)
    kind = rng.choice(3, size, p=[0.45, 0.30, 0.25])  # sign-up, payment, both
    items = {
        "reasons.reviews": _correlated(rng, chance["reviews"], latent["social"], LATENT["reviews"]),
        "reasons.signup": either & (kind != 1),
        "reasons.payment": either & (kind != 0),
        "reasons.unclear": _correlated(rng, chance["unclear"], latent["service"], 0.3),
    }
    for name, share in REASONS.items():
        items[f"reasons.{name}"] = _correlated(rng, share / 100, latent["service"], 0.3)
    nothing = ~np.logical_or.reduce(list(items.values()))
    return {**_as_codes(items), "reasons.none": nothing.astype(float)}


def _support(rng: np.random.Generator, size: int, service: np.ndarray) -> dict[str, np.ndarray]:
    first = _single(rng, size, FIRST)
    items = {}
    for name, code in CHANNEL_CODES.items():
        begin = FIRST[code] / 100
        extra = (WOULD[name] / 100 - begin) / (1 - begin)
        items[f"support_would.{name}"] = (first == code) | _correlated(rng, extra, service, 0.3)
    last = np.where(rng.random(size) < 0.6, first, _single(rng, size, FIRST))
    return {
        **_as_codes(items),
        "support_would.none": np.zeros(size),
        "support_first": first,
        "needed_support": _yes_no(rng, size, NEEDED),
        "support_last": last,
    }


def _offers(rng: np.random.Generator, size: int, service: np.ndarray) -> dict[str, np.ndarray]:
    items = {f"offers.{k}": _correlated(rng, p / 100, service, 0.5) for k, p in OFFERS.items()}
    nothing = ~np.logical_or.reduce(list(items.values()))
    return {**_as_codes(items), "offers.none": nothing.astype(float)}


def _reference(rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
    complexity = _single(rng, size, COMPLEXITY)
    missed = np.where(complexity >= 4, _single(rng, size, MISSED[True]), _single(rng, size, MISSED[False]))
    return {
        "complexity": complexity,
        "second_channel": _yes_no(rng, size, SECOND_CHANNEL, missing=True),
        "moment_missed": _with_missing(rng, missed),
    }


def _others(study: Study, columns: dict[str, np.ndarray], size: int, rng: np.random.Generator) -> pd.DataFrame:
    """The questions that have no truth yet: each answer alike."""
    book, filled = study.codebook, dict(columns)
    for name, question in book.questions.items():
        variables = [variable for variable in book.columns(name) if variable not in filled]
        for variable in variables:
            if question.kind == "multiple":
                filled[variable] = (rng.random(size) < OTHER_ITEM).astype(float)
            elif question.kind == "number":
                filled[variable] = np.round(np.exp(rng.normal(5.3, 1.0, size)))
            elif question.kind in ("single", "grid"):
                filled[variable] = rng.choice(list(book.answers(name)), size)
        for key in (key for key, item in question.items.items() if item.exclusive):
            rest = [filled[f"{name}.{other}"] == 1 for other in question.items if other != key]
            filled[f"{name}.{key}"] = (~np.logical_or.reduce(rest)).astype(float)
    filled["main_reason"] = _main_reason(study, filled, rng)
    filled.update(_ranks(filled, size, rng))
    for variable in (v for v in filled if v.startswith("journey.")):
        filled[variable] = np.where(rng.random(size) < USED_CELL, filled[variable], 97)
    for name in ("sector_first", "sector_follow", "sector_loyalty"):
        for item in BOUGHT:
            filled[f"{name}.{item}"] = np.where(filled[f"bought.{item}"] == 1, filled[f"{name}.{item}"], 97)
    return pd.DataFrame(filled)


def _main_reason(study: Study, columns: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Of form A one of the reasons named, of form B any; 96 where none was."""
    items = [item for item in study.codebook.questions["reasons"].items if item != "none"]
    named = np.column_stack([columns[f"reasons.{item}"] for item in items]) == 1
    asked_all = (columns["form"] == 1)[:, None]
    liking = rng.random(named.shape) * np.where(asked_all, named, True)
    return np.where(liking.max(axis=1) > 0, liking.argmax(axis=1) + 1, 96)


def _ranks(columns: dict[str, np.ndarray], size: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Three channels for a complaint, and the most and the least important theme: none of them twice."""
    channels = rng.permuted(np.tile(np.arange(1, 8), (size, 1)), axis=1)
    themes = rng.permuted(np.tile(np.arange(1, 11), (size, 1)), axis=1)
    ranked = {f"complaint_channel.{item}": channels[:, n] for n, item in enumerate(("first", "second", "third"))}
    return ranked | {f"theme_choice.{item}": themes[:, n] for n, item in enumerate(("most", "least"))}


def _route(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Empty where the routing did not ask."""
    for name, question in study.codebook.questions.items():
        if question.asked_if and question.kind != "open":
            sent = asked(question.asked_if, frame, study.codebook)
            variables = list(study.codebook.columns(name))
            frame[variables] = frame[variables].where(sent)
    return frame.copy()  # in one block


def _words(frame: pd.DataFrame, study: Study, rng: np.random.Generator) -> None:
    """Sentences of the open questions, which no page shows."""
    for name, question in study.codebook.questions.items():
        if question.kind == "open":
            sent = asked(question.asked_if, frame, study.codebook)
            frame[name] = np.where(sent, rng.choice(SENTENCES, len(frame)), "")


def _correlated(rng: np.random.Generator, share: float | np.ndarray, factor: np.ndarray, rho: float) -> np.ndarray:
    """Yes with the given chance, correlated with a latent factor (a one-factor probit)."""
    latent = rho * factor + np.sqrt(1 - rho**2) * rng.standard_normal(len(factor))
    return np.asarray(latent > norm.ppf(1 - np.asarray(share)))


def _single(rng: np.random.Generator, size: int, percents: dict[int, int], missing: bool = False) -> np.ndarray:
    shares = np.array(list(percents.values())) / sum(percents.values())
    codes = rng.choice(list(percents), size, p=shares)
    return _with_missing(rng, codes) if missing else codes


def _yes_no(rng: np.random.Generator, size: int, percent: float, missing: bool = False) -> np.ndarray:
    share = percent / 100 / (1 - DONT_KNOW) if missing else percent / 100
    codes = np.where(rng.random(size) < share, 1, 2)
    return _with_missing(rng, codes) if missing else codes


def _with_missing(rng: np.random.Generator, codes: np.ndarray) -> np.ndarray:
    draw = rng.random(len(codes))
    refused = draw > 1 - REFUSED
    return np.where(refused, 99, np.where(draw < DONT_KNOW * (1 - REFUSED), 98, codes))


def _as_codes(items: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values.astype(float) for name, values in items.items()}


def _delivered(study: Study, code: str, settings: MarketSettings, rng: np.random.Generator) -> pd.DataFrame:
    """The respondents as an agency delivers them: with speeders, duplicates and its own columns."""
    frame = simulate(study, code, USED[code] + SPEEDERS, rng)
    size = len(frame)
    frame.insert(0, "respondent", [f"{code.upper()}{n:05d}" for n in 10_000 + rng.permutation(size)])
    days = (settings.fieldwork.end - settings.fieldwork.start).days + 1
    dates = pd.Timestamp(settings.fieldwork.start) + pd.to_timedelta(rng.integers(0, days, size), "D")
    frame["interview_date"] = dates.strftime("%Y-%m-%d")
    _words(frame, study, rng)
    fast = rng.choice(size, SPEEDERS, replace=False)
    frame.loc[fast, "duration"] = rng.integers(40, 149, SPEEDERS)
    frame.loc[fast, [c for c in frame if c.startswith("influence.")]] = 3
    again = frame.loc[rng.choice(np.setdiff1d(np.arange(size), fast), DUPLICATES, replace=False)]
    frame = pd.concat([frame, again]).sort_values("interview_date", kind="stable", ignore_index=True)
    return _own_columns(frame, study, settings, rng)


def _own_columns(frame: pd.DataFrame, study: Study, settings: MarketSettings, rng: np.random.Generator) -> pd.DataFrame:
    names = {**study.codebook.all_columns, **settings.columns}
    groups = [list(study.codebook.columns(name)) for name in study.codebook.questions]
    order = [groups[0], *(groups[1 + i] for i in rng.permutation(len(groups) - 1))]
    return frame[[v for group in order for v in group]].rename(columns=names)


def _write(frame: pd.DataFrame, path: Path, study: Study, settings: MarketSettings) -> None:
    writers: dict[str, Callable[[], None]] = {
        ".csv": lambda: _write_csv(frame, path),
        ".sav": lambda: _write_sav(frame, path, study, settings),
    }
    writers[path.suffix]()


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    text = frame.copy()
    for name in text:
        if pd.api.types.is_numeric_dtype(text[name]):
            text[name] = text[name].astype("Int64")
    path.write_bytes(text.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def _write_sav(frame: pd.DataFrame, path: Path, study: Study, settings: MarketSettings) -> None:
    import pyreadstat

    variables = {c: v for v, c in {**study.codebook.all_columns, **settings.columns}.items()}
    labels: dict[str, str | None] = {}
    values: dict[str, dict[int | float, str]] = {}
    for column in frame:
        name, _, item = variables[str(column)].partition(".")
        label = study.codebook.item_label(name, item) if item else study.codebook.question_label(name)
        labels[str(column)] = label
        if study.codebook.questions[name].kind in ("single", "grid"):
            values[str(column)] = {c: t["en"] for c, t in study.codebook.answers(name).items()}
    pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels=values, row_compress=True)
    content = bytearray(path.read_bytes())
    # The header's date and time of creation (bytes 92 to 108) would differ with every run.
    content[92:109] = settings.fieldwork.end.strftime("%d %b %y").encode() + b"09:00:00"
    path.write_bytes(bytes(content))
