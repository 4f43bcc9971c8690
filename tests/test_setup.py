"""What a person meets before anything is installed: `python3 scripts ...`, the locks and the workflow."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "scripts" / "__main__.py"


def load() -> ModuleType:
    """A fresh copy of `scripts/__main__.py`, not run."""
    spec = importlib.util.spec_from_file_location("bootstrap", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.chdir(ROOT)  # main changes the folder: change it back
    return load()


# --- old Pythons ----------------------------------------------------------------------------------
def too_new(node: ast.AST) -> bool:
    """Whether Python 2.7 or 3.4 would stumble over it; what `feature_version` lets through."""
    if isinstance(node, ast.arguments):
        return bool(node.kwonlyargs or node.posonlyargs)
    if isinstance(node, ast.Raise):
        return node.cause is not None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return any(isinstance(part, ast.Starred) for part in node.elts)
    return (
        isinstance(node, ast.JoinedStr | ast.NamedExpr | ast.AnnAssign | ast.Nonlocal | ast.YieldFrom)
        or getattr(node, "annotation", None) is not None
        or getattr(node, "returns", None) is not None
    )


def test_an_old_python_can_read_the_bootstrap() -> None:
    source = SOURCE.read_text(encoding="ascii")  # Python 2 refuses anything else
    tree = ast.parse(source, feature_version=(3, 4))
    assert [ast.unparse(node) for node in ast.walk(tree) if too_new(node)] == []
    assert not re.search(r"\*\w+,\s*\)", source), "no comma after the last *argument"


def test_only_the_standard_library_is_imported() -> None:
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 4, 0), (3, 10, 13)])
def test_an_old_python_is_told_what_is_needed(
    bootstrap: ModuleType,
    version: tuple[int, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert bootstrap.main(["serve"]) == 1
    assert capsys.readouterr().err.startswith(
        f"Python 3.11 or newer is needed, and this is Python {version[0]}.{version[1]}:"
    )


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_python_of_today_is_welcome(bootstrap: ModuleType, version: tuple[int, ...]) -> None:
    assert bootstrap.refusal(version) is None


# --- commands -------------------------------------------------------------------------------------
def test_every_command_of_kb_is_passed_through(bootstrap: ModuleType) -> None:
    from kb.cli import kb  # here, because a fault in kb must not hide a fault of the set-up

    assert sorted(bootstrap.KB_COMMANDS) == sorted(kb.commands)


def test_kb_starts_under_its_own_name(bootstrap: ModuleType) -> None:
    command = [sys.executable, "-P", "-c", bootstrap.START_KB, "--version"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.startswith("kb, version ")


@pytest.mark.parametrize("arguments", [["srve"], []])
def test_an_unknown_command_is_answered_with_the_known_ones(
    bootstrap: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(arguments) == 2
    told = capsys.readouterr().err
    assert all(command in told for command in (*bootstrap.KB_COMMANDS, "bench-search", "test", "help"))
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_names_every_command(bootstrap: ModuleType, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([word]) == 0
    told = capsys.readouterr().out
    assert all(command in told for command in (*bootstrap.KB_COMMANDS, "bench-search", "test", "help"))


def test_a_command_of_kb_takes_over_with_its_arguments(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ready: list[str] = []
    monkeypatch.setattr(bootstrap, "set_up", ready.append)
    monkeypatch.setattr(bootstrap, "hand_over", lambda arguments: arguments)
    assert bootstrap.main(["render", "out"]) == ["render", "out"]
    assert ready == ["serve"]


def test_kb_is_told_what_people_type(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[dict[str, str]] = []
    monkeypatch.setattr(bootstrap.os, "execve", lambda program, command, wanted: handed.append(wanted))
    bootstrap.hand_over(["check"])
    assert handed[0]["KB_TYPED"] == "python3 scripts"


def test_tools_run_in_utf_8_and_without_the_banner_of_mkdocs(bootstrap: ModuleType) -> None:
    wanted = bootstrap.environment()
    assert (wanted["PYTHONUTF8"], wanted["NO_MKDOCS_2_WARNING"]) == ("1", "1")
    assert wanted["PATH"].startswith(bootstrap.PROGRAMS + os.pathsep)


def test_windows_keeps_its_programs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        bootstrap = load()
    assert Path(bootstrap.program("python")).parts[-3:] == (".venv", "Scripts", "python.exe")


# --- the task `test` --------------------------------------------------------------------------------
@pytest.fixture
def checks(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The checks that `test` runs, in order, on a computer that has everything; `mypy` finds fault."""
    ran: list[str] = []

    def wait(command: list[str], wanted: dict[str, str]) -> int:
        assert wanted["KB_CHROMIUM"] == "/a/browser"
        words = [Path(command[0]).name, *command[1:]]
        ran.append(" ".join(words[2:] if words[0].startswith("python") else words))
        return int("mypy" in words)

    monkeypatch.setattr(bootstrap, "set_up", lambda task: None)
    monkeypatch.setattr(bootstrap, "browser", lambda: "/a/browser")
    monkeypatch.setattr(bootstrap, "driver", lambda: None)
    monkeypatch.setattr(bootstrap, "java", lambda: None)
    monkeypatch.setattr(bootstrap, "wait", wait)
    return ran


def test_all_checks_run_whatever_one_finds_and_pytest_has_the_last_word(
    bootstrap: ModuleType, checks: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main(["test"]) == 1
    assert checks == [
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "pytest -n auto --dist worksteal --cov",
    ]
    announced = capsys.readouterr().out.splitlines()
    assert len(announced) == len(checks)
    assert announced[-1] == "== pytest (and mend what failed above: mypy)"


def test_arguments_go_to_pytest_alone(bootstrap: ModuleType, checks: list[str]) -> None:
    assert bootstrap.main(["test", "-k", "word"]) == 0
    assert checks == ["pytest -k word"]


@pytest.mark.parametrize("task", ["bench", "bench-search"])
def test_benchmarks_take_arguments(bootstrap: ModuleType, checks: list[str], task: str) -> None:
    assert bootstrap.main([task, "--records", "150"]) == 0
    assert checks == [f"{bootstrap.BENCHMARKS[task]} --records 150"]


def without(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with apt-get, a person who may not use it, and nothing that the tests need."""
    monkeypatch.delenv("KB_CHROMIUM", raising=False)
    monkeypatch.setattr(bootstrap, "BROWSER_PLACES", ())
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" else None)
    monkeypatch.setattr(bootstrap, "may_install", lambda: False)
    monkeypatch.setattr(bootstrap, "attempt", lambda command: "")
    monkeypatch.setattr(bootstrap.glob, "glob", lambda pattern: ["/somewhere/playwright/driver/node"])


@pytest.mark.parametrize(
    ("need", "typed"),
    [
        ("browser", "sudo apt-get install -y --no-install-recommends chromium fonts-liberation"),
        ("java", "sudo apt-get install -y --no-install-recommends default-jre-headless"),
        ("driver", "sudo apt-get install -y --no-install-recommends libatomic1"),
    ],
)
def test_what_is_missing_is_named_with_the_line_to_type(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, need: str, typed: str
) -> None:
    without(bootstrap, monkeypatch)
    with pytest.raises(bootstrap.Stop, match=re.escape(f": {typed}")) as stop:
        getattr(bootstrap, need)()
    assert stop.value.code == 1


@pytest.mark.parametrize(
    ("told", "enough"),
    [
        ('openjdk version "17.0.15" 2025-04-15', True),
        ('openjdk version "21" 2023-09-19', True),
        ('java version "1.8.0_292"', False),
        ("", False),  # it failed, as the stand-in of macOS does
    ],
)
def test_java_is_asked_for_its_version(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, told: str, enough: bool
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name)
    monkeypatch.setattr(bootstrap, "attempt", lambda command: told)
    assert bootstrap.java_found() is enough


def test_a_browser_that_does_not_start_is_no_browser(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stand_in = tmp_path / "chromium"
    stand_in.write_text("")
    monkeypatch.setenv("KB_CHROMIUM", str(stand_in))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap, "BROWSER_PLACES", ())
    assert bootstrap.find_browser() is None


# --- the environment ------------------------------------------------------------------------------
class Project:
    """A project in a folder of its own, whose installers only leave a note."""

    def __init__(self, bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.bootstrap = bootstrap
        self.monkeypatch = monkeypatch
        self.ran: list[str] = []
        self.fails_at = "nothing"
        monkeypatch.setattr(bootstrap, "run", self.run)
        monkeypatch.setattr(bootstrap, "find_uv", lambda: "uv")
        self.move(folder)

    def move(self, folder: Path) -> None:
        if not folder.exists():
            folder.mkdir()
            for name in ("pyproject.toml", *self.bootstrap.LOCK.values(), *self.bootstrap.LIGHTHOUSE):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(name)
        venv = folder / ".venv"
        for name, path in {
            "ROOT": folder,
            "VENV": venv,
            "RECORD": venv / "kb-setup.json",
            "PROGRAMS": venv / "bin",
        }.items():
            self.monkeypatch.setattr(self.bootstrap, name, str(path))
        self.folder = folder

    def run(self, command: list[str]) -> None:
        words = " ".join(command)
        if self.fails_at in words:
            raise KeyboardInterrupt
        if "venv" in command:
            self.ran.append("make .venv")
            self.make_venv()
        elif "--requirement" in command:
            assert "--require-hashes" in command
            assert "--no-deps" in command
            self.ran.append(command[-1])
        elif "npm" in command[0]:
            assert command[1] == "ci"
            assert "--ignore-scripts" in command
            place = Path(command[command.index("--prefix") + 1])
            assert sorted(one.name for one in place.iterdir()) == ["package-lock.json", "package.json"]
            self.ran.append("Lighthouse")
        else:
            assert command[-2:] == ["--editable", str(self.folder)]
            self.ran.append("the project")
            Path(self.bootstrap.program("kb")).touch()

    def make_venv(self) -> None:
        python = Path(self.bootstrap.program("python"))
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)

    def set_up(self, task: str) -> list[str]:
        """What a run of the task had to do first."""
        self.ran.clear()
        self.bootstrap.set_up(task)
        return list(self.ran)


@pytest.fixture
def project(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Project:
    return Project(bootstrap, monkeypatch, tmp_path / "project")


AFRESH = ["make .venv", "requirements.txt", "the project"]


def test_the_first_run_sets_up_and_the_second_does_nothing(project: Project) -> None:
    assert project.set_up("serve") == AFRESH
    assert project.set_up("serve") == []


def test_the_tests_need_more_than_the_site(project: Project) -> None:
    project.set_up("serve")
    assert project.set_up("test") == ["requirements-test.txt", "the project", "Lighthouse"]
    assert project.set_up("test") == []
    assert project.set_up("serve") == []


@pytest.mark.parametrize(("first", "then"), [("test", ["serve"]), ("bench", ["test", "serve"])])
def test_who_set_up_more_can_do_less(project: Project, first: str, then: list[str]) -> None:
    assert project.set_up(first) == ["make .venv", f"requirements-{first}.txt", "the project", "Lighthouse"]
    assert [project.set_up(task) for task in then] == [[]] * len(then)


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_a_changed_lock_is_installed_into_the_same_environment(project: Project, name: str) -> None:
    project.set_up("serve")
    (project.folder / name).write_text("changed")
    assert project.set_up("serve") == ["requirements.txt", "the project"]


@pytest.mark.parametrize("name", ["requirements-test.txt", "tests/lighthouse/package-lock.json"])
def test_serving_does_not_wait_for_the_locks_of_the_tests(project: Project, name: str) -> None:
    project.set_up("test")
    (project.folder / name).write_text("changed")
    assert project.set_up("serve") == []
    assert project.set_up("test") == ["requirements-test.txt", "the project", "Lighthouse"]


@pytest.mark.parametrize("moment", ["venv", "--requirement", "--editable", "npm ci"])
def test_an_interrupted_set_up_is_begun_again(project: Project, moment: str) -> None:
    project.fails_at = moment
    with pytest.raises(KeyboardInterrupt):
        project.set_up("test")
    project.fails_at = "nothing"
    assert project.set_up("serve") == AFRESH


def test_a_moved_project_gets_a_new_environment(project: Project) -> None:
    project.set_up("serve")
    moved = project.folder.with_name("moved")
    project.folder.rename(moved)
    project.move(moved)
    assert project.set_up("serve") == AFRESH


def test_another_python_gets_a_new_environment(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.set_up("serve")
    monkeypatch.setattr(project.bootstrap, "version", lambda: "3.99")
    assert project.set_up("serve") == AFRESH


@pytest.mark.parametrize(("gone", "mended"), [("python", AFRESH), ("kb", AFRESH[1:])])
def test_a_damaged_environment_is_mended(project: Project, gone: str, mended: list[str]) -> None:
    project.set_up("serve")
    Path(project.bootstrap.program(gone)).unlink()
    assert project.set_up("serve") == mended


@pytest.mark.parametrize("record", ["", "[]", '{"stamps": 1}'])
def test_an_unreadable_record_is_no_record(project: Project, record: str) -> None:
    project.set_up("serve")
    Path(project.bootstrap.RECORD).write_text(record)
    assert project.set_up("serve") == AFRESH[1:]


def test_an_environment_made_by_hand_is_kept(project: Project) -> None:
    project.make_venv()
    assert project.set_up("serve") == AFRESH[1:]


def test_an_environment_that_only_uv_can_install_into_is_made_anew_without_uv(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.set_up("serve")
    version = project.bootstrap.version()
    monkeypatch.setattr(project.bootstrap, "find_uv", lambda: None)
    monkeypatch.setattr(project.bootstrap, "attempt", lambda command: "" if "import pip" in command[-1] else version)
    assert project.set_up("test")[0] == "make .venv"


def test_the_record_says_where_and_for_which_python(project: Project) -> None:
    project.set_up("serve")
    record = json.loads(Path(project.bootstrap.RECORD).read_text())
    assert record["place"] == str(project.folder)
    assert record["python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"


# --- when setting up fails ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("Temporary failure in name resolution", "The packages cannot be fetched: "),
        ("  Caused by: dns error: failed to lookup address information", "The packages cannot be fetched: "),
        ("OSError: [Errno 28] No space left on device", "The disk is full: "),
        (
            "error: failed to create file: Read-only file system (os error 30)",
            "This folder cannot be written to: ",
        ),
        ("[Errno 13] Permission denied: '/srv/.venv'", "This folder cannot be written to: "),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "A downloaded package is not",
        ),
        ("npm error code EINTEGRITY", "A downloaded package is not"),
        ("npm error code ECONNREFUSED", "The packages cannot be fetched: "),
    ],
)
def test_a_known_cause_is_told_in_one_sentence(bootstrap: ModuleType, output: str, told: str) -> None:
    script = f"import sys; print({output!r}); sys.exit(1)"
    with pytest.raises(bootstrap.Stop, match=f"^{told}"):
        bootstrap.run([sys.executable, "-c", script])


def test_an_unknown_cause_is_shown(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(bootstrap.Stop, match="for the reason above"):
        bootstrap.run([sys.executable, "-c", "import sys; print('a riddle'); sys.exit(1)"])
    assert capsys.readouterr().err == "a riddle\n"


@pytest.mark.parametrize(("root", "sudo"), [(True, ""), (False, "sudo ")])
def test_a_python_without_venv_is_answered_with_the_line_to_type(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, root: bool, sudo: str
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr(bootstrap, "may_install", lambda: root)
    line = f"{sudo}apt-get update && {sudo}apt-get install -y python3-venv"
    with pytest.raises(bootstrap.Stop, match=re.escape(line)):
        bootstrap.need_venv(os.path.realpath("/usr/bin/python3"))


# --- the locks ------------------------------------------------------------------------------------
def lock(name: str) -> dict[str, tuple[str, list[str]]]:
    """Each requirement of a lock with its hashes, by the name of the package."""
    text = (ROOT / name).read_text()
    entries = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.M)).splitlines()
    pins = [entry.split(" --hash=") for entry in entries]
    return {Requirement(pin.strip()).name: (pin.strip(), hashes) for pin, *hashes in pins}


@pytest.mark.parametrize("name", [f"requirements{which}.txt" for which in ("", "-test", "-bench", "-lowest")])
def test_every_requirement_is_pinned_with_hashes_and_no_address(name: str) -> None:
    for pin, hashes in lock(name).values():
        assert re.match(r"[a-z0-9-]+==\d", pin)
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", found) for found in hashes)
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "index-url" not in text.replace("--no-emit-index-url", "")


def test_the_lock_of_lighthouse_holds_a_hash_for_everything_and_no_address_to_fetch_from(bootstrap: ModuleType) -> None:
    described, locked = (json.loads((ROOT / name).read_text()) for name in bootstrap.LIGHTHOUSE)
    own = locked["packages"].pop("")
    assert own["dependencies"] == described["dependencies"]
    for package in locked["packages"].values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


@pytest.mark.parametrize(
    ("more", "less"),
    [("requirements-test.txt", "requirements.txt"), ("requirements-bench.txt", "requirements-test.txt")],
)
def test_the_tests_run_with_what_readers_of_the_site_get(more: str, less: str) -> None:
    everything = lock(more)
    assert {name: everything.get(name) for name in lock(less)} == lock(less)


def test_the_locks_fit_the_project() -> None:
    described: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = described["project"]["dependencies"] + described["build-system"]["requires"]
    extra = described["project"]["optional-dependencies"]
    tests, benchmarks = runtime + extra["test"], runtime + extra["test"] + extra["bench"]
    locks = {"requirements.txt": runtime, "requirements-test.txt": tests, "requirements-bench.txt": benchmarks}
    for name, wanted in locks.items():
        pins = lock(name)
        for requirement in map(Requirement, wanted):
            (pinned,) = Requirement(pins[requirement.name.lower()][0]).specifier
            assert pinned.version in requirement.specifier, requirement


def test_the_lowest_versions_that_are_allowed_are_those_that_are_tested() -> None:
    described: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    allowed = described["project"]["dependencies"] + described["project"]["optional-dependencies"]["test"]
    pins = lock("requirements-lowest.txt")
    for requirement in map(Requirement, allowed):
        (tested,) = Requirement(pins[requirement.name.lower()][0]).specifier
        (lowest,) = (one for one in requirement.specifier if one.operator == ">=")
        assert Version(tested.version) == Version(lowest.version), requirement


# --- what the README promises ---------------------------------------------------------------------
def test_the_readme_and_every_machine_type_the_same_line() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text())
    typed = [step.get("run") for step in workflow["jobs"]["test"]["steps"]]
    assert "python3 scripts test" in typed
    assert (ROOT / ".ci/run").read_text().endswith("exec python3 scripts test\n")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 scripts serve" in readme
    assert "python3 scripts test" in readme


def test_only_the_last_job_may_publish() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text())
    assert workflow["permissions"] == {"contents": "read"}
    may_write = {name for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()}
    assert may_write == {"publish"}
    assert workflow["jobs"]["publish"]["needs"] == ["test", "same", "site"]


def test_the_ci_script_can_be_run() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
