"""What must hold in a file that is imported, beside the rules on bibliographies."""

from __future__ import annotations

from kb.problem import Rule

READABLE = Rule(
    "readable-imports",
    "A file to be imported is BibTeX, RIS, CSL-JSON or a table in CSV with a column for the title.",
    "Export it again from the program it came from, or mend the line by hand.",
)
