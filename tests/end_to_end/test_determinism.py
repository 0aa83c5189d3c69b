"""One cohort from counts, twice: what a run says depends on neither cores nor orders."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import yaml
from exosift.files import sha256
from exosift.references import read_fasta

from tests.calling import call_snakemake

pytestmark = pytest.mark.end_to_end

LEAN = {
    "differential_expression": {"permutations": 20},
    "panel": {
        **{"repeats": 2, "permutations": 19, "null_draws": 20},
        **{"stability_halves": 20, "bootstraps": 200},
    },
    "validation": {"counts": "others.tsv", "samples": "others_samples.tsv"},
}
CONTRASTS = pd.DataFrame(
    [
        ("lung", "lung", "lung", "healthy", "batch,age,sex", "", "", ""),
        ("colon", "colorectal", "colon", "healthy", "batch,age,sex", "", "", ""),
        ("stages", "lung", "lung", "healthy", "batch", "stage", "trend", "I,II,III"),
    ],
    columns=["contrast", "cancer", "case", "control", "covariates", "column", "design", "levels"],
)
IN_ORDER = (
    *("counts/mirna_counts.tsv", "counts/mirna_cpm.tsv", "counts/features.tsv"),
    *("counts/imported_names.tsv", "quality/samples.tsv", "quality/pca.tsv"),
)
"""Tables whose rows or columns keep the order of the sheet or of the matrix."""


def names(repository):
    """Name 80 miRNAs, those of the scores of haemolysis among them."""
    listed = ("451a", "23a-3p", "486-5p", "16-5p", "223-3p", "126-3p")
    headings = (heading for heading, _ in read_fasta(repository / "resources" / "matures.fa"))
    others = [heading.split()[0] for heading in headings][::20]
    return list(dict.fromkeys([*(f"hsa-miR-{one}" for one in listed), *others]))[:80]


def make_sheet():
    """Put two cancers and their controls, two of them twice, into two batches."""
    rng = np.random.default_rng(4)
    rows = []
    for condition, people in (("healthy", 24), ("lung", 24), ("colon", 22)):
        for at in range(people):
            row = {
                "condition": condition,
                "subject": f"{condition[0]}{at:02}",
                "batch": f"B{1 + at % 2}",
                "age": str(rng.integers(40, 80)),
                "sex": str(rng.choice(["female", "male"])),
                "stage": ("I", "II", "III")[at // 8] if condition == "lung" else "",
            }
            rows += [row, row] if condition == "healthy" and at < 2 else [row]
    sheet = pd.DataFrame(rows)
    return sheet.set_index(pd.Index([f"s{at:03}" for at in range(len(sheet))], name="sample"))


def make_counts(sheet, mirnas, seed):
    """Draw counts; some miRNAs are higher in cancer, some in each."""
    rng = np.random.default_rng(seed)
    expected = np.outer(rng.lognormal(6.5, 1.3, len(mirnas)), rng.uniform(0.6, 1.6, len(sheet)))
    for condition, planted in (("lung", slice(8, 14)), ("colon", slice(12, 18))):
        expected[planted, (sheet["condition"] == condition).to_numpy()] *= 2.5
    counts = rng.negative_binomial(5, 5 / (5 + expected))
    return pd.DataFrame(counts, pd.Index(mirnas, name="mirna"), sheet.index)


def set_up(folder, repository, shuffled):
    """Write configuration, sheets and matrices, in order or not."""
    config = folder / "config"
    config.mkdir(parents=True)
    mirnas, sheet = names(repository), make_sheet()
    others = sheet.rename("o{}".format).assign(subject="o" + sheet["subject"].to_numpy())
    for table, seed, rows, matrix in (
        (sheet, 1, config / "samples.tsv", folder / "matrix.tsv"),
        (others, 2, folder / "others_samples.tsv", folder / "others.tsv"),
    ):
        counts, at = make_counts(table, mirnas, seed), table
        if shuffled:
            rng = np.random.default_rng(seed)
            at = at.iloc[rng.permutation(len(at))]
            columns = rng.permutation(len(at))
            counts = counts.iloc[rng.permutation(len(counts)), columns]
        at.to_csv(rows, sep="\t")
        counts.to_csv(matrix, sep="\t")
    CONTRASTS.to_csv(config / "contrasts.tsv", sep="\t", index=False)
    (config / "config.yaml").write_text(yaml.safe_dump({"counts": "matrix.tsv"} | LEAN))


def outcome(folder, repository, *, shuffled, cores):
    """Run all but MultiQC and the record of the files, and read every file of the results."""
    set_up(folder, repository, shuffled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", str(cores))
        patch.setenv("OPENBLAS_NUM_THREADS", str(cores))
        patch.setenv("PYTHONHASHSEED", str(cores))
        said = call_snakemake(
            *(repository / "Snakefile", "--cores", str(cores), "results/reports/index.html"),
            *(f"results/validation/{contrast}.json" for contrast in ("lung", "colon")),
            "results/candidates/across_cancers.tsv",
            cwd=folder,
        )
    assert said.status == 0, said.text[-5000:]
    results = folder / "results"
    own = {sha256(folder / name): name for name in LEAN["validation"].values()}
    found = {}
    for path in sorted(results.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            for checksum, name in own.items():  # that of a file in another order is another one
                content = content.replace(checksum.encode(), name.encode())
            found[str(path.relative_to(results))] = content
    return found


@pytest.fixture(scope="module")
def twins(tmp_path_factory, repository):
    place = tmp_path_factory.mktemp("twins")
    return [
        outcome(place / "sorted", repository, shuffled=False, cores=1),
        outcome(place / "shuffled", repository, shuffled=True, cores=2),
    ]


def test_neither_cores_nor_orders_change_a_byte(twins):
    first, second = twins
    assert list(first) == list(second)
    differing = [name for name in first if first[name] != second[name]]
    assert [name for name in differing if name not in IN_ORDER] == []


def test_what_stands_in_the_order_of_the_sheet_holds_the_same(twins):
    for name in IN_ORDER:
        tables = [pd.read_csv(io.BytesIO(one[name]), sep="\t", index_col=0) for one in twins]
        first, second = (table.sort_index().sort_index(axis=1) for table in tables)
        pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_there_was_something_to_differ(twins):
    """Calls, panels, both cancers and another cohort."""
    results = {name: text.decode() for name, text in twins[0].items()}
    for contrast in ("lung", "colon"):
        assert "\tcandidate\t" in results[f"candidates/{contrast}.tsv"]
        assert json.loads(results[f"panels/{contrast}.json"])["panel"]["auc"]["auc"] > 0.8
        assert json.loads(results[f"validation/{contrast}.json"])["status"] != "refused"
    assert results["candidates/across_cancers.tsv"].count("\n") > 1
    assert {"reports/lung.html", "reports/colorectal.html", "panels/lung/bundle.json"} <= set(
        results
    )
