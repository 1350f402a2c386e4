"""The way from a page of a market: back to the overview, to the markets beside it, to the same page of each other."""

from __future__ import annotations

from html import escape

from analysis.publish.plan import ACROSS, Page, Report


def crumbs(page: Page, report: Report) -> str:
    """The navigation of a market's page, as HTML; "" for a page across markets.

    The markets before and after go round: after the last comes the first.
    """
    if page.source.parent in ACROSS:
        return ""
    here, first = escape(report.study.market_name(page.country)), next(iter(report.study.settings.chapters.market))
    if page.chapter != first:
        here = f'<a href="{first}.html">{here}</a>'
    way = f'<span><a href="../index.html">Overview</a> / {here} / {escape(page.title)}</span>'
    same = [p for p in report.pages if p.chapter == page.chapter and p.source.parent not in ACROSS]
    others = [p for p in same if p.country != page.country]
    links = " &middot; ".join(f'<a href="{_from(p)}">{_name(p, report)}</a>' for p in others)
    every = f'<span class="jb-same">This page for {links}</span>' if links else ""
    return f'<nav class="jb-crumbs" aria-label="Where this page stands">{way}{_beside(page, same, report)}{every}</nav>'


def _beside(page: Page, same: list[Page], report: Report) -> str:
    """Links to the market before and the market after, where there are three or more."""
    if len(same) < 3:
        return ""
    place = same.index(page)
    before, after = same[place - 1], same[(place + 1) % len(same)]
    return (
        f'<span class="jb-beside"><a rel="prev" href="{_from(before)}" aria-label="Previous market: '
        f'{_name(before, report)}">&lsaquo; {_name(before, report)}</a> <a rel="next" href="{_from(after)}" '
        f'aria-label="Next market: {_name(after, report)}">{_name(after, report)} &rsaquo;</a></span>'
    )


def _from(page: Page) -> str:
    """Where the page is, from another market's."""
    return f"../{page.source.as_posix()}.html"


def _name(page: Page, report: Report) -> str:
    return escape(report.study.market_name(page.country))
