"""Settings of the fuzzer for this API: the format of NDJSON, and the rules of an event that no schema can express."""

import schemathesis

# The property in test/http/openapi/event-schemas.test.ts holds the parser against the same list.
BEYOND_SCHEMA = {"field_conflict", "invalid_unicode", "invalid_timestamp", "number_out_of_range", "timestamp_in_future", "too_deep"}


@schemathesis.serializer("application/x-ndjson", "application/ndjson", "application/jsonl")
def lines(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.check
def refused_for_what_no_schema_says(_context, response, case):
    """An event that fits the schema is refused only for what the schema cannot say."""
    if case.meta is None or not case.meta.generation.mode.is_positive or case.media_type != "application/json":
        return
    # Other routes list the faults of their bodies in other ways.
    if case.path != "/api/events/ml" or response.status_code not in (207, 422):
        return
    codes = {rejection["code"] for rejection in response.json()["rejected"]}
    assert codes <= BEYOND_SCHEMA, f"refused for {sorted(codes - BEYOND_SCHEMA)}"


@schemathesis.hook
def filter_case(_context, case):
    """HTTP allows any header, so one that no operation names is no invalid data."""
    return "x-schemathesis-unknown-property" not in {name.lower() for name in (case.headers or {})}
