"""The server while people edit: a sick change keeps the last good site and tells why; the next good one heals."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock, patch

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer

from kb.site import KnowledgeBasePlugin
from tests import make

SICK = "terms:\n  - id: Sick One\n"
PATIENCE = 60


class Served:
    """A community that MkDocs builds again and again, as its server does."""

    def __init__(self, root: Path, community: Path | None = None) -> None:
        self.root = community or make.community(root).parent
        self.out = root.parent / f"{root.name}-out"
        self.dirty = False
        self.plugin = KnowledgeBasePlugin()
        self.plugin.on_startup(command="serve", dirty=False)

    def build(self) -> str:
        """Build once more with the same plugin; the home page."""
        config = load_config(str(self.root / "mkdocs.yml"), site_dir=str(self.out))
        fresh = config.plugins["kb"]
        self.plugin.config = fresh.config
        for name, hooks in config.plugins.events.items():
            config.plugins.events[name] = [
                getattr(self.plugin, f"on_{name}") if getattr(hook, "__self__", None) is fresh else hook
                for hook in hooks
            ]
        build(config, serve_url="http://127.0.0.1/", dirty=self.dirty)
        return self.page("index.html")

    def built(self) -> Path:
        """Build once more; where the site is."""
        self.build()
        return self.out

    def page(self, name: str) -> str:
        return (self.out / name).read_text(encoding="utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path / "toy")


def test_a_sick_edit_keeps_the_last_good_site_until_it_is_mended(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "mkdocs.plugins.kb")
    assert "kb-problems" not in served.build()
    make.write(served.root, {"resources/sick.yaml": SICK})
    home = served.build()
    assert "This is the last good site." in home
    assert "Sick One" in make.read_html_loosely(home).text
    assert "A club whose members swap hours" in served.page("glossary/time-bank/index.html")
    assert "resources/sick.yaml:2:9: error" in caplog.text
    (served.root / "resources/sick.yaml").unlink()
    served.edit("resources/people.yaml", "A club whose members swap hours", "A circle whose members swap hours")
    assert "kb-problems" not in served.build()
    assert "A circle whose members" in served.page("glossary/time-bank/index.html")


def test_bad_data_from_the_beginning_is_shown_on_a_page(served: Served) -> None:
    make.write(served.root, {"resources/sick.yaml": SICK})
    home = served.build()
    assert "The data has problems" in home
    assert "Sick One" in home
    assert "last good site" not in home
    (served.root / "resources/sick.yaml").unlink()
    assert "The data has problems" not in served.build()


def test_what_is_shown_of_a_problem_is_escaped(served: Served) -> None:
    make.write(served.root, {"resources/sick.yaml": "terms:\n  - id: <script>alert(1)</script>\n"})
    assert "<script>alert(1)</script>" not in served.build()


def test_warnings_are_told_and_stop_nothing(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mkdocs.plugins.kb")
    with (served.root / "references.bib").open("a", encoding="utf-8") as bib:
        bib.write("\n@misc{nobodycites, title = {Words}}\n")
    assert "kb-problems" not in served.build()
    assert "nothing cites 'nobodycites'" in caplog.text


def test_a_build_with_bad_data_fails_and_leaves_the_old_site(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    served.build()
    before = {path: path.read_bytes() for path in served.out.rglob("*.html")}
    make.write(served.root, {"resources/sick.yaml": SICK})
    config = load_config(str(served.root / "mkdocs.yml"), site_dir=str(served.out), strict=True)
    with pytest.raises(Abort):
        build(config)
    assert "Sick One" in caplog.text
    assert {path: path.read_bytes() for path in served.out.rglob("*.html")} == before


def test_every_file_that_people_edit_is_watched(served: Served) -> None:
    served.build()
    config = load_config(str(served.root / "mkdocs.yml"))
    watched: list[str] = []
    with LiveReloadServer(lambda: None, "127.0.0.1", 0, str(served.out)) as server:
        server.watch(config.docs_dir)
        with patch.object(server, "watch", lambda path: watched.append(Path(path).relative_to(served.root).as_posix())):
            assert served.plugin.on_serve(server, config=config, builder=None) is server
    assert {"docs", "resources.yaml", "references.bib", "permalinks.txt", "resources"} <= {*watched}


def test_only_what_an_edit_changes_is_written_again(served: Served) -> None:
    """As the server of `kb serve` builds; what comes of it is what a whole build makes."""
    served.dirty = True
    served.build()
    old = {path: path.stat().st_mtime_ns for path in served.out.rglob("*") if path.is_file()}
    served.edit("resources/people.yaml", "A club whose members swap hours", "A circle whose members swap hours")
    served.build()
    assert "A circle whose members" in served.page("glossary/time-bank/index.html")
    new = {path: path.stat().st_mtime_ns for path in served.out.rglob("*") if path.is_file()}
    touched = {path.relative_to(served.out).as_posix() for path in new if new[path] != old.get(path)}
    assert "glossary/time-bank/index.html" in touched
    assert not touched & {"about/index.html", "organisations/index.html", "assets/kb.css"}
    assert _texts(served.out) == _texts(Served(served.root.parent / "again", served.root).built())


def test_a_title_in_the_menu_changes_on_every_page(served: Served) -> None:
    served.dirty = True
    with (served.root / "mkdocs.yml").open("a", encoding="utf-8") as config:
        config.write("nav:\n  - index.md\n  - about.md\n")
    served.build()
    old = served.page("glossary/time-bank/index.html")
    served.edit("docs/about.md", "title: About", "title: Of us and")
    served.build()
    assert "Of us and" not in old
    assert "Of us and" in served.page("glossary/time-bank/index.html")


def test_a_page_that_is_gone_is_gone_from_the_server(served: Served) -> None:
    served.dirty = True
    (served.root / "docs/passing.md").write_text("---\ntitle: Passing\ndescription: Soon gone.\n---\n", "utf-8")
    served.build()
    assert "Soon gone." in served.page("passing/index.html")
    (served.root / "docs/passing.md").unlink()
    served.build()
    assert not (served.out / "passing/index.html").exists()


def test_after_a_build_that_broke_off_everything_is_written(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.dirty = True
    served.build()
    people = served.root / "resources/people.yaml"
    good = people.read_text(encoding="utf-8")
    served.edit("resources/people.yaml", "A club whose members swap hours", "A circle whose members swap hours")
    with monkeypatch.context() as broken:
        broken.setattr(served.plugin, "on_post_build", Mock(side_effect=OSError("the disk is full")))
        with pytest.raises(OSError, match="full"):
            served.build()
    people.write_text(good, encoding="utf-8")
    served.build()
    assert "A club whose members" in served.page("glossary/time-bank/index.html")


def test_the_search_is_made_when_it_is_asked_for(served: Served) -> None:
    served.build()
    assert not (served.out / "find").exists()
    serve = served.plugin._with_search(lambda environ, start: [environ["PATH_INFO"].encode()], served.out)
    assert serve({"PATH_INFO": "/glossary/"}, Mock()) == [b"/glossary/"]
    assert not (served.out / "find").exists()
    assert serve({"PATH_INFO": "/find/find.json"}, Mock()) == [b"/find/find.json"]
    first = served.page("find/find.json")
    served.edit("resources/people.yaml", "A club whose members swap hours", "A gaggle whose members swap hours")
    served.build()
    serve({"PATH_INFO": "/find/find.json"}, Mock())
    assert served.page("find/find.json") != first


def _texts(folder: Path) -> dict[str, bytes]:
    """Every file of a site but those of the stock search, which MkDocs adds to the toy and no page here loads."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "search")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# --- a real server ----------------------------------------------------------------------------------------
@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str, Path]]:
    """A server of a community: its folder, its address, and what it says."""
    root = make.community(tmp_path / "toy").parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path / "said.txt"
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONUNBUFFERED": "1"}
    with (
        said.open("wb") as out,
        subprocess.Popen(command, cwd=root, env=environment, stdout=out, stderr=out) as running,
    ):
        try:
            yield root, f"http://127.0.0.1:{port}/", said
        finally:
            running.terminate()
            running.wait(PATIENCE)


def fetch(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return str(answer.read().decode("utf-8"))
    except (urllib.error.URLError, OSError):
        return ""


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.25)
    return False


def test_mkdocs_serve_follows_every_saved_change(server: tuple[Path, str, Path]) -> None:
    root, address, said = server
    page = f"{address}glossary/time-bank/"
    people = root / "resources/people.yaml"
    good = people.read_text(encoding="utf-8")
    assert eventually(lambda: "A club whose members swap hours" in fetch(page)), said.read_text()
    people.write_text(good.replace("A club whose", "A circle whose"), encoding="utf-8")
    assert eventually(lambda: "A circle whose members" in fetch(page)), said.read_text()
    people.write_text(good.replace("A club whose", "A ring whose") + "\nodd: [", encoding="utf-8")
    assert eventually(lambda: "This is the last good site." in fetch(page)), said.read_text()
    assert "A circle whose members" in fetch(page)
    assert "resources/people.yaml:" in said.read_text()
    people.write_text(good, encoding="utf-8")
    assert eventually(lambda: "A club whose" in fetch(page) and "last good site" not in fetch(page)), said.read_text()
    assert "Traceback" not in said.read_text()
