"""Libraries called 1, 007, 1e5, NA or True go from the matrix to the tests like any others."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.config import defaults
from exosift.differential_expression import Limits, test_contrast
from exosift.importing import import_counts
from exosift.multiqc_content import Overview, write_multiqc_content
from exosift.pca import cohort_components
from exosift.quality import assess
from exosift.settings.differential_expression import TestRules
from exosift.study_sheets import GROUPS
from exosift.table_files import write_run_table
from exosift.tables import Tables

test_contrast.__test__ = False  # it is no test
TestRules.__test__ = False

LIBRARIES = 16
SHALLOW = (14, 15)
"""Places of the two libraries with too few reads, one in each arm."""

NAMES = {
    "letters": [f"S{number}" for number in range(1, LIBRARIES + 1)],
    "numbers": [str(number) for number in range(1, LIBRARIES + 1)],
    "leading zeros": [f"{number:03d}" for number in range(1, LIBRARIES + 1)],
    "powers of ten": [f"1e{number}" for number in range(1, LIBRARIES + 1)],
    "words": [
        *("NA", "nan", "null", "None", "True", "False", "inf", "1.0"),
        *("1.00", "1e5", "0x10", "0", "00", "NaN1", "N", "007"),
    ],
}


def write_study(names):
    """Write sheets, a matrix of 120 miRNAs and their annotation into the working directory."""
    rng = np.random.default_rng(7)
    means = np.exp(rng.normal(5, 1.5, 120))
    counts = rng.negative_binomial(10, 10 / (10 + np.outer(means, np.ones(LIBRARIES))))
    counts[:, SHALLOW] = rng.poisson(means[:, None] / 500, (120, 2))
    mirnas = [f"hsa-miR-{number}-5p" for number in range(1, 121)]
    Path("config").mkdir()
    conditions = ["healthy", "lung"] * (LIBRARIES // 2)
    sheet = [f"{name}\t{condition}" for name, condition in zip(names, conditions, strict=True)]
    Path("config/samples.tsv").write_text("\n".join(["sample\tcondition", *sheet]) + "\n")
    Path("config/contrasts.tsv").write_text(
        "contrast\tcancer\tcase\tcontrol\tcovariates\nlung\tlung\tlung\thealthy\t\n"
    )
    rows = ["\t".join([m, *map(str, row)]) for m, row in zip(mirnas, counts, strict=True)]
    Path("config/counts.tsv").write_text("\n".join(["\t".join(["mirna", *names]), *rows]) + "\n")
    features = pd.DataFrame({"mirna": mirnas, "names": mirnas, "sequence": "", "hairpins": ""})
    accessions = [f"MIMAT{number:07d}" for number in range(1, 121)]
    features = features.assign(accessions=accessions, mirgenedb="")
    write_run_table("reference_features", features, "features.tsv")


def run_until_tested(names):
    """Import, judge and test the libraries, each step from the files of the one before."""
    settings = {**defaults(), "counts": "config/counts.tsv", GROUPS: {}}
    given = {"samples": "config/samples.tsv", "contrasts": "config/contrasts.tsv"}
    import_counts(
        "config/counts.tsv",
        names,
        Path("features.tsv"),
        mirna_counts=Path("mirna_counts.tsv"),
        mirna_cpm=Path("mirna_cpm.tsv"),
        feature_table=Path("annotation.tsv"),
        imported_names=Path("imported_names.tsv"),
    )
    given |= {"counts": "mirna_counts.tsv", "features": "annotation.tsv"}
    found = Tables.read(settings, given)
    quality = assess(found.sheet, {}, found.counts, None, settings["quality"])
    components, explained = cohort_components(found.counts, quality)
    write_run_table("quality", quality, "quality.tsv")
    write_run_table("components", components, "pca.tsv")
    found = Tables.read(settings, given | {"quality": "quality.tsv", "pca": "pca.tsv"})
    result = test_contrast(
        found.counts,
        found.sheet,
        found.study.contrasts[0],
        found.excluded,
        limits=Limits(TestRules(permutations=0, edger_permutations=0)),
        quality=found.quality,
    )
    write_run_table("tests", result.table, "tests.tsv")
    overview = Overview(
        found.sheet,
        found.quality,
        found.components,
        explained,
        thresholds=settings["quality"],
    )
    return found, result, write_multiqc_content(overview, "content")


@pytest.mark.parametrize("kind", NAMES)
def test_quality_leaves_out_libraries_whatever_they_are_called(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = NAMES[kind]
    write_study(names)
    found, result, content = run_until_tested(names)
    shallow = [names[place] for place in SHALLOW]
    assert list(found.excluded) == shallow
    assert (result.record["n_case"], result.record["n_control"]) == (7, 7)
    left_out = {one["sample"] for one in result.record["samples"] if not one["used"]}
    assert left_out == set(shallow)
    written = [path.read_text() for path in content]
    assert all(any(f'"{name}"' in text for text in written) for name in names)


def test_results_do_not_depend_on_what_libraries_are_called(tmp_path, monkeypatch):
    tables = []
    for kind in ("letters", "numbers"):
        (tmp_path / kind).mkdir()
        monkeypatch.chdir(tmp_path / kind)
        write_study(NAMES[kind])
        tables.append(run_until_tested(NAMES[kind])[1].table)
    pd.testing.assert_frame_equal(*tables)
