"""Whatever somebody writes into a label comes out as text: in pages, charts, alt text, CSV and Excel."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from filelock import FileLock
from hostile import ATTACKS, attacked
from visiting import Tab

pytestmark = pytest.mark.slow

FORMULA = ("=", "+", "-", "@", "\t", "\r")
SEEN = """() => {
  const has = (one, name) => one.hasAttribute(name);
  const every = [...document.querySelectorAll("*")];
  return {
    ran: window.pwned ?? null,
    handlers: every.filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).map(e => e.outerHTML.slice(0, 200)),
    links: every.filter(e => /^\\s*(javascript|vbscript|data:text)/i.test(e.getAttribute("href") ?? "")).length,
    made: document.querySelectorAll("iframe, object, embed, img:not([alt]), img[src$='x']").length,
    inline: [...document.scripts].filter(e => !e.src && !/json/.test(e.type)).length,
    text: document.body.textContent.replace(/\\s+/g, " "),
    title: document.title,
    names: every.map(e => e.getAttribute("aria-label") ?? "").join(" ").replace(/\\s+/g, " "),
  };
}"""


@dataclass(frozen=True)
class Attacked:
    """The site of the hostile study, and every text that was put into it."""

    site: Path
    texts: list[str]

    @property
    def pages(self) -> list[Path]:
        return sorted(path for path in self.site.rglob("*.html") if "_static" not in path.parts)


@pytest.fixture(scope="session")
def hostile(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Attacked:
    """The hostile study's report of the UK, built once for all test processes (minutes)."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hostile"
    told = folder.with_suffix(".json")
    with FileLock(folder.with_suffix(".lock")):
        if not told.is_file():
            for name in ("params", "data", "book", "notebooks"):
                shutil.copytree(root / name, folder / name)
            study = folder / "params" / "study.yaml"
            text = study.read_text(encoding="utf-8")
            study.write_text(
                text.replace("markets: [uk, fr, de, it, es, nl, se]", "markets: [uk, fr]"), encoding="utf-8"
            )
            texts = attacked(folder, "uk")
            command = [sys.executable, "-c", "from analysis.cli import main; main()", "report", "uk"]
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            assert ran.returncode == 0, ran.stdout + ran.stderr  # the gate has let it pass, too
            told.write_text(json.dumps(texts), encoding="utf-8")
    return Attacked(folder / "build" / "site", json.loads(told.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def seen(hostile: Attacked, browser: Any) -> dict[str, dict[str, Any]]:
    """What a browser that forbids nothing made of every page."""
    context = browser.new_context()
    found = {}
    for path in hostile.pages:
        page = context.new_page()
        dialogs: list[str] = []
        page.on("dialog", lambda dialog, said=dialogs: (said.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri(), wait_until="load")
        name = path.relative_to(hostile.site).as_posix()
        found[name] = page.evaluate(SEEN) | {"dialogs": dialogs}
        page.close()
    context.close()
    return found


def test_a_script_that_runs_is_noticed(browser: Any, tmp_path: Path) -> None:
    """The tests below see nothing because there is nothing, not because they are blind."""
    path = tmp_path / "page.html"
    path.write_text(f"<!DOCTYPE html><html><body>{''.join(ATTACKS[:5])}</body></html>", encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri(), wait_until="load")
    page.wait_for_timeout(200)
    told = page.evaluate(SEEN)
    page.close()
    assert told["ran"] == 1 and told["handlers"] and told["made"] and told["inline"]


def test_no_script_of_a_label_runs(seen: dict[str, dict[str, Any]]) -> None:
    assert len(seen) > 20
    assert {name: told["dialogs"] for name, told in seen.items() if told["ran"] or told["dialogs"]} == {}


@pytest.mark.parametrize("what", ["handlers", "links", "made", "inline"])
def test_no_element_and_no_link_is_made_from_a_label(seen: dict[str, dict[str, Any]], what: str) -> None:
    assert {name: told[what] for name, told in seen.items() if told[what]} == {}


@pytest.mark.parametrize("attack", [one for one in ATTACKS if "'" not in one and '"' not in one])
def test_every_attack_is_read_as_it_was_written(seen: dict[str, dict[str, Any]], attack: str) -> None:
    """But for quotation marks, which are set as a printer sets them."""
    plain = " ".join(attack.split())
    assert [name for name, told in seen.items() if plain in told["text"]]


def test_attacks_stand_in_titles_contents_and_alt_text(seen: dict[str, dict[str, Any]]) -> None:
    attacks = [" ".join(one.split()) for one in ATTACKS]
    assert any(one in told["title"] for told in seen.values() for one in attacks)
    assert any(one in told["names"] for told in seen.values() for one in attacks)


def test_placeholders_of_a_label_are_not_filled(seen: dict[str, dict[str, Any]]) -> None:
    assert [name for name, told in seen.items() if "{{ 7 * 7 }}" in told["text"]]


def test_a_picture_holds_text_and_nothing_that_runs(hostile: Attacked) -> None:
    drawn = sorted(hostile.site.rglob("downloads/*.svg"))
    elements = [(path.name, one) for path in drawn for one in ET.parse(path).getroot().iter()]
    run = {name for name, one in elements if one.tag.rpartition("}")[2] in ("script", "foreignObject", "a", "iframe")}
    run |= {name for name, one in elements if any(key.lower().startswith("on") for key in one.attrib)}
    assert drawn and not run
    texts = {one.text or "" for _, one in elements}
    assert any("<script>window.pwned=1</script>" in text for text in texts)


def test_no_cell_of_a_csv_file_is_a_formula(hostile: Attacked) -> None:
    files = sorted(hostile.site.rglob("*.csv"))
    cells = [cell for path in files for row in csv.reader(path.open(encoding="utf-8", newline="")) for cell in row]
    assert any("<img src=x onerror=window.pwned=1>" in cell for cell in cells)
    assert any(cell.startswith("'=1+1") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(FORMULA) and not _is_number(cell)]


def test_every_text_of_a_workbook_is_a_text(hostile: Attacked) -> None:
    path = next(hostile.site.rglob("*.xlsx"))
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    kinds = {cell.data_type for cell in cells if isinstance(cell.value, str)}
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert kinds == {"s"} and "f" not in {cell.data_type for cell in cells}
    assert any(text.startswith("=1+1") for text in texts)
    assert any("[press](javascript:window.pwned=1)" in text for text in texts)
    assert not [cell.hyperlink.target for cell in cells if cell.hyperlink and cell.hyperlink.target]


def test_the_search_finds_a_label_and_runs_none(hostile: Attacked, opened: Callable[..., Tab]) -> None:
    tab = opened(f"{(hostile.site / 'search.html').as_uri()}?q=pwned")
    tab.page.wait_for_timeout(1500)
    assert tab.page.evaluate("window.pwned ?? null") is None
    assert tab.page.evaluate(SEEN)["handlers"] == []


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
