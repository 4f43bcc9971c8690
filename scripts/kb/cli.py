"""The door to the terminal: the command `kb`. The only module that prints.

Exit codes: 0 clean, 1 problems in the data, 2 wrong usage, 3 a bug of our own.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import traceback
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote

import click

from kb import accession, house, links, liveness, read, report, site, write
from kb.compare import NotComparableError
from kb.liveness import Memory
from kb.model import SECTIONS, Record
from kb.offer import Batch, LookUp, Told
from kb.pages import Page, Site
from kb.problem import Problem, did_you_mean
from kb.read import issues
from kb.read.issues import NoIssueError
from kb.schema import schema as make_schema
from kb.write import forms

FORM = ".github/ISSUE_TEMPLATE/suggest-resource.yml"
PROBLEMS, WRONG_USAGE, OUR_BUG, INTERRUPTED = 1, 2, 3, 130
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
    "--changed",
    "base",
    metavar="BASE",
    help="Only what changed since BASE, a revision of git, can fail; older problems elsewhere take one line.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "github", "json"]),
    default="text",
    show_default=True,
    help="text for people, github for annotations of a pull request, json for programs.",
)
@click.option(
    "--fix", is_flag=True, help="First mend what is mechanical, such as a DOI written as an address; show it."
)
def check(config: str, strict: bool, base: str | None, form: str, fix: bool) -> None:
    """Check the data and say everything that is wrong with it."""
    community = site.community(config)
    if fix:
        _mend(community, aside=form != "text")
    if base is None:
        result = house.rerun(community, site.today(), strict=strict)
        beside: tuple[Problem, ...] = ()
        blocking = tuple(one for one in result.problems if one.severity == "error")
        shown, closing = result.problems, report.count(result.problems)
    else:
        result, verdict = house.run_on_change(community, site.today(), base, strict=strict)
        blocking, beside = verdict.blocking, verdict.beside
        shown = tuple(sorted((*blocking, *beside), key=lambda problem: problem.place))
        closing = report.compared(len(blocking), len(beside), len(verdict.older))
    match form:
        case "json":
            click.echo(report.as_json(result.problems, blocking))
        case "github":
            click.echo(f"{report.as_github(shown, beside)}\n{closing}")
        case _:
            if not report.in_colour(shown, result.sources.texts, sys.stdout):
                click.echo(report.as_text(shown, result.sources.texts, closing=""), nl=False)
            click.echo(closing)
            if shown:
                click.echo(f"{_typed('explain', shown[0].rule)} explains a rule.")
    if blocking:
        sys.exit(PROBLEMS)


def _mend(community: house.Community, *, aside: bool) -> None:
    """Write what can be mended and show it, `aside` on standard error."""
    sources = house.everything(community)
    made = house.mended(sources, community.layout)
    for name, text in made.items():
        _replace(community.layout.root / name, text)
        click.echo(report.difference(name, sources.texts[name], text), err=aside)
    for name in sorted(house.torn(sources)):
        click.echo(f"{name} is left as it is, for it holds two versions that git could not join.", err=aside)
    click.echo("Mended: " + ", ".join(made) if made else "Nothing that can be mended by itself.", err=aside)


@kb.command()
@CONFIG
@STRICT
@click.option(
    "--folder",
    type=click.Path(file_okay=False),
    help="Where the site goes; as in the configuration if left out.",
)
@click.option("--anew", is_flag=True, help="Make everything anew, whatever the last build left.")
def build(config: str, strict: bool, folder: str | None, anew: bool) -> None:
    """Build the site."""
    try:
        click.echo(f"The site is in {site.build(config, strict=strict, folder=folder, anew=anew)}.")
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
    _need_new(folder)
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
@CONFIG
@click.argument("kind", type=click.Choice([name.removesuffix("s") for name in SECTIONS if name != "vocabularies"]))
@click.option("--id", "id", default="", help="The id of the record; made of its title if left out.")
@click.option(
    "--set",
    "answers",
    multiple=True,
    metavar="FIELD=VALUE",
    help="A field, so that it is not asked. Items of a list stand between semicolons. May be repeated.",
)
def new(config: str, kind: str, id: str, answers: tuple[str, ...]) -> None:
    """Write a new record of KIND at its place. What --set does not say is asked, on a terminal."""
    community = site.community(config)
    sources = house.everything(community)
    section = f"{kind}s"
    given = dict(_split(one) for one in answers)
    try:
        values = _filled(forms.questions(section, house.vocabularies(sources)), given)
    except forms.AnswerError as error:
        raise click.UsageError(str(error)) from error
    id = id or forms.new_id(str(values.get("title") or values.get("cite", "")))
    if any(written.id == id for written in sources.records):
        raise click.UsageError(f"There is a record with the id '{id}' already. Name another with --id.")
    name = house.home_of(kind, sources, community.layout)
    if name in house.torn(sources):
        _fail_until_mended(f"{name} holds two versions that git could not join. Mend that")
    record = write.block(section, forms.with_days({"id": id, **values}, site.today()))
    text = write.inserted(sources.texts.get(name, ""), section, record)
    _replace(community.layout.root / name, text)
    line = next(n for n, one in enumerate(text.split("\n"), 1) if one.strip(" -") == f"id: {id}")
    click.echo(f"The {kind} '{id}' is written to {name}, line {line}.")
    result = house.rerun(community, site.today())
    own = [problem for problem in result.problems if problem.record == id]
    click.echo(report.as_text(own, result.sources.texts) if own else "Nothing is wrong with it.")
    click.echo(f"Next: read it once more in that file, then {_typed('serve')} shows its page.")


def _split(said: str) -> tuple[str, str]:
    field, equals, value = said.partition("=")
    if not equals:
        raise click.UsageError(f"--set needs FIELD=VALUE, and '{said}' has no sign '='.")
    return field.strip(), value


def _filled(asked: tuple[forms.Question, ...], given: dict[str, str]) -> dict[str, object]:
    """The values of a new record: those given, the rest asked. Raises forms.AnswerError."""
    known = {question.name: question for question in asked}
    for name in given.keys() - known.keys():
        raise forms.AnswerError(f"'{name}' is not a field that is asked here.{did_you_mean(name, known)}")
    values = {name: forms.answer(known[name], said) for name, said in given.items()}
    missing = [question for question in asked if question.name not in values]
    if not sys.stdin.isatty():
        needed = [question.name for question in missing if question.needed and not _told_elsewhere(question, values)]
        if needed:
            raise forms.AnswerError(
                f"Still needed: {', '.join(needed)}. Say each with --set, or run this on a terminal."
            )
        return values
    for question in sorted(missing, key=lambda question: question.name != "cite"):
        if not _told_elsewhere(question, values):
            values[question.name] = _ask(question)
    return {question.name: values[question.name] for question in asked if question.name in values}


def _told_elsewhere(question: forms.Question, values: dict[str, object]) -> bool:
    """Whether the work that a resource cites says this."""
    return bool(values.get("cite")) and question.name in {"title", "url"}


def _ask(question: forms.Question, within: str = "") -> object:
    """What a person answers to a question, asked again until it can be taken."""
    if question.parts:
        items = []
        while True:
            items.append({part.name: _ask(part, f"{within}{question.name} ") for part in question.parts})
            if not question.many or not click.confirm(f"Another of {question.name}?", default=False):
                return items if question.many else items[0]
    click.echo(f"\n{question.words}")
    for id, label in question.choices:
        click.echo(f"  {id}" + ("" if label == id else f"  ({label})"))
    hint = " (separate several with ;)" if question.many else ""
    while True:
        said = click.prompt(
            f"{within}{question.name}{hint}", default=None if question.needed else "", show_default=False
        )
        try:
            return forms.answer(question, said)
        except forms.AnswerError as error:
            click.echo(str(error))


@kb.command("import")
@CONFIG
@click.argument("source", metavar="FILE")
@click.option("--offline", is_flag=True, help="Look nothing up; say what could have been.")
@click.option("--dry-run", is_flag=True, help="Write nothing; show what would be written.")
def import_(config: str, source: str, offline: bool, dry_run: bool) -> None:
    """Take the works in FILE into the bibliography: BibTeX, RIS, CSL-JSON or CSV, or the work at a DOI or an address.

    What is there already is not written again. What an entry lacks that has a DOI is looked up.
    """
    community = site.community(config)
    name, sources = community.layout.bibliography, house.everything(community)
    if name not in sources.texts or name in house.torn(sources):
        _fail_until_mended(f"{name} cannot be read, or holds two versions. Mend that")
    batch = _batch(source)
    made = accession.accession(batch, sources, name, _look_up(community, offline=offline), site.today())
    click.echo(report.accession_as_text(batch, made.outcomes, source))
    if not made.sound:
        _fail_until_mended(f"{name} has faults that would swallow what is new. Mend them")
    problems: tuple[Problem, ...] = ()
    if made.keys and dry_run:
        click.echo(report.difference(name, sources.texts[name], made.text, "if this were no dry run"))
    elif made.keys:
        problems = _imported(community, made)
    if batch.problems or problems or any(one.fate == "refused" for one in made.outcomes):
        sys.exit(PROBLEMS)


def _batch(source: str) -> Batch:
    """What a file offers, or a work of which only the DOI or the address is known."""
    if address := accession.address_of(source):
        return accession.asked_for(address, source)
    if not Path(source).is_file():
        raise click.UsageError(f"There is no file '{source}', and it is no DOI (10.…) and no address (https://…).")
    return read.read_file(Path(source))


def _look_up(community: house.Community, *, offline: bool) -> LookUp:
    """Asks the web, or says of each address that nobody was asked."""
    if offline:
        return lambda addresses: dict.fromkeys(addresses, Told(why="this is a run with --offline"))
    from kb import web

    return partial(web.look_up_works, agent=web.agent(community.settings.name, community.repository))


def _imported(community: house.Community, made: accession.Accession) -> tuple[Problem, ...]:
    """Write the new entries, and say what is wrong with them; the errors."""
    name = community.layout.bibliography
    _replace(community.layout.root / name, made.text)
    click.echo(f"{name} holds what is new.\n")
    result = house.rerun(community, site.today())
    # That nothing cites them yet is no news.
    own = [one for one in result.problems if one.record in made.keys and one.rule != "entries-are-cited"]
    click.echo(report.as_text(own, result.sources.texts) if own else "Nothing is wrong with it.")
    click.echo("Next: move each new entry into its part of that file, and cite it where it bears on something.")
    return tuple(one for one in own if one.severity == "error")


@kb.command()
@CONFIG
@click.argument("base")
def review(config: str, base: str) -> None:
    """Print what changed since BASE, a revision of git, for those who review it: in Markdown, as a comment."""
    click.echo(report.as_comment(house.review(site.community(config), site.today(), base)), nl=False)


@kb.command()
@CONFIG
@click.argument("event", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--into", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new folder.")
def suggest(config: str, event: Path, folder: Path) -> None:
    """Make a record of an issue that suggests a resource: EVENT is its payload from GitHub. For workflows.

    Writes answer.md for the issue and, if a record was made, title.txt, pull-request.md and files/ for the branch.
    """
    community = site.community(config)
    _need_new(folder)
    form = issues.read_form(community.layout.root / FORM)
    made = house.suggest(community, issues.read_issue(event), form, site.today())
    texts = {"answer.md": report.answer(made)}
    if made.record:
        texts |= {"title.txt": report.title(made), "pull-request.md": report.offer(made)}
        texts[f"files/{made.file}"] = made.text
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        _replace(folder / name, text)
    # No word of the issue is printed: to a workflow, a line that begins with two colons is an order.
    click.echo(f"The record '{made.id}' was made." if made.record else "No record was made; answer.md says why.")


@kb.command()
@CONFIG
@click.option("--within", default=30, show_default=True, type=click.IntRange(0), help="Look so many days ahead.")
def due(config: str, within: int) -> None:
    """List the records that are due to be read again, the longest overdue first."""
    today = site.today()
    records = house.everything(site.community(config)).records
    found = sorted(
        (one.record.review_by, one.record.id, one.place)
        for one in records
        if isinstance(one.record, Record)
        and one.record.status == "published"
        and one.record.review_by <= today + timedelta(days=within)
    )
    for day, id, place in found:
        click.echo(f"{day}  {'overdue' if day < today else 'due    '}  {id}  ({place.file}, line {place.line})")
    late = sum(day < today for day, *_ in found)
    click.echo(f"{late} overdue, {len(found) - late} due within {within} days." if found else "Nothing is due.")


@kb.command("format")
@CONFIG
@click.option("--check", "only_look", is_flag=True, help="Change nothing; say which files are not in form.")
def format_(config: str, only_look: bool) -> None:
    """Put the data files into one form: records sorted by id, keys in one order. Comments stay where they belong."""
    community = site.community(config)
    layout = community.layout
    made, left = house.reformatted(house.everything(community), layout)
    for name in left:
        click.echo(f"{name} is too broken to be put into form. {_typed('check')} says what is wrong with it.", err=True)
    for name, text in made.items():
        click.echo(f"{name} is not in form." if only_look else f"{name} is put into form.")
        if not only_look:
            _replace(layout.root / name, text)
    if not made and not left:
        click.echo("All data files are in form.")
    if left or (made and only_look):
        sys.exit(PROBLEMS)


@kb.command()
@CONFIG
def schema(config: str) -> None:
    """Print the JSON Schema of the data files, by which editors complete and check them."""
    sources = house.everything(site.community(config))
    click.echo(json.dumps(make_schema(house.vocabularies(sources)), ensure_ascii=False, indent=1))


@kb.command("links")
@CONFIG
@click.option("--all", "every", is_flag=True, help="Ask every address, also those that answered lately.")
@click.option("--only", default="", metavar="TEXT", help="Ask the addresses that hold TEXT, and speak of no others.")
@click.option("--offline", is_flag=True, help="Ask nobody; say what is remembered.")
@click.option("--seconds", type=click.IntRange(min=1), help="Ask for no longer than this; the next run asks the rest.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="text for people, json for programs, markdown for an issue.",
)
def links_(config: str, every: bool, only: str, offline: bool, seconds: int | None, form: str) -> None:
    """Ask addresses on other sites whether they still answer, and say which need a person."""
    from kb import web  # here, for httpx takes longer to load than most commands take to run

    if offline and (every or seconds):
        raise click.UsageError("With --offline nobody is asked: leave out --all and --seconds.")
    community = site.community(config)
    sources = house.everything(community)
    path = community.layout.root / community.layout.links
    if sources.memory.unread:
        _fail(f"{path.name} cannot be opened: {sources.memory.unread}.", WRONG_USAGE)
    outside, memory = web.outside(sources), sources.memory
    wanted = [one for one in outside if only in one.address]
    if not offline:
        chosen = [one.address for one in wanted]
        memory, broken_off = _ask_sites(community, memory, chosen, asked=every or bool(only), within=seconds)
        memory = memory if sources.gaps else liveness.kept(memory, (one.address for one in outside))
        if memory != sources.memory:
            _replace(path, liveness.write(memory))
        if broken_off:
            _fail("Interrupted. What was learnt so far is remembered.", INTERRUPTED)
    known = tuple(liveness.each(memory, wanted))
    tell = {"json": report.links_as_json, "markdown": report.links_as_markdown, "text": report.links_as_text}[form]
    click.echo(tell(known, memory.damaged))
    if any(one.suspect for _, one in known):
        sys.exit(PROBLEMS)


def _ask_sites(
    community: house.Community, memory: Memory, addresses: list[str], *, asked: bool, within: int | None
) -> tuple[Memory, bool]:
    """Ask the addresses, those that are due or all that were `asked` for; what is to be remembered then.

    The second value is whether somebody interrupted it.
    """
    from rich.console import Console
    from rich.progress import Progress

    from kb import web

    today = site.today()
    chosen = [one for one in addresses if asked or web.due(memory.lines.get(one), today)]
    agent = web.agent(community.settings.name, community.repository)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("Asking", total=len(chosen))
        done = web.ask_all(chosen, memory, today, lambda _: progress.advance(bar), agent=agent, seconds=within)
    if done.alone:
        _fail("No site can be reached: this computer seems to be cut off. Nothing was remembered.", WRONG_USAGE)
    late = len(chosen) - len(done.learnt)
    if late and not done.broken_off:
        click.echo(f"There was no time for {late} of {len(chosen)} addresses: the next run asks them.", err=True)
    return liveness.remembered(memory, done.learnt.values()), done.broken_off


@kb.command()
@click.argument("rule", required=False)
def explain(rule: str | None) -> None:
    """Print what RULE asks, how to mend a breach, and an example; without RULE, list all rules."""
    every = f"{_typed('explain')} lists them all."
    try:
        click.echo(report.explain(rule, house.RULES, every) if rule else report.overview(house.RULES), nl=False)
    except KeyError as unknown:
        _fail(unknown.args[0], WRONG_USAGE)


@kb.command()
def rules() -> None:
    """Print the manual of rules, in Markdown."""
    click.echo(report.manual(house.RULES), nl=False)


def _typed(*command: str) -> str:
    """A command as whoever reads this types it."""
    return f"`{' '.join((_started_as(), *command))}`"


def _fail_until_mended(said: str) -> NoReturn:
    _fail(f"{said} first: {_typed('check')} says where.", PROBLEMS)


def _started_as() -> str:
    """What people type before a command: `python3 scripts` where that started us, otherwise `kb`."""
    return os.environ.get("KB_TYPED") or "kb"


def _need_new(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"The folder '{folder}' is not empty. Name a new folder, so that nothing is lost.")


def _sound(config: str, strict: bool) -> house.Result:
    result = house.rerun(site.community(config), site.today(), strict=strict)
    if not result.sound:
        click.echo(report.as_text(result.problems, result.sources.texts), err=True)
        sys.exit(PROBLEMS)
    return result


def _write(pages: Site, folder: Path) -> int:
    """Write every page below `folder`, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".kb-") as made:
        staged = Path(made) / "pages"
        files = {_file(page): report.as_markdown(page) for page in pages.pages}
        files |= {f"{redirect.address.strip('/')}/index.html": redirect.html for redirect in pages.redirects}
        files |= {asset.path: asset.text for asset in pages.assets}
        for name, text in files.items():
            path = staged / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rmdir()
        shutil.move(staged, folder)
    return len(files)


def _file(page: Page) -> str:
    """Where a page is written: in a folder of its own, so that a relative link means the same in file and page."""
    return unquote(page.address.lstrip("/")) + "index.md"


def _append(path: Path, lines: tuple[str, ...]) -> None:
    """Add lines to a file."""
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if kept and not kept.endswith("\n"):
        kept += "\n"
    _replace(path, kept + "".join(f"{line}\n" for line in lines))


def _replace(path: Path, text: str) -> None:
    """Write a file in one step, so that an interruption loses nothing."""
    staged = path.with_name(f".{path.name}.new")
    try:
        staged.write_text(text, encoding="utf-8", newline="\n")
        os.replace(staged, path)
    finally:
        staged.unlink(missing_ok=True)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


def main() -> None:
    """Run the command. Every way it can end has one of four exit codes."""
    try:
        kb.main(prog_name=_started_as(), standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG_USAGE)
    except (NotComparableError, NoIssueError) as error:
        _fail(str(error), WRONG_USAGE)
    except site.MisconfiguredError as error:
        _fail(f"The site cannot be configured: {error}", WRONG_USAGE)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        _fail(f"{error.strerror or error}{where}. Nothing that was there before is lost.", WRONG_USAGE)
    except Exception:  # whatever else: ours, and never the contributor's
        traceback.print_exc()
        _fail("This is a bug in kb itself, not in your data. Please report it with the lines above.", OUR_BUG)
