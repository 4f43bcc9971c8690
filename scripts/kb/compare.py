"""What a change must answer for: problems in what it touched, and problems that were not there before it.

Two runs of the checks are compared, on the files as they are and as they were at a revision. The only user of git.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.problem import Problem, Rule
from kb.source import Sources, blocks


class NotComparableError(Exception):
    """There is no git, the folder is in no repository, or the revision is not known. The text says which."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a change is compared with: a commit of the repository at `top`; `within` leads from there to the root."""

    top: Path
    within: str
    commit: str

    @contextmanager
    def restored(self) -> Iterator[Path]:
        """The root as it was in the commit, in a temporary folder. Raises NotComparableError."""
        with tempfile.TemporaryDirectory(prefix="kb-") as made:
            index = {"GIT_INDEX_FILE": str(Path(made) / "index")}  # so that the repository's own stays as it is
            files = Path(made) / "files"
            for command in (("read-tree", self.commit), ("checkout-index", "--all", f"--prefix={files.as_posix()}/")):
                done = _git(self.top, *command, more=index)
                if done.returncode:
                    raise NotComparableError(f"git cannot bring back {self.commit[:12]}: {_last_line(done.stderr)}")
            (files / self.within).mkdir(parents=True, exist_ok=True)
            yield files / self.within

    def changed(self, root: Path) -> tuple[str, ...]:
        """The files below the root that are not as they were in the commit, new ones too. Raises NotComparableError."""
        names: list[str] = []
        for command in (
            ("diff", "--name-only", "--relative", self.commit),
            ("ls-files", "--others", "--exclude-standard"),
        ):
            done = _git(root, *command, "-z")
            if done.returncode:
                raise NotComparableError(f"git cannot tell which files changed: {_last_line(done.stderr)}")
            names += done.stdout.split("\0")
        return tuple(sorted(set(filter(None, names))))


def base(root: Path, revision: str) -> Base:
    """Where the files below `root` left the history that `revision` ends. Raises NotComparableError."""
    found = _git(root, "rev-parse", "--show-toplevel", "--show-prefix")
    if found.returncode:
        raise NotComparableError(f"git cannot compare the files here: {_last_line(found.stderr)}")
    top, within = found.stdout.splitlines()
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        raise NotComparableError(f"git knows no revision '{revision}' here; one from elsewhere is fetched first.")
    parted = _git(root, "merge-base", commit.stdout.strip(), "HEAD")
    return Base(Path(top), within, (commit if parted.returncode else parted).stdout.strip())


def _git(folder: Path, *words: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(folder), *words]
    environment = {**os.environ, **(more or {})}
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    except FileNotFoundError as error:
        raise NotComparableError("git is not installed, so nothing can be compared.") from error


def _last_line(said: str) -> str:
    return (said.strip().splitlines() or ["it does not say why"])[-1].removeprefix("fatal: ")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Problems as a change sees them.

    `blocking` are errors in what it touched, and errors that were not there before, wherever they stand. `beside` are
    the other problems of both sorts: warnings, and all that rules say which go by the day or the network. `older` are
    the rest.
    """

    blocking: tuple[Problem, ...]
    beside: tuple[Problem, ...]
    older: tuple[Problem, ...]


Found = tuple[Sequence[Problem], Sources]
"""What a run found, and in what."""


def verdict(now: Found, before: Found, rules: Sequence[Rule]) -> Verdict:
    """What became of the problems. A record is touched if its lines stood nowhere before, in whatever order."""
    own = set(_own(now, before))
    steady = {rule.id for rule in rules if rule.goes_by == "words"}
    blocking = {one for one in own if one.severity == "error" and one.rule in steady}
    return Verdict(
        tuple(one for one in now[0] if one in blocking),
        tuple(one for one in now[0] if one in own and one not in blocking),
        tuple(one for one in now[0] if one not in own),
    )


def _own(now: Found, before: Found) -> Iterator[Problem]:
    """The problems that are new or stand in something touched.

    Where one that was there before stands there more often now, nobody can say which is new: each counts as new.
    """
    cut = blocks(now[1])
    known = {block.text for file in blocks(before[1]).of_file.values() for block in file} | {""}
    were, are = Counter(map(_what, before[0])), Counter(map(_what, now[0]))
    for one in now[0]:
        if are[_what(one)] > were[_what(one)] or cut.at(one.place).text not in known:
            yield one


def _what(problem: Problem) -> tuple[str, str, str]:
    """What makes two problems the same, though the lines above them changed or the record moved."""
    return problem.rule, problem.record or problem.place.file, problem.message
