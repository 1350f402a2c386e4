"""Files are written whole or not at all, and large ones are not read to say that nothing changed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from analysis.publish import files
from analysis.publish.files import Digests, digest, sweep, write


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as large, and was written a while ago."""
    monkeypatch.setattr(files, "LARGE", 10)
    monkeypatch.setattr(files, "SETTLED", -1)
    path = tmp_path / "large.parquet"
    path.write_bytes(b"x" * 20)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read to their end."""
    found: list[Path] = []
    original = files.digest

    def counted(path: Path) -> str:
        found.append(path)
        return original(path)

    monkeypatch.setattr(files, "digest", counted)
    return found


def test_a_digest_is_half_of_the_sha256(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # FIPS 180-2, B.1
    assert digest(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223"


def test_a_large_file_is_read_once_while_it_stays_the_same(large: Path, reads: list[Path], tmp_path: Path) -> None:
    record = tmp_path / "digests.json"
    assert Digests(record).of(large) == Digests(record).of(large) == digest(large)
    assert reads == [large]
    large.write_bytes(b"y" * 20)
    assert Digests(record).of(large) == digest(large)
    assert len(reads) == 2


def test_the_same_size_and_time_of_another_file_do_not_pass_for_it(large: Path, reads: list[Path]) -> None:
    record = large.with_name("digests.json")
    first, times = Digests(record).of(large), large.stat()
    other = large.with_name("other")
    other.write_bytes(b"z" * 20)
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(large)
    assert Digests(record).of(large) == digest(large) != first


def test_a_file_written_this_moment_is_not_remembered(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SETTLED", 60)
    record = large.with_name("digests.json")
    Digests(record).of(large)
    assert not record.exists()


def test_small_files_and_spoilt_records_are_read_anew(large: Path, reads: list[Path], tmp_path: Path) -> None:
    record = tmp_path / "digests.json"
    record.write_text("half of", encoding="utf-8")
    small = tmp_path / "small.csv"
    small.write_bytes(b"x")
    assert [Digests(record).of(path) for path in (small, small, large)] == [digest(p) for p in (small, small, large)]
    assert reads == [small, small, large]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "record.json"
    write(path, "first")

    def full(*_: object, **__: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(OSError, match="No space"):
        write(path, "second")
    assert path.read_bytes() == b"first"
    assert [found.name for found in tmp_path.iterdir()] == ["record.json"]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    flush, rename = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append("flushed") or flush(descriptor))
    monkeypatch.setattr(Path, "replace", lambda part, path: done.append("named") or rename(part, path))
    write(tmp_path / "record.json", "first")
    assert done == ["flushed", "named"]


def test_what_a_killed_run_had_half_written_is_swept(tmp_path: Path) -> None:
    (tmp_path / "store" / "key").mkdir(parents=True)
    for name in ("results.json.7.part", "results.json", "store/key/x.ipynb.7.part", "store/key/x.ipynb"):
        (tmp_path / name).write_text("", encoding="utf-8")
    sweep(tmp_path)
    left = [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*.*"))]
    assert left == ["results.json", "store/key/x.ipynb"]


@pytest.mark.parametrize("seconds", [0, 4_000_000_000], ids=["1970", "2096"])
def test_a_clock_that_was_wrong_hides_no_change(large: Path, tmp_path: Path, seconds: int) -> None:
    record = tmp_path / "digests.json"
    Digests(record).of(large)
    large.write_bytes(b"y" * 20)
    os.utime(large, (seconds, seconds))
    assert Digests(record).of(large) == digest(large)
