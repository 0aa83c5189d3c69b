"""What a page says of protocols, isomiRs, molecules and fragments."""

from dataclasses import replace

import pandas as pd
import pytest
from exosift.library_metrics import UMI_METRICS
from exosift.reports.making import (
    five_prime_ends,
    making,
    told_of_fragments,
    told_of_kits,
    told_of_umis,
)
from exosift.reports.methods import methods
from exosift.reports.works import references

from tests.fake_run import Made, Plan, fake_run


@pytest.fixture(scope="module")
def made() -> Made:
    return fake_run()


def with_quality(made: Made, **cells: object) -> Made:
    """Change columns of the quality table in the cases that are used."""
    quality = made.run.quality.copy()
    for name, value in cells.items():
        quality.loc[made.outcome.arm("case"), name] = value
    return replace(made, run=replace(made.run, quality=quality))


def test_protocol_and_isomirs_are_told_for_each_arm(made: Made) -> None:
    told = {line.name: (line.case, line.control) for line in making(made.run, made.outcome)}
    n_case, n_control = (len(made.outcome.arm(arm)) for arm in ("case", "control"))
    assert told["Protocol in the reads (confidence)"] == (
        (f"truseq (high): {n_case}",),
        (f"truseq (high): {n_control}",),
    )
    assert told["with another 5' end, hence seed"][0] == ("8.0% [8.0%–8.0%]",)
    assert not [name for name in told if "UMI" in name]


def test_a_protocol_that_only_cases_have_is_told_there(made: Made) -> None:
    other = with_quality(made, protocol_called="qiaseq", protocol_confidence="medium")
    line = making(other.run, other.outcome)[0]
    assert line.case == (f"qiaseq (medium): {len(made.outcome.arm('case'))}",)
    assert line.control[0].startswith("truseq (high)")


def test_kits_of_one_layout_are_named(made: Made) -> None:
    assert "here truseq and lexogen" in told_of_kits(made.run, made.outcome)
    alone = replace(made.run, quality=made.run.quality.assign(protocol_kits="qiaseq"))
    assert told_of_kits(alone, made.outcome) == ""


def test_molecules_beside_reads_are_warned_of(made: Made) -> None:
    assert told_of_umis(made.run, made.outcome) == ""
    some = with_quality(made, **dict(zip(UMI_METRICS, (0.9, 0.4, 0.02), strict=True)))
    n_case, used = len(made.outcome.arm("case")), len(made.outcome.used)
    assert f"in {n_case} of the {used} libraries" in told_of_umis(some.run, some.outcome)
    told = {line.name: (line.case, line.control) for line in making(some.run, some.outcome)}
    assert told["Reads with a whole UMI"] == (("90.0% [90.0%–90.0%]",), ("–",))


def test_fragments_are_named_with_their_share(made: Made) -> None:
    assert told_of_fragments(made.run, made.outcome) == ""
    used = made.outcome.used
    whole = int(made.run.counts[used].to_numpy().sum())
    fragments = pd.DataFrame(
        0,
        index=["hsa-miR-1246", "hsa-miR-4454", "hsa-miR-3648", "hsa-miR-663a"],
        columns=made.run.counts.columns,
    )
    fragments.loc["hsa-miR-4454", used[0]] = whole // 49
    fragments.loc["hsa-miR-1246", used[1]] = 1
    left_out = [name for name in fragments if name not in used]
    fragments.loc["hsa-miR-663a", left_out] = 500
    told = told_of_fragments(replace(made.run, fragment_counts=fragments), made.outcome)
    assert told.endswith("here: miR-4454 (2.00%); miR-1246 (each below 0.01%).")


def test_5p_ends_of_a_mirna_are_those_of_the_libraries_used(made: Made) -> None:
    seeds = pd.DataFrame(
        {"EV1": [80, 15, 5, 70], "EV2": [0, 100, 0, 0]},
        index=["hsa-miR-10", "hsa-miR-10|iso_5p:+1", "hsa-miR-10|iso_5p:-1", "hsa-miR-100"],
    )
    run = replace(made.run, seed_counts=seeds)
    assert five_prime_ends(run, "hsa-miR-10", ["EV1"]) == "80% alike, as annotated"
    both = five_prime_ends(run, "hsa-miR-10", ["EV1", "EV2"])
    assert both == "57% alike, 1 nt behind the annotated one"
    assert five_prime_ends(run, "hsa-miR-100", ["EV1"]) == "100% alike, as annotated"
    assert five_prime_ends(run, "hsa-miR-7", ["EV1"]) == ""
    assert five_prime_ends(made.run, "hsa-miR-10", ["EV1"]) == ""


def test_a_run_from_counts_tells_nothing_of_reads() -> None:
    made = fake_run(Plan(from_counts=True, unreadable=0))
    assert making(made.run, made.outcome) == []
    assert told_of_kits(made.run, made.outcome) == ""
    assert told_of_umis(made.run, made.outcome) == ""
    assert told_of_fragments(made.run, made.outcome) == ""
    titles = [method.title for method in methods(made.run, [made.outcome])]
    assert not {"Protocols", "Trimming", "Matching"} & set(titles)
    assert not any("Martin" in one.text for one in references(made.run))


def said(made: Made, title: str, **settings: object) -> str:
    """Give the text of a method, with some settings changed."""
    run = replace(made.run, config=made.run.config | settings)
    return next(one.text for one in methods(run, [made.outcome]) if one.title == title)


def test_methods_say_how_protocols_were_found(made: Made) -> None:
    assert "20,000 reads" in said(made, "Protocols")
    assert "beyond doubt is left out" in said(made, "Protocols")
    assert "is kept, and named" in said(made, "Protocols", on_contradiction="warn")
    assert "was called from its reads" not in said(made, "Protocols")
    asked = with_quality(made, protocol_declared="auto")
    n_case = len(made.outcome.arm("case"))
    assert f"The protocol of {n_case} libraries was called from" in said(asked, "Protocols")


def test_methods_say_what_shared_reads_and_molecules_became(made: Made) -> None:
    quantified = made.run.config["quantification"]
    assert "evidence that the library's other reads give" in said(made, "Counting")
    equal = said(made, "Counting", quantification=quantified | {"ties": "equal"})
    assert "shared in equal parts" in equal
    assert "No library has UMIs" in said(made, "Trimming")
    assert "UMIs were not used" in said(made, "Trimming", deduplicate_umis=False)
    some = with_quality(made, umi_share=0.9)
    n_case = len(made.outcome.arm("case"))
    assert f"In {n_case} libraries with UMIs molecules were counted" in said(some, "Trimming")


def test_bowtie_is_named_only_with_a_genome(made: Made) -> None:
    assert "bowtie" not in said(made, "Matching")
    sources = made.run.config["references"] | {"genome": "genome.fa"}
    assert "genome with bowtie 1.3.1" in said(made, "Matching", references=sources)
