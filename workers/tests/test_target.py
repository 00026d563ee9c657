"""The addresses that a client understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from thunderline.client.target import Target, spool_base


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("localhost:4000", Target(False, "localhost", 4000, "/api/events/ml")),
        ("thunderline", Target(False, "thunderline", 80, "/api/events/ml")),
        (" http://thunderline:4000/ ", Target(False, "thunderline", 4000, "/api/events/ml")),
        ("https://thunderline.example", Target(True, "thunderline.example", 443, "/api/events/ml")),
        ("https://ml.example/thunder/", Target(True, "ml.example", 443, "/thunder/api/events/ml")),
        ("http://h:1/api/events/ml", Target(False, "h", 1, "/api/events/ml")),
        ("http://[::1]:4000", Target(False, "::1", 4000, "/api/events/ml")),
        ("HTTP://Thunderline:4000", Target(False, "thunderline", 4000, "/api/events/ml")),
    ],
)
def test_reads_an_address(url: str, target: Target) -> None:
    assert Target.parse(url) == target


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "'' is not an address such as http://thunderline:4000"),
        ("ftp://h", "'ftp://h' is not an address"),
        ("http://", "'http://' is not an address"),
        ("http://h:port", "[Pp]ort"),
        ("http://me:secret@h", "pass the API key as api_key instead"),
        ("ftp://me:secret@h", "'ftp://h' is not an address"),
    ],
)
def test_refuses_an_address_with_a_sentence_that_holds_no_password(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Target.parse(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/elsewhere", "http://h:1/elsewhere"),
        ("http://h:2/x", "http://h:2/x"),
        ("https://h/x", "https://h:443/x"),
        ("http://other/x", None),
        ("//other/x", None),
        ("ftp://h/x", None),
        ("http://h.example/x", None),
        ("http://h:port/x", None),
        ("http://[h/x", None),
    ],
)
def test_follows_redirects_to_the_same_host_only(location: str, url: str | None) -> None:
    target = Target.parse("http://h:1").redirected(location)
    assert (None if target is None else target.url) == url


def test_follows_no_redirect_from_https_to_http() -> None:
    assert Target.parse("https://h").redirected("http://h/x") is None


@pytest.mark.parametrize(("configured", "expected"), [("spool", "work/spool"), ("~/spool", "home/spool")])
def test_a_spool_stays_where_it_is_when_the_program_changes_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str, expected: str
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    base = spool_base(Path(configured))
    monkeypatch.chdir(tmp_path)
    assert base.absolute() == tmp_path / expected


def test_events_for_two_addresses_or_paths_never_share_a_directory() -> None:
    urls = ["http://h", "https://h", "http://h:81", "http://i", "http://h/prefix", "http://h:443", "http://h_80"]
    assert len({Target.parse(url).name for url in urls}) == len(urls)
