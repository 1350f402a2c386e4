"""The published folder is replaced in one step, and is whole at every moment, whatever fails."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analysis.publish import exchange
from analysis.publish.book import swap
from analysis.publish.downloads import FOLDER
from analysis.publish.exchange import beside, mend, put_in_place


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A published site, and the next one completed beside it."""
    site = tmp_path / "site"
    for folder, text in ((site, "old"), (beside(site)[0], "new")):
        (folder / "uk").mkdir(parents=True)
        for name in ("index.html", "uk/sample.html"):
            (folder / name).write_text(text, encoding="utf-8")
    return site


def says(site: Path) -> str:
    """What every page of the site says; they must agree."""
    (said,) = {path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    return said


def hidden(site: Path) -> list[str]:
    return [path.name for path in site.parent.iterdir() if path.name.startswith(".")]


def test_the_new_site_takes_the_place_of_the_old_and_nothing_is_left(site: Path) -> None:
    put_in_place(site)
    assert says(site) == "new" and not hidden(site)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere two renames are all there is")
def test_there_is_no_moment_without_a_site(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No rename of Python's is called: the system exchanges the names."""
    monkeypatch.setattr(Path, "rename", lambda *_: pytest.fail("a moment without a site"))
    put_in_place(site)
    assert says(site) == "new"


def test_where_names_cannot_be_exchanged_two_renames_do(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "exchange", lambda *_: False)
    put_in_place(site)
    assert says(site) == "new" and not hidden(site)


def test_a_run_killed_between_two_renames_is_mended_by_the_next(site: Path) -> None:
    _, old = beside(site)
    site.rename(old)
    mend(site)
    assert says(site) == "old" and not hidden(site)
    mend(site)
    assert says(site) == "old"


def test_a_first_site_is_put_where_none_was(site: Path) -> None:
    shutil.rmtree(site)
    put_in_place(site)
    assert says(site) == "new" and not hidden(site)


def test_a_link_to_a_site_is_replaced_and_what_it_names_is_left(site: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    site.rename(elsewhere)
    site.symlink_to(elsewhere)
    put_in_place(site)
    assert says(site) == "new" and says(elsewhere) == "old" and not hidden(site)


def failing_at(number: int, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call, which finds the disk full at its `number`th time."""
    left = iter(range(number))

    def limited(*given: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return call(*given, **options)

    return limited


@pytest.mark.parametrize(
    ("owner", "name"),
    [(shutil, "copytree"), (Path, "write_text"), (os, "mkdir"), (os, "fsync"), (os, "open")],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_a_disk_that_is_full_at_any_call_leaves_the_old_site_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    html, book, site = tmp_path / "html", tmp_path / "book", tmp_path / "site"
    for folder, text in ((html, "new"), (site, "old")):
        (folder / "uk").mkdir(parents=True)
        for page in ("index.html", "uk/sample.html"):
            (folder / page).write_text(text, encoding="utf-8")
    (book / "uk" / FOLDER).mkdir(parents=True)
    (book / "uk" / FOLDER / "a.csv").write_text("1", encoding="utf-8")

    def signed(fresh: Path) -> None:
        (fresh / "signed.json").write_text("{}", encoding="utf-8")

    refused = 0
    for number in range(100):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, failing_at(number, getattr(owner, name)))
            try:
                swap(html, book, site, signed)
                break
            except OSError as error:
                assert os.strerror(errno.ENOSPC) in str(error)
                refused += 1
        assert (says(site), (site / "signed.json").exists()) in (("old", False), ("new", True))
    assert refused and says(site) == "new" and (site / "uk" / FOLDER / "a.csv").exists()
    mend(site)
    assert not hidden(site)
