"""Candidates: which of the tested miRNAs are worth following, and why should one doubt each?

Needs  <results>/differential_expression/{contrast}.{tsv,json}
       <results>/counts/{mirna_counts,features}.tsv
       <results>/panels/{contrast}/stability.tsv
       resources/knowledge/
Makes  <results>/candidates/{contrast}.tsv   effect, evidence, call, flags and doubts, gates, tier
"""


rule call_candidates:
    """Gather the evidence for each tested miRNA, and the reasons to doubt it."""
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        features="<results>/counts/features.tsv",
        table="<results>/differential_expression/{contrast}.tsv",
        record="<results>/differential_expression/{contrast}.json",
        stability="<results>/panels/{contrast}/stability.tsv",
        knowledge=RESOURCES / "knowledge",
    output:
        report(
            "<results>/candidates/{contrast}.tsv",
            caption="../report/candidates.rst",
            category="Candidates",
            labels={"contrast": "{contrast}"},
        ),
    log:
        "<logs>/call_candidates/{contrast}.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        config=STUDY.config,
        code=CODE,
    script:
        "../scripts/call_candidates.py"
