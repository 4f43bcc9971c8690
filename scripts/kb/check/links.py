"""Rules on what one record says of another: every id, key, value and address leads somewhere."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from kb import markup
from kb.check.rules import Fault, Known
from kb.model import KINDS, Citation, LinkTarget, Markdown, RecordId, RecordOrCitation, ValueOf
from kb.near import nearest
from kb.problem import Place, Related, a, did_you_mean
from kb.source import Leaf, within

_SINGULAR = {
    "topics": "a topic",
    "audiences": "an audience",
    "settings": "a setting",
    "phases": "a phase",
    "levels": "a level",
    "themes": "a theme",
    "countries": "a country",
    "resource-types": "a type of resource",
    "evidence-kinds": "a kind of evidence",
    "evidence-strengths": "a strength of evidence",
    "ladder-steps": "a step of the ladder",
}


def known_values(known: Known) -> Iterator[Fault]:
    """A value from a closed list is one that its vocabulary has.

    Use a value of the list, or propose a new one in the file of vocabularies.
    """
    missing: dict[str, Fault] = {}
    for record, leaf in known.sources.leaves():
        if not isinstance(leaf.role, ValueOf) or leaf.role.vocabulary in known.broken_vocabularies:
            continue
        vocabulary = leaf.role.vocabulary
        values = known.values.get(vocabulary)
        if values is None and vocabulary not in missing and not known.is_gap("records"):
            missing[vocabulary] = _no_vocabulary(vocabulary, known, Fault(leaf.place, "", record))
        elif values is not None and leaf.text not in values:
            name = _SINGULAR.get(vocabulary, f"in '{vocabulary}'")
            message = f"'{leaf.text}' is not {name}.{did_you_mean(leaf.text, values)}"
            yield Fault(leaf.place, message, record, f"Choose from: {', '.join(sorted(values))}.")
    yield from missing.values()


def _no_vocabulary(name: str, known: Known, use: Fault) -> Fault:
    """That a vocabulary is not there: said where one with nearly its name is, or else where it is first used."""
    near = next((one for one in known.sources.of_kind("vocabulary") if nearest(one.id, [name])), None)
    help = f"Give a vocabulary the id '{name}': fields take their values from it."
    if near:
        message = f"no field takes its values from a vocabulary '{near.id}'. Did you mean '{name}'?"
        return Fault(near.place, message, near.id, help)
    return Fault(use.place, f"there is no vocabulary '{name}'", use.record, help)


def known_records(known: Known) -> Iterator[Fault]:
    """Every id that a record or a page refers to is the id of a record of the right kind.

    Correct the id, or add the record.
    """
    for record, leaf, target, place in _references(known):
        kinds = leaf.role.kinds if isinstance(leaf.role, RecordId) else ()
        found = known.records.get(target)
        if found is None and target not in known.meant and not known.is_gap("records"):
            either = isinstance(leaf.role, RecordOrCitation | LinkTarget)
            if not (either and known.is_gap("literature")):
                yield Fault(place, _neither(target, known) if either else _unknown(target, kinds, known), record)
        elif found and found.kind and kinds and found.kind not in kinds:
            yield Fault(place, f"'{target}' is {a(found.kind)}, but {a(kinds[0])} belongs here", record)


def _neither(target: str, known: Known) -> str:
    near = did_you_mean(target, [*known.records, *known.works])
    return f"'{target}' is neither the id of a record nor a citation key.{near}"


def _references(known: Known) -> Iterator[tuple[str | None, Leaf, str, Place]]:
    """Every reference to a record: its record, its leaf, the id it names and where."""
    for record, leaf in known.sources.leaves():
        match leaf.role:
            case RecordId():
                yield record, leaf, leaf.text, leaf.place
            case RecordOrCitation() if leaf.text not in known.works:
                yield record, leaf, leaf.text, leaf.place
            case LinkTarget() if leaf.text not in known.works and not leaf.text.startswith("/"):
                yield record, leaf, leaf.text, leaf.place
            case Markdown():
                for link, place in _links(known, leaf, "record"):
                    yield record, leaf, link.target, place
            case _:
                pass


def _links(known: Known, leaf: Leaf, kind: str) -> Iterator[tuple[markup.Link, Place]]:
    for link in markup.links(leaf.text) if isinstance(leaf.role, Markdown) else ():
        if link.kind == kind:
            yield link, within(known.sources.texts[leaf.place.file], leaf, link.token, link.occurrence)


def _unknown(target: str, kinds: tuple[str, ...], known: Known) -> str:
    if target in known.former:
        return f"'{target}' is now called '{known.former[target]}'"
    if target in known.works:
        return f"'{target}' is a citation key, but the id of a record belongs here"
    choices = [name for name, written in known.records.items() if not kinds or written.kind in kinds]
    noun = a(kinds[0]) if kinds else "a record"
    return f"'{target}' is not the id of {noun}.{did_you_mean(target, choices)}"


def known_citations(known: Known) -> Iterator[Fault]:
    """Every citation key that a record or a page cites is in the bibliography.

    Correct the key, or add the work to the bibliography.
    """
    for record, leaf in known.sources.leaves():
        if isinstance(leaf.role, Citation):
            yield from unknown_work(known, leaf.text, leaf.place, record)
        elif isinstance(leaf.role, Markdown):
            for link, place in _links(known, leaf, "citation"):
                yield from unknown_work(known, link.target, place, record)


def unknown_work(known: Known, key: str, place: Place, record: str | None) -> Iterator[Fault]:
    """The fault that the bibliography has no such key, unless it has one of a wrong form, of which that is said."""
    if key not in known.works and key not in known.meant and not known.is_gap("literature"):
        yield Fault(place, f"'{key}' is not in the bibliography.{did_you_mean(key, known.works)}", record)


def published_links(known: Known) -> Iterator[Fault]:
    """A published record does not refer to a draft.

    Publish the draft first, or take the reference out until then.
    """
    drafts = {id for id, written in known.records.items() if getattr(written.record, "status", "") == "draft"}
    for record, _, target, place in _references(known) if drafts else ():
        if target in drafts and record not in drafts:
            yield Fault(place, f"'{target}' is a draft and has no page yet", record)


def known_pages(known: Known) -> Iterator[Fault]:
    """A link from one page of `docs/` to another names a file that is there.

    Write the name of the file as seen from the page, or from `docs/` if it is a record: `power.md`.
    """
    paths = {page.path for page in known.sources.pages}
    for folder, leaf, record in _texts(known):
        for link, place in _links(known, leaf, "address"):
            name = link.target.partition("#")[0]
            if name.endswith(".md") and "://" not in name:
                path = posixpath.normpath(posixpath.join(folder, name))
                if path not in paths:
                    advice = (
                        "Write the name of the file as seen from the folder docs/, such as `power.md`."
                        if record
                        else ""
                    )
                    yield Fault(place, f"there is no page '{path}'.{did_you_mean(path, paths)}", record, advice)


def _texts(known: Known) -> Iterator[tuple[str, Leaf, str | None]]:
    """Every Markdown text, with the folder of `docs/` from which it sees other pages, and the id of its record."""
    for page in known.sources.pages:
        yield from ((posixpath.dirname(page.path), leaf, None) for leaf in page.leaves)
    for written in known.sources.records:
        yield from (("", leaf, written.id) for leaf in written.leaves if isinstance(leaf.role, Markdown))


def stories_bear_ids(known: Known) -> Iterator[Fault]:
    """A page in the folder of a kind, such as `docs/cases/`, bears the id of a record of that kind.

    Rename the file to the record's id with `.md`, or move it to `docs/`.
    """
    folders = {kind.folder: kind.kind for kind in KINDS} | {"references": "reference"}
    for page in known.sources.pages:
        folder, slash, name = page.path.partition("/")
        stem = name.removesuffix(".md")
        if not slash or folder not in folders or stem == "index":
            continue
        ids = [id for id, written in known.records.items() if written.kind == folders[folder]]
        if known.is_gap("literature" if folder == "references" else "records"):
            continue
        if stem not in (known.works if folder == "references" else ids):
            yield Fault(page.place, f"'{stem}' is not the id of {a(folders[folder])}.{did_you_mean(stem, ids)}")


def matches_cross_frameworks(known: Known) -> Iterator[Fault]:
    """A principle belongs to one framework, and matches principles of others, each pair written once.

    Remove the match, or correct its target.
    """
    home = _home_of_principles(known)
    seen: dict[frozenset[str], Place] = {}
    for written in known.sources.of_kind("principle"):
        for leaf in written.leaves:
            if leaf.route[:1] != ("matches",) or leaf.route[-1] != "target" or leaf.text not in home:
                continue
            pair = frozenset((written.id, leaf.text))
            if home.get(written.id) == home[leaf.text]:
                yield Fault(leaf.place, f"'{leaf.text}' is of the same framework", written.id)
            elif pair in seen:
                here = Related(seen[pair], "it is written here")
                yield Fault(leaf.place, f"the match with '{leaf.text}' is already written", written.id, related=here)
            seen.setdefault(pair, leaf.place)


def _home_of_principles(known: Known) -> dict[str, str]:
    return {
        leaf.text: written.id
        for written in known.sources.of_kind("framework")
        for leaf in written.leaves
        if leaf.route[:1] == ("principles",)
    }


def principles_have_a_framework(known: Known) -> Iterator[Fault]:
    """Every principle is listed by exactly one framework.

    Add its id to the `principles` of its framework, and to no other.
    """
    first: dict[str, tuple[str, Place]] = {}
    for written in known.sources.of_kind("framework"):
        for leaf in written.leaves:
            if leaf.route[:1] != ("principles",):
                continue
            if leaf.text in first:
                framework, place = first[leaf.text]
                here = Related(place, "it is listed here")
                yield Fault(leaf.place, f"'{leaf.text}' is already listed by '{framework}'", written.id, related=here)
            first.setdefault(leaf.text, (written.id, leaf.place))
    for written in known.sources.of_kind("principle"):
        if written.id not in first and not known.is_gap("records"):
            yield Fault(written.place, f"no framework lists the principle '{written.id}'", written.id)


def pathways_have_a_beginning(known: Known) -> Iterator[Fault]:
    """No pathway asks for itself first, directly or through others.

    Remove one of the `prerequisites` in the circle.
    """
    wanted = {
        written.id: [leaf for leaf in written.leaves if leaf.route[:1] == ("prerequisites",)]
        for written in known.sources.of_kind("pathway")
    }
    for id, leaves in wanted.items():
        for leaf in leaves:
            if id in _reached(leaf.text, wanted):
                yield Fault(leaf.place, f"'{leaf.text}' asks for '{id}' first, so neither can begin", id)


def _reached(start: str, wanted: dict[str, list[Leaf]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        id = waiting.pop()
        if id not in reached:
            reached.add(id)
            waiting.extend(leaf.text for leaf in wanted.get(id, ()))
    return reached
