"""The way out of MkDocs: the pages that `kb render` writes can be built by another generator, here Zensical."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import make


def test_zensical_builds_the_pages(tmp_path: Path) -> None:
    config = make.community(tmp_path / "toy")
    command = [sys.executable, "-c", "from kb.cli import main; main()", "render", "--config", str(config)]
    subprocess.run([*command, str(tmp_path / "other/docs")], check=True, capture_output=True)
    root = make.write(tmp_path / "other", {"mkdocs.yml": "site_name: Toy Commons\n"})
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    built = subprocess.run(
        ["zensical", "build"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    page = (root / "site/glossary/time-bank/index.html").read_text(encoding="utf-8")
    assert "<title>Time bank" in page
    assert "keeps count of hours that people give each other" in page
    assert 'href="../../resources/toy-handbook/"' in page
    assert (root / "site/who-we-are/index.html").exists()
