"""What the first bytes of a file look like, where they are not what its name says."""

from __future__ import annotations

from pathlib import Path

from analysis.errors import Problem
from analysis.study.params import RawFile

NAMES = {"csv": "a csv file", "sav": "an SPSS file", "xlsx": "an Excel workbook", "parquet": "a Parquet file"}
MAGIC = {
    b"PK\x03\x04": "an Excel workbook",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Excel workbook with a password, or an old one (.xls)",
    b"$FL2": "an SPSS file",
    b"$FL3": "an SPSS file",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
PAGE = (b"<!doctype html", b"<html", b"<head", b"<?xml")
POINTER = b"version https://git-lfs"


def looks_like(head: bytes) -> str:
    """What kind of file begins with these bytes."""
    start = head.lstrip().removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.lower().startswith(PAGE):
        return "an HTML page"
    if start.startswith(POINTER):
        return "a git-LFS pointer"
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            return what
    few = head[:400]
    if few.count(0) * 3 > len(few) and (few[::2].count(0) * 20 < len(few) or few[1::2].count(0) * 20 < len(few)):
        return "UTF-16"
    return "a file of unknown kind" if 0 in few else "text"


def content_problems(path: Path, head: bytes, kind: str, raw: RawFile) -> list[Problem]:
    """What is wrong with a file of this kind that begins with these bytes, by its looks alone."""
    if not head:
        return [Problem(str(path), "empty file", fix="ask for it again")]
    what = looks_like(head)
    if what in ("an HTML page", "a git-LFS pointer"):
        fix = "fetch it again, signed in" if what == "an HTML page" else "git lfs pull"
        return [Problem(str(path), f"this is {what}, not data", fix=fix)]
    if kind == "xlsx" and "password" in what:
        locked = "EncryptedPackage".encode("utf-16-le") in head
        told = "password-protected" if locked else "an old Excel workbook (.xls)"
        fix = "save an unprotected copy" if locked else "save it as .xlsx"
        return [Problem(str(path), told, fix=fix)]
    if kind == "csv":
        if what == "UTF-16" and "16" in raw.encoding:
            return []
        fine, fix = what in ("text", "a file of unknown kind"), "correct raw.path or raw.format"
        fix = "set raw.encoding: utf-16" if what == "UTF-16" else fix
    else:
        fine, fix = what == NAMES[kind], "correct raw.path or raw.format, or ask for it again"
    return [] if fine else [Problem(str(path), f"cannot be read as {NAMES[kind]}: it looks like {what}", fix=fix)]
