"""The API key, however the program holds it."""

from __future__ import annotations

from typing import Any


def read_api_key(value: Any) -> str | None:
    """The text of a key given as text, an integer, or a secret of pydantic or the like; None where it is empty.

    Raises ValueError, without the key, when a header cannot carry it.
    """
    reveal = getattr(value, "get_secret_value", None)
    text = str(reveal() if callable(reveal) else "" if value is None else value).strip()
    if not text:
        return None
    if not text.isascii() or not text.isprintable():
        raise ValueError("the API key holds a character that no HTTP header can carry, such as a line break")
    return text
