"""make in a folder of its own, beside an environment that only writes down what it was asked."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

MAKEFILE = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
HOSTILE = [
    "$(touch x)",
    "$(shell touch x)",
    "${shell touch x}",
    "`touch x`",
    "uk;touch x",
    "uk && touch x",
    "../../x",
    'uk" ; touch x ; "',
    "uk' ; touch x ; '",
    "$$(touch x)",
    "uk\ntouch x",
    "uk # touch x",
    "$(error stopped)",
    "--build=x",
]
HEARD = """#!/bin/sh
printf '%s\\0' "$@" > arguments
printf '%s\\0%s\\0%s\\0%s\\0%s\\0' "$COUNTRY" "$STUDY" "$SCHEDULER" "$SHARE" "$PAGE" > settings
"""


def stand_in(folder: Path, script: str = HEARD) -> Path:
    """The folder with the Makefile and a made environment whose command is the script."""
    (folder / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    for name in ("requirements.lock", "pyproject.toml"):
        (folder / name).touch()
        os.utime(folder / name, (1, 1))
    command = folder / ".venv" / "bin" / "journeybook"
    command.parent.mkdir(parents=True)
    command.write_text(script, encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    (folder / ".venv" / ".ready").touch()
    return folder


def make(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs make there, as from a shell in no conda environment."""
    environment = {k: v for k, v in os.environ.items() if k != "CONDA_PREFIX"} | settings
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def heard(folder: Path, name: str) -> list[str]:
    """What the stand-in wrote down of its `arguments`, or of the `settings`."""
    return (folder / name).read_text(encoding="utf-8").split("\0")[:-1]
