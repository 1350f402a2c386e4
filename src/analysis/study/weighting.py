"""How a market's sample was drawn, and how its respondents are weighted, as its file declares it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from analysis.study.codebook import Code, Codebook
from analysis.study.disclosing import Said
from analysis.study.settings import Fault, Faults, Settings


class Cells(Settings):
    """Interlocked targets: percent of the population in each pair of answers of two questions."""

    questions: tuple[str, str]
    targets: dict[Code, dict[Code, float]]

    @model_validator(mode="after")
    def _two_questions(self) -> Cells:
        if self.questions[0] == self.questions[1]:
            raise ValueError("cells need two different questions")
        return self


class Trimming(Settings):
    """Bounds of a weight, in times the mean weight."""

    lower: float = Field(default=0.0, ge=0, lt=1)
    upper: float = Field(gt=1)


class Weighting(Settings):
    """A delivered weight (`column`), and raking `targets` or `cells` in percent, starting from it.

    `variance` says how standard errors take the targets into account: as R survey's `calibrate`,
    as its `rake()`, or not at all. `trim` caps the weights, which are then calibrated once more. `collapse` lists
    levels of a target that are weighted as one, their shares added. A delivered weight of 0 is refused unless
    `allow_zero`: its respondent then stays in the design, counts in no figure and is told of.
    """

    column: str | None = None
    targets: dict[str, dict[Code, float]] = Field(default_factory=dict)
    cells: Cells | None = None
    trim: Trimming | None = None
    collapse: dict[str, tuple[tuple[Code, ...], ...]] = Field(default_factory=dict)
    allow_zero: bool = False
    variance: Literal["calibrate", "rake", "as_given"] = "calibrate"
    target_source: Said | None = None
    target_year: int | None = None
    note: Said | None = None

    @property
    def margins(self) -> dict[str, dict[Code, float]]:
        """Percent by question and level, of the targets or summed over the cells."""
        if self.cells is None:
            return self.targets
        first, second = self.cells.questions
        columns: dict[Code, float] = {}
        for row in self.cells.targets.values():
            for level, share in row.items():
                columns[level] = columns.get(level, 0.0) + share
        return {first: {level: sum(row.values()) for level, row in self.cells.targets.items()}, second: columns}

    def merged(self, question: str) -> dict[Code, Code]:
        """Each level of a target that is weighted as one with others, to the first of these."""
        return {level: levels[0] for levels in self.collapse.get(question, ()) for level in levels}

    @property
    def raked(self) -> dict[str, dict[Code, float]]:
        """The targets by the levels that are weighted: those collapsed under the first of them."""
        found: dict[str, dict[Code, float]] = {}
        for question, shares in self.targets.items():
            merged, sums = self.merged(question), found.setdefault(question, {})
            for level, share in shares.items():
                sums[merged.get(level, level)] = sums.get(merged.get(level, level), 0.0) + share
        return found

    @model_validator(mode="after")
    def _one_way(self) -> Weighting:
        if not self.margins and not self.column:
            raise ValueError("weighting needs targets to rake to, or the column of a given weight")
        if self.cells and self.targets:
            raise ValueError("weighting has targets and cells: give one of them")
        if self.margins and not (self.target_source and self.target_year):
            raise ValueError("raking targets need target_source and target_year")
        cells = (
            {f"{level} of {self.cells.questions[0]}": row for level, row in self.cells.targets.items()}
            if self.cells
            else {}
        )
        faults = [*self._collapse_faults()]
        for question, shares in self.targets.items() if self.cells is None else list(self.margins.items())[:1]:
            total = sum(shares.values())
            if not abs(total - 100) <= 0.05:  # not a number is no sum either
                place = ("cells", "targets") if self.cells else ("targets", question)
                what = f"the targets of {question!r} sum to {total:.2f}, not to 100"
                faults.append(Fault(place, what, f"{total:g}", "percent that sum to 100", "give every level its share"))
        for name, shares in (cells or self.targets).items():
            keys = ("cells", "targets", name.partition(" of ")[0]) if self.cells else ("targets", name)
            faults += [
                Fault((*keys, level), f"a target of {name!r} is not above 0", f"{share:g}", "percent above 0")
                for level, share in shares.items()
                if share <= 0
            ]
        if faults:
            raise Faults(faults)
        return self

    def _collapse_faults(self) -> Iterator[Fault]:
        """Levels to be weighted as one that are no levels of a target, or are named twice or alone."""
        for question, groups in self.collapse.items():
            known = self.targets.get(question, {})
            levels = [level for group in groups for level in group]
            keys = ("collapse", question)
            if not known:
                allowed = ", ".join(self.targets) or "none: only targets can be collapsed, not cells"
                yield Fault(keys, "no target of this question", question, allowed)
            yield from (
                Fault(keys, "no level of this target", str(level), ", ".join(map(str, known)))
                for level in dict.fromkeys(levels)
                if known and level not in known
            )
            if len({*levels}) < len(levels) or any(len(group) < 2 for group in groups):
                fix = f"for instance {question}: [[1, 2]]"
                yield Fault(keys, "each list names two or more levels, and a level stands in one list", fix=fix)


class WeightLimits(Settings):
    """Beyond what weights are warned of: the largest, in times the mean weight, and Kish's design effect."""

    largest: float = Field(default=5.0, gt=1)
    design_effect: float = Field(default=2.0, gt=1)


def targets_in_words(weighting: Weighting, book: Codebook, language: str) -> list[str]:
    """The percent of each level, a text a question: "Sex: Male 48.66, Female 51.34"."""
    shares = {
        question: ", ".join(
            f"{book.answer_label(question, level, language)} {share:g}" for level, share in levels.items()
        )
        for question, levels in weighting.margins.items()
    }
    return [f"{book.question_label(question, language)}: {text}" for question, text in shares.items()]


class ReplicateWeights(Settings):
    """Delivered replicate weights: the columns named `prefix` and a number, sampling weights included.

    V = scale sum rscales (theta_r - centre)^2, centred at the mean of the replicates, or with `mse` at
    the estimate. `method` gives the scale: jackknife (JK1) (R - 1)/R, bootstrap 1/(R - 1), brr 1/R. A
    stratified jackknife (JKn) has `scale: 1` and `rscales`, one a replicate; all are 1 if not given.
    """

    prefix: str = Field(min_length=1)
    method: Literal["jackknife", "bootstrap", "brr"] | None = None
    scale: float | None = Field(default=None, gt=0)
    rscales: tuple[float, ...] = ()
    mse: bool = False

    @model_validator(mode="after")
    def _one_scale(self) -> ReplicateWeights:
        if (self.method is None) == (self.scale is None):
            raise ValueError("replicate weights need a method or a scale, one of them")
        return self

    def scale_of(self, count: int) -> float:
        scales = {"jackknife": (count - 1) / count, "bootstrap": 1 / max(count - 1, 1), "brr": 1 / count}
        return self.scale if self.scale is not None else scales[str(self.method)]


class SampleDesign(Settings):
    """How the sample was drawn, by column of the delivered file; by default each respondent alone.

    `fpc` is the share of the stratum's PSUs that was sampled, 0 to 1; `single_psu` says what a
    stratum with one PSU adds to a variance.
    """

    strata: str | None = None
    psu: str | None = None
    fpc: str | None = None
    single_psu: Literal["error", "certainty", "centre"] = "error"
    replicates: ReplicateWeights | None = None
