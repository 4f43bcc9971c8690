"""Lines on two logarithmic axes, as an SVG picture with the name of each line beside it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from math import ceil, floor, log10
from xml.etree.ElementTree import Element, SubElement, indent, tostring

WIDTH, HEIGHT, LEFT, RIGHT, EDGE = 860, 420, 60, 330, 40
COLOURS = (
    *("#0b5c5c", "#467575", "#a3561a", "#7a4207", "#56606a", "#1b1f24", "#a23b72"),
    *("#2f6ea5", "#557a12", "#6b6b6b", "#7b3fa0", "#b3261e", "#8a6d00", "#3949ab"),
)
"""Each can be read on white: its contrast is 4.5 or more (WCAG 1.4.3)."""


def log_log(lines: Mapping[str, Mapping[int, float]], across: str, up: str) -> str:
    """The picture of lines, each a value for some numbers; both are above zero."""
    numbers = [number for line in lines.values() for number in line]
    values = [value for line in lines.values() for value in line.values()]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    first, last = log10(min(numbers)), log10(max(numbers)) + 1e-9

    def x(number: float) -> float:
        return round(LEFT + (log10(number) - first) / (last - first) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - EDGE - (log10(value) - low) / (high - low) * (HEIGHT - 2 * EDGE), 1)

    picture = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img")
    SubElement(picture, "title").text = f"{up} by {across}: {', '.join(lines)}"
    style = {"font-family": "sans-serif", "font-size": "12", "fill": "#1b1f24"}
    for power in range(low, high + 1):
        SubElement(picture, "path", d=f"M{LEFT} {y(10**power)}H{WIDTH - RIGHT}", stroke="#d5d8db")
        SubElement(
            picture, "text", {**style, "x": str(LEFT - 6), "y": str(y(10**power) + 4), "text-anchor": "end"}
        ).text = f"{10**power:g} s"
    for number in sorted(set(numbers)):
        at = {"x": str(x(number)), "y": str(HEIGHT - EDGE + 18), "text-anchor": "middle"}
        SubElement(picture, "text", {**style, **at}).text = f"{number:,}"
    drawn = [
        ([(x(number), y(value)) for number, value in sorted(line.items())], name, colour)
        for (name, line), colour in zip(lines.items(), cycle(COLOURS), strict=False)
    ]
    names, place = WIDTH - RIGHT + 30, 0.0
    for points, name, colour in sorted(drawn, key=lambda one: one[0][-1][1]):
        path = "M" + "L".join(f"{across} {up}" for across, up in points)
        SubElement(picture, "path", {"d": path, "fill": "none", "stroke": colour, "stroke-width": "2"})
        end, height = points[-1]
        place = max(height, place + 15)
        leader = {"d": f"M{end} {height}L{names - 4} {place}", "stroke": colour, "stroke-dasharray": "1 3"}
        SubElement(picture, "path", leader)
        SubElement(picture, "text", {**style, "x": str(names), "y": str(place + 4), "fill": colour}).text = name
    indent(picture)
    return tostring(picture, encoding="unicode") + "\n"
