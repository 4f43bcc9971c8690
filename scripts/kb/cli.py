"""The door to the terminal: the command `kb`. The only module that prints.

Exit codes: 0 clean, 1 problems in the data, 2 wrong usage, 3 a bug of our own.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import click

from kb import house, links, report, site
from kb.pages import Site

PROBLEMS, WRONG_USAGE, OUR_BUG = 1, 2, 3
CONFIG = click.option(
    "--config",
    default="mkdocs.yml",
    show_default=True,
    type=click.Path(dir_okay=False),
    help="The configuration of the site.",
)
STRICT = click.option("--strict", is_flag=True, help="Warnings count as errors.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="co-production-commons")
def kb() -> None:
    """Check, build and serve a knowledge base on co-production."""


@kb.command()
@CONFIG
@STRICT
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="text for people, github for annotations of a pull request, json for programs.",
)
def check(config: str, strict: bool, form: str) -> None:
    """Check the data and say everything that is wrong with it."""
    result = house.run(site.community(config), _today(), strict=strict)
    forms = {"github": report.as_github, "json": report.as_json}
    click.echo(forms[form](result.problems) if form in forms else report.as_text(result.problems, result.sources.texts))
    if form == "github":
        click.echo(report.count(result.problems))
    if not result.sound:
        sys.exit(PROBLEMS)


@kb.command()
@CONFIG
@STRICT
@click.option(
    "--folder",
    type=click.Path(file_okay=False),
    help="Where the site goes; as in the configuration if left out.",
)
def build(config: str, strict: bool, folder: str | None) -> None:
    """Build the site."""
    try:
        click.echo(f"The site is in {site.build(config, strict=strict, folder=folder)}.")
    except site.RefusedError as refused:
        _fail(str(refused), PROBLEMS)


@kb.command()
@CONFIG
@click.option("--address", help="Where to serve, such as 127.0.0.1:8000.")
@click.option("--open", "open_in_browser", is_flag=True, help="Open the site in a browser.")
def serve(config: str, address: str | None, open_in_browser: bool) -> None:
    """Show the site on this machine and follow every change that is saved."""
    site.serve(config, address=address, open_in_browser=open_in_browser)


@kb.command()
@CONFIG
@STRICT
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def render(config: str, strict: bool, folder: Path) -> None:
    """Write the pages as Markdown files with front matter into FOLDER, for any other generator."""
    result = _sound(config, strict)
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"The folder '{folder}' is not empty. Name a new folder, so that nothing is lost.")
    count = _write(result.site, folder)
    click.echo(f"{count} files written to {folder}.")


@kb.command()
@CONFIG
def release(config: str) -> None:
    """Promise every address that the site offers now: add the new ones to the list of permanent links."""
    community = site.community(config)
    result = _sound(config, strict=False)
    added = links.release(result.site, result.sources.promises)
    path = community.layout.root / community.layout.permalinks
    if added:
        _append(path, added)
    number = "1 new address" if len(added) == 1 else f"{len(added)} new addresses"
    click.echo(f"{number} added to {path.name}; none removed." if added else "No new addresses.")


@kb.command()
def rules() -> None:
    """Print the manual of rules, in Markdown."""
    click.echo(report.manual(house.RULES), nl=False)


def _sound(config: str, strict: bool) -> house.Result:
    result = house.run(site.community(config), _today(), strict=strict)
    if not result.sound:
        click.echo(report.as_text(result.problems, result.sources.texts), err=True)
        sys.exit(PROBLEMS)
    return result


def _today() -> date:
    return datetime.now(UTC).date()


def _write(pages: Site, folder: Path) -> int:
    """Write every page below `folder`, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".kb-") as made:
        staged = Path(made) / "pages"
        files = {page.path: report.as_markdown(page) for page in pages.pages}
        files |= {f"{redirect.address.strip('/')}/index.html": redirect.html for redirect in pages.redirects}
        for name, text in files.items():
            path = staged / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rmdir()
        shutil.move(staged, folder)
    return len(files)


def _append(path: Path, lines: tuple[str, ...]) -> None:
    """Add lines to a file, which is replaced in one step, so that an interruption loses nothing."""
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if kept and not kept.endswith("\n"):
        kept += "\n"
    staged = path.with_name(f".{path.name}.new")
    try:
        staged.write_text(kept + "".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        os.replace(staged, path)
    finally:
        staged.unlink(missing_ok=True)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


def main() -> None:
    """Run the command. Every way it can end has one of four exit codes."""
    try:
        kb.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USAGE)
    except site.MisconfiguredError as error:
        _fail(f"The site cannot be configured: {error}", WRONG_USAGE)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _fail(f"{error.strerror or error}{where}. Nothing that was there before is lost.", WRONG_USAGE)
    except Exception:  # whatever else: ours, and never the contributor's
        traceback.print_exc()
        _fail("This is a bug in kb itself, not in your data. Please report it with the lines above.", OUR_BUG)
