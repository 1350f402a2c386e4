"""A raw file that was changed on purpose: its sha256 is declared anew, in the line that declared the old one."""

from __future__ import annotations

from analysis.errors import JourneybookError, Problem
from analysis.study.locating import locate
from analysis.study.params import Study
from analysis.study.raw import digest_of


def accept_file(study: Study, market: str) -> list[str]:
    """Writes the sha256 of the market's raw file as it is now into the market's file, and tells both hashes.

    Raises a file error where there is no such file, and a config error where the old hash does not stand in the
    market's file once.
    """
    raw = study.settings_of(market).raw
    path = locate(raw, study.folder)
    found = digest_of(path)
    told = [f"{path.name}  declared {raw.sha256}", f"{path.name}  found    {found}"]
    if found == raw.sha256:
        return [*told, "nothing has changed"]
    settings = study.folder / "markets" / f"{market}.yaml"
    text = settings.read_bytes()
    if text.count(raw.sha256.encode()) != 1:
        problem = Problem(
            str(settings), "the declared sha256 does not stand here once", raw.sha256, fix=f"write {found}"
        )
        raise JourneybookError("config", problem)
    settings.write_bytes(text.replace(raw.sha256.encode(), found.encode()))
    return [*told, f"{settings} declares the file as found; what it holds is checked by make report COUNTRY={market}"]
