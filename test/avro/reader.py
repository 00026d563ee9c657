"""A reader that shares nothing with ours: fastavro, and the schemas from the registry.

Reads values in Confluent wire format from standard input, one a line in base64, and writes one JSON object a line:
the name of the record, its fields, and the value as fastavro writes those fields again.
"""

import base64
import io
import json
import math
import sys
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from functools import cache

import fastavro

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
REGISTRY = sys.argv[1].rstrip("/")


@cache
def schema_of(schema_id):
    with urllib.request.urlopen(f"{REGISTRY}/schemas/ids/{schema_id}", timeout=30) as response:
        return fastavro.parse_schema(json.loads(json.load(response)["schema"]))


def plain(value):
    """Converts a value to JSON: NaN and infinities as text, bytes as base64, logical types as their wire values."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


for line in sys.stdin:
    body = io.BytesIO(base64.b64decode(line))
    magic, schema_id = body.read(1), int.from_bytes(body.read(4), "big")
    assert magic == b"\0", f"not in wire format: {line}"
    schema = schema_of(schema_id)
    record = fastavro.schemaless_reader(body, schema)
    assert body.read() == b"", f"bytes are left over: {line}"
    again = io.BytesIO(b"\0" + schema_id.to_bytes(4, "big"))
    again.seek(0, io.SEEK_END)
    fastavro.schemaless_writer(again, schema, record)
    print(
        json.dumps(
            {
                "name": schema["name"],
                "record": plain(record),
                "again": base64.b64encode(again.getvalue()).decode(),
            }
        )
    )
