"""What biblatex and BibTeX call things: entry types, fields, and older names for both."""

from __future__ import annotations

_TYPES = """
    article artwork audio bibnote book bookinbook booklet collection commentary dataset image inbook
    incollection inproceedings inreference jurisdiction legal legislation letter manual misc movie music
    mvbook mvcollection mvproceedings mvreference online patent performance periodical proceedings
    reference report review set software standard suppbook suppcollection suppperiodical thesis
    unpublished video xdata
"""
TYPES = frozenset(_TYPES.split())
OLDER_TYPES = {
    "conference": "inproceedings",
    "electronic": "online",
    "www": "online",
    "mastersthesis": "thesis",
    "phdthesis": "thesis",
    "techreport": "report",
}
IMPLIED_SUBTYPES = {"mastersthesis": "mathesis", "phdthesis": "phdthesis", "techreport": "techreport"}
SUBTYPES = {
    "mathesis": "Master’s thesis",
    "bathesis": "Bachelor’s thesis",
    "candthesis": "Candidate’s thesis",
    "phdthesis": "Doctoral dissertation",
    "techreport": "Technical report",
    "resreport": "Research report",
    "software": "Computer software",
    "datacd": "Data CD",
    "audiocd": "Audio CD",
}
SERIALS = frozenset({"article", "periodical", "review", "suppperiodical"})
"""Types whose `number` is that of an issue."""

OLDER_FIELDS = {
    "address": "location",
    "annote": "annotation",
    "archiveprefix": "eprinttype",
    "city": "location",
    "journal": "journaltitle",
    "key": "sortkey",
    "pdf": "file",
    "primaryclass": "eprintclass",
    "school": "institution",
}
OWN_FIELDS = frozenset({"seen", "unchecked", "waive"})
_MANAGERS_FIELDS = """
    accessdate arxivid articleno citation_identifier cites collaboration collaborator comment copyright
    creationdate date-added date-modified groups issue_date lccn mendeley-groups mendeley-tags
    modificationdate numpages owner pmcid pmid priority publicationstatus pubmedid qualityassured readstatus
    refid review timestamp urlaccessdate urldescription us_nlm_id username uuid venue
"""
_BIBLATEX_FIELDS = """
    abstract addendum afterword annotation annotator author authortype bookauthor bookpagination
    booksubtitle booktitle booktitleaddon chapter citation commentator crossref date day doi edition
    editor editora editoratype editorb editorbtype editorc editorctype editortype eid entryset
    entrysubtype eprint eprintclass eprinttype eventdate eventtitle eventtitleaddon execute file foreword
    gender holder
    howpublished hyphenation ids indexsorttitle indextitle institution introduction isan isbn ismn isrn
    issn issue issuesubtitle issuetitle issuetitleaddon iswc journalsubtitle journaltitle
    journaltitleaddon keywords label langid langidopts language library lista listb listc listd liste
    listf location mainsubtitle maintitle maintitleaddon month namea nameaddon nameb namec note number
    options organization origdate origlanguage origlocation origpublisher origtitle pages pagetotal
    pagination part presort publisher pubstate related relatedoptions relatedstring relatedtype
    reprinttitle series shortauthor shorteditor shorthand shorthandintro shortjournal shortseries
    shorttitle sortkey sortname sortshorthand sorttitle sortyear source subtitle title titleaddon
    translator type url urldate usera userb userc userd usere userf verba verbb verbc version volume
    volumes xdata xref year
"""
FIELDS = OWN_FIELDS.union(OLDER_FIELDS, _MANAGERS_FIELDS.split(), _BIBLATEX_FIELDS.split())
OWN_PREFIXES = ("x-", "bdsk-", "opt")
"""Beginnings of names that people and managers keep for themselves; OPT is Emacs' mark for "not used"."""


def type_name(written: str) -> str:
    """The biblatex name of an entry type; `misc`, as in biblatex, for one that nobody knows."""
    kind = OLDER_TYPES.get(written, written)
    return kind if kind in TYPES else "misc"


def field_name(written: str) -> str:
    """The biblatex name of a field, in lower case."""
    return OLDER_FIELDS.get(written.lower(), written.lower())


def is_known_field(written: str) -> bool:
    """Whether somebody knows the field; `author+an:role` is biblatex's remark on `author`."""
    name = written.lower().partition("+an")[0]
    return name in FIELDS or name.startswith(OWN_PREFIXES)
