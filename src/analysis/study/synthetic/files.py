"""The bundled files, as a field agency would deliver them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.study.checks import asked
from analysis.study.params import MarketSettings, Study
from analysis.study.synthetic.population import simulate

SEED = 20120228
USED = {"uk": 430, "fr": 429, "de": 429, "it": 428, "es": 428, "nl": 428, "se": 428}
SPEEDERS, DUPLICATES = 6, 3
LAST = ("region",)  # the last column of every file: where it stands moves no other
SENTENCES = [
    "I looked at a few sites and then ordered it.",
    "I asked a friend and bought it in a shop.",
    "I compared prices first and took a day to decide.",
    "It had good reviews and a fair price.",
]


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


def _words(frame: pd.DataFrame, study: Study, rng: np.random.Generator) -> None:
    """Sentences of the open questions, which no page shows."""
    for name, question in study.codebook.questions.items():
        if question.kind == "open":
            sent = asked(question.asked_if, frame, study.codebook)
            frame[name] = np.where(sent, rng.choice(SENTENCES, len(frame)), "")


def _own_columns(frame: pd.DataFrame, study: Study, settings: MarketSettings, rng: np.random.Generator) -> pd.DataFrame:
    names = {**study.codebook.all_columns, **settings.columns}
    groups = [list(study.codebook.columns(name)) for name in study.codebook.questions if name not in LAST]
    order = [groups[0], *(groups[1 + i] for i in rng.permutation(len(groups) - 1)), list(LAST)]
    return frame[[v for group in order for v in group]].rename(columns=names)


def _write(frame: pd.DataFrame, path: Path, study: Study, settings: MarketSettings) -> None:
    writers: dict[str, Callable[[], None]] = {
        ".csv": lambda: _write_csv(frame, path),
        ".sav": lambda: _write_sav(frame, path, study, settings),
    }
    writers[path.suffix]()


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    numeric = pd.api.types.is_numeric_dtype
    text = pd.DataFrame({name: c.astype("Int64") if numeric(c) else c for name, c in frame.items()})
    path.write_bytes(text.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def _write_sav(frame: pd.DataFrame, path: Path, study: Study, settings: MarketSettings) -> None:
    import pyreadstat

    book = study.codebook.offering(settings.offered)
    variables = {c: v for v, c in {**study.codebook.all_columns, **settings.columns}.items()}
    labels: dict[str, str | None] = {}
    values: dict[str, dict[int | float, str]] = {}
    for column in frame:
        name, _, item = variables[str(column)].partition(".")
        label = study.codebook.item_label(name, item) if item else study.codebook.question_label(name)
        labels[str(column)] = label
        if study.codebook.questions[name].kind in ("single", "grid"):
            values[str(column)] = {c: t["en"] for c, t in book.answers(name).items()}
    pyreadstat.write_sav(frame, str(path), column_labels=labels, variable_value_labels=values, row_compress=True)
    content = bytearray(path.read_bytes())
    # The header's date and time of creation (bytes 92 to 108) would differ with every run.
    content[92:109] = settings.fieldwork.end.strftime("%d %b %y").encode() + b"09:00:00"
    path.write_bytes(bytes(content))
