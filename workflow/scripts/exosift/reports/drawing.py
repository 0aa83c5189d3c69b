"""Figures as small SVG that takes its colours from the page, so that it prints and darkens with it.

Drawn by hand rather than by a plotting library: a mark carries its words for the mouse, every text
is escaped in one place, and the bytes do not depend on fonts or versions.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

SMALLEST, LARGEST = 0.75, 1.3
"""Times its own size that a drawing shrinks and grows to, so that its letters stay readable."""

CHARACTER = 6.4  # px, the width of a letter of a label, rather too wide than too narrow

SHAPES = {
    "circle": "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
    "triangle": "M0-4.4L4.2 3.2H-4.2z",
    "square": "M-3.3-3.3H3.3V3.3H-3.3z",
    "diamond": "M0-4.8L4.8 0L0 4.8L-4.8 0z",
    "wedge": "M0 4.4L4.2-3.2H-4.2z",
    "plus": "M-1.3-4.2H1.3V-1.3H4.2V1.3H1.3V4.2H-1.3V1.3H-4.2V-1.3H-1.3z",
    "cross": "M-3.4-3.4L3.4 3.4M3.4-3.4L-3.4 3.4",
    "line": "M-6 0H6",
    "dot": "M-1.9 0a1.9 1.9 0 1 0 3.8 0a1.9 1.9 0 1 0-3.8 0z",
}
"""Marks around the origin; the first six tell groups apart without colour."""

GROUP_SHAPES = ("circle", "triangle", "square", "diamond", "wedge", "plus")


@dataclass(frozen=True)
class Scale:
    """From values to pixels along one axis; ticks are (value, words)."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[tuple[float, str], ...] = ()

    def __call__(self, value: float) -> float:
        """Give the place of a value, held inside the axis."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def scale(
    values: Iterable[float],
    start: float,
    end: float,
    *,
    include: Sequence[float] = (),
    room: float = 0.04,
    ticks: int = 5,
) -> Scale:
    """Make a scale that holds all values, with some room, and round ticks."""
    known = [float(v) for v in [*values, *include] if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    margin = room * (high - low)
    fixed = set(include)
    low = low if low in fixed else low - margin
    high = high if high in fixed else high + margin
    return Scale(low, high, start, end, round_ticks(low, high, ticks))


def round_ticks(low: float, high: float, number: int) -> tuple[tuple[float, str], ...]:
    """Find about `number` ticks at 1, 2 or 5 times a power of ten."""
    rough = (high - low) / max(number, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    at = [round(i * step, digits + 2) + 0.0 for i in range(first, last + 1)]
    return tuple((v, f"{v:,.{digits}f}".replace("-", "\N{MINUS SIGN}")) for v in at)


def log_scale(values: Iterable[float], start: float, end: float) -> Scale:
    """Make a scale of log10 values whose ticks are told as plain numbers."""
    base = scale([math.log10(v) for v in values if v > 0], start, end)
    decades = range(math.floor(base.low), math.ceil(base.high) + 1)
    marks = [(m, d) for d in decades for m in (1, 2, 5)]
    at = [(math.log10(m) + d, m * 10.0**d) for m, d in marks]
    shown = [(v, n) for v, n in at if base.low <= v <= base.high]
    if len(shown) < 3:
        plain = round_ticks(10**base.low, 10**base.high, 4)
        shown = [(math.log10(n), n) for n, _ in plain if n > 0]
    if len(shown) > 6:
        shown = [(v, n) for v, n in shown if abs(v - round(v)) < 1e-9]
    return Scale(base.low, base.high, start, end, tuple((v, f"{n:,.0f}") for v, n in shown))


@dataclass
class Canvas:
    """A drawing: elements in the order in which they are painted."""

    width: float
    height: float
    label: str
    parts: list[Markup] = field(default_factory=list)

    def add(self, template: str, **values: object) -> None:
        """Add an element; every value is escaped, numbers keep one decimal."""
        told = {key: _n(v) if isinstance(v, float) else v for key, v in values.items()}
        self.parts.append(Markup(template).format(**told))

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line of a style of the page."""
        self.add(
            '<path class="{kind}" d="M{x1} {y1}L{x2} {y2}"/>',
            kind=kind,
            x1=float(x1),
            y1=float(y1),
            x2=float(x2),
            y2=float(y2),
        )

    def text(
        self,
        x: float,
        y: float,
        words: str,
        kind: str = "",
        anchor: str = "start",
        turn: bool = False,
    ) -> None:
        """Write words; `turn` writes them upwards."""
        self.add(
            '<text x="{x}" y="{y}"{kind}{anchor}{turn}>{words}</text>',
            x=float(x),
            y=float(y),
            kind=_attribute("class", kind),
            anchor=_attribute("text-anchor", "" if anchor == "start" else anchor),
            turn=_attribute("transform", f"rotate(-90 {_n(x)} {_n(y)})" if turn else ""),
            words=words,
        )

    def mark(
        self, x: float, y: float, shape: str, kind: str, words: str = "", hollow: bool = False
    ) -> None:
        """Put a mark; its words show under the mouse and are read aloud."""
        self.add(
            '<path class="{kind}" transform="translate({x} {y})" d="{d}"{end}',
            kind=f"{kind} hollow" if hollow else kind,
            x=float(x),
            y=float(y),
            d=SHAPES[shape],
            end=Markup("><title>{}</title></path>").format(words) if words else Markup("/>"),
        )

    def rectangle(
        self, x: float, y: float, width: float, height: float, kind: str, words: str = ""
    ) -> None:
        """Fill a rectangle."""
        self.add(
            '<path class="{kind}" d="M{x} {y}h{w}v{h}h-{w}z"{end}',
            kind=kind,
            x=float(x),
            y=float(y),
            w=float(width),
            h=float(height),
            end=Markup("><title>{}</title></path>").format(words) if words else Markup("/>"),
        )

    def axes(self, x: Scale, y: Scale, x_label: str, y_label: str) -> None:
        """Draw ticks, light grid lines and labels; the frame is the grid."""
        left, right, bottom, top = x.start, x.end, y.start, y.end
        for value, words in y.ticks:
            self.line(left, y(value), right, y(value), "grid")
            self.text(left - 7, y(value) + 4, words, "tick", "end")
        for value, words in x.ticks:
            self.line(x(value), bottom, x(value), bottom + 5, "axis")
            self.text(x(value), bottom + 18, words, "tick", "middle")
        self.line(left, bottom, right, bottom, "axis")
        self.text((left + right) / 2, bottom + 37, x_label, "label", "middle")
        self.text(14, (top + bottom) / 2, y_label, "label", "middle", turn=True)

    def svg(self, *, fixed: bool = False) -> Markup:
        """Close the drawing; a `fixed` one keeps its size and is scrolled on narrow screens."""
        size = f' width="{_n(self.width)}" height="{_n(self.height)}"'
        if not fixed:
            smallest, largest = _n(self.width * SMALLEST), _n(self.width * LARGEST)
            size = f' style="min-width:{smallest}px;max-width:{largest}px"'
        return Markup(
            '<svg viewBox="0 0 {} {}"{} role="img" aria-label="{}" '
            'xmlns="http://www.w3.org/2000/svg">{}</svg>'
        ).format(
            _n(self.width), _n(self.height), Markup(size), self.label, Markup("").join(self.parts)
        )


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a mark and its words."""

    shape: str
    kind: str
    words: str
    hollow: bool = False

    def svg(self) -> Markup:
        """Draw the mark alone, to stand in a line of text."""
        return Markup(
            '<svg class="key" viewBox="-6 -6 12 12" width="13" height="13" aria-hidden="true">'
            '<path class="{}" d="{}"/></svg>'
        ).format(f"{self.kind} hollow" if self.hollow else self.kind, SHAPES[self.shape])


@dataclass(frozen=True)
class Figure:
    """A drawing with its legend and what it shows and does not show."""

    svg: Markup
    title: str
    caption: str
    keys: tuple[Key, ...] = ()
    wide: bool = False


def spread(ys: Sequence[float], distance: float, widest: float) -> list[float]:
    """Move marks of like height sideways until they no longer cover each other.

    Parameters
    ----------
    ys
        Heights in px.
    distance
        Px that two marks keep between their centres.
    widest
        The farthest a mark may move; what is still covered then stays covered.
    """
    placed: list[tuple[float, float]] = []
    moved = dict.fromkeys(range(len(ys)), 0.0)
    for at in sorted(range(len(ys)), key=lambda i: (ys[i], i)):
        steps = [0.0]
        reach = distance * 0.5
        while reach <= widest:
            steps += [reach, -reach]
            reach += distance * 0.5
        free = (
            step
            for step in steps
            if all(math.hypot(step - x, ys[at] - y) >= distance for x, y in placed[-60:])
        )
        moved[at] = next(free, 0.0)
        placed.append((moved[at], ys[at]))
    return [moved[at] for at in range(len(ys))]


def place_labels(
    points: Sequence[tuple[float, float, str]],
    obstacles: Sequence[tuple[float, float]],
    bounds: tuple[float, float, float, float],
) -> list[tuple[float, float, str, str]]:
    """Find places for labels beside their points, so that none covers another label or a point.

    Parameters
    ----------
    points
        Places and words in the order of importance.
    obstacles
        Points that must stay visible.
    bounds
        Left, top, right, bottom.

    Returns
    -------
    (x, y, words, anchor) of each label that found a place.
    """
    taken: list[tuple[float, float, float, float]] = []
    placed = []
    for x, y, words in points:
        width = CHARACTER * len(words)
        options = (
            (x + 8, y + 4, "start"),
            (x - 8, y + 4, "end"),
            (x + 6, y - 7, "start"),
            (x - 6, y - 7, "end"),
            (x, y - 10, "middle"),
            (x + 6, y + 14, "start"),
            (x - 6, y + 14, "end"),
        )
        for at_x, at_y, anchor in options:
            left = at_x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (left, at_y - 11, left + width, at_y + 3)
            inside = (
                box[0] >= bounds[0]
                and box[1] >= bounds[1]
                and box[2] <= bounds[2]
                and box[3] <= bounds[3]
            )
            if inside and not _covers(box, taken, obstacles):
                taken.append(box)
                placed.append((at_x, at_y, words, anchor))
                break
    return placed


def _covers(
    box: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]],
    obstacles: Sequence[tuple[float, float]],
) -> bool:
    left, top, right, bottom = box
    return any(
        left < other[2] and right > other[0] and top < other[3] and bottom > other[1]
        for other in taken
    ) or any(left - 2 < x < right + 2 and top - 2 < y < bottom + 2 for x, y in obstacles)


def _n(value: float) -> str:
    """Write a coordinate with one decimal at most."""
    text = f"{value:.1f}"
    text = text[:-2] if text.endswith(".0") else text
    return "0" if text == "-0" else text


def _attribute(name: str, value: str) -> Markup:
    return Markup(' {}="{}"').format(name, value) if value else Markup("")
