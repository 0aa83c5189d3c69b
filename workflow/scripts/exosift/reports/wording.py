"""Numbers as a reader wants them: few digits, real minus signs, intervals in one form."""

import math
from collections.abc import Sequence

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def signed(value: float, digits: int = 2) -> str:
    """Write a number with its sign: +1.25, −0.40."""
    if math.isnan(value):
        return DASH
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", MINUS)


def plain(value: float, digits: int = 2) -> str:
    """Write a number with a fixed count of decimals."""
    return DASH if math.isnan(value) else f"{value:.{digits}f}".replace("-", MINUS)


def probability(value: float) -> str:
    """Write a p or q value: two digits, in powers of ten where it is small."""
    if math.isnan(value):
        return DASH
    if value >= 0.995:
        return "1"
    if value >= 0.001:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}×10{_superscript(int(exponent))}" if value > 0 else "0"


def share(value: float) -> str:
    """Write a share as a percentage."""
    return DASH if math.isnan(value) else f"{value:.0%}"


def level(value: float) -> str:
    """Write a level in CPM: three digits, thousands apart."""
    if math.isnan(value):
        return DASH
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def interval(low: float, high: float, digits: int = 2, *, sign: bool = False) -> str:
    """Write an interval: +0.91 to +1.55."""
    write = signed if sign else plain
    return f"{write(low, digits)} to {write(high, digits)}"


def count(number: int, one: str, many: str = "") -> str:
    """Count things in words: 1 library, 2 libraries."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 0) -> str:
    """Join names as in prose: a, b and c; beyond `most`, count the rest."""
    names = list(names)
    if most and len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop; the name of a column stays as it is."""
    text = text.strip()
    if "_" not in text.partition(" ")[0]:
        text = f"{text[:1].upper()}{text[1:]}"
    return f"{text}{'' if text.endswith(('.', '!', '?')) else '.'}"


def short(mirna: str) -> str:
    """Leave out the species, for the labels of figures."""
    return mirna.removeprefix("hsa-")


def _superscript(number: int) -> str:
    digits = str(abs(number)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'⁻' if number < 0 else ''}{digits}"
