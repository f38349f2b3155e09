"""The tables of facts about Viet Nam that lie in `customers/data`; each is read once, when first needed."""

import csv
import gzip
from functools import cache
from pathlib import Path

DATA_DIR = Path(__file__).resolve().parent.parent / "data"


@cache
def read_rows(filename: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file, plain or gzipped, by column name. The rows are shared: do not change them."""
    path = DATA_DIR / filename
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            return tuple(csv.DictReader(file))
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
