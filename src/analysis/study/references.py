"""Names that point from one file of a study into another: each must be there, or the nearest is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import Problem, did_you_mean
from analysis.study.chapters import EVERY
from analysis.study.codebook import MISSING_LABELS, Code, Codebook, Figure

if TYPE_CHECKING:
    from analysis.study.params import MarketSettings, Study
    from analysis.study.register import Claim


def study_problems(study: Study) -> list[Problem]:
    """Names in study.yaml, claims.yaml and register.yaml that point at nothing."""
    where = str(study.folder / "study.yaml")
    book = study.codebook
    ids = {claim.id for claim in study.claims.expanded}
    problems = []
    for name, figure in study.settings.key_figures.items():
        problems += figure_problems(f"{where}, key_figures.{name}", figure, book)
        place = f"{where}, key_figures.{name}"
        problems += [_unknown(place, "claim", c, ids) for c in figure.claims if c not in ids]
    keys = study.settings.key_figures
    problems += [
        _unknown(f"{where}, headlines", "key figure", n, keys) for n in study.settings.headlines if n not in keys
    ]
    problems += _article_problems(f"{where}, article", study)
    for banner in study.settings.banner:
        problems += _answer_problems(f"{where}, banner", banner.question, banner.answers, book)
    roles = {study.settings.quality.respondent: "identifier", study.settings.quality.seconds: "number"}
    for role, kind in roles.items():
        if role is not None:
            problems += _role_problems(f"{where}, quality", role, kind, book)
    problems += _benchmark_problems(study)
    problems += [Problem(f"{where}, fonts", "no such font file", str(p)) for p in study.fonts if not p.is_file()]
    for claim in study.claims.expanded:
        problems += _claim_problems(f"{study.folder / 'claims.yaml'}, {claim.id}", claim, ids, study)
    return problems + _register_problems(study, ids)


def _register_problems(study: Study, ids: Iterable[str]) -> list[Problem]:
    """Entries that no claim tests, and claims without an entry."""
    where = str(study.folder / "register.yaml")
    return [Problem(f"{where}, {name}", fault) for name, fault in study.register.faults(ids)]


def _benchmark_problems(study: Study) -> list[Problem]:
    """Figures and markets of benchmarks.yaml that there are not."""
    problems = []
    markets = sorted(path.stem for path in (study.folder / "markets").glob("*.yaml"))  # of the report, or left out
    for name, benchmark in study.benchmarks.benchmarks.items():
        where = f"{study.folder / 'benchmarks.yaml'}, {name}"
        problems += figure_problems(where, benchmark.beside, study.codebook) if benchmark.beside else []
        problems += [
            Problem(where, "no such market file", code, ", ".join(markets), did_you_mean(code, markets))
            for code in benchmark.values
            if code not in markets
        ]
    return problems


def _article_problems(where: str, study: Study) -> list[Problem]:
    """Questions that there are not."""
    problems: list[Problem] = []
    for questions in study.settings.article.shows.values():
        problems += [p for name in questions if name != EVERY for p in _shown_problems(where, name, study.codebook)]
    return problems


def _shown_problems(where: str, name: str, book: Codebook) -> list[Problem]:
    """What a chapter shows: a question, or one item of it (question.item)."""
    question, _, item = name.partition(".")
    problems = _answer_problems(where, question, (), book)
    if item and not problems and item not in book.questions[question].items:
        problems = [_unknown(where, "item", item, book.questions[question].items)]
    return problems


def _claim_problems(where: str, claim: Claim, ids: set[str], study: Study) -> list[Problem]:
    book, markets = study.codebook, study.settings.markets
    problems = figure_problems(where, claim.figure, book)
    if claim.between is not None:
        between = book.questions.get(claim.between)
        known = [name for name, question in book.questions.items() if question.kind in ("single", "bands")]
        problems += [] if between else [_unknown(where, "question", claim.between, known)]
        if between and claim.between not in known:
            problems.append(Problem(where, "not a question with one answer", claim.between, ", ".join(known[:12])))
    if not problems:
        found = [p for figure in claim.figures(book)[1:] for p in figure_problems(where, figure, book)]
        problems += dict.fromkeys(found)
    if claim.reading_of and claim.reading_of not in ids:
        problems.append(_unknown(where, "claim", claim.reading_of, ids))
    named = [*claim.markets, *claim.excluding, *([claim.against_market] if claim.against_market else [])]
    problems += [Problem(where, "no such market", code, ", ".join(markets)) for code in named if code not in markets]
    return problems


def figure_problems(where: str, figure: Figure, book: Codebook) -> list[Problem]:
    problems = _answer_problems(where, figure.question, (), book)
    if problems:
        return problems
    items = book.questions[figure.question].items
    kind = book.questions[figure.question].kind
    if figure.mean:
        return _mean_problems(where, figure, book) + _domain_problems(where, figure.domain, book)
    known = set(items) | (set(book.nets(figure.question)) if kind == "multiple" else set())
    if kind in ("number", "identifier", "date"):
        return [Problem(where, f"a question of kind {kind} has no shares", figure.question)]
    if figure.item is not None and figure.item not in known:
        problems.append(_unknown(where, "item", figure.item, known))
    if figure.item is None and known:
        problems.append(Problem(where, "the figure names no item", figure.question, ", ".join(sorted(known)[:12])))
    if figure.choice is None and kind != "multiple":
        allowed = ", ".join([*map(str, book.choices(figure.question)), *book.nets(figure.question)][:12])
        problems.append(Problem(where, "the figure names no answer, net or band", figure.question, allowed))
    chosen = [choice for choice in (figure.answer, figure.net) if choice is not None]
    problems += _answer_problems(where, figure.question, tuple(chosen), book)
    return problems + _domain_problems(where, figure.domain, book)


def _mean_problems(where: str, figure: Figure, book: Codebook) -> list[Problem]:
    question = book.questions[figure.question]
    if question.kind not in ("number", "single", "grid"):
        return [Problem(where, f"a question of kind {question.kind} has no mean", figure.question)]
    known = {*question.items, *question.composites}
    if (figure.item or "") not in (known or {""}):
        return [_unknown(where, "item", figure.item or "", known)]
    return []


def _domain_problems(where: str, domain: Mapping[str, Code], book: Codebook) -> list[Problem]:
    problems = []
    for variable, answer in domain.items():
        name, _, item = variable.partition(".")
        question = book.questions.get(name)
        if question and (item or question.items) and item not in question.items:
            problems.append(_unknown(where, "variable", variable, [f"{name}.{i}" for i in question.items] or [name]))
        elif question and question.kind == "multiple":
            if str(answer) not in ("0", "1", *MISSING_LABELS):
                problems.append(_unknown(where, "answer", str(answer), ["0", "1"]))
        elif str(answer) not in MISSING_LABELS:
            problems += _answer_problems(where, name, (answer,), book)
    return problems


def _role_problems(where: str, name: str, kind: str, book: Codebook) -> list[Problem]:
    problems = _answer_problems(where, name, (), book)
    if not problems and book.questions[name].kind != kind:
        known = [n for n, question in book.questions.items() if question.kind == kind]
        problems.append(Problem(where, f"not a question of kind {kind}", name, ", ".join(known[:12])))
    return problems


def _answer_problems(where: str, name: str, answers: tuple[Code, ...], book: Codebook) -> list[Problem]:
    if name not in book.questions:
        return [_unknown(where, "question", name, book.questions)]
    known = {str(choice) for choice in book.choices(name)} | set(book.nets(name))
    return [_unknown(where, "answer", str(a), known) for a in answers if str(a) not in known]


def _unknown(where: str, what: str, got: str, known: object) -> Problem:
    return nowhere(where, f"{what} in the codebook", got, known)


def nowhere(where: str, what: str, got: str, known: object) -> Problem:
    """A name that points at nothing, with the nearest of those that are known."""
    names = sorted(str(name) for name in known)  # type: ignore[attr-defined]
    return Problem(where, f"no such {what}", got, ", ".join(names[:12]), did_you_mean(got, names))


def market_problems(path: Path, market: MarketSettings, study: Study) -> list[Problem]:
    """Names in a market's file that point at nothing, and what the study needs of it and does not find."""
    problems, book = [], study.codebook
    if study.settings.average == "population" and market.population is None:
        fix = "give its size and source, or set average: alike in study.yaml"
        problems.append(Problem(str(path), "the study averages by population, and this market names none", fix=fix))
    for variable in market.columns:
        if variable not in book.all_columns:
            problems.append(_unknown(f"{path}, columns", "variable", variable, book.all_columns))
    if market.earlier and not (path.parent / f"{market.earlier}.yaml").is_file():
        known = sorted(other.stem for other in path.parent.glob("*.yaml"))
        hint = did_you_mean(market.earlier, known)
        problems.append(Problem(f"{path}, earlier", "no such market file", market.earlier, ", ".join(known), hint))
    problems += list(_not_asked_problems(f"{path}, not_asked", market, study))
    problems += _outside_problems(f"{path}, raw.path", market.raw.path, study)
    problems += [
        _unknown(f"{path}, relabelled", "question", name, book.questions)
        for name in market.relabelled
        if name not in book.questions
    ]
    wrong = list(_offered_problems(f"{path}, offered", market, book))
    book = book if wrong else book.offering(market.offered)
    problems += wrong
    for question, shares in market.weighting.margins.items():
        where = f"{path}, weighting.{'cells' if market.weighting.cells else 'targets'}"
        problems += _answer_problems(where, question, tuple(shares), book)
    return problems


def _outside_problems(where: str, given: str | None, study: Study) -> list[Problem]:
    """A raw file that lies elsewhere than raw files do, once links and .. are followed."""
    folder = study.folder
    homes = [folder, folder / study.settings.data]
    fix = "move the file there, or name its folder as data in study.yaml"
    try:
        path = (folder / given).resolve() if given else None
        homes = [home.resolve() for home in homes]
    except (OSError, RuntimeError, ValueError) as error:  # a link to itself, a NUL
        return [Problem(where, f"no path ({error})", given, fix=fix)]
    if path is None or any(path.is_relative_to(home) for home in homes):
        return []
    allowed = f"a file in {' or '.join(map(str, reversed(homes)))}"
    return [Problem(where, f"leads out of the folder of raw files, to {path}", given, allowed, fix)]


def _offered_problems(where: str, market: MarketSettings, book: Codebook) -> Iterator[Problem]:
    """Questions and answers said to be offered that there are not, and questions that have no answers to choose."""
    for name, codes in market.offered.items():
        question = book.questions.get(name)
        if question and question.kind not in ("single", "grid"):
            fix = "list it under not_asked, or leave it out"
            yield Problem(where, f"a question of kind {question.kind} is offered whole", name, fix=fix)
        elif not codes:
            yield Problem(where, "no answer was offered", name, fix="list it under not_asked, or name its answers")
        else:
            yield from _answer_problems(where, name, codes, book)


def _not_asked_problems(where: str, market: MarketSettings, study: Study) -> Iterator[Problem]:
    """Questions said not to be asked that are none, or that something else in the study stands on."""
    book, quality = study.codebook, study.settings.quality
    needed = {quality.respondent, quality.seconds, *market.weighting.margins}
    needed |= {book.questions[name].of for name in market.weighting.margins if name in book.questions}
    for name in market.not_asked:
        if name not in book.questions:
            yield _unknown(where, "question", name, book.questions)
        elif name in needed:
            yield Problem(where, "the study cannot do without this question", name, fix="ask for its column")
    for name, question in book.questions.items():
        stands_on = {*(condition.question for condition in question.asked_if), question.of} & set(market.not_asked)
        if stands_on and name not in market.not_asked:
            yield Problem(
                where,
                f"{name} depends on a question listed here",
                ", ".join(map(str, stands_on)),
                fix=f"list {name} too",
            )
