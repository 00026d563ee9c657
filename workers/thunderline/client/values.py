"""Numbers, texts, ids and names as training code holds them, turned into the gateway's. Nothing here raises.

Every reader returns None for a value it cannot read: no value ever becomes another plausible one.
"""

from __future__ import annotations

import hashlib
import math
import re
from typing import Any

from thunderline.client.signals import pass_on

MAX_ID_CHARACTERS = 255
MAX_TEXT_CHARACTERS = 8_192
MAX_COUNT = 2**53 - 2
MAX_RANK = 2**31 - 1
MAX_ATTEMPT = 99_999
LONGEST_S = 1e8
"""Three years; the system's waits overflow not far beyond."""

CUT_MARK = "... [cut]"

_UNENCODABLE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_DOTS = (".", "..")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def as_number(value: Any) -> float | None:
    """A float from anything that is one number: int, Decimal, "0.5", a numpy or torch scalar. None: it is not one.

    Dates and masked values of numpy are no numbers, though `item()` gives one.
    """
    try:
        item = getattr(value, "item", None)
        if item is None:
            return float(value)
        mask = getattr(value, "mask", None)
        # `mask` is a method of a pandas Series.
        if hasattr(mask, "dtype") and bool(mask):
            return None
        if getattr(getattr(value, "dtype", None), "kind", None) in ("M", "m"):
            return None
        return float(item())
    except Exception as error:
        pass_on(error)
        return None


def as_seconds(value: Any, default_s: float) -> float:
    """A duration that the system can wait for: 0 for a negative one, the longest for infinity; the default for what is
    no number."""
    number = as_number(value)
    return default_s if number is None or math.isnan(number) else min(max(number, 0.0), LONGEST_S)


def as_count(value: Any) -> int | None:
    """An integer from 0 to 2^53 - 2, rounded; None where it is not one."""
    number = as_number(value)
    return round(number) if number is not None and 0 <= number <= MAX_COUNT else None


def as_step(value: Any) -> int | None:
    """The step of a metric, from 0 to 2^53 - 2; the fraction of an epoch is cut, 2.75 is in epoch 2."""
    if type(value) is int:
        return value if 0 <= value <= MAX_COUNT else None
    number = as_number(value)
    return math.floor(number) if number is not None and 0 <= number <= MAX_COUNT else None


def as_rank(value: Any) -> int | None:
    """A rank from 1 to 2^31 - 1."""
    count = as_count(value)
    return count if count is not None and 1 <= count <= MAX_RANK else None


def as_attempt(value: Any) -> int | None:
    """The number of an attempt from 0 to 99,999; it is never rounded."""
    number = as_number(value)
    return int(number) if number is not None and 0 <= number <= MAX_ATTEMPT and number.is_integer() else None


_FLAGS = {"true": True, "false": False, "on": True, "off": False, "yes": True, "no": False, "1": True, "0": False}


def as_flag(value: Any) -> bool | None:
    """A boolean from a bool, 1, 0, or a word such as "on", "True" or "no"."""
    if isinstance(value, str):
        return _FLAGS.get(value.strip().lower())
    number = as_number(value)
    return None if number not in (0.0, 1.0) else number == 1.0


_STATES = {
    "completed": "completed complete success succeeded successful finished done ok passed true",
    "failed": "failed fail failure error errored crashed false",
    "cancelled": "cancelled canceled cancel killed aborted stopped interrupted preempted",
}
_STATE_OF_WORD = {word: state for state, words in _STATES.items() for word in words.split()}


def as_state(value: Any) -> str | None:
    """How a run ended, "completed", "failed" or "cancelled", from one of the usual words, an Enum's too."""
    word = getattr(value, "value", value)
    return _STATE_OF_WORD.get(as_text(word, 64).strip().lower())


def as_text(value: Any, max_characters: int = MAX_TEXT_CHARACTERS) -> str:
    """Text that UTF-8 and the gateway can hold: lone surrogates and NUL become U+FFFD; a cut end is marked."""
    text = _text_of(value)
    if len(text) > max_characters:
        text = text[: max(0, max_characters - len(CUT_MARK))] + CUT_MARK
    return _UNENCODABLE.sub("\ufffd", text)


def as_line(value: Any) -> str | None:
    """Text on one line, at most 255 UTF-16 units, a cut end marked; None where it is empty."""
    text = _CONTROL.sub(" ", as_text(value, MAX_ID_CHARACTERS)).strip()
    while utf16_length(text) > MAX_ID_CHARACTERS:
        text = text[: -len(CUT_MARK) - 1] + CUT_MARK
    return text or None


def as_uri(value: Any) -> str | None:
    """A URI; None where it is empty or too long: a cut one would name another object."""
    text = as_text(value, MAX_TEXT_CHARACTERS + 1)
    return text if 0 < len(text) <= MAX_TEXT_CHARACTERS else None


def as_foreign_id(value: Any) -> str | None:
    """An id given by another system, such as MLflow's; None where it is none: a changed one would name another run."""
    text = as_text(value, MAX_ID_CHARACTERS + 1)
    is_long = utf16_length(text) > MAX_ID_CHARACTERS
    return None if not text or is_long or text in _DOTS or _CONTROL.search(text) else text


def as_id(value: Any) -> str | None:
    """The id of a run or trial: text without control characters, at most 255 UTF-16 units; None where it is empty.

    An id that had to be changed ends in a hash of the original, so that two long ids stay two. "." and ".." are changed
    too, because no address of a page can have them.
    """
    text = _text_of(value)
    return marked(text, text) if text in _DOTS else _distinct(text) or None


def as_name(value: Any) -> str:
    """The name of a metric, by the rules of an id. Empty: it cannot be one."""
    name = _distinct(_text_of(value))
    # The gateway refuses an event for this one name.
    return "" if name == "__proto__" else name


def marked(name: str, original: Any) -> str:
    """`name` with a hash of what it stands for at its end, within 255 UTF-16 units: keeps equal names apart."""
    text = f"{type(original).__name__} {_text_of(original)}"
    mark = "~" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    while utf16_length(name) + len(mark) > MAX_ID_CHARACTERS:
        name = name[: MAX_ID_CHARACTERS - len(mark)] if len(name) > MAX_ID_CHARACTERS else name[:-1]
    return name + mark


def utf16_length(text: str) -> int:
    """The length of text as the gateway counts it."""
    return len(text) + (0 if text.isascii() else sum(character > "\uffff" for character in text))


def _distinct(text: str) -> str:
    if text.isascii() and text.isprintable() and len(text) <= MAX_ID_CHARACTERS:
        return text
    clean = _CONTROL.sub("\ufffd", _UNENCODABLE.sub("\ufffd", text))
    return clean if clean == text and utf16_length(text) <= MAX_ID_CHARACTERS else marked(clean, text)


def _text_of(value: Any) -> str:
    try:
        # `str()` of an Enum of texts is its name; its value is what the program compares and prints.
        return str.__str__(value) if isinstance(value, str) else str(value)
    except Exception as error:
        pass_on(error)
        return f"<{type(value).__name__}>"


def spelled(value: float) -> float | str:
    """A double as JSON can carry it: NaN and the infinities are text."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
