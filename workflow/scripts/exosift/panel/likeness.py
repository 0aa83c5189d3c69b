"""Whether libraries are those that a panel was trained on, counted again under other names.

Two people of one laboratory may resemble each other as much as one library resembles itself when
another program counts it, so no resemblance of a single library proves anything. But copies pair
off: each resembles one library of the training far more than any other, and that one resembles it
most of all. Among other people few libraries do so: a cohort of copies is known by their number.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

MOST, FEWEST = 100, 30  # of the most abundant miRNAs that are compared
BITS = 1024  # of a sketch; a correlation of 0.9 is known within 0.01
LEAST_SPREAD = 0.25  # log2, added to that of each miRNA, so that noise is not blown up
STEPS = 1000  # levels are whole thousandths, for sums that are the same on every machine
CLEARLY = 0.3  # by so much the best resemblance leads the next (Fisher's z)
BY_CHANCE = 0.2  # share of other people that pair off; 0.19 in arms of 5, below 0.1 in larger ones
ALARM = 1e-6  # chance of so many pairs among other people
NEAR_ONE = 0.995  # larger correlations differ by the rounding of the sketch alone


def describe(levels: np.ndarray, mirnas: Sequence[str], profile: np.ndarray) -> dict[str, Any]:
    """Sketch the libraries of a training, so that they are known again.

    A sketch holds on which side of 1,024 random planes a library lies, and none of its counts.

    Parameters
    ----------
    levels : ndarray, shape (libraries, miRNAs)
        Their log2 levels on the frozen scale.
    mirnas, profile
        The miRNAs, and their reads in the reference profile.

    Returns
    -------
    `mirnas` (with `mean` and `sd`) and `sketches`; both empty where there are too few miRNAs.
    """
    chosen = np.argsort(-profile, kind="stable")[:MOST]
    if len(chosen) < FEWEST:
        return {"mirnas": [], "sketches": []}
    own = levels[:, chosen]
    mean, sd = own.mean(axis=0), own.std(axis=0)
    names = [str(mirnas[at]) for at in chosen]
    bits = _sketch(own, mean, sd, names)
    return {
        "mirnas": [
            {"mirna": name, "mean": float(m), "sd": float(s)}
            for name, m, s in zip(names, mean, sd, strict=True)
        ],
        "sketches": sorted(np.packbits(row).tobytes().hex() for row in bits),
    }


def pairing_off(levels: np.ndarray, mirnas: Sequence[str], known: Mapping[str, Any]) -> list[int]:
    """Find the libraries that pair off with sketches, if they are too many for other people.

    Parameters
    ----------
    levels : ndarray, shape (libraries, miRNAs)
    mirnas
        As in `describe`.
    known
        What `describe` gave.

    Returns
    -------
    Rows of `levels`; none where chance may pair so many.
    """
    if not known["mirnas"] or len(known["sketches"]) < 2 or not len(levels):
        return []
    place = {name: at for at, name in enumerate(mirnas)}
    names = [one["mirna"] for one in known["mirnas"]]
    own = levels[:, [place[name] for name in names]]
    mean, sd = (np.array([one[key] for one in known["mirnas"]]) for key in ("mean", "sd"))
    packed = [np.frombuffer(bytes.fromhex(one), np.uint8) for one in known["sketches"]]
    theirs = np.unpackbits(np.stack(packed), axis=1)
    # Another program moves each miRNA alike in all libraries, which their own median takes out.
    for centre in (mean, np.median(own, axis=0)):
        pairs = _pairs(_sketch(own, centre, sd, names), theirs)
        if stats.binom.sf(len(pairs) - 1, len(own), BY_CHANCE) < ALARM:
            return pairs
    return []


def _sketch(
    levels: np.ndarray, centre: np.ndarray, sd: np.ndarray, mirnas: Sequence[str]
) -> np.ndarray:
    """Tell on which side of each plane the libraries lie; uint8, shape (libraries, `BITS`)."""
    scaled = (levels - centre) / (sd + LEAST_SPREAD)
    scaled -= scaled.mean(axis=1, keepdims=True)
    sides = np.rint(STEPS * scaled).astype(np.int64) @ _planes(mirnas)
    return (sides > 0).astype(np.uint8)


def _planes(mirnas: Sequence[str]) -> np.ndarray:
    """Draw a sign for each miRNA and plane from its name: the same everywhere, for ever."""
    drawn = [hashlib.shake_256(name.encode()).digest(BITS // 8) for name in mirnas]
    bits = np.unpackbits(np.stack([np.frombuffer(one, np.uint8) for one in drawn]), axis=1)
    return 2 * bits.astype(np.int64) - 1


def _pairs(ours: np.ndarray, theirs: np.ndarray) -> list[int]:
    """List the rows of ours that resemble one of theirs best, mutually and by far."""
    agreeing = (2.0 * ours - 1) @ (2.0 * theirs - 1).T  # whole numbers, so exact
    like = np.cos(np.pi * (1 - agreeing / BITS) / 2)
    z = np.arctanh(np.clip(like, -NEAR_ONE, NEAR_ONE))
    best, ranked = like.argmax(axis=1), np.sort(z, axis=1)
    mutual = like.argmax(axis=0)[best] == np.arange(len(like))
    return [int(at) for at in np.flatnonzero(mutual & (ranked[:, -1] - ranked[:, -2] > CLEARLY))]
