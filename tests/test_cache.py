"""What a build leaves to the next: it saves work where it holds, and never changes what comes out."""

from __future__ import annotations

import os
import random
import re
import shutil
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zlib import compress

import pytest

from kb import cache, house, read, site
from kb.read import Known, Layout, tree
from tests import make, test_ledger

NOTHING_CHANGED = "Nothing has changed since the site was built."
CIRCLE = ("A club whose members swap hours", "A circle whose members swap hours")


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a community that was built once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "kept"))
    config = make.community(tmp_path / "toy")
    build(config)
    return config


def left(toy: Path, name: str = "") -> Path:
    """What the build left, or one file of it."""
    [folder] = (toy.parent.parent / "kept/kb").iterdir()
    return folder / name


@pytest.fixture(autouse=True)
def _heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mkdocs.plugins.kb")


def build(config: Path, *, anew: bool = False, strict: bool = False) -> dict[str, bytes]:
    """Build; every file of the site."""
    folder = site.build(str(config), strict=strict, folder=None, anew=anew)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(config: Path, old: str, new: str) -> None:
    file = config.parent / "resources/people.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def test_what_did_not_change_is_not_built_again(toy: Path, caplog: pytest.LogCaptureFixture) -> None:
    page = toy.parent / "site/index.html"
    before = page.stat().st_mtime_ns
    assert build(toy) == build(toy)
    assert caplog.messages.count(NOTHING_CHANGED) == 2
    assert page.stat().st_mtime_ns == before
    assert build(toy, anew=True)
    assert page.stat().st_mtime_ns != before


def test_another_process_knows_it_too(toy: Path) -> None:
    build(toy)
    ended = subprocess.run(
        [sys.executable, "-c", "from kb.cli import main; main()", "build", "--config", toy],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert NOTHING_CHANGED in ended.stderr


CHANGES: dict[str, Callable[[Path], object]] = {
    "a record": lambda toy: edit(toy, *CIRCLE),
    "a page": lambda toy: (toy.parent / "docs/more.md").write_text("---\ntitle: More\ndescription: D.\n---\n", "utf-8"),
    "the settings": lambda toy: toy.write_text(toy.read_text("utf-8").replace("Toy Commons", "Joy Commons"), "utf-8"),
    "a page of the site, by hand": lambda toy: (toy.parent / "site/index.html").write_text("mine", "utf-8"),
    "a file too many in the site": lambda toy: (toy.parent / "site/more.html").write_text("mine", "utf-8"),
    "no site": lambda toy: shutil.rmtree(toy.parent / "site"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_after_any_change_the_site_is_what_it_would_be_from_nothing(
    toy: Path, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    CHANGES[change](toy)
    assert build(toy) == build(toy, anew=True)
    assert NOTHING_CHANGED not in caplog.messages


def test_what_a_killed_build_left_is_put_right_though_nothing_changed(toy: Path) -> None:
    old = toy.parent / ".site.ready"
    old.mkdir()
    (old / ".git").touch()
    build(toy)
    assert (toy.parent / "site/.git").exists()
    (toy.parent / ".site.lock").touch()
    build(toy)
    assert sorted(path.name for path in toy.parent.glob(".*")) == []


def test_on_another_day_the_reviews_that_are_due_are_looked_at(
    toy: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", f"{datetime(2027, 12, 1, tzinfo=UTC).timestamp():.0f}")
    with pytest.raises(site.RefusedError):
        build(toy, strict=True)
    assert "[review-due]" in caplog.text


def test_warnings_are_told_each_time(toy: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (toy.parent / "references.bib").open("a", encoding="utf-8") as bib:
        bib.write("\n@misc{nobodycites, title = {Words}}\n")
    build(toy)
    caplog.clear()
    build(toy)
    assert "nothing cites 'nobodycites'" in caplog.text


def test_an_edit_costs_what_shows_it(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pages() -> list[bytes]:
        return re.sub(rb'"asked":\[[^]]*\]', b"", left(toy, "pages").read_bytes()).split(b"\n")

    before = pages()
    edit(toy, *CIRCLE)
    build(toy)
    assert len({*before} & {*pages()}) > len(before) / 2


def test_only_an_edited_record_is_read_again(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, records = list[str](), list[int]()

    def read_tree(text: str, name: str, *line: int) -> object:
        files.append(name)
        records.append(text.count("added: "))
        return tree.read_tree(text, name, *line)

    monkeypatch.setattr("kb.read.data.read_tree", read_tree)
    edit(toy, *CIRCLE)
    build(toy)
    assert (files, records) == (["resources/people.yaml"], [1])
    edit(toy, CIRCLE[1], "'")
    for _ in range(2):
        assert not house.rerun(site.community(str(toy)), make.TODAY).sound
    assert {*files} == {"resources/people.yaml"}
    files.clear()
    edit(toy, "'", CIRCLE[1])
    assert house.everything(site.community(str(toy))) == house.everything(site.community(str(toy)))
    assert files == ["resources/people.yaml"]


def test_sound_lines_that_say_nonsense_are_read_anew() -> None:
    layout = Layout(make.SOUND)
    sources, known = read.read(layout), Known(())
    assert read.read(layout, known=known) == sources
    lines = [line + b"\n" for line in known.lines()]
    for number, line in enumerate(lines):
        kind = line.partition(b" ")[0]
        for lie in (
            b"",
            b"\n",
            b"{}\n",
            kind + b" [[]]\n",
            b"nothing []\n",
            line.replace(b'"', b"", 1),
            line.replace(b',["', b',[7,"'),
        ):
            spoilt = Known([*lines[:number], lie, *lines[number + 1 :]])
            assert read.read(layout, known=spoilt) == sources


def test_what_a_check_made_need_not_be_made_again(toy: Path) -> None:
    shutil.rmtree(left(toy))
    community = site.community(str(toy))
    made = house.rerun(community, make.TODAY).site
    kept = house.recalled(community)
    assert house.run(community, make.TODAY, kept=kept).site == made
    assert not kept.ledger.is_news


def test_after_any_edits_another_process_makes_what_it_would_make_from_nothing(toy: Path) -> None:
    chance, community = random.Random(0), site.community(str(toy))
    files = [*sorted((toy.parent / "resources").iterdir()), toy.parent / "references.bib"]
    sound = {file: file.read_text("utf-8") for file in files}
    alone = whole = sites = 0
    for _ in range(80):
        file = chance.choice(files)
        file.write_text(chance.choice(test_ledger.CHANGES)(file.read_text("utf-8"), chance), "utf-8")
        pages, news = (left(toy, name).read_bytes() for name in ("pages", "news"))
        result, fresh = house.rerun(community, make.TODAY), house.run(community, make.TODAY)
        assert (result.problems, result.site) == (fresh.problems, fresh.site)
        is_kept = left(toy, "pages").read_bytes() == pages
        alone += is_kept and left(toy, "news").read_bytes() != news
        whole += not is_kept
        sites += result.sound
        if not result.sound:
            file.write_text(sound[file], "utf-8")
    assert alone
    assert whole
    assert sites > 40


def test_what_few_edits_changed_is_left_alone(toy: Path) -> None:
    """Beside the pages that were left before, which are not written again for one that is new."""
    before = left(toy, "pages").read_bytes()
    edit(toy, *CIRCLE)
    first = build(toy)
    assert left(toy, "pages").read_bytes() == before
    assert CIRCLE[1].encode() in left(toy, "news").read_bytes()
    kept = house.recalled(site.community(str(toy)))
    assert house.run(site.community(str(toy)), make.TODAY, kept=kept).sound
    assert not kept.ledger.is_news
    edit(toy, *reversed(CIRCLE))
    edit(toy, "The council of Toy Town.", "A council.")
    build(toy)
    edit(toy, "A council.", "The council of Toy Town.")
    edit(toy, *CIRCLE)
    assert build(toy) == first


def test_a_page_less_is_news(toy: Path) -> None:
    (toy.parent / "docs/more.md").write_text("---\ntitle: More\ndescription: D.\n---\n", "utf-8")
    more = build(toy)
    (toy.parent / "docs/more.md").unlink()
    assert more.keys() - build(toy).keys() >= {"more/index.html"}
    assert b"/more/" not in left(toy, "pages").read_bytes() + left(toy, "news").read_bytes()


def test_where_errors_stand_what_was_made_before_is_kept(toy: Path) -> None:
    before = left(toy, "pages").read_bytes()
    edit(toy, CIRCLE[0], "'")
    assert not house.rerun(site.community(str(toy)), make.TODAY).sound
    assert left(toy, "pages").read_bytes() == before


def damaged(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def linked(file: Path) -> None:
    file.rename(file.with_name("x"))
    file.symlink_to("x")


def with_bodies(packed: bytes, file: Path) -> None:
    """A whole file of sound lines whose pages cannot be unpacked."""
    by, lines = file.read_bytes()[:32].decode(), file.read_bytes().splitlines()[1:]
    spoilt = [re.sub(rb'"packed":"[^"]+"', b'"packed":"%s"' % b64encode(packed), line) for line in lines]
    assert spoilt != lines or file.name != "pages"
    cache.save(file, by, spoilt)


HARM: dict[str, Callable[[Path], object]] = {
    "a letter changed": damaged,
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-40]),
    "empty": lambda file: file.write_bytes(b""),
    "noise": lambda file: file.write_bytes(bytes(range(256)) * 99),
    "of another generator": lambda file: file.write_bytes(b"0" * 32 + file.read_bytes()[32:]),
    "sound, but no pages": lambda file: cache.save(file, file.read_bytes()[:32].decode(), [b"no page", b"{}"]),
    "sound, but no bodies": partial(with_bodies, b"no page"),
    "sound, but a body without words": partial(with_bodies, compress(b"<p>A body</p>")),
    "open to others": lambda file: file.chmod(0o666),
    "a link": linked,
    "no file": lambda file: file.unlink(),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_not_whole_and_our_own_is_not_used(toy: Path, harm: str) -> None:
    edit(toy, *CIRCLE)
    for name in ("news", "pages", "site", "sound", "sources"):
        HARM[harm](left(toy, name))
    assert build(toy) == build(toy, anew=True)


def test_a_page_that_was_put_in_by_somebody_else_is_not_shown(toy: Path) -> None:
    """A page is right only with the marks of what it is made of; a whole file of lies comes from this account alone."""
    pages = left(toy, "pages")
    assert b"A club whose" in pages.read_bytes()
    pages.write_bytes(pages.read_bytes().replace(b"A club whose", b"A trap whose"))
    edit(toy, "Toy Town Council", "Toy Town Hall")
    assert not any(b"A trap whose" in page for page in build(toy).values())


@pytest.mark.parametrize("place", ["/dev/null/x", "relative", "a file"])
def test_without_a_place_for_it_the_site_is_built(
    toy: Path, place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (toy.parent.parent / "a file").touch()
    monkeypatch.chdir(toy.parent.parent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(toy.parent.parent / place) if place == "a file" else place)
    before = sorted(toy.parent.parent.iterdir())
    assert build(toy) == build(toy)
    assert NOTHING_CHANGED not in caplog.messages
    assert sorted(toy.parent.parent.iterdir()) == before


def test_nothing_that_came_with_the_project_is_used(toy: Path, tmp_path: Path) -> None:
    """Whatever a pull request brings, under whatever name: pages are kept elsewhere, for one folder each."""
    copy = shutil.copytree(toy.parent, tmp_path / "copy")
    assert {path.name for path in toy.parent.iterdir() if path.name.startswith(".")} == set()
    build(copy / toy.name)
    assert len([*(tmp_path / "kept/kb").iterdir()]) == 2


def test_a_project_that_cannot_be_known_whole_is_always_built(toy: Path, caplog: pytest.LogCaptureFixture) -> None:
    (toy.parent / "more").symlink_to(toy.parent, target_is_directory=True)
    assert build(toy) == build(toy)
    assert NOTHING_CHANGED not in caplog.messages


def test_nobody_else_can_read_or_write_it(toy: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in left(toy).iterdir()}
    assert modes == dict.fromkeys(("news", "pages", "site", "sound", "sources"), 0o600)
    assert stat.S_IMODE(left(toy).stat().st_mode) == 0o700


def test_files_that_change_while_it_is_written_are_let_be(tmp_path: Path) -> None:
    def full() -> object:
        yield b"one"
        raise OSError("the disk is full")

    file = tmp_path / "lines"
    cache.save(file, "by", [b"old"])
    cache.save(file, "by", full())  # type: ignore[arg-type]  # lines that end badly
    assert [*cache.load(file, "by")] == [b"old\n"]
    assert [*tmp_path.iterdir()] == [file]
    assert [*cache.load(tmp_path / "none", "by")] == []


def test_what_others_say_is_sound_is_checked_all_the_same(toy: Path) -> None:
    edit(toy, "https://council.example.org/", "council.example.org")
    community = site.community(str(toy))
    first = house.rerun(community, make.TODAY).problems
    assert {one.rule for one in first} == {"web-addresses"}
    marks = {one.mark.digest for one in house.everything(community).records}
    sound = left(toy, "sound")
    assert not {mark.encode() + b"\n" for mark in marks} <= {*cache.load(sound, cache.made_by())}
    lie = "".join(f"{mark}\n" for mark in sorted(marks)).encode()
    sound.write_bytes(sound.read_bytes().partition(b"\n")[0] + b"\n" + lie)
    assert house.rerun(community, make.TODAY).problems == first
    cache.save(sound, cache.made_by(), map(str.encode, marks))
    sound.chmod(0o666)
    assert house.rerun(community, make.TODAY).problems == first
