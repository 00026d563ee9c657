"""Reads Parquet files of metric points with DuckDB, and prints their rows as JSON, in the order of the table.

Arguments: a folder with the files. Doubles are printed as text, so that NaN and infinities have one.
"""

import json
import sys

import duckdb

ROWS = """
    select model_run_id, trial_id, name, step::varchar, event_id::varchar, epoch_us(recorded_at)::varchar, value, attempt
    from read_parquet(?) order by trial_key, name, step, event_id
"""

rows = duckdb.execute(ROWS, [f"{sys.argv[1]}/**/*.parquet"]).fetchall()
json.dump([[*row[:6], repr(row[6]), row[7]] for row in rows], sys.stdout)
