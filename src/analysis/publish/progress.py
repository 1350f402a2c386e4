"""Tells what runs, what is done, what is left and how long it may take: a display, or plain lines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from analysis.publish.due import Due
from analysis.publish.limits import Usage


class Progress:
    """What a run tells its user; on a terminal with a display of its pages, elsewhere in plain lines."""

    def __init__(self, console: Console, jobs: int = 1) -> None:
        self.console, self.jobs = console, jobs
        self._waiting: dict[str, float] = {}
        self._running: dict[str, float] = {}
        self._took: list[tuple[str, Usage]] = []
        self._total = 0
        self._pace = 1.0  # seconds taken for a second expected

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step of the run, and a line of how long it took."""
        began = time.monotonic()
        with self.console.status(name) if self.console.is_terminal else _nothing():
            yield
        self.say(f"{name:<34} {time.monotonic() - began:6.1f} s")

    @contextmanager
    def pages(self, due: list[Due]) -> Iterator[None]:
        """The rendering of the pages that are due, and at its end what it took."""
        if not due:
            yield
            return
        self._waiting = {str(one.page): one.expected for one in due}
        self._total, began = len(due), time.monotonic()
        with (
            Live(get_renderable=self._display, console=self.console, transient=True, refresh_per_second=4)
            if (self.console.is_terminal)
            else _nothing()
        ):
            yield
        self.say(f"{f'render {len(self._took)} of {self._total} pages':<34} {time.monotonic() - began:6.1f} s")
        if self._took:
            slowest = max(self._took, key=lambda took: took[1].seconds)
            largest = max(self._took, key=lambda took: took[1].mebibytes)
            self.say(
                f"  {self.jobs} at a time; longest {slowest[0]}, {slowest[1].seconds:.1f} s; "
                f"most memory {largest[0]}, {largest[1].mebibytes} MiB"
            )

    def begun(self, page: str) -> None:
        self._running[page] = time.monotonic()

    def done(self, page: str, usage: Usage) -> None:
        """The page is rendered: one line, with what it took."""
        self._end(page)
        self._took.append((page, usage))
        self.say(f"  [{self._ended:>3}/{self._total}] {page:<28} {usage.seconds:5.1f} s {usage.mebibytes:5} MiB")

    def failed(self, page: str) -> None:
        self._end(page)
        self.say(f"  [{self._ended:>3}/{self._total}] {page:<28} failed")

    def again(self, page: str) -> None:
        self.say(f"  {page}: its kernel died; once more")

    @property
    def _ended(self) -> int:
        return self._total - len(self._waiting)

    def _end(self, page: str) -> None:
        began = self._running.pop(page, None)
        expected = self._waiting.pop(page, None)
        if began and expected:
            self._pace += 0.2 * ((time.monotonic() - began) / expected - self._pace)

    def _display(self) -> Table:
        left = sum(self._waiting.values()) * self._pace / self.jobs
        table = Table.grid(padding=(0, 1))
        words = f"{self._ended} done, {len(self._running)} running, {len(self._waiting) - len(self._running)} waiting"
        bar = ProgressBar(total=max(self._total, 1), completed=self._ended, width=24)
        table.add_row(bar, Text(f"{words}, about {left:.0f} s left"))
        now = time.monotonic()
        running = ", ".join(f"{page} {now - began:.0f} s" for page, began in list(self._running.items()))
        table.add_row("", Text(running, style="dim", overflow="ellipsis", no_wrap=True))
        return table


@contextmanager
def _nothing() -> Iterator[None]:
    yield
