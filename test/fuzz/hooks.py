"""Settings of the fuzzer for this API: the format of NDJSON, and the rules of an event that no schema can express."""

import re

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
    """Leaves out what is only invalid to the fuzzer. HTTP allows any header, so one that no operation names is no invalid data."""
    if "x-schemathesis-unknown-property" in {name.lower() for name in (case.headers or {})}:
        return False
    return not is_sent_as_valid_object(case)


def is_sent_as_valid_object(case):
    """Whether a mutated object of the query is none any more when it is sent.

    Each of its properties is a parameter of its own. One whose value is an empty list is not sent, and one with the name of
    another parameter is that parameter.
    """
    if case.meta is None or not case.meta.generation.mode.is_negative:
        return False
    mutated = case.meta.phase.data.parameter
    parameters = {
        parameter["name"]: parameter
        for parameter in case.operation.definition.raw.get("parameters", [])
        if parameter.get("in") == "query"
    }
    schema = parameters.get(mutated, {}).get("schema", {})
    if schema.get("type") != "object":
        return False
    sent = 0
    for name, values in (case.query or {}).items():
        if name in parameters and name != mutated:
            continue
        values = values if isinstance(values, list) else [values]
        pattern = next((of["pattern"] for key, of in schema["patternProperties"].items() if re.search(key, name)), None)
        sent += len(values)
        if values and (pattern is None or not all(re.search(pattern, str(value)) for value in values)):
            return False
    return sent <= schema["maxProperties"]
