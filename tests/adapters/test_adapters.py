"""Adapters: each script asks for what its rule gives, and hands it to the function it names."""

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exosift.config import complete, defaults
from exosift.fingerprints import fingerprint
from exosift.panel.training import TABLES as PANEL_TABLES
from exosift.study_sheets import GROUPS
from exosift.tables import READERS

from tests.panel_cohort import others_like

SCRIPTS = sorted(Path(__file__).parents[2].joinpath("workflow", "scripts").glob("*.py"))

TABLES = {
    **{name: name for name in READERS if name != "pca"},
    **{"components": "pca", "excluded": "quality", "summaries": "summaries"},
}
"""What `Tables` offers, and the input that it is read from."""

ALWAYS = ("input", "output", "params", "log")
"""What Snakemake hands to each script; some get a wildcard or a number of threads too."""

by_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def attributes_of(script, owner):
    """Name what a script takes from an object: `config` for `snakemake.params.config`."""
    return {
        node.attr
        for node in ast.walk(ast.parse(script.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == owner
    } - {"items", "get"}


@by_script
def test_each_script_is_of_one_rule_and_says_what_it_calls(script, all_rules):
    served = [rule.name for rule in all_rules.values() if rule.script]
    assert served.count(script.stem) == 1
    rule = all_rules[script.stem]
    assert Path(rule.script).name == script.name
    tree = ast.parse(script.read_text())
    assert (ast.get_docstring(tree) or "").startswith(f"Rule {script.stem} -> exosift.")


@by_script
def test_each_script_asks_only_for_what_its_rule_names(script, all_rules):
    rule = all_rules[script.stem]
    assert attributes_of(script, "snakemake.input") <= set(rule.input.keys())
    assert attributes_of(script, "snakemake.output") <= set(rule.output.keys())
    assert attributes_of(script, "snakemake.params") <= set(rule.params.keys())
    assert attributes_of(script, "snakemake.wildcards") <= set(rule.wildcard_names)
    assert attributes_of(script, "snakemake") <= {*ALWAYS, "wildcards", "threads"}


@by_script
def test_each_script_writes_everything_that_its_rule_makes(script, all_rules):
    text = script.read_text()
    rule = all_rules[script.stem]
    if "snakemake.output[0]" in text:
        assert len(rule.output) == 1
    elif "snakemake.output.items()" not in text:
        assert attributes_of(script, "snakemake.output") == set(rule.output.keys())


@by_script
def test_each_table_that_a_script_uses_is_an_input_of_its_rule(script, all_rules):
    used = attributes_of(script, "given") & set(TABLES)
    assert {TABLES[name] for name in used} <= set(all_rules[script.stem].input.keys())


@by_script
def test_each_script_talks_to_the_log_of_its_rule_alone(script, all_rules):
    rule = all_rules[script.stem]
    assert len(rule.log) == 1
    *_, last = ast.parse(script.read_text()).body
    assert isinstance(last, ast.With)
    assert ast.unparse(last.items[0].context_expr) == "log_to(snakemake.log[0])"


@by_script
def test_each_rule_runs_again_when_the_code_changes(script, all_rules):
    parameters = all_rules[script.stem].params
    # What is fetched depends on its checksum alone.
    if script.stem != "fetch_reference":
        assert parameters.code == fingerprint(script.name)


def test_each_command_runs_again_when_the_code_changes(all_rules):
    assert all_rules["count_library"].params.code == fingerprint("exosift.steps")
    assert all_rules["simulate_cohort"].params.code == fingerprint("exosift.simulation.command")
    assert all_rules["multiqc"].params.code == fingerprint("multiqc_config.yaml")


@by_script
def test_only_what_shows_the_whole_configuration_takes_it(script, all_rules):
    parameters = all_rules[script.stem].params
    whole = set(defaults())
    if script.stem in ("report_cancer", "report_index"):
        assert set(parameters.settings) == {*whole, GROUPS}
    elif script.stem == "write_record":
        assert set(parameters.config) == whole
    elif script.stem == "count_analyses":
        assert set(parameters.settings) == {*whole, GROUPS} - {"notice"}
    else:
        assert "notice" not in parameters.get("settings", {})
        assert "config" not in dict(parameters.items())


@by_script
def test_no_rule_takes_a_path_of_the_installation(script, all_rules, repository):
    rule = all_rules[script.stem]
    for value in (*rule.input, *map(repr, rule.params)):
        assert str(repository) not in str(value)


def test_both_ways_share_all_rules_but_the_first(rules_from_fastq, rules_from_counts):
    only = {name for name in rules_from_counts if name not in rules_from_fastq}
    assert only == {"import_counts"}
    assert "merge_counts" not in rules_from_counts
    assert "count_library" in rules_from_fastq


MIRNAS, PER_ARM = 120, 12
REFERENCES = ("features", "windows", "fragments", "antisense")
PLANTED = "hsa-miR-21-5p"


def cohort(names):
    """Draw counts of two arms that differ in one miRNA, eightfold."""
    rng = np.random.default_rng(3)
    level = rng.lognormal(6, 1.2, len(names))
    level[names.index(PLANTED)] = 800
    expected = np.outer(level, rng.uniform(0.7, 1.4, 2 * PER_ARM))
    expected[names.index(PLANTED), ::2] *= 8
    samples = [f"s{at:02}" for at in range(2 * PER_ARM)]
    return pd.DataFrame(
        rng.negative_binomial(8, 8 / (8 + expected)),
        index=pd.Index(names, name="mirna"),
        columns=samples,
    )


def second_cohort(counts):
    """Write counts and sheet of another cohort, in which the same miRNA differs, by an old name."""
    rng = np.random.default_rng(4)
    arms = np.arange(counts.shape[1]) % 2
    drawn = rng.poisson(others_like(counts.to_numpy(), arms, rng) * 0.7)
    other = pd.DataFrame(drawn, index=counts.index, columns=[f"o{name}" for name in counts])
    other = other.rename(index={PLANTED: PLANTED.removesuffix("-5p")})
    other.to_csv("other.tsv", sep="\t")
    rows = [f"{name}\t{('melanoma', 'healthy')[at % 2]}" for at, name in enumerate(other)]
    Path("config/other.tsv").write_text("\n".join(["sample\tcondition", *rows]) + "\n")


@pytest.fixture(scope="module")
def walked(run, tmp_path_factory):
    """Run the scripts of a run from counts, one after the other; give the folder."""
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("config", "r/reports"):
            (folder / name).mkdir(parents=True)
        references = {name: f"r/{name}.tsv" for name in REFERENCES}
        references |= {"fasta": "r/transcripts.fa", "table": "r/transcripts.tsv"}
        run(
            "collect_transcripts",
            {},
            references,
            {"references": {"spike_in": "shipped"}},
        )
        features = pd.read_csv("r/features.tsv", sep="\t", dtype=str, keep_default_na=False)
        known = features.loc[features["mirgenedb"] != "", "mirna"]
        names = [PLANTED, *known[known != PLANTED][: MIRNAS - 1]]
        counts = cohort(names)
        counts.to_csv("matrix.tsv", sep="\t")
        arms = ("melanoma", "healthy")
        rows = [f"{name}\t{arms[at % 2]}\t{at // 2 % 2}" for at, name in enumerate(counts)]
        heading = "sample\tcondition\tbatch"
        Path("config/samples.tsv").write_text("\n".join([heading, *rows]) + "\n")
        Path("config/contrasts.tsv").write_text(
            "contrast\tcancer\tcase\tcontrol\tcovariates\nm_h\tmelanoma\tmelanoma\thealthy\t\n"
        )
        second_cohort(counts)
        quick = {"repeats": 2, "permutations": 19, "bootstraps": 200, "stability_halves": 10}
        tests = {"permutations": 20, "edger_permutations": 2}
        config = complete(
            {
                **{"counts": "matrix.tsv", "sections": {"panel": 10}, "panel": quick},
                "differential_expression": tests,
            }
        )
        sheets = {"samples": "config/samples.tsv", "contrasts": "config/contrasts.tsv"}
        run(
            "import_counts",
            {"matrix": "matrix.tsv", "features": "r/features.tsv", "name_history": []},
            {
                "mirna_counts": "r/counts.tsv",
                "mirna_cpm": "r/cpm.tsv",
                "feature_table": "r/counted.tsv",
                "imported_names": "r/names.tsv",
            },
            {"samples": list(counts)},
            log="import.log",
        )
        run(
            "screen_antisense",
            {"counts": ["r/counts.tsv"], "partners": "r/antisense.tsv"},
            "r/screened.tsv",
            {"imported": True},
            log="screen.log",
        )
        quality = {"quality": "r/quality.tsv", "pca": "r/pca.tsv", "explained": "r/pca.json"}
        params = {"config": config}
        nothing = {"summaries": [], "class_counts": []}
        run(
            "assess_quality",
            {"samples": sheets["samples"], "counts": "r/counts.tsv", **nothing, "isomirs": []},
            quality,
            params,
        )
        shown = {"counts": "r/counts.tsv", **quality}
        run(
            "write_multiqc_content",
            {"samples": sheets["samples"], **shown, **nothing, "trna_counts": []},
            "r/multiqc",
            params,
        )
        folder_of_tests = "differential_expression"
        single = {
            "table": f"{folder_of_tests}/single/m_h.tsv",
            "record": f"{folder_of_tests}/single/m_h.json",
        }
        tested = {name: path.replace("/single", "") for name, path in single.items()}
        run(
            "test_contrast",
            {
                **sheets,
                "counts": "r/counts.tsv",
                "quality": "r/quality.tsv",
                "summaries": [],
                "spike_ins": [],
            },
            single,
            params,
            {"contrast": "m_h"},
        )
        run(
            "adjust_over_contrasts",
            {"tables": [single["table"]], "records": [single["record"]]},
            {"tables": [tested["table"]], "records": [tested["record"]]},
            {},
        )
        called = {"counts": "r/counts.tsv", "features": "r/counted.tsv", **tested}
        panel = {name: f"panels/m_h/{name}.tsv" for name in PANEL_TABLES}
        panel |= {"record": "panels/m_h.json", "bundle": "panels/m_h/bundle.json"}
        run(
            "train_panel",
            {**sheets, **called, "quality": "r/quality.tsv"},
            panel,
            params,
            {"contrast": "m_h"},
        )
        beside = {
            "record": "confounding/m_h.json",
            "covariates": "confounding/m_h/covariates.tsv",
            "mirnas": "confounding/m_h/mirnas.tsv",
        }
        run(
            "weigh_confounders",
            {**sheets, **called, "quality": "r/quality.tsv"},
            beside,
            params,
            {"contrast": "m_h"},
        )
        Path("candidates").mkdir()
        run(
            "call_candidates",
            {
                **sheets,
                **called,
                "stability": panel["stability"],
                "confounding": beside["record"],
                "confounders": beside["covariates"],
                "weighed": beside["mirnas"],
                "antisense": "r/screened.tsv",
            },
            {"table": "candidates/m_h.tsv", "record": "candidates/m_h.json"},
            params,
            {"contrast": "m_h"},
        )
        across = {
            "across": "candidates/across_cancers.tsv",
            "meta": "candidates/meta_analysis.tsv",
            "power": "candidates/detectable_effects.tsv",
        }
        run(
            "compare_cancers",
            {
                **sheets,
                "counts": "r/counts.tsv",
                "quality": "r/quality.tsv",
                "tables": [tested["table"]],
                "records": [tested["record"]],
                "called": ["candidates/m_h.tsv"],
            },
            across,
            params,
        )
        validation = {"record": "validation/m_h.json", "scores": "validation/m_h.tsv"}
        run(
            "validate_panel",
            {
                **sheets,
                "bundle": panel["bundle"],
                "features": "r/features.tsv",
                "name_history": [],
                "other_counts": "other.tsv",
                "other_samples": "config/other.tsv",
            },
            validation,
            params,
            {"contrast": "m_h"},
        )
        run(
            "count_analyses",
            {**sheets, "summaries": [], "counts": "r/counts.tsv", "results": []},
            "r/analyses.tsv",
            params,
        )
        told = {
            **sheets,
            **shown,
            "analyses": "r/analyses.tsv",
            "features": "r/counted.tsv",
            "class_counts": [],
            **across,
            "results": [
                *tested.values(),
                *beside.values(),
                "candidates/m_h.tsv",
                "candidates/m_h.json",
                *(path for name, path in panel.items() if name != "bundle"),
                *validation.values(),
            ],
        }
        of_reads = {"fragment_counts": [], "seed_counts": []}
        page = "r/reports/melanoma.html"
        run("report_cancer", {**told, **of_reads}, page, params, {"cancer": "melanoma"})
        pages = {"pages": [page]}
        run("report_index", {**told, **pages}, "r/reports/index.html", params)
        run(
            "write_record",
            {
                "sheets": ["config/samples.tsv", "config/contrasts.tsv", "matrix.tsv"],
                "summaries": [],
                "references": ["r/features.tsv"],
                "outputs": ["r/counts.tsv", "r/reports/index.html"],
            },
            "r/run.json",
            params,
        )
    return folder


def test_a_run_from_counts_walks_from_script_to_script(walked):
    tested = pd.read_csv(walked / "differential_expression/m_h.tsv", sep="\t", index_col="mirna")
    assert tested["edger_q"].idxmin() == PLANTED
    assert tested.at[PLANTED, "edger_log2fc"] == pytest.approx(3, abs=0.6)


def test_the_planted_candidate_is_called_with_its_knowledge(walked):
    found = pd.read_csv(walked / "candidates/m_h.tsv", sep="\t", index_col="mirna", dtype=str)
    assert list(found.index[found["call"] == "candidate"]) == [PLANTED]
    row = found.loc[PLANTED]
    assert {"red_cell", "platelet"} <= set(row["flags"].split(";"))
    assert row["known_roles"].startswith("diagnosis: higher in metastatic sporadic melanoma")
    assert "platelet" in row["flags"]
    assert row["mirgenedb"] == "Hsa-Mir-21_5p"


def test_the_planted_candidate_has_a_tier_that_names_what_a_matrix_cannot_tell(walked):
    row = pd.read_csv(walked / "candidates/m_h.tsv", sep="\t", index_col="mirna").loc[PLANTED]
    assert row["tier"] == "B"
    assert (row["criterion_false_discovery"], row["criterion_design"]) == ("met", "met")
    assert row["criterion_artefacts"] == "not knowable"
    assert "artefacts" in row["criteria_not_assessed"].split("; ")


def test_a_candidate_of_the_only_cancer_cannot_be_called_specific(walked):
    found = pd.read_csv(walked / "candidates/across_cancers.tsv", sep="\t")
    assert list(found["mirna"]) == [PLANTED]
    assert list(found["label"]) == ["not_identifiable"]
    assert pd.read_csv(walked / "candidates/meta_analysis.tsv", sep="\t").empty
    seen = pd.read_csv(walked / "candidates/detectable_effects.tsv", sep="\t")
    assert list(seen["contrast"]) == ["m_h"]
    assert 0 < seen["detectable_median"][0] < 3


def test_the_planted_candidate_is_explained_by_nothing_that_is_known(walked):
    told = json.loads((walked / "confounding/m_h.json").read_text())
    assert "depth" in [one["covariate"] for one in told["covariates"]]
    assert told["ev_origin"]["grade"] == "E0"
    found = pd.read_csv(walked / "confounding/m_h/mirnas.tsv", sep="\t", index_col="mirna")
    assert pd.isna(found.at[PLANTED, "explained_by"])
    assert found.at[PLANTED, "published"] == "up"
    assert found.at[PLANTED, "agrees"] == "yes"
    rows = pd.read_csv(walked / "confounding/m_h/covariates.tsv", sep="\t")
    assert set(rows["mirna"]) == set(found.index)


def test_counts_that_were_imported_are_those_that_were_given(walked):
    given = pd.read_csv(walked / "matrix.tsv", sep="\t", index_col="mirna")
    kept = pd.read_csv(walked / "r/counts.tsv", sep="\t", index_col="mirna")
    pd.testing.assert_frame_equal(given, kept)


def test_the_panel_holds_the_planted_mirna_and_finds_it_in_the_other_cohort(walked):
    record = json.loads((walked / "panels/m_h.json").read_text())
    assert record["panel"]["features"][0]["mirna"] == PLANTED
    assert record["panel"]["auc"]["auc"] > 0.9
    assert {path.stem for path in (walked / "panels/m_h").iterdir()} == {*PANEL_TABLES, "bundle"}
    found = json.loads((walked / "validation/m_h.json").read_text())
    assert found["status"] == "applied"
    assert found["auc"]["auc"] > 0.9
    assert found["panel"] == record["bundle"]["sha256"]
    assert (walked / "validation/m_h.ledger.json").is_file()
    assert found["names"]["renamed"] == 1
    assert PLANTED in found["features"]


def test_antisense_partners_of_the_matrix_stand_side_by_side(walked):
    found = pd.read_csv(walked / "r/screened.tsv", sep="\t", na_filter=False)
    counts = pd.read_csv(walked / "r/counts.tsv", sep="\t", index_col="mirna").sum(axis=1)
    assert len(found)
    for row in found.itertuples():
        assert {row.mirna_reads, row.partner_reads} == {
            counts.get(row.mirna, 0),
            counts.get(row.partner, 0),
        }


def test_pages_name_the_cancer_and_the_candidate(walked):
    assert "melanoma" in (walked / "r/reports/index.html").read_text()
    assert PLANTED in (walked / "r/reports/melanoma.html").read_text()


def test_the_analysis_is_remembered_in_the_folder_of_the_run(walked):
    table = (walked / "r/analyses.tsv").read_text().splitlines()
    assert table[1:] == [f"1\tyes\t{2 * PER_ARM}\t{2 * PER_ARM}\t"]
    (line,) = (walked / ".exosift/analyses.jsonl").read_text().splitlines()
    assert set(json.loads(line)["contrasts"]) == {"m_h"}


def test_multiqc_gets_its_content(walked):
    assert list((walked / "r/multiqc").iterdir())


def test_the_record_holds_the_whole_configuration(walked):
    told = json.loads((walked / "r/run.json").read_text())
    assert set(told["config"]) == set(defaults())
    assert [lane["path"] for lane in told["inputs"]] == [
        *("config/samples.tsv", "config/contrasts.tsv", "matrix.tsv"),
    ]


def library(name, reads):
    Path(f"{name}.tsv").write_text(
        "class\tfeature\tkind\treads\tinserts\tambiguous\tshared\tmismatched\ttailed\n"
        f"miRNA\thsa-let-7a-5p\t\t{reads}\t1\t0\t0\t0\t0\n"
        "miRNA\thsa-miR-1246\t\t3\t1\t3\t0\t0\t0\n"
        "tRNA\ttRNA-Gly-GCC-2\t5p_half\t2\t1\t0\t0\t0\t0\n"
    )
    Path(f"{name}.isomirs.tsv").write_text(
        "mirna\tvariant\tshift_5p\treads\tinserts\n"
        f"hsa-let-7a-5p\tiso_5p:+1\t1\t{reads}\t1\nhsa-miR-1246\tNA\t0\t3\t1\n"
    )
    told = {"sample": name, "status": "ok", "reason": "", "reads_in": reads + 5}
    told |= {"fates": {}, "classes": {"miRNA": reads + 3, "tRNA": 2, "unmapped": 0}}
    Path(f"{name}.json").write_text(json.dumps(told))


def test_libraries_are_merged_under_their_own_names(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("features.tsv").write_text(
        "mirna\tnames\nhsa-let-7a-5p\thsa-let-7a-5p\nhsa-miR-1246\thsa-miR-1246\n"
    )
    for name, reads in (("s1", 4), ("s2", 7)):
        library(name, reads)
    run(
        "merge_counts",
        {
            "counts": ["s1.tsv", "s2.tsv"],
            "totals": ["s1.json", "s2.json"],
            "isomirs": ["s1.isomirs.tsv", "s2.isomirs.tsv"],
            "features": "features.tsv",
        },
        {
            "mirna_counts": "counts.tsv",
            "mirna_cpm": "cpm.tsv",
            "fragment_derived": "fragments.tsv",
            "feature_table": "counted.tsv",
            "class_counts": "classes.tsv",
            "class_matrices": ["trna.tsv"],
            "isomir_counts": "isomirs.tsv",
            "seed_isomir_counts": "seeds.tsv",
        },
        {"classes": ["tRNA"], "ambiguous_share": 0.1, "fragment_share": 0.5, "isomir_reads": 5},
    )
    assert Path("counts.tsv").read_text() == "mirna\ts1\ts2\nhsa-let-7a-5p\t4\t7\n"
    assert Path("fragments.tsv").read_text() == "mirna\ts1\ts2\nhsa-miR-1246\t3\t3\n"
    assert Path("trna.tsv").read_text() == "feature\ts1\ts2\ntRNA-Gly-GCC-2|5p_half\t2\t2\n"
    assert Path("seeds.tsv").read_text() == "feature\ts1\ts2\nhsa-let-7a-5p|iso_5p:+1\t4\t7\n"
    assert Path("isomirs.tsv").is_file()
    assert Path("classes.tsv").is_file()
    said = Path("step.log").read_text()
    assert said == "Counted as fragments of another RNA: hsa-miR-1246.\n"


def test_a_reference_that_cannot_be_fetched_is_told_without_a_traceback(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = {"url": "https://127.0.0.1:1/hg38.fa.gz", "sha256": "0" * 64}
    with pytest.raises(SystemExit) as ended:
        run("fetch_reference", {}, "genome.fa.gz", {"source": source}, {"rna": "genome"})
    assert ended.value.code == 1
    said = Path("step.log").read_text()
    assert said.startswith("https://127.0.0.1:1/hg38.fa.gz cannot be fetched (")
    assert "Traceback" not in said
    assert not Path("genome.fa.gz").exists()


def test_spike_ins_are_held_against_their_amounts(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("amounts.tsv").write_text("spike\tamount\nRC1\t1\nRC2\t2\nRC3\t4\n")
    Path("transcripts.tsv").write_text(
        "name\tclass\tlength\tfeature\n"
        + "".join(f"spike_in|RC{at}\tspike_in\t25\tRC{at}\n" for at in (1, 2, 3))
    )
    Path("counts.tsv").write_text("feature\ts1\ts2\nRC2\t20\t1\nRC1\t10\t0\nRC3\t40\t5\n")
    run(
        "measure_spike_ins",
        {"amounts": "amounts.tsv", "counts": "counts.tsv", "transcripts": "transcripts.tsv"},
        {"reads": "reads.tsv", "linearity": "linearity.tsv"},
        {},
    )
    assert Path("reads.tsv").read_text().splitlines()[:2] == [
        "sample\tspike\tamount\treads",
        "s1\tRC1\t1\t10",
    ]
    assert Path("linearity.tsv").read_text() == (
        "sample\tspike_ins\tseen\tslope\tpearson_r\ns1\t3\t3\t1\t1\ns2\t3\t2\t\t\n"
    )
