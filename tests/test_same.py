"""The same commit gives the same bytes: on any day, at any place, in any order of files, whoever builds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest

from tests import make
from tests.conftest import ROOT, UNDER

KB = str(Path(sys.executable).parent / "kb")
NOTHING: Mapping[str, str] = MappingProxyType({})
OVERDUE = make.epoch(date(2999, 1, 1))
"""By then every review is overdue."""
BACKWARDS = str(Path(__file__).parent / "backwards")
OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "on another day": {"SOURCE_DATE_EPOCH": OVERDUE},
    "on the day of this run, in another time zone and language": {
        "SOURCE_DATE_EPOCH": "", "TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LC_ALL": "C", "PYTHONUTF8": "0",
    },
    "with other hashes and the files in reverse order": {"PYTHONHASHSEED": "1", "PYTHONPATH": BACKWARDS},
}  # fmt: skip
USUAL, STRICT = 0o022, 0o077
"""What a new file may not allow: to be written by others, or anything to anybody else (umask(2))."""


def build(config: Path, folder: Path, changed: Mapping[str, str] = NOTHING, umask: int = USUAL) -> str:
    """Build with these changes to the environment, in which an empty text takes a name out; what was said."""
    wanted = os.environ | {"NO_MKDOCS_2_WARNING": "1", "SITE_URL": f"https://commons.example{UNDER}"} | dict(changed)
    ended = subprocess.run(
        [KB, "build", "--anew", "--config", str(config), "--folder", str(folder)],
        env={name: value for name, value in wanted.items() if value},
        umask=umask,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def contents(folder: Path) -> Mapping[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """The names of the files that are not in both, or not the same."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a community that knows its address."""
    configuration = f"{make.CONFIGURATION}site_url: !ENV SITE_URL\n"
    return make.community(tmp_path_factory.mktemp("toy") / "community", {"mkdocs.yml": configuration})


@dataclass(frozen=True)
class Built:
    """What a build said, and what stands in its folder."""

    said: str
    files: Mapping[str, bytes]


@pytest.fixture(scope="module")
def once(toy: Path) -> Built:
    said = build(toy, toy.parent / "site")
    return Built(said, contents(toy.parent / "site"))


@pytest.mark.parametrize("changed", OTHERWISE.values(), ids=OTHERWISE)
def test_built_elsewhere_and_otherwise_it_has_the_same_bytes(
    toy: Path, once: Built, tmp_path: Path, changed: Mapping[str, str]
) -> None:
    shutil.copytree(toy.parent, tmp_path / "else where")
    said = build(tmp_path / "else where" / "mkdocs.yml", tmp_path / "site", changed)
    assert len(once.files) > 100
    assert differing(once.files, contents(tmp_path / "site")) == []
    assert "[review-due]" not in once.said
    assert ("[review-due]" in said) is (changed.get("SOURCE_DATE_EPOCH") == OVERDUE), "what is said goes by the day"


def test_the_project_has_the_same_bytes_and_every_web_server_may_read_them(site: Path, tmp_path: Path) -> None:
    every = {name: value for one in OTHERWISE.values() for name, value in one.items()}
    made = tmp_path / "site"
    build(ROOT / "mkdocs.yml", made, every, STRICT)
    assert differing(contents(site), contents(made)) == []
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in (made, *made.rglob("*"))}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_files_are_told_in_reverse_order(tmp_path: Path) -> None:
    make.write(tmp_path, {"a": "", "b": "", "c": ""})
    code = "import os; from pathlib import Path; print(os.listdir(), *Path().glob('*'), *next(os.walk('.'))[2])"
    told = subprocess.check_output(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": BACKWARDS}, encoding="utf-8"
    )
    assert told == "['c', 'b', 'a'] c b a c b a\n"


@pytest.mark.parametrize("day", ["yesterday", "1e9", "9" * 30])
def test_a_day_that_is_none_is_the_fault_of_whoever_set_it(toy: Path, day: str) -> None:
    wanted = os.environ | {"SOURCE_DATE_EPOCH": day}
    ended = subprocess.run([KB, "check", "--config", str(toy)], env=wanted, capture_output=True, encoding="utf-8")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "SOURCE_DATE_EPOCH must be a number of seconds since 1970." in ended.stderr
