"""A share: each input once, whole or not at all, on any file system of fsspec."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analysis.errors import JourneybookError
from analysis.publish.share import Share


@pytest.fixture(params=["file", "memory"])
def share(request: pytest.FixtureRequest, tmp_path: Path) -> Share:
    return Share(f"{request.param}://{tmp_path}/share")


def test_an_input_is_kept_by_its_sha256_and_comes_back_whole(share: Share, tmp_path: Path) -> None:
    path = tmp_path / "uk.csv"
    path.write_bytes(b"a,b\n1,2\n")
    sha256 = share.put(path)
    assert sha256 == hashlib.sha256(b"a,b\n1,2\n").hexdigest() == share.put(b"a,b\n1,2\n")
    share.fetch(sha256, tmp_path / "there" / "uk.csv")
    assert (tmp_path / "there" / "uk.csv").read_bytes() == path.read_bytes()
    assert share.names("inputs") == [sha256]


def test_an_input_that_is_there_is_not_put_again(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = share.put(b"once")
    monkeypatch.setattr(Share, "write", lambda *_: pytest.fail("it was put again"))
    assert share.put(b"once") == sha256


def test_half_an_input_is_put_anew(share: Share, tmp_path: Path) -> None:
    sha256 = share.put(b"whole")
    share.write(f"inputs/{sha256}", b"who")
    share.put(b"whole")
    assert share.read(f"inputs/{sha256}") == b"whole"


def test_a_damaged_input_is_refused_by_name_and_not_kept(share: Share, tmp_path: Path) -> None:
    sha256 = share.put(b"whole")
    share.write(f"inputs/{sha256}", b"hole!")
    with pytest.raises(JourneybookError, match=f"inputs/{sha256}: the object is damaged") as refusal:
        share.fetch(sha256, tmp_path / "input")
    assert refusal.value.kind == "environment"
    assert not (tmp_path / "input").exists()


def test_what_is_removed_is_gone_with_all_in_it(share: Share) -> None:
    share.write("runs/r/uk/sample/attempts/1", b"")
    share.remove("runs/r")
    share.remove("runs/r")
    assert share.names("runs/r/uk/sample/attempts") == []


@pytest.mark.parametrize("url", ["nonsense://x/y", "file:///proc/nobody/writes/here"])
def test_a_share_that_cannot_be_used_is_refused_by_its_url(url: str) -> None:
    with pytest.raises(JourneybookError, match=f"SHARE {url}: ") as refusal:
        Share(url).put(b"content")
    assert refusal.value.kind == "environment"
    assert str(refusal.value).count("\n") == 0


def test_another_machine_gets_a_whole_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Share("share").url == f"file://{tmp_path}/share"
