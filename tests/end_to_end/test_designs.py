"""Every design in one run from counts: each finds what is planted for it, and nothing else."""

import html
import re

import numpy as np
import pandas as pd
import pytest
from exosift.files import read_json
from exosift.sentences.validation import refusal_sentences
from scipy import stats

from tests.all_designs import (
    AFTER,
    CENTRES,
    CONTRASTS,
    DISCORDANT,
    FULLER,
    IN_COLON,
    IN_MELANOMA,
    INFLAMED,
    LOST,
    MOODY,
    PAN,
    PLANTED,
    REFUSED,
    RESISTANT,
    RESPONDING,
    SHARED,
    SPECIFIC,
    SPREADING,
    STAGED,
    TREATED,
    TWICE,
    write_study,
)
from tests.calling import call_snakemake

pytestmark = pytest.mark.end_to_end

OF_LUNG = {
    **dict.fromkeys((SPECIFIC, SHARED, PAN, DISCORDANT, INFLAMED, STAGED), 1),
    LOST: -1,
}
OF_MELANOMA = {PAN: 1, IN_MELANOMA: 1}
MUST = {
    "lung": OF_LUNG,
    "colon": {SHARED: 1, PAN: 1, DISCORDANT: -1, IN_COLON: 1},
    "melanoma_A": OF_MELANOMA | {MOODY: 1},
    "melanoma_B": OF_MELANOMA | {MOODY: -1},
    "melanoma_C": OF_MELANOMA | {MOODY: 1},
    "lung_rest": {SPECIFIC: 1, DISCORDANT: 1, INFLAMED: 1, STAGED: 1, LOST: -1, SHARED: 1},
    "stages": OF_LUNG | {SPREADING: 1},
    "treatment": {AFTER: 1},
    "resistance": {RESISTANT: 1},
    "change": {RESPONDING: -1},
}
"""What each contrast must call, with the sign."""
MAY = {
    "lung": {SPREADING: 1},
    **{f"melanoma_{centre}": {RESISTANT: 1} for centre in CENTRES},
    "treatment": {RESPONDING: -1},
    "lung_rest": {SPREADING: 1, IN_COLON: -1, IN_MELANOMA: -1, MOODY: -1, RESISTANT: -1},
}
"""What is there as well, for a part of the people: it may be called, with this sign."""
CALLED = ("candidate", "doubtful")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, repository):
    """Run all but MultiQC, and the record of the files."""
    place = tmp_path_factory.mktemp("designs")
    write_study(place, repository)
    said = call_snakemake(
        repository / "Snakefile", "--cores", "2", "results/reports/index.html", cwd=place
    )
    assert said.status == 0, said.text[-5000:]
    return place


@pytest.fixture(scope="module")
def results(folder):
    return folder / "results"


@pytest.fixture(scope="module")
def tested(results):
    """Give the candidates of a contrast, and what was tested beside them, by miRNA."""
    return lambda name: pd.concat(
        [
            pd.read_csv(results / room / f"{name}.tsv", sep="\t", index_col="mirna")
            for room in ("candidates", "differential_expression")
        ],
        axis=1,
    ).pipe(lambda table: table.loc[:, ~table.columns.duplicated()])


@pytest.fixture(scope="module")
def record(results):
    return lambda name: read_json(results / "differential_expression" / f"{name}.json")


@pytest.fixture(scope="module")
def sheet(folder):
    table = pd.read_csv(folder / "config" / "samples.tsv", sep="\t", dtype=str, index_col=0)
    return table.fillna("")


def called(table):
    return np.sign(table.loc[table["call"].isin(CALLED), "log2fc"]).astype(int).to_dict()


@pytest.mark.parametrize("contrast", MUST)
def test_a_contrast_calls_what_is_planted_for_it_and_nothing_of_another(contrast, tested):
    found = called(tested(contrast))
    must = MUST[contrast]
    assert {mirna: found.get(mirna) for mirna in must} == must
    there = must | MAY.get(contrast, {})
    assert {m: sign for m, sign in found.items() if m in PLANTED and there.get(m) != sign} == {}


def test_no_more_is_called_than_planted_and_chance_allow(tested):
    """Of calls at a false discovery rate of 5%, as many are false as in one of a hundred runs."""
    calls = [(contrast, mirna) for contrast in MUST for mirna in called(tested(contrast))]
    wrong = [one for one in calls if one[1] not in PLANTED]
    assert len(wrong) <= stats.binom.isf(0.01, len(calls), 0.05), wrong


def test_effects_are_those_that_were_planted(tested):
    """The interval of a contrast holds the planted effect; in a trend that of one level."""
    for contrast, mirna, effect in (
        *(("lung", SPECIFIC, 2.5), ("lung", LOST, -2.0), ("colon", DISCORDANT, -2.0)),
        *(("lung_rest", SHARED, 1.0), ("lung_rest", DISCORDANT, 3.0)),
        *(("stages", STAGED, 0.7), ("treatment", AFTER, 2.0), ("treatment", RESPONDING, -1.25)),
        *(("resistance", RESISTANT, 2.0), ("change", RESPONDING, -2.5)),
    ):
        row = tested(contrast).loc[mirna]
        assert row["edger_ci_low"] <= effect <= row["edger_ci_high"], (contrast, mirna)


def test_a_trend_within_the_cases_knows_a_step_from_a_slope(tested):
    table = tested("stages")
    steps = [SPECIFIC, SHARED, PAN, DISCORDANT, INFLAMED, LOST]
    assert (table.loc[steps, "edger_q"] <= 0.05).all()
    assert (table.loc[steps, "within_q"] > 0.05).all()
    assert table.at[STAGED, "within_q"] <= 0.05
    assert table.at[STAGED, "within_ci_low"] <= 0.7 <= table.at[STAGED, "within_ci_high"]


def test_pairs_are_whole(record, sheet):
    members = pd.DataFrame(record("treatment")["samples"]).set_index("sample")
    members = members.join(sheet[["subject", "timepoint"]])
    pairs = members[members["used"]].groupby("subject")["timepoint"].agg(sorted)
    assert len(pairs) == TREATED
    assert (pairs.str.join(" ") == "after before").all()
    single = members[~members["used"]]
    assert set(single["timepoint"]) == {"before"}
    assert {one["code"] for one in single["exclusion"]} == {"no_partner"}
    assert record("change")["coefficients"][-1] == "response=responder:timepoint=after"


def test_two_libraries_of_a_person_are_one(record, sheet):
    members = pd.DataFrame(record("lung")["samples"]).set_index("sample")
    healthy = members[members["arm"] == "control"]
    assert len(healthy) == record("lung")["n_control"] + TWICE
    assert healthy["unit"].nunique() == record("lung")["n_control"]
    assert (healthy.groupby(sheet["subject"])["unit"].nunique() == 1).all()
    assert record("treatment")["reference_change"] == {
        "source": "replicates",
        "degrees_of_freedom": TWICE,
    }


def test_spike_ins_ask_for_amounts_by_volume(tested, record, results):
    """All miRNAs are twice as many in a volume of a patient's plasma, and none gains on others."""
    told = record("lung")["spike_ins"]
    assert told["used"]
    assert "amount per volume of sample" in told["meaning"]
    table = tested("lung")
    more = table["spike_in_log2fc"] - table["limma_log2fc"]
    assert more.median() == pytest.approx(FULLER, abs=0.15)
    assert table.drop(index=list(PLANTED))["limma_log2fc"].median() == pytest.approx(0, abs=0.1)
    other = tested("colon")
    assert (other["spike_in_log2fc"] - other["limma_log2fc"]).median() == pytest.approx(0, abs=0.15)
    page = shown((results / "reports" / "lung.html").read_text())
    assert f"Amounts by volume: {told['meaning']}" in page


def test_labels_across_cancers(results):
    table = pd.read_csv(results / "candidates" / "across_cancers.tsv", sep="\t")
    labels = table.set_index(["mirna", "cancer"])["label"]
    assert labels[SPECIFIC, "lung"] == "specific"
    assert labels[LOST, "lung"] != "shared"
    for cancer in ("lung", "colorectal"):
        assert labels[SHARED, cancer] == "shared"
        assert labels[DISCORDANT, cancer] == "discordant"
        assert labels[PAN, cancer] == "pan_cancer"
    assert labels[IN_COLON, "colorectal"] == "in_one_only"
    assert set(table["cancer"]) == {"lung", "colorectal", "melanoma"}  # not the refused one


def test_cohorts_of_one_cancer_together(results):
    table = pd.read_csv(results / "candidates" / "meta_analysis.tsv", sep="\t", index_col="mirna")
    assert set(table["contrasts"]) == {";".join(f"melanoma_{centre}" for centre in CENTRES)}
    for mirna in (PAN, IN_MELANOMA):
        row = table.loc[mirna]
        assert 0 < row["ci_low"] <= 2 <= row["ci_high"]
        assert row["same_sign"] == 3
    assert table.at[MOODY, "same_sign"] == 2
    assert table.at[MOODY, "i2"] > 0.8
    assert table.at[MOODY, "ci_low"] < 0 < table.at[MOODY, "ci_high"]
    rest = table.drop(index=list(PLANTED))
    assert ((rest["ci_low"] < 0) & (rest["ci_high"] > 0)).mean() > 0.9


def frozen_scores(bundle, counts):
    """Score libraries as docs/outputs.md tells it, with nothing of exosift."""
    profile = pd.Series({one["mirna"]: one["reads"] for one in bundle["profile"]})
    scores = {}
    for name, reads in counts.loc[profile.index].items():
        seen = reads > 0
        own, theirs = reads[seen] / reads.sum(), profile[seen] / profile.sum()
        ratio, level = np.log2(own / theirs), np.log2(own * theirs) / 2
        kept = np.ones(seen.sum(), dtype=bool)
        for values, trim in ((ratio, 0.3), (level, 0.05)):
            first = int(len(values) * trim) + 1
            rank = stats.rankdata(values)
            kept &= (rank >= first) & (rank <= len(values) + 1 - first)
        weight = 1 / ((1 - own) / reads[seen] + (1 - theirs) / profile[seen])
        factor = 2 ** np.average(ratio[kept], weights=weight[kept])
        levels = np.log2(reads / (reads.sum() * factor) * 1e6 + bundle["prior_cpm"])
        scores[name] = bundle["intercept"] + sum(
            one["coefficient"] * (levels[one["mirna"]] - one["mean"]) / one["sd"]
            for one in bundle["features"]
        )
    return pd.Series(scores)


@pytest.mark.parametrize("contrast", ["lung", "colon"])
def test_a_frozen_panel_meets_another_cohort(contrast, results, folder):
    bundle = read_json(results / "panels" / contrast / "bundle.json")
    names = pd.read_csv(results / "counts" / "imported_names.tsv", sep="\t", index_col="name")
    counts = pd.read_csv(folder / "others.tsv", sep="\t", index_col=0)
    counts = counts.rename(index=names["feature"])
    others = pd.read_csv(folder / "others_samples.tsv", sep="\t", index_col=0)
    others = others[others["condition"].isin([contrast, "healthy"])]
    scores = frozen_scores(bundle, counts[others.index])
    found = pd.read_csv(results / "validation" / f"{contrast}.tsv", sep="\t", index_col="sample")
    np.testing.assert_allclose(found["score"], scores[found.index], rtol=0, atol=1e-5)
    # One score for each person: some were measured twice.
    people = scores.groupby([others["condition"], others["subject"]]).mean()
    case, control = people[contrast], people["healthy"]
    auc = stats.mannwhitneyu(case, control).statistic / (len(case) * len(control))
    record = read_json(results / "validation" / f"{contrast}.json")
    assert record["status"] == "applied"
    assert (record["n_case"], record["n_control"]) == (len(case), len(control))
    assert record["auc"]["auc"] == pytest.approx(auc, abs=1e-5)
    assert auc > 0.8


def test_what_cannot_be_validated_says_so_without_numbers(results):
    said = {name: read_json(results / "validation" / f"{name}.json") for name in CONTRASTS.index}
    assert said["treatment"]["status"] == "refused"
    assert "after" in refusal_sentences(said["treatment"])[0]
    for name in ("stages", "change", "melanoma_A", REFUSED):
        assert said[name]["status"] == "no_panel"
        assert "auc" not in said[name]


def shown(page):
    """Give the text of a page."""
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_refused_contrast_has_no_numbers(results, record):
    found = record(REFUSED)
    assert found["verdict"] == "refused"
    assert found["confounders"] == ["batch"]
    for room in ("differential_expression", "candidates", "validation", "panels"):
        for path in (results / room).rglob("*.tsv"):
            if REFUSED in path.relative_to(results).parts or path.stem == REFUSED:
                assert pd.read_csv(path, sep="\t").empty, path
    panel = read_json(results / "panels" / f"{REFUSED}.json")
    assert (panel["panel"], panel["best_single"]) == (None, None)
    page = (results / "reports" / f"{REFUSED}.html").read_text()
    text = shown(page[: page.index('id="methods"')])
    assert "Batch and condition coincide completely" in text
    assert not re.search(r"\b(AUC|p|q) (of )?[<=]? ?[01]?\.\d", text)


def test_every_page_names_every_contrast(results):
    index = shown((results / "reports" / "index.html").read_text())
    for cancer, rows in CONTRASTS.groupby("cancer"):
        page = (results / "reports" / f"{cancer}.html").read_text()
        for name in rows.index:
            assert re.search(rf"\b{name}\b", shown(page)), (cancer, name)
            assert f'id="contrast-{name}' in page
            assert re.search(rf"\b{name}\b", index), name
        assert not re.search(r">\s*(nan|None|NaN)\s*<", page)


@pytest.mark.parametrize("contrast", CONTRASTS.index)
def test_every_page_counts_the_same_candidates(contrast, results):
    """Index, first screen, table of miRNAs and the two files of a contrast agree."""
    verdict = read_json(results / "candidates" / f"{contrast}.json")["verdict"]
    table = pd.read_csv(results / "candidates" / f"{contrast}.tsv", sep="\t", keep_default_na=False)
    n = int((table["call"] == "candidate").sum())
    assert verdict["calls"].get("candidate", 0) == n
    for tier in "ABC":
        assert verdict["tiers"].get(tier, 0) == (table["tier"] == tier).sum()
    assert n == table["tier"].isin(["A", "B"]).sum()
    assert (table["tier"] == "").equals(table["call"] == "not_significant")
    cancer = CONTRASTS.at[contrast, "cancer"]
    index = (results / "reports" / "index.html").read_text()
    row = index[index.index(f"#contrast-{contrast}") :].split("</tr>")[0]
    page = (results / "reports" / f"{cancer}.html").read_text()
    block = page[page.index(f'id="contrast-{contrast}"') :].split('<section class="verdict')[0]
    if verdict["code"] in ("refused", "not_assessable", "exploratory"):
        assert 'data-name="Candidates">–<' in row
        return
    assert f'data-name="Candidates">{n}<' in row
    assert f'data-name="Tier A">{verdict["tiers"]["A"]}<' in row
    assert f"<dt>Candidates</dt><dd>{n}<small>" in block
    assert f"<dt>Tier A</dt><dd>{verdict['tiers']['A']}<small>" in block
    assert block.count('<tr class="candidate">') == n
