"""Dates as delivered: days of the calendar, within the fieldwork where the interview's day is meant."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pandas as pd

from analysis.errors import Problem
from analysis.study.codebook import Question
from analysis.study.disclosing import Fieldwork

DAY = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[-+][0-9]{2}:?[0-9]{2})?)?"
)
SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?")  # Excel's days since 1899-12-30, of the years 1954 to 2118


def date_problems(cells: pd.Series, where: str, question: Question, fieldwork: Fieldwork) -> Iterator[Problem]:
    """Cells that are no day, or none of the fieldwork; `where` names file and column, with `{line}` for the line."""
    window = f"{fieldwork.start} to {fieldwork.end}" if question.within == "fieldwork" else ""
    for text, lines in cells[cells != ""].groupby(cells):
        fault, hint = _fault(str(text), fieldwork if window else None)
        if fault:
            allowed = f"a day as 2012-02-06{f', of the fieldwork {window}' if window else ''}"
            for line in lines.index:
                yield Problem(where.format(line=line), fault, str(text), allowed, hint)


def _fault(text: str, fieldwork: Fieldwork | None) -> tuple[str, str]:
    """What is wrong with a date, and what may have been meant."""
    match, fix = DAY.fullmatch(text), "correct the cell, or the fieldwork in the market's file"
    if match is None and SERIAL.fullmatch(text):
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(float(text)))
        return "an Excel serial number, not a date", f"store it as text: {day}"
    try:
        day = dt.date.fromisoformat(match[1] if match else text[:0])
    except ValueError:
        return "not a date", "write it as year-month-day"
    if fieldwork is None or fieldwork.start <= day <= fieldwork.end:
        return "", ""
    if day.day <= 12 and fieldwork.start <= (other := day.replace(month=day.day, day=day.month)) <= fieldwork.end:
        fix = f"day and month are swapped? {other} lies in it"
    return "before the fieldwork" if day < fieldwork.start else "after the fieldwork", fix
