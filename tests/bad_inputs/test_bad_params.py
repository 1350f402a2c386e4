"""Settings and parameters that are refused before anything is run."""

from __future__ import annotations

from breaking import Run


def test_b084_another_name_of_a_market_is_not_folded(run: Run) -> None:
    run("report", "gb").refuses("config", "gb", "did you mean uk?")
