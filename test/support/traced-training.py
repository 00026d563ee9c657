"""A training loop that logs a point in a span, and prints the ids of the span. argv: the gateway."""

import sys

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import format_span_id, format_trace_id

from thunderline import Client

client = Client(sys.argv[1], model_run_id="traced")
with TracerProvider().get_tracer("training").start_as_current_span("epoch") as span:
    client.log_metrics({"loss": 0.5}, step=1, trial_id="t")
assert client.flush(120), client.stats
client.close()
context = span.get_span_context()
print(format_trace_id(context.trace_id), format_span_id(context.span_id))
