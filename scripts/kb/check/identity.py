"""Rules on ids: their form, and that each means one thing for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.check.rules import Fault, Known, plain_id
from kb.model import OwnId, Record
from kb.problem import Place, Related
from kb.source import Leaf, Written

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return bool(_ID.fullmatch(text))


def id_form(known: Known) -> Iterator[Fault]:
    """An id is lower-case letters and digits, in words joined by single hyphens.

    Write it like this: `altogether-better`.
    """
    for record, leaf in known.sources.leaves():
        if isinstance(leaf.role, OwnId) and leaf.text and not is_id(leaf.text):
            better = plain_id(leaf.text)
            advice = f"Write '{better}'." if better else ""
            yield Fault(leaf.place, f"'{leaf.text}' is not in the form of an id", record, advice)


def unique_ids(known: Known) -> Iterator[Fault]:
    """An id is given once, across all kinds of record, former ids and citation keys.

    Choose another id for the newer of the two; an id that was ever published must stay with its record.
    """
    first: dict[str, tuple[str, Place]] = {
        cited.key: ("a citation key", cited.place) for cited in known.sources.literature
    }
    for cited in known.sources.literature:
        for key in cited.reference.ids if cited.reference else ():
            if key in first:
                what, place = first[key]
                here = Related(place, "first used here")
                yield Fault(cited.fields["ids"], f"'{key}' is already {what}", cited.key, related=here)
            first.setdefault(key, ("a former citation key", cited.fields["ids"]))
    for written in known.sources.records:
        if written.kind in {"vocabulary", ""}:
            continue
        for leaf in _own_ids(written):
            if leaf.text in first:
                what, place = first[leaf.text]
                here = Related(place, "first used here")
                yield Fault(leaf.place, f"'{leaf.text}' is already {what}", written.id, related=here)
            else:
                first[leaf.text] = (f"the id of a {written.kind}", leaf.place)


def unique_values(known: Known) -> Iterator[Fault]:
    """A value stands once in its vocabulary, and a vocabulary once in the data.

    Keep one of the two.
    """
    vocabularies: dict[str, Place] = {}
    for written in known.sources.of_kind("vocabulary"):
        if written.id in vocabularies:
            first = Related(vocabularies[written.id], "the first is here")
            message = f"the vocabulary '{written.id}' stands a second time"
            yield Fault(written.place, message, written.id, related=first)
        vocabularies.setdefault(written.id, written.place)
        values: dict[str, Place] = {}
        for leaf in _own_ids(written)[1:]:
            if leaf.text in values:
                first = Related(values[leaf.text], "the first is here")
                yield Fault(leaf.place, f"'{leaf.text}' stands a second time", written.id, related=first)
            values.setdefault(leaf.text, leaf.place)


def _own_ids(written: Written) -> list[Leaf]:
    return [leaf for leaf in written.leaves if isinstance(leaf.role, OwnId)]


def superseded_names_successor(known: Known) -> Iterator[Fault]:
    """A record has `superseded_by` if its status is superseded, and only then.

    Name the id of the record that replaces it.
    """
    place_of = known.sources.place_of
    for written, record in _records(known):
        if record.status == "superseded" and not record.superseded_by:
            yield Fault(place_of(written, "status"), "a superseded record must say what replaces it", written.id)
        if record.superseded_by and record.status != "superseded":
            place = place_of(written, "superseded_by")
            message = "'superseded_by' needs `status: superseded`"
            yield Fault(place, message, written.id, "Add it, or remove this line.")
        if record.superseded_by == written.id:
            yield Fault(place_of(written, "superseded_by"), "a record cannot replace itself", written.id)
        elif record.superseded_by and written.id in _successors(record.superseded_by, known):
            message = f"'{record.superseded_by}' is itself replaced by '{written.id}'"
            yield Fault(place_of(written, "superseded_by"), message, written.id)


def _successors(id: str, known: Known) -> set[str]:
    """The records that replace a record, one after another."""
    found: set[str] = set()
    while (written := known.records.get(id)) and isinstance(written.record, Record) and written.record.superseded_by:
        id = written.record.superseded_by
        if id in found:
            break
        found.add(id)
    return found


def retired_says_why(known: Known) -> Iterator[Fault]:
    """A record has `retired_because` if its status is retired, and only then.

    Say in one sentence why the record no longer holds: its page stays and shows the reason.
    """
    place_of = known.sources.place_of
    for written, record in _records(known):
        if record.status == "retired" and not record.retired_because:
            yield Fault(place_of(written, "status"), "a retired record must say why", written.id)
        if record.retired_because and record.status != "retired":
            place = place_of(written, "retired_because")
            yield Fault(place, "'retired_because' needs `status: retired`", written.id, "Add it, or remove this line.")


def _records(known: Known) -> Iterator[tuple[Written, Record]]:
    for written in known.sources.records:
        if isinstance(written.record, Record):
            yield written, written.record
