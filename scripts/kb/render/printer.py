"""Views to HTML, through one Jinja template for each kind of page."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from kb.pages import IMPROVE
from kb.render.words import Words


class Printer:
    """Prints views with the words of one language. Everything a view holds is escaped unless it is Markup."""

    def __init__(self, words: Words) -> None:
        self._environment = Environment(
            loader=PackageLoader("kb.render", "templates"),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["words"] = words
        self._environment.globals["improve_here"] = Markup(IMPROVE)

    def print(self, template: str, view: object) -> str:
        """The HTML of a view."""
        return self._environment.get_template(f"{template}.html").render(view=view)
