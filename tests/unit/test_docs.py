"""The documents tell the truth: columns, keys, files, logs and links."""

import json
import re
from dataclasses import fields

import pandas as pd
import pytest
import yaml
from exosift import (
    across_cancers,
    analyses,
    annotation,
    antisense,
    candidates,
    caveats,
    confounding,
    contrasts,
    criteria,
    differential_expression,
    library_metrics,
    library_tables,
    matrices,
    meta_analysis,
    power,
    protocols,
    quality,
    quantification,
    samples,
    trna_fragments,
    verdicts,
)
from exosift.config import defaults
from exosift.confounding.covariates import BLOOD, DEPTH, MIRNA_SHARE, NUMBERS
from exosift.confounding.ev_origin import GRADES
from exosift.confounding.weighing import ALL_BLOOD, EXPLAINS, MATCHED, UNCLEAR
from exosift.contrasts import Contrast
from exosift.designs import DESIGNS
from exosift.features import write_features
from exosift.fragments import write_matches
from exosift.isomir_kinds import ISOMIR_METRICS
from exosift.library_status import STATUSES
from exosift.pca import principal_components
from exosift.provenance import write_record
from exosift.reference_files import SHIPPED
from exosift.references import write_transcripts
from exosift.sentences.caveats import SENTENCES, SETS
from exosift.table_schemas import SCHEMAS
from exosift.trimming import trim

FOLDERS = ("", "config", "docs", "profiles", "resources", "tests")
TERM = re.compile(r"`([^`\n]+)`")


@pytest.fixture(scope="module")
def outputs(repository):
    """What docs/outputs.md names, and the text of each of its sections."""
    text = (repository / "docs" / "outputs.md").read_text(encoding="utf-8")
    return {"": text} | {
        section.partition("\n")[0]: section for section in re.split(r"^##+ ", text, flags=re.M)[1:]
    }


@pytest.fixture(scope="module")
def how_to(repository):
    return (repository / "config" / "README.md").read_text(encoding="utf-8")


def terms(text):
    return set(TERM.findall(text))


def missing(names, text):
    return [name for name in names if name not in terms(text)]


def heading(path):
    return path.read_text(encoding="utf-8").splitlines()[0].split("\t")


CLASSES_BESIDE = [name for name in annotation.TIE_ORDER if name != "miRNA"]
CONSTANTS = {
    "`analyses.tsv`": (*analyses.COLUMNS, analyses.YES, analyses.NO),
    "`differential_expression/{contrast}.tsv`": differential_expression.COLUMNS,
    "`candidates/{contrast}.tsv`": (
        *(one for one in candidates.COLUMNS if not one.startswith(criteria.PREFIX)),
        *(*criteria.COLUMNS, *criteria.OUTCOMES, *criteria.CALLS),
        *(*SETS, *SENTENCES, *caveats.CODES.values(), caveats.IN_PAIRS, *antisense.VERDICTS),
        *power.COLUMNS,
    ),
    "`candidates/{contrast}.json`": (
        *(field.name for field in fields(verdicts.Verdict)),
        *("verdict", "mirnas", "criteria", "caveats", "limits", "facts", "artefact", "outcome"),
    ),
    "`confounding/{contrast}/covariates.tsv`": (
        *(*confounding.COVARIATE_COLUMNS, DEPTH, MIRNA_SHARE, *BLOOD.values(), ALL_BLOOD, *NUMBERS),
        *(EXPLAINS, UNCLEAR),
    ),
    "`confounding/{contrast}/mirnas.tsv`": (*confounding.MIRNA_COLUMNS, MATCHED),
    "`confounding/{contrast}.json`": GRADES,
    "`candidates/across_cancers.tsv`": (*across_cancers.COLUMNS, *across_cancers.LABELS),
    "`candidates/meta_analysis.tsv`": meta_analysis.COLUMNS,
    "`candidates/detectable_effects.tsv`": power.SUMMARY,
    "`counts/features.tsv`": (
        *(f"{kind}_share" for kind in library_tables.DOUBTS),
        *("status", *matrices.STATUSES),
    ),
    "`counts/class_counts.tsv`": (*matrices.NO_CLASSES, *annotation.CLASSES),
    "`counts/{rna}_counts.tsv`": (
        *[f"{rna.lower()}_counts.tsv" for rna in CLASSES_BESIDE],
        *[kind for kind in trna_fragments.KINDS if kind],
    ),
    "`quality/samples.tsv`": (
        *("sample", *quality.TEXTS, *STATUSES, *library_metrics.READ_METRICS),
        *(*library_metrics.UMI_METRICS, *ISOMIR_METRICS),
        *(*library_metrics.COUNT_METRICS, *library_metrics.CLASS_METRICS, *quality.COHORT_METRICS),
    ),
    "Single libraries": quantification.COLUMNS,
}


@pytest.mark.parametrize("section", CONSTANTS)
def test_every_column_stands_in_the_section_of_its_table(outputs, section):
    assert missing(CONSTANTS[section], outputs[section]) == []


@pytest.mark.parametrize("name", [name for name, one in SCHEMAS.items() if not one.others])
def test_declared_columns_are_those_of_the_document(outputs, name):
    schema = SCHEMAS[name]
    term = f"`{schema.path}`"
    titled = [text for title, text in outputs.items() if term in title]
    rows = [line for line in outputs[""].splitlines() if line.startswith(f"| {term} |")]
    text = "\n".join(titled or rows)
    assert missing(schema.columns, text) == []
    if term in outputs:  # a section of its own, which describes nothing else
        table = text.partition("| column |")[2].partition("\n\n")[0]
        first = {
            cell for line in table.splitlines() for cell in terms("".join(line.split("|")[1:2]))
        }
        assert first - {*schema.columns} == set()


def test_no_column_of_quality_is_unknown_to_this_test():
    counts = pd.DataFrame({"s1": [9, 8]}, index=["hsa-miR-21-5p", "hsa-miR-16-5p"])
    summary = {"adapter": "ACGT", "reads_in": 20, "classes": {"miRNA": 17}}
    summary |= {"insert_lengths": {22: 17}}
    classes = pd.DataFrame({"miRNA": [17]}, index=pd.Index(["s1"], name="sample"))
    sheet = pd.DataFrame(index=pd.Index(["s1"], name="sample"))
    table = quality.assess(sheet, {"s1": summary}, counts, classes, defaults()["quality"])
    assert set(table) <= set(CONSTANTS["`quality/samples.tsv`"])


def test_tables_of_the_references_are_documented(outputs, tmp_path):
    features, windows = tmp_path / "features.tsv", tmp_path / "windows.tsv"
    write_features([], [], features, windows)
    write_transcripts([], tmp_path / "transcripts.fa", tmp_path / "transcripts.tsv")
    write_matches([], tmp_path / "fragment_matches.tsv")
    assert missing(heading(features), outputs["`counts/features.tsv`"]) == []
    for table in sorted(tmp_path.glob("*.tsv")):
        (row,) = (
            line
            for line in outputs["References"].splitlines()
            if line.startswith("|") and f"`references/{table.name}`" in line.split("|")[1]
        )
        assert missing(heading(table), row) == [], table.name


def test_the_components_are_documented(outputs):
    scores, summary = principal_components(pd.DataFrame())
    section = outputs["`quality/pca.tsv` and `quality/pca.json`"]
    assert missing([scores.index.name, *scores.columns, *summary], section) == []


def test_the_record_of_a_test_is_documented(outputs):
    counts = pd.DataFrame({"a": [1], "b": [1]}, index=["hsa-miR-21-5p"])
    sheet = pd.DataFrame({"condition": ["x", "y"]}, index=["a", "b"])
    record = differential_expression.test_contrast(
        counts, sheet, Contrast("x_vs_y", "none", "x", "y")
    ).record
    within = [key for value in record.values() if isinstance(value, dict) for key in value]
    within += list(record["samples"][0])
    section = outputs["`differential_expression/{contrast}.json`"]
    assert missing([*record, *within], section) == []


def test_the_record_of_confounding_is_documented(outputs):
    counts = pd.DataFrame({"a": [1], "b": [1]}, index=["hsa-miR-21-5p"])
    sheet = pd.DataFrame({"condition": ["x", "y"]}, index=["a", "b"])
    contrast = Contrast("x_vs_y", "none", "x", "y")
    result = differential_expression.test_contrast(counts, sheet, contrast)
    told = confounding.weigh_confounders(
        *(result.table, result.record, counts, sheet, pd.DataFrame(), contrast, {})
    ).record
    within = [key for value in told.values() if isinstance(value, dict) for key in value]
    assert missing([*told, *within], outputs["`confounding/{contrast}.json`"]) == []


def test_the_summary_of_trimming_is_documented(outputs, tmp_path):
    fastq = tmp_path / "s1.fastq"
    fastq.write_text("@r1\nTAGCTTATCAGACTGATGTTGA\n+\nFFFFFFFFFFFFFFFFFFFFFF\n")
    protocol = protocols.find_protocol("truseq")
    told, _ = trim([fastq], protocol, sample="s1")
    names = [*told, *told["fastq"][0], *told["read_length"]]
    assert missing(names, outputs["Single libraries"]) == []


def test_the_record_of_a_run_is_documented(outputs, tmp_path):
    path = tmp_path / "run.json"
    write_record(path, config={}, sheets=[], inputs=[], references=[], outputs=[])
    assert missing(json.loads(path.read_text()), outputs["Begin here"]) == []


@pytest.mark.parametrize("place", ["results", "logs", "benchmarks"])
def test_every_file_that_a_rule_makes_is_named(outputs, repository, place):
    named = terms(outputs[""])
    unnamed = []
    for rules in sorted((repository / "workflow" / "rules").glob("*.smk")):
        for path in re.findall(rf'"<{place}>/([^"]+)"', rules.read_text(encoding="utf-8")):
            if "{way}" in path:
                continue  # a pattern that gathers files which are named one by one elsewhere
            path = path.replace("{contrast.name}", "{contrast}")
            known = {path, f"{path}/"} if place == "results" else {f"{place}/{path}"}
            if not named & known:
                unnamed.append(path)
    assert unnamed == []


def test_every_key_of_the_schema_stands_in_the_configuration(repository, how_to):
    written = yaml.safe_load((repository / "config" / "config.yaml").read_text(encoding="utf-8"))
    assert sorted(set(paths(defaults())) - set(paths(written))) == []
    assert missing(defaults(), how_to) == []


def paths(keys, before=()):
    for key, value in keys.items():
        yield ".".join([*before, key])
        if isinstance(value, dict):
            yield from paths(value, [*before, key])


def test_methods_name_keys_that_exist_and_their_defaults(repository):
    text = (repository / "docs" / "methods.md").read_text(encoding="utf-8")
    known = {}
    for path in paths(defaults()):
        value = defaults()
        for step in path.split("."):
            value = value[step]
        known[path] = known[path.rpartition(".")[2]] = value
    told = re.findall(r"`([\w.]+)`\s+\(([\d.]+)\)", text)
    assert len(told) > 15
    for key, value in told:
        assert known[key] == float(value), key


def test_the_sheets_and_protocols_are_explained(how_to):
    assert missing([*samples.KNOWN, *contrasts.REQUIRED, *contrasts.OPTIONAL], how_to) == []
    assert missing([*DESIGNS, *protocols.COLUMNS], how_to) == []
    assert missing(protocols.read_protocols(protocols.SHIPPED), how_to) == []
    assert set(SHIPPED) <= {"miRNA", *defaults()["references"]}


def test_the_depth_limits_told_are_the_defaults(how_to):
    limits = defaults()["quality"]
    said = re.sub(r"\s+", " ", how_to)
    fails, warns = (
        [
            limits[metric][level]
            for metric in ("mirna_reads", "mirnas_detected", "transcriptome_reads")
        ]
        for level in ("fail_below", "warn_below")
    )
    assert f"below {fails[0]:,} miRNA reads, {fails[1]} detected miRNAs or {fails[2]:,}" in said
    assert f"named below {warns[0]:,}, {warns[1]} or {warns[2]:,}" in said


def test_links_lead_somewhere(repository):
    broken = []
    for folder in FOLDERS:
        for page in sorted((repository / folder).glob("*.md")):
            for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
                file, _, anchor = link.partition("#")
                target = page.parent / file if file else page
                if "://" in link or link.startswith("mailto:"):
                    continue
                if not target.exists() or (anchor and anchor not in anchors(target)):
                    broken.append(f"{page.name}: {link}")
    assert broken == []


def anchors(page):
    """The anchors that GitHub gives to the headings of a page."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}
