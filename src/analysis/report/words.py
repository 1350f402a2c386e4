"""Sentences, formatted numbers and alt text, made from the numbers, by language."""

from __future__ import annotations

import datetime as dt
import gettext
import math
import re
from collections.abc import Iterable, Mapping

import pandas as pd
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from analysis.report.disclosure import HIDDEN, NOT_ASKED
from analysis.survey.compare import Difference

THIN = "\u202f"  # narrow no-break space: keeps a number and its sign on one line
DASH = "\u2013"
WITHHELD = "[c]"  # confidential: the mark of the Government Statistical Service for what is suppressed
SPACED_PERCENT = re.compile(r"(?<=\d)[ \u00a0](?=%)")
P_LEAST = 0.001  # a smaller p-value is printed as below it


def translator(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is the language of the source."""
    return gettext.translation("journeybook", languages=[language], fallback=True)


def percent(share: float, language: str = "en") -> str:
    """A share 0-1 as a whole percent, rounded last: 0.224 -> 22 %.

    What is rounded to 0 or to 100 % and is not, is told from what is: < 1 %, > 99 %.
    """
    if 0 < share < 1 and round(share * 100) in (0, 100):
        return f"< {percent(0.01, language)}" if share < 0.5 else f"> {percent(0.99, language)}"
    return format_percent(round(share * 100) / 100, format=f"#,##0{THIN}%", locale=language)


def unbroken(text: str) -> str:
    """The text with a narrow no-break space between a figure and its percent sign."""
    return SPACED_PERCENT.sub(THIN, text)


def interval(low: float, high: float, language: str = "en") -> str:
    """An interval of shares in whole percents: 19 to 26 %."""
    _ = translator(language).gettext
    first = format_decimal(round(low * 100), locale=language)
    return _("{low} to {high}").format(low=first, high=percent(high, language))


def amount(value: float, unit: str = "share", language: str = "en") -> str:
    """A figure in its unit: a share (0-1) in percent, a mean with one decimal, a difference in signed points.

    Differences of shares have the unit "points", those of means "gap"; a coefficient has two decimals.
    """
    if unit == "share":
        return percent(value, language)
    if unit == "coefficient":
        return format_decimal(round(value, 2), format="#,##0.00", locale=language).replace("-", "\u2212")
    if unit == "points":
        return f"{signed(value)}{THIN}pts"
    if unit == "gap" and abs(value) < 10:  # of a scale's codes: the ends of its interval may lie close
        size = round(value, 2)
        return format_decimal(size or 0.0, format="+0.00;\u22120.00" if size else "0.00", locale=language)
    value = round(value, 0 if abs(value) >= 100 else 1) or 0.0  # no minus before nothing
    number = format_decimal(value, format="#,##0.#", locale=language)
    if abs(value) < 100 and "." not in number and language == "en":
        number += ".0"
    return ("+" if unit == "gap" and value > 0 else "") + number.replace("-", "\u2212")


def span(low: float, high: float, unit: str = "share", language: str = "en") -> str:
    """An interval in the unit of its figure: 19 to 26 %, 3.2 to 3.5, \u22122 to +6."""
    if unit == "share":
        return interval(low, high, language)
    ends = [signed_end(end) if unit == "points" else amount(end, unit, language) for end in (low, high)]
    return translator(language).gettext("{low} to {high}").format(low=ends[0], high=ends[1])


def intervals(confidence_level: float, language: str = "en") -> str:
    """The confidence of intervals: 95 % intervals."""
    _ = translator(language).gettext
    return _("{level} intervals").format(level=percent(confidence_level, language))


def count(number: float, language: str = "en") -> str:
    """A base or another count, rounded to a whole number and grouped; the mark of what is withheld where it is NaN."""
    if math.isnan(number):
        return WITHHELD
    return format_decimal(round(number), locale=language)


def about(number: float, language: str = "en") -> str:
    """A count that is only roughly known, rounded up to two figures: 1,249 -> 1,300."""
    unit = 10 ** max(len(str(int(number))) - 2, 0)
    return count(math.ceil(number / unit) * unit, language)


def period(start: dt.date, end: dt.date, language: str = "en") -> str:
    """First and last day: 6 to 17 February 2012."""
    _ = translator(language).gettext
    pattern = "d" if (start.year, start.month) == (end.year, end.month) else "d MMMM"
    pattern = pattern if start.year == end.year else "d MMMM y"
    first = format_date(start, pattern, locale=language)
    last = format_date(end, "d MMMM y", locale=language)
    return last if start == end else _("{low} to {high}").format(low=first, high=last)


def listed(names: Iterable[str], language: str = "en") -> str:
    """a, b and c."""
    _ = translator(language).gettext
    *head, last = list(names)
    return _("{head} and {last}").format(head=", ".join(head), last=last) if head else last


PLACES = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
SMALL = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def number(value: int, language: str = "en") -> str:
    """A small number as a word, a larger one in figures."""
    _ = translator(language).gettext
    return _(SMALL[value]) if value < len(SMALL) else count(value, language)


def lower_first(text: str) -> str:
    """The text with a small first letter, to stand inside a sentence; acronyms and the word I keep theirs."""
    keeps = text.startswith("I ") or (text[:2].isupper() and text[:2].isalpha())
    return text if keeps else text[:1].lower() + text[1:]


def quoted(answer: str) -> str:
    """An answer in quotation marks, so that it may stand in a sentence whatever its grammar."""
    return f"\u201c{answer}\u201d"


def reading(row: pd.Series, language: str = "en") -> str:
    """One figure in full: 22 % (19 to 26 %, base 430), or low base 85 where the base calls for caution."""
    _ = translator(language).gettext
    low = row.get("flag") == "low base"
    text = _("{share} ({interval}, low base {base})") if low else _("{share} ({interval}, base {base})")
    return text.format(
        share=amount(row["estimate"], row.get("unit", "share"), language),
        interval=span(row["conf_low"], row["conf_high"], row.get("unit", "share"), language),
        base=count(row["unweighted_base"], language),
    )


def ordinal(place: int, of: int, language: str = "en") -> str:
    """first, second ... tenth, 11th ... and last."""
    _ = translator(language).gettext
    if place == of > 1:
        return _("last")
    return _(PLACES[place - 1]) if place <= len(PLACES) else f"{place}th"


def places(low: int, high: int, of: int, language: str = "en") -> str:
    """The places that something could hold: third, third or fourth, second to last."""
    if low == high:
        return ordinal(low, of, language)
    _ = translator(language).gettext
    text = _("{low} or {high}") if high == low + 1 else _("{low} to {high}")
    return text.format(low=ordinal(low, 0, language), high=ordinal(high, of, language))


def languages(codes: Iterable[str], language: str = "en") -> str:
    """Names of languages from their codes: English and Dutch."""
    return listed([Locale.parse(code).get_display_name(language) or code for code in codes], language)


def spread(rows: pd.DataFrame, what: str, language: str = "en") -> str:
    """The range of a figure over markets: "swayed by social media: 15 % in Germany to 27 % in Italy"."""
    _ = translator(language).gettext
    ordered = rows[~rows["flag"].isin(HIDDEN)].sort_values("estimate", kind="stable")
    if ordered.empty:
        return _("{what}: too few respondents to show").format(what=what[:1].upper() + what[1:])
    low, high = ordered.iloc[0], ordered.iloc[-1]
    what = what[:1].upper() + what[1:]
    if len(ordered) == 1:
        return _("{what}: {share} in {market}").format(
            what=what, share=percent(low["estimate"], language), market=low["label"]
        )
    return _("{what}: from {low} in {first} to {high} in {last}").format(
        what=what,
        low=percent(low["estimate"], language),
        first=low["label"],
        high=percent(high["estimate"], language),
        last=high["label"],
    )


def margin(gap: Difference, level: float, language: str = "en") -> str:
    """How clearly the first of a ranking leads at a confidence level, to end a title with."""
    _ = translator(language).gettext
    return _("by a clear margin") if gap.interval(level)[0] > 0 else _("but too close to call")


def lead(first: str, second: str, gap: Difference, level: float, language: str = "en") -> str:
    """Whether the first of a ranking is ahead of the second by more than chance."""
    _ = translator(language).gettext
    size = abs(round(gap.estimate * 100))
    low, _high = gap.interval(level)
    if size == 0:
        text = _("{first} comes first, level with {second}.")
    elif low > 0:
        text = _("{first} comes first, {points} ahead of {second}: more than chance would give.")
    else:
        text = _("{first} comes first, {points} ahead of {second}: too close to call.")
    return text.format(first=first, second=second, points=points(size, language))


def contrast(first: str, second: str, gap: Difference, level: float, language: str = "en") -> str:
    """Two domains compared: the difference in points, its interval and what it allows to say."""
    _ = translator(language).gettext
    low, high = gap.interval(level)
    size = abs(round(gap.estimate * 100))
    where = _("above") if gap.estimate > 0 else _("below")
    clear = low > 0 or high < 0
    verdict = _("more than chance would give") if clear else _("which could be chance")
    text = _("Among {first} the share is {points} {where} that among {second} ({interval}), {verdict}.")
    ends = _("{level} interval {low} to {high}").format(
        level=percent(level, language), low=signed_end(low), high=signed_end(high)
    )
    return text.format(
        first=first, points=points(size, language), where=where, second=second, interval=ends, verdict=verdict
    )


def points(size: int, language: str = "en") -> str:
    """A difference in whole points: "1 point", "5 points"."""
    return translator(language).ngettext("{size} point", "{size} points", size).format(size=size)


def p_value(p: float) -> str:
    """A p-value with three decimals, or below the least that is printed: 0.034, < 0.001; a dash where there is none."""
    return DASH if math.isnan(p) else f"< {P_LEAST}" if p < P_LEAST else f"{p:.3f}"


NO_ANSWERS = "No valid answers (n = 0)"


def too_few(group: str, language: str = "en") -> str:
    """The sentence in place of a comparison that may not be shown."""
    return translator(language).gettext("Among {group} there are too few respondents to compare.").format(group=group)


def caution(groups: Iterable[str], language: str = "en") -> str:
    """The sentence after a comparison of groups on a low base, which the tables do not make."""
    text = translator(language).gettext("Low base among {groups}: read with caution.")
    return text.format(groups=listed(groups, language))


def untold(why: str, language: str = "en") -> str:
    """The sentence in place of a comparison that cannot be made: not asked, or too few to show."""
    return translator(language).gettext("No comparison: {why}.").format(why=why)


def signed(share: float) -> str:
    """A difference of shares in whole points with its sign: +5, \u22123 or 0."""
    value = round(share * 100)
    return f"{value:+d}".replace("-", "\u2212") if value else "0"


def signed_end(share: float) -> str:
    """The end of a difference's interval: as `signed`, but one decimal where 0 would hide its side."""
    tenths = round(share * 1000) / 10
    return f"{tenths:+.1f}".replace("-", "\u2212") if round(share * 100) == 0 and tenths else signed(share)


def chart_text(
    title: str, measure: str, rows: pd.DataFrame, published: Mapping[str, float], mark: str, language: str = "en"
) -> str:
    """Alt text of a chart: its title, what it measures and every figure it draws, marks included."""
    _ = translator(language).gettext
    several = rows["domain_label"].nunique() > 1
    parts = []
    for row in rows.to_dict("records"):
        name = f"{row['label']}, {row['domain_label']}" if several else row["label"]
        if row["flag"] == NOT_ASKED:
            parts.append(_("{name}: not asked in this market").format(name=name))
        elif row["flag"] in HIDDEN:
            parts.append(_("{name}: not shown, base under the threshold").format(name=name))
        else:
            parts.append(f"{name}: {reading(pd.Series(row), language)}")
        if row["label"] in published:
            unit = f"{THIN}%" if row.get("unit", "share") == "share" else ""
            parts[-1] += f", {mark} {published[row['label']]:g}{unit}"
    return f"{title}. {measure}. " + "; ".join(parts) + "."


def p_said(p: float) -> str:
    """A p-value inside a sentence: p = 0.034, or p < 0.001."""
    return f"p {p_value(p)}" if p < P_LEAST else f"p = {p_value(p)}"


def unless_estimable(measure: str, reasons: Iterable[str]) -> str:
    """The measure of what a model gives; with the reasons, once each, why there is no estimate, if there are any."""
    found = "; ".join(dict.fromkeys(filter(None, reasons)))
    return f"{measure}; model not estimable: {found}" if found else measure
