"""Lines given twice: AWS names each line by its id and time interval, so the same line under the same name is one delivered twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cost.bill.engine import Engine
from cost.bill.lines import line_of_row
from cost.bill.merge_sql import IDENTITY, Batch
from plinth.errors import InputError

SAME: Final = "said"
"""All that a line says, as one text: two lines of one name are one line only where they agree in it, for an id is unique in a part of a delivery
only (Data Exports user guide, identity)."""


def refuse_repeated_lines(engine: Engine, batches: Sequence[Batch], names: Mapping[Path, str]) -> None:
    """Raise InputError where a line stands twice, with its place. Split cost rows repeat their instance's line and are not looked at."""
    ids = " UNION ALL ".join(f"SELECT unnest(ids) AS id FROM {batch.table}" for batch in batches)
    engine.create("suspects", f"SELECT id FROM ({ids}) GROUP BY id HAVING COUNT(*) > 1")
    if engine.run("SELECT COUNT(*) FROM suspects")[0][0]:
        _compare(engine, [batch for batch in batches if all(name in batch.layout.columns for name in IDENTITY)], names)
    engine.drop("suspects")


def _compare(engine: Engine, batches: Sequence[Batch], names: Mapping[Path, str]) -> None:
    """Look at the suspected lines themselves: only ever done where two lines have one name."""
    lines = " UNION ALL ".join(_lines(batch) for batch in batches)
    engine.create("suspected", f"SELECT * FROM ({lines}) WHERE hash(line_id, line_interval) IN (SELECT id FROM suspects)")
    pairs = f"SELECT line_id, line_interval, {SAME}, COUNT(*) AS count, MIN(place) AS first, MAX(place) AS last FROM suspected GROUP BY ALL HAVING COUNT(*) > 1"
    found = engine.run(f"SELECT line_id, line_interval, first, last, COUNT(*) OVER () FROM ({pairs}) ORDER BY first LIMIT 1")
    engine.drop("suspected")
    if not found:
        return
    line_id, interval, first, last, count = found[0]
    path, row = Path(last["path"]), last["row"]
    text = not next(batch for batch in batches if batch.number == last["batch"]).types
    place = f"{names[path]}, line {line_of_row(path, row)}" if text else f"{names[path]}, row {row}"
    both = "it stands twice in this file" if first["path"] == last["path"] else f"it stands in {names[Path(first['path'])]} too"
    more = f" (and {count - 1:,} more like it)" if count > 1 else ""
    raise InputError(
        f"a line of the bill is given twice: {both}{more}",
        where=place,
        value=f"{line_id} {interval}",
        fix="give one delivery of each month: where AWS keeps every version of a report, the folder of the newest assembly that its manifest names",
    )


def _lines(batch: Batch) -> str:
    columns = batch.layout.columns
    values = [columns[name] for name in sorted(columns)] + sorted((*batch.layout.tag_columns, *batch.layout.tag_maps))
    said = ", ".join(f"COALESCE(CAST({batch.ref(value)} AS VARCHAR), '')" for value in values)
    number = "file_row_number + 1" if batch.types else "row_number() OVER (PARTITION BY x_path)"
    identity = ", ".join(f"{batch.ref(columns[name])} AS {alias}" for name, alias in zip(IDENTITY, ("line_id", "line_interval"), strict=True))
    place = f"{{'batch': {batch.number}, 'path': x_path, 'row': {number}}} AS place"
    return f"SELECT {identity}, concat_ws('|', {said}) AS {SAME}, {place} FROM {batch.scan(numbered=True)}"
