"""What Snakemake plans on finished results, after an edit of a setting, the code or the clone."""

import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.calling import call_snakemake
from tests.workflow.settings import set_key

pytestmark = pytest.mark.workflow

MIRNAS, PER_ARM = 60, 10
PAGES = {"report_cancer", "report_index"}
END = {"write_record", "all"}
EVERYTHING = {
    *("collect_transcripts", "import_counts", "screen_antisense", "assess_quality"),
    *("write_multiqc_content", "multiqc", "test_contrast", "adjust_over_contrasts"),
    *("train_panel", "validate_panel", "weigh_confounders", "call_candidates", "compare_cancers"),
    *("count_analyses", *PAGES, *END),
}
QUICK = {
    "panel": {
        **{"repeats": 1, "permutations": 19, "bootstraps": 200, "stability_halves": 10},
        **{"null_draws": 20, "outer_folds": 3, "inner_folds": 3},
    },
    "sections": {"panel": 10},
    "design": {"quality_repeats": 1},
    "differential_expression": {"permutations": 20, "edger_permutations": 2, "deseq2": False},
}


def write_study(folder, repository):
    """Write a count matrix of two arms, its sheets and a quick configuration, twice as cohorts."""
    shutil.copytree(repository / "config", folder / "config")
    headings = (repository / "resources/matures.fa").read_text().splitlines()
    names = [line[1:].split()[0] for line in headings if line.startswith(">hsa-miR")][:MIRNAS]
    rng = np.random.default_rng(5)
    expected = np.outer(rng.lognormal(6, 1, MIRNAS), rng.uniform(0.7, 1.4, 2 * PER_ARM))
    expected[0, ::2] *= 8
    for cohort in ("own", "other"):
        samples = [f"{cohort}{at}" for at in range(2 * PER_ARM)]
        counts = rng.negative_binomial(8, 8 / (8 + expected))
        table = pd.DataFrame(counts, index=pd.Index(names, name="mirna"), columns=samples)
        table.to_csv(folder / f"{cohort}.tsv", sep="\t")
        rows = [f"{name}\t{('lung', 'healthy')[at % 2]}" for at, name in enumerate(samples)]
        (folder / f"config/{cohort}.tsv").write_text("\n".join(["sample\tcondition", *rows, ""]))
    (folder / "config/contrasts.tsv").write_text(
        "contrast\tcancer\tcase\tcontrol\tcovariates\nl_h\tlung\tlung\thealthy\t\n"
    )
    config = {
        **{"samples": "config/own.tsv", "contrasts": "config/contrasts.tsv", "counts": "own.tsv"},
        "validation": {"counts": "other.tsv", "samples": "config/other.tsv"},
        **QUICK,
        **{"notice": "", "power": {"power": 0.8}},
    }
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def copy_clone(repository, clone):
    """Copy the workflow as a clone is made: under another path, all files with the present time."""
    for name in ("workflow", "resources", "envs"):
        left = shutil.ignore_patterns("__pycache__", "fetched")
        shutil.copytree(repository / name, clone / name, copy_function=shutil.copyfile, ignore=left)
    shutil.copyfile(repository / "Snakefile", clone / "Snakefile")
    return clone / "Snakefile"


@pytest.fixture(scope="module")
def finished(tmp_path_factory, repository):
    """Run a small study from counts once, from one clone; give its folder and another clone."""
    folder = tmp_path_factory.mktemp("finished")
    write_study(folder, repository)
    clone = tmp_path_factory.mktemp("clone")
    first = copy_clone(repository, tmp_path_factory.mktemp("first"))
    said = call_snakemake(first, "--cores", "1", cwd=folder)
    assert said.status == 0, said.text
    assert said.rules == EVERYTHING
    shutil.rmtree(first.parent)
    copy_clone(repository, clone)
    return folder, clone


@pytest.fixture
def plan(finished, tmp_path):
    """Give a function that plans again on a copy of the results, with a clone of its own."""
    results, clone = finished
    folder, own = tmp_path / "study", tmp_path / "clone"
    shutil.copytree(results, folder)
    shutil.copytree(clone, own)

    def rules():
        said = call_snakemake(own / "Snakefile", "--dry-run", cwd=folder)
        assert said.status == 0, said.text
        return said.rules

    rules.folder, rules.clone = folder, own
    return rules


def edit(path, text="\n# edited\n"):
    path.write_text(path.read_text() + text)


def test_another_clone_and_sheets_of_another_time_plan_nothing(plan):
    for path in (plan.folder / "config").iterdir():
        path.touch()
    assert plan() == set()


def test_the_notice_plans_the_pages_alone(plan):
    set_key(plan.folder, notice="A sentence.")
    assert plan() == PAGES | END


def test_the_power_plans_what_shows_power(plan):
    set_key(plan.folder, power={"power": 0.9})
    shown = {"call_candidates", "compare_cancers", "count_analyses"}
    assert plan() == shown | PAGES | END


def test_a_setting_of_panels_plans_panels_and_no_test(plan):
    set_key(plan.folder, panel={"permutations": 20})
    trained = {"train_panel", "validate_panel", "call_candidates", "compare_cancers"}
    assert plan() == trained | {"count_analyses"} | PAGES | END


PACKAGE = "workflow/scripts/exosift"
BEFORE_TESTS = {
    *("collect_transcripts", "import_counts", "screen_antisense", "assess_quality"),
    *("write_multiqc_content", "multiqc"),
}


@pytest.mark.parametrize(
    ("edited", "planned", "kept"),
    [
        (f"{PACKAGE}/panel/training.py", {"train_panel"}, {*BEFORE_TESTS, "test_contrast"}),
        (f"{PACKAGE}/power.py", {"call_candidates"}, {*BEFORE_TESTS, "train_panel"}),
        (f"{PACKAGE}/reports/page.py", PAGES, EVERYTHING - PAGES - END),
        ("workflow/scripts/screen_antisense.py", {"screen_antisense"}, {"train_panel"}),
        (f"{PACKAGE}/simulation/library.py", set(), EVERYTHING),
    ],
)
def test_an_edit_of_the_code_plans_the_steps_that_import_it(plan, edited, planned, kept):
    edit(plan.clone / edited)
    rules = plan()
    assert planned <= rules
    assert not kept & rules


@pytest.mark.parametrize(
    ("edited", "planned", "kept"),
    [
        ("workflow/report/templates/index.html.j2", PAGES, EVERYTHING - PAGES - END),
        ("workflow/report/multiqc_config.yaml", {"multiqc"}, EVERYTHING - {"multiqc"} - END),
        ("resources/knowledge/retracted.tsv", {"train_panel", *PAGES}, BEFORE_TESTS),
        ("resources/mirgenedb.gff3.gz", {"collect_transcripts"}, set()),
    ],
)
def test_an_edit_of_a_shipped_file_plans_the_steps_that_read_it(plan, edited, planned, kept):
    path = plan.clone / edited
    path.write_bytes(path.read_bytes() + b"\n")
    rules = plan()
    assert planned <= rules
    assert not kept & rules
