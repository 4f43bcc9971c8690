"""A knowledge base of YAML, BibTeX and Markdown, made into a website.

The house has fourteen rooms and two halls, two doors, and values that pass between them::

    cli  site            DOORS. cli: the command `kb`, the only module that prints. site: the plugin of MkDocs.
    house                The rooms one after another: what both doors open onto.
    accession            Works from a file to their place in the bibliography: the rooms for that, one after another.
    read/                Files to sources: values, and the place where each was written.
    check/               Sources to problems: one rule, one function, one sentence in the manual.
    match/               Whether a work is in the bibliography already, or another version of it.
    compare              What a change must answer for: problems now and at a revision of git.
    suggest              What people wrote into a form, to the values of a record.
    review               Two states of the sources to what a reviewer of the change asks.
    render/              The knowledge base to pages of finished HTML. No input or output.
    links/               Addresses: promises kept, and links that lead somewhere.
    search/              What can be found of each page, to the files of an index.
    web/                 Addresses on other sites: whether they still answer, what they tell of a work; with manners.
    write/               Data files put into form, and new records put at their place. Texts in, texts out.
    cache                What a run leaves to the next, on disk.
    swap                 A finished folder into the place of another, whole whenever it is killed.
    schema               The model as a JSON Schema, for editors.
    report/              Problems to text, annotations and JSON; pages to Markdown files; comments for a forge.
    markup, entry        Forms: links in Markdown, BibTeX.       } VALUES: frozen, typed.
    knowledge, pages     What render takes, and what it gives.   } Each knows only
    press                Shells of pages, filled in.             } those below it.
    offer                Works offered, and what became of them. }
    forge                Forms, issues and what became of them.  }
    source               What was written, and where.            }
    model, literature    Records; works of the bibliography.     }
    liveness             What is remembered of other sites.      }
    change               What a change does, in words.           }
    problem              Places, rules and problems.             }
    digest               A short form of any value.              }

Rooms never import each other. Each outside library has one room: yaml and bibtexparser live in `read`, Jinja, Markdown
and the sanitiser in `render`, the stemmer in `search`, rapidfuzz in `match`, MkDocs in `site`, click in `cli`, httpx in
`web`. The import contract in pyproject.toml keeps it so.
"""
