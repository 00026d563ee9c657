"""Numbers as the commands print them."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: "1 event", "1,234 events"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def as_size(size: int) -> str:
    """Bytes in the largest unit of which there is at least one, with decimal prefixes."""
    if size < 1_000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1_000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1_000:.1f} TB"


def as_age(seconds: float) -> str:
    """A duration in its largest unit, rounded down."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"
