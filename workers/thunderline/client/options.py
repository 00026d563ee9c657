"""The options of a client, with units and defaults."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, fields
from pathlib import Path

from thunderline.client.values import as_count, as_seconds

# Shorter ones would fail every request, or look for spools without a pause.
_LEAST_S = {"connect_timeout_s": 0.05, "request_timeout_s": 0.05, "adopt_every_s": 0.05, "system_metrics_every_s": 0.05}
_LEAST = {"compression_level": 0}


@dataclass(frozen=True, slots=True)
class Options:
    """How a client batches, waits, retries and spools. Every duration is in seconds, every size in bytes."""

    linger_s: float = 1.0
    """How long metrics are collected for one request; they are on disk within 100 ms. Lifecycle events go at once."""

    max_batch_events: int = 1_000
    """The most events in one request."""

    max_batch_bytes: int = 512 * 1024
    """The most bytes of events in one request, before compression. A single larger event travels alone."""

    compression_level: int = 1
    """gzip level, 1 to 9; 0 sends bodies as they are."""

    max_queue_events: int = 100_000
    """How many events may wait in memory; beyond it the calling thread writes them to disk, and where that is not
    possible the oldest metrics are dropped."""

    connect_timeout_s: float = 5.0
    """How long each address of the gateway has to accept a connection."""

    request_timeout_s: float = 15.0
    """How long a whole request may take once connected, from its first byte to the last byte of the answer."""

    backoff_base_s: float = 0.5
    """The bound of the first back-off; it doubles with each failure. The wait is uniform between 0 and the bound."""

    backoff_cap_s: float = 30.0
    """The greatest bound of a back-off."""

    max_retry_after_s: float = 300.0
    """A Retry-After longer than this is cut to it."""

    refused_retry_s: float = 60.0
    """How long to wait after an answer that only a person can correct, such as 401."""

    exit_timeout_s: float = 5.0
    """How long the end of the process may be delayed to send the remaining events."""

    spool_dir: Path | None = None
    """The folder of waiting events; None is `$THUNDERLINE_SPOOL_DIR` or `$XDG_STATE_HOME/thunderline/spool`."""

    spool_enabled: bool = True
    """False keeps waiting events in memory only, bounded by `max_memory_bytes`."""

    max_spool_bytes: int = 256 * 1024 * 1024
    """The most bytes on disk for one process and what it adopted; beyond it the oldest metrics are dropped."""

    segment_bytes: int = 1024 * 1024
    """The size at which a spool file is closed and the next one started."""

    max_memory_bytes: int = 32 * 1024 * 1024
    """The most bytes that wait in memory where the spool cannot be written."""

    adopt_every_s: float = 30.0
    """How often the spools of dead processes are searched for."""

    system_metrics_every_s: float = 10.0
    """How often system metrics are logged, where `Client(system_metrics=True)` asks for them."""

    ca_bundle: Path | None = None
    """A PEM file of the certificate authorities to trust; None is the system's, or `$SSL_CERT_FILE`."""

    ssl_context: ssl.SSLContext | None = None
    """For https, instead of `ca_bundle`; None is Python's default, with verification."""

    def __post_init__(self) -> None:
        """Brings every number within its bounds; what is no number becomes the default."""
        for field in fields(self):
            given, default = getattr(self, field.name), field.default
            if isinstance(default, float):
                object.__setattr__(self, field.name, max(as_seconds(given, default), _LEAST_S.get(field.name, 0.0)))
            elif isinstance(default, int) and not isinstance(default, bool):
                count = as_count(given)
                object.__setattr__(
                    self, field.name, max(default if count is None else count, _LEAST.get(field.name, 1))
                )
