"""A knowledge base of YAML, BibTeX and Markdown, made into a website.

The house has eleven rooms and a hall, two doors, and values that pass between them::

    cli  site            DOORS. cli: the command `kb`, the only module that prints. site: the plugin of MkDocs.
    house                The rooms one after another: what both doors open onto.
    read/                Files to sources: values, and the place where each was written.
    check/               Sources to problems: one rule, one function, one sentence in the manual.
    compare              What a change must answer for: problems now and at a revision of git.
    render/              The knowledge base to pages of finished HTML. No input or output.
    links/               Addresses: promises kept, and links that lead somewhere.
    search/              What can be found of each page, to the files of an index.
    web/                 Addresses on other sites: whether they still answer, asked with manners.
    write/               Data files put into form, and new records put at their place. Texts in, texts out.
    swap                 A finished folder into the place of another, whole whenever it is killed.
    schema               The model as a JSON Schema, for editors.
    report/              Problems to text, annotations and JSON; pages to Markdown files.
    markup               The forms of links in Markdown.         } VALUES: frozen, typed.
    knowledge, pages     What render takes, and what it gives.   } Each knows only
    source               What was written, and where.            } those below it.
    model, literature    Records; works of the bibliography.     }
    liveness             What is remembered of other sites.      }
    problem              Places, rules and problems.             }

Rooms never import each other. Each outside library has one room: yaml and bibtexparser live in `read`, Jinja, Markdown
and the sanitiser in `render`, the stemmer in `search`, MkDocs in `site`, click in `cli`, httpx in `web`. The import
contract in pyproject.toml keeps it so.
"""
