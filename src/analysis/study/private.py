"""What of the delivered files is nobody else's business: who answered, their own words, and whole rows.

Read from the files themselves, a piece at a time, so that a file of a million respondents needs no more memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.study.columns import columns_of
from analysis.study.locating import format_of, locate
from analysis.study.params import MarketSettings, Study
from analysis.study.raw import is_large, read_raw
from analysis.study.table import cell_text

ROWS = 10_000  # rows of a file, from its first, that are told in full
Kind = Literal["identifier", "verbatim", "row"]


@dataclass(frozen=True)
class Private:
    """Values of one column as delivered (or whole rows, a text each), and what they are of: file and column."""

    kind: Kind
    of: str
    values: Sequence[str]


def private_columns(study: Study, market: MarketSettings) -> dict[str, Kind]:
    """The file's columns that tell who somebody is, or hold their own words."""
    kinds: dict[str, Kind] = {"identifier": "identifier", "open": "verbatim"}
    found: dict[str, Kind] = dict.fromkeys(market.identifiers, "identifier")
    for variable, column in columns_of(market, study.codebook).items():
        kind = kinds.get(study.codebook.questions[variable.partition(".")[0]].kind)
        if kind:
            found[column] = kind
    return found


def column_names(study: Study, code: str) -> set[str]:
    """What the columns of a market are called: in its file as far as the study reads it, and in the codebook."""
    market = study.settings_of(code)
    read = columns_of(market, study.codebook)
    return {*read, *read.values(), *market.identifiers}


def private_values(study: Study, code: str) -> Iterator[Private]:
    """The values of a market's private columns, and its first rows, in pieces.

    A row is its values in the order of the file, and once more in that of the codebook, as one text: whole numbers
    with a space between them, a line break where anything else stands, nothing for an empty cell. Raises file errors
    as `read_raw` does.
    """
    market = study.settings_of(code)
    columns = private_columns(study, market)
    asked = [column for column in columns_of(market, study.codebook).values() if column not in columns]
    name = locate(market.raw, study.folder).name
    for number, cells in enumerate(_pieces(study, market)):
        for column, kind in columns.items():
            if column in cells:
                yield Private(kind, f"{name}, column {column}", [*cells[column].unique()])
        if number == 0:
            first = cells.head(ROWS)
            yield Private("row", name, _rows(first))
            yield Private("row", name, _rows(first[[column for column in asked if column in first]]))


def _pieces(study: Study, market: MarketSettings) -> Iterator[pd.DataFrame]:
    """The delivered cells as text; of a large file a piece at a time, with all columns only in the first."""
    if not is_large(market.raw, study.folder, study.settings.large):
        yield read_raw(market.raw, study.folder).cells
        return
    import pyarrow.parquet as pq  # slow to import, and only needed for Parquet

    path = locate(market.raw, study.folder)
    assert format_of(market.raw, path) == "parquet"
    file = pq.ParquetFile(path)
    yield _text(next(file.iter_batches(batch_size=ROWS)).to_pandas())
    kept = [column for column in private_columns(study, market) if column in file.schema_arrow.names]
    for batch in file.iter_batches(batch_size=ROWS * 10, columns=kept):
        yield _text(batch.to_pandas())


def _text(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.apply(lambda column: column.map(cell_text))


def _rows(cells: pd.DataFrame) -> list[str]:
    told = {value: value if value.isdecimal() or not value else "\n" for value in pd.unique(cells.to_numpy().ravel())}
    return [" ".join(map(told.__getitem__, row)) for row in cells.to_numpy()]
