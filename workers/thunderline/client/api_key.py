"""The API key, however the program holds it."""

from __future__ import annotations

from typing import Any

from thunderline.client.notices import Notices


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


def usable_api_key(value: Any, notices: Notices) -> str | None:
    """The key, or None where no header can carry it, which is logged without the key."""
    try:
        return read_api_key(value)
    except ValueError as error:
        notices.warn("key", "Requests are made without a key: %s.", error)
        return None
