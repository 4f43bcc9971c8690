"""What a workflow that may write takes from a pull request: pages and a comment, and nothing that only looks so."""

from __future__ import annotations

import importlib.util
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.report import quote
from kb.report import review as report
from tests.conftest import ROOT

COMMENT = f"{report.MARK}\n\n## What this change does\n\n- **resource** `@octocat <b> \\` (`tea`)\n"
BROUGHT: dict[str | ZipInfo, str] = {
    "review.md": COMMENT,
    "site/index.html": "<h1>Tea</h1>",
    "site/assets/kb.3f.js": "1",
    "site/404.html": "",
    "site/topics/a b/x.ics": "",
}


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("preview", ROOT / "scripts/preview.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["preview"] = module
    spec.loader.exec_module(module)
    return module


preview = _module()


def archive(folder: Path, files: Mapping[str | ZipInfo, str]) -> Path:
    with ZipFile(folder / "proposal.zip", "w", ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return folder / "proposal.zip"


def run(folder: Path, files: Mapping[str | ZipInfo, str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = preview.main([str(archive(folder, files)), str(folder / "brought")])
    return code, capsys.readouterr().err


def test_a_sound_archive_is_unpacked_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, BROUGHT | {"site/": ""}, capsys) == (0, "")
    brought = tmp_path / "brought"
    found = {file.relative_to(brought).as_posix(): file.read_text() for file in brought.rglob("*") if file.is_file()}
    assert found == BROUGHT


def special(name: str, kind: int) -> ZipInfo:
    member = ZipInfo(name)
    member.create_system = 3
    member.external_attr = (kind | 0o777) << 16
    return member


ELSEWHERE = "the name leads elsewhere, or holds signs that names of a site do not have."
KIND = "this kind of file does not belong to a site."


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("../index.html", f"'../index.html': {ELSEWHERE}"),
        ("site/../../index.html", f"'site/../../index.html': {ELSEWHERE}"),
        ("/etc/x.html", f"'/etc/x.html': {ELSEWHERE}"),
        ("site/./x.html", f"'site/./x.html': {ELSEWHERE}"),
        ("site\\x.html", f"'site\\\\x.html': {ELSEWHERE}"),
        ("C:/x.html", f"'C:/x.html': {ELSEWHERE}"),
        ("site/a\nb.html", f"'site/a\\nb.html': {ELSEWHERE}"),
        ("site/\u202elmth.html", f"'site/\\u202elmth.html': {ELSEWHERE}"),
        (f"site/{'x' * 250}.html", ELSEWHERE),
        (special("site/x.html", stat.S_IFLNK), "'site/x.html': this is a link or no ordinary file."),
        (special("site/x.html", stat.S_IFIFO), "'site/x.html': this is a link or no ordinary file."),
        ("SITE/x.html", f"'SITE/x.html': {KIND}"),
        ("site/INDEX.html", "'site/INDEX.html': two files have this name."),
        ("site/run.sh", f"'site/run.sh': {KIND}"),
        ("site/_redirects", f"'site/_redirects': {KIND}"),
        (".github/workflows/x.yml", f"'.github/workflows/x.yml': {KIND}"),
    ],
    ids=lambda one: ascii(one)[:40],
)
def test_a_file_that_does_not_belong_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], member: str | ZipInfo, said: str
) -> None:
    code, err = run(tmp_path, BROUGHT | {member: "x"}, capsys)
    assert code == 1
    assert err.endswith(f"{said}\n")
    assert not (tmp_path / "brought").exists()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("LARGEST_ARCHIVE", "The archive is too large.\n"),
        ("LARGEST_WHOLE", "The files of the archive are too large together.\n"),
        ("LARGEST_FILE", "'review.md': the file is too large.\n"),
        ("MOST_FILES", "The archive holds 5 files; 3 at most are allowed.\n"),
        ("LONGEST_COMMENT", "The comment is too long.\n"),
    ],
)
def test_sizes_are_bounded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, limit: str, said: str
) -> None:
    monkeypatch.setattr(preview, limit, 3)
    assert run(tmp_path, BROUGHT, capsys) == (1, said)


def test_a_bomb_is_not_unpacked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = run(tmp_path, {"review.md": COMMENT, "site/x.html": "0" * 20_000_001}, capsys)
    assert (tmp_path / "proposal.zip").stat().st_size < 100_000
    assert (code, err) == (1, "'site/x.html': the file is too large.\n")


def test_what_is_no_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "proposal.zip").write_text("no zip")
    assert preview.main([str(tmp_path / "proposal.zip"), str(tmp_path / "brought")]) == 1
    assert capsys.readouterr().err == "The archive cannot be read: File is not a zip file.\n"


# --- the comment --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "line",
    [
        "Well done, @octocat",
        "Closes #1",
        "<img src=x>",
        "[Sign in](x)",
        "https://evil.example",
        "www.evil.example",
        "`one` ` two",
        "\\`@octocat`",
        "```",
        "GH-1",
        "|---|---|",
        "> - | -",
    ],
)
def test_a_comment_that_does_more_than_say_is_refused(line: str) -> None:
    with pytest.raises(preview.UnsafeError, match="The comment holds more than text and code"):
        preview.look_at_comment(f"{COMMENT}{line}\n".encode())


@pytest.mark.parametrize(("raw", "said"), [(b"", "its mark"), (b"\xff", "no text"), (COMMENT[1:].encode(), "its mark")])
def test_a_comment_has_its_form(raw: bytes, said: str) -> None:
    with pytest.raises(preview.UnsafeError, match=said):
        preview.look_at_comment(raw)


@given(st.lists(st.text(alphabet=st.sampled_from("a`@<>[]|-\\# \n\u202e"), max_size=12), max_size=5))
def test_whatever_is_quoted_stays_code(texts: list[str]) -> None:
    preview.look_at_comment("\n".join([report.MARK, *(f"- {quote.code(text)}" for text in texts)]).encode())
    for text in texts:
        said = quote.code(text)
        assert preview._CODE.sub("", said) == ""
        assert "\u202e" not in said


def test_our_own_comments_fit() -> None:
    assert preview.MARK == report.MARK
    assert preview.LONGEST_COMMENT == quote.LIMIT
