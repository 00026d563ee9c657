"""Reads the files of an archive with two independent readers, and prints as JSON the rows that each reads.

Arguments: a folder with the files. One object for each reader: its records, sorted by partition and offset.
"""

import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_avro
import fastavro

COLUMNS = ("topic", "partition", "offset", "event", "model_run_id", "trial_id", "decoded")


def by_fastavro(files):
    for file in files:
        with file.open("rb") as stream:
            for record in fastavro.reader(stream):
                yield {**{name: record[name] for name in COLUMNS}, "value": record["value"].hex()}


def by_duckdb(folder):
    extension = next(Path(duckdb_extension_avro.__file__).parent.glob("extensions/*/avro.duckdb_extension"))
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    query = f"select {columns}, lower(hex(value)) as value from read_avro(?)"
    rows = connection.execute(query, [f"{folder}/**/*.avro"]).fetchall()
    for row in rows:
        yield dict(zip((*COLUMNS, "value"), row, strict=True))


folder = Path(sys.argv[1])


def ordered(records):
    return sorted(records, key=lambda record: (record["topic"], record["partition"], record["offset"]))


print(
    json.dumps(
        {
            "fastavro": ordered(by_fastavro(sorted(folder.rglob("*.avro")))),
            "duckdb": ordered(by_duckdb(folder)),
        }
    )
)
