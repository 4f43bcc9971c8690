"""Never half a site: whatever happens to a build, the published site is whole, and the next build works."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kb import site as door
from kb import swap
from tests import make
from tests.conftest import ROOT

MOMENTS = 100
"""At so many moments at least the build is killed, and at each one around the exchange of the folders."""
CHANGES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "ctypes.dlsym"}
"""Where Python tells an audit hook that a name in a folder is about to be made or taken away (PEP 578)."""
NEW = make.CONFIGURATION
OLD = NEW.replace("Toy Commons", "Old Commons")
BEFORE, AFTER = 3, 6
PARTS = 4
"""The kills are many: in so many tests they are shared by the workers."""
KILLED = -signal.SIGKILL
LEFT = "left"
"""The folder of what builds leave to the next."""


def seen(folder: Path) -> str:
    """What a visitor of the site could see: every name and byte, in one number. Hidden files are not published."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".git")
    told = ((path.relative_to(folder).as_posix(), path.read_bytes()) for path in files)
    return hashlib.sha256(repr(list(told)).encode()).hexdigest()


def put_old(kept: Path, target: Path) -> None:
    """The old site once more, with a hidden file that is not part of it."""
    for folder in (target, *target.parent.glob(f".{target.name}.*")):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, target)
    (target / ".git").touch()


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.glob(".*"))


# --- a build that ends at a moment -------------------------------------------------------------------------------
def watched(act: Callable[[int, str], object]) -> None:
    """Call `act` before each change to a folder from now on, with its number, from 0, and its name."""
    count = 0

    def hook(name: str, given: tuple[object, ...]) -> None:
        nonlocal count
        if name in CHANGES and not (name == "open" and not set(str(given[1])) & set("wax+")):
            count += 1
            act(count - 1, name)

    sys.addaudithook(hook)


def ended(config: Path, act: Callable[[int, str], object]) -> int:
    """How a build ended in a process of its own: 0, 1 if a file could not be written, or less if it was killed.

    It finds nothing that an earlier one left, so that each makes the same changes.
    """
    shutil.rmtree(config.parent.parent / LEFT, ignore_errors=True)
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        watched(act)
        try:
            door.build(str(config), strict=False, folder=None)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_again_and_again(config: Path, kept: Path, part: str) -> None:
    """Print what visitors saw after each kill of this part, and whether the next build mended what was left."""
    target = config.parent / "site"
    names = record(config)
    exchange = names.index("ctypes.dlsym")
    near = set(range(exchange - BEFORE, exchange + AFTER))
    every = sorted(near | set(range(0, len(names), len(names) // MOMENTS)))
    found = []
    for moment in every[int(part) :: PARTS]:
        put_old(kept, target)
        how = ended(config, at(moment, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        after = seen(target)
        if moment in near:
            door.build(str(config), strict=False, folder=None)
        found.append({"how": how, "saw": after, "hidden": (target / ".git").exists(), "near": moment in near})
    print(json.dumps(found))


def record(config: Path) -> list[str]:
    """The changes that a whole build makes, by name, in order."""
    reading, writing = os.pipe()
    if ended(config, lambda _, name: os.write(writing, f"{name}\n".encode())) != 0:
        raise AssertionError("the build does not work at all")
    os.close(writing)
    with os.fdopen(reading) as told:
        return told.read().splitlines()


def filled_up_again_and_again(config: Path, kept: Path) -> None:
    """Print what visitors saw, and what was left, after the disk was full at each of many changes."""
    os.environ["XDG_CACHE_HOME"] = os.devnull  # what cannot be left to the next build stops none
    target = config.parent / "site"
    names = record(config)
    growing = [number for number, name in enumerate(names) if name in {"open", "os.rename"}]
    found = []
    for moment in growing[:: len(growing) // 20]:
        put_old(kept, target)
        how = ended(config, at(moment, no_room))
        found.append({"how": how, "saw": seen(target), "left": beside(target)})
    print(json.dumps(found))


def at(moment: int, act: Callable[[], None]) -> Callable[[int, str], object]:
    """Act before the change with this number."""
    return lambda number, _: act() if number == moment else None


def no_room() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- the tests -----------------------------------------------------------------------------------------------------
@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A community whose site was built, and is to be built anew under another name. The old site is kept beside it."""
    config = make.community(tmp_path / "community", {"mkdocs.yml": OLD})
    door.build(str(config), strict=False, folder=None)
    shutil.copytree(config.parent / "site", tmp_path / "kept")
    config.write_text(NEW, encoding="utf-8")
    return config


def run(function: Callable[..., None], config: Path, *given: str) -> list[dict]:
    """What a function of this file prints in a process that may fork, for it has no threads."""
    code = f"import sys; from pathlib import Path; from tests.test_whole import {function.__name__} as it; "
    code += "config, kept, *given = sys.argv[1:]; it(Path(config), Path(kept), *given)"
    command = [sys.executable, "-c", code, str(config), str(config.parent.parent / "kept"), *given]
    left = {"XDG_CACHE_HOME": str(config.parent.parent / LEFT)}
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | left, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout))


def command(config: Path, **options) -> subprocess.Popen[str]:
    """`kb build`, as a person would type it."""
    code = "from kb.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "build", "--config", config],
        cwd=config.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options,
    )  # fmt: skip


def built(config: Path) -> str:
    """What the site is once a build has succeeded, which leaves nothing behind."""
    said, _ = (process := command(config)).communicate()
    assert process.returncode == 0, said
    assert beside(config.parent / "site") == []
    return seen(config.parent / "site")


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_moment_it_is_the_old_or_the_new_site(config: Path, tmp_path: Path, part: int) -> None:
    old = seen(tmp_path / "kept")
    found = run(killed_again_and_again, config, str(part))
    new = built(config)
    assert old != new
    assert {one["how"] for one in found} == {KILLED}
    assert len(found) >= MOMENTS // PARTS
    assert {one["saw"] for one in found} == {old, new}
    assert [one for one in found if one["near"]] != []
    assert [one for one in found if not one["hidden"]] == []


def test_where_the_disk_is_full_the_old_site_stays(config: Path, tmp_path: Path) -> None:
    old = seen(tmp_path / "kept")
    found = run(filled_up_again_and_again, config)
    assert len(found) >= 20
    assert found == [{"how": 1, "saw": old, "left": []}] * len(found)
    assert built(config) != old


@pytest.mark.parametrize("largest", [0, 5_000, 100_000])
def test_a_file_that_is_cut_off_is_not_published(config: Path, tmp_path: Path, largest: int) -> None:
    process = command(config, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)))
    said, _ = process.communicate()
    assert process.returncode == 2, said
    assert f"{os.strerror(errno.EFBIG)}" in said
    assert "Nothing that was there before is lost." in said
    assert seen(config.parent / "site") == seen(tmp_path / "kept")
    assert built(config) != seen(tmp_path / "kept")


def test_where_nothing_can_be_written_the_old_site_stays(config: Path, tmp_path: Path) -> None:
    config.parent.chmod(0o555)
    process = command(config, preexec_fn=bound_by_permissions)
    said, _ = process.communicate()
    config.parent.chmod(0o755)
    assert process.returncode == 2, said
    assert "Nothing that was there before is lost." in said
    assert seen(config.parent / "site") == seen(tmp_path / "kept")
    assert built(config) != seen(tmp_path / "kept")


def bound_by_permissions() -> None:
    """Let even root be told no: of its powers the process gives up the one to pass over permissions."""
    drop, passing_over_permissions = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(drop, passing_over_permissions)


def test_two_builds_at_once_take_turns(config: Path, tmp_path: Path) -> None:
    front = config.parent / "site" / "index.html"
    looks = {front.read_bytes()}
    both = [command(config), command(config)]
    while any(process.poll() is None for process in both):
        looks.add(front.read_bytes())
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert looks == {(tmp_path / "kept" / "index.html").read_bytes(), front.read_bytes()}
    assert beside(config.parent / "site") == []
    assert seen(config.parent / "site") == built(config)


# --- exchanging folders --------------------------------------------------------------------------------------------
def staged_into(target: Path, text: str) -> None:
    with swap.staged(target) as folder:
        make.write(folder, {"index.html": text})


def test_a_file_system_that_exchanges_nothing_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    target = tmp_path / "site"
    staged_into(target, "old")
    make.write(target, {".git": "kept", "gone.html": "old"})
    staged_into(target, "new")
    assert {path.name: path.read_text() for path in target.iterdir()} == {".git": "kept", "index.html": "new"}
    assert beside(target) == []


def test_what_is_hidden_in_the_new_site_counts_before_the_old(tmp_path: Path) -> None:
    target = tmp_path / "site"
    staged_into(target, "old")
    make.write(target, {".nojekyll": "old", ".git": "kept"})
    with swap.staged(target) as folder:
        make.write(folder, {".nojekyll": "new"})
    assert {path.name: path.read_text() for path in target.iterdir()} == {".git": "kept", ".nojekyll": "new"}


@pytest.mark.parametrize("left", ["old", "ready"])
def test_a_site_that_was_moved_aside_comes_back(tmp_path: Path, left: str) -> None:
    make.write(tmp_path / f".site.{left}", {"index.html": "whole"})
    with pytest.raises(ZeroDivisionError), swap.staged(tmp_path / "site"):
        raise ZeroDivisionError
    assert (tmp_path / "site" / "index.html").read_text() == "whole"
    assert beside(tmp_path / "site") == []


@pytest.mark.parametrize(("known", "exchanged"), [("renameat2", True), ("renamex_np", True), ("", False)])
def test_systems_exchange_folders_each_in_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: str, exchanged: bool
) -> None:
    class System:
        def __init__(self) -> None:
            if known:
                setattr(self, known, lambda *_: 0)

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: System())
    assert swap._exchange(tmp_path / "a", tmp_path / "b") is exchanged


def test_a_system_of_another_kind_exchanges_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "name", "nt")
    assert swap._exchange("a", "b") is False  # type: ignore[arg-type]  # a path cannot be made under another's name
