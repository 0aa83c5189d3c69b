"""Candidates: which of the tested miRNAs are worth following, and why should one doubt each?

Needs  <results>/differential_expression/{contrast}.{tsv,json}
       <results>/counts/{mirna_counts,features}.tsv, <results>/quality/samples.tsv
       <results>/panels/{contrast}/stability.tsv
       resources/knowledge/
Makes  <results>/confounding/{contrast}.json     what was looked at beside the disease
       <results>/confounding/{contrast}/*.tsv    each miRNA against each covariate
       <results>/candidates/{contrast}.tsv   effect, evidence, call, criteria, tier, caveats
       <results>/candidates/{contrast}.json  verdict, and criteria and caveats of each miRNA
       <results>/candidates/across_cancers.tsv  each candidate in all cancers
       <results>/candidates/meta_analysis.tsv   several cohorts of one cancer together
       <results>/candidates/detectable_effects.tsv  what each contrast could have seen
"""


rule weigh_confounders:
    """Hold each tested miRNA against what else may explain it: people, libraries, blood cells."""
    input:
        samples=STUDY.config["samples"],
        contrasts=STUDY.config["contrasts"],
        counts="<results>/counts/mirna_counts.tsv",
        features="<results>/counts/features.tsv",
        quality="<results>/quality/samples.tsv",
        table="<results>/differential_expression/{contrast}.tsv",
        record="<results>/differential_expression/{contrast}.json",
    output:
        record="<results>/confounding/{contrast}.json",
        covariates="<results>/confounding/{contrast}/covariates.tsv",
        mirnas="<results>/confounding/{contrast}/mirnas.tsv",
    log:
        "<logs>/weigh_confounders/{contrast}.log",
    conda:
        "../../envs/exosift.yaml"
    resources:
        mem_mb=2000,
    params:
        settings=STUDY.settings(
            *("confounding", "candidates.q", "tiers.attenuation", "tiers.adjusted_q"),
            *("differential_expression.detection_reads", "quality.min_libraries"),
        ),
        code=fingerprint("weigh_confounders.py"),
    script:
        "../scripts/weigh_confounders.py"


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
        confounding="<results>/confounding/{contrast}.json",
        confounders="<results>/confounding/{contrast}/covariates.tsv",
        weighed="<results>/confounding/{contrast}/mirnas.tsv",
        antisense="<results>/counts/antisense_partners.tsv",
    output:
        table=report(
            "<results>/candidates/{contrast}.tsv",
            caption="../report/candidates.rst",
            category="Candidates",
            labels={"contrast": "{contrast}"},
        ),
        record="<results>/candidates/{contrast}.json",
    log:
        "<logs>/call_candidates/{contrast}.log",
    conda:
        "../../envs/exosift.yaml"
    params:
        settings=STUDY.settings("candidates", "tiers", "power"),
        code=fingerprint("call_candidates.py"),
    script:
        "../scripts/call_candidates.py"


ACROSS_CANCERS = {}

if STUDY.contrasts:

    # Its tables stand among those of the contrasts.
    ruleorder: compare_cancers > call_candidates

    rule compare_cancers:
        """Hold the candidates of each cancer against the others, and cohorts of one together."""
        input:
            samples=STUDY.config["samples"],
            contrasts=STUDY.config["contrasts"],
            counts="<results>/counts/mirna_counts.tsv",
            quality="<results>/quality/samples.tsv",
            tables=collect(
                "<results>/differential_expression/{contrast.name}.tsv", contrast=STUDY.contrasts
            ),
            records=collect(
                "<results>/differential_expression/{contrast.name}.json", contrast=STUDY.contrasts
            ),
            called=collect("<results>/candidates/{contrast.name}.tsv", contrast=STUDY.contrasts),
        output:
            across="<results>/candidates/across_cancers.tsv",
            meta="<results>/candidates/meta_analysis.tsv",
            power="<results>/candidates/detectable_effects.tsv",
        log:
            "<logs>/compare_cancers.log",
        conda:
            "../../envs/exosift.yaml"
        params:
            settings=STUDY.settings(
                *("across_cancers", "candidates.q", "candidates.log2_fold_change", "power"),
            ),
            code=fingerprint("compare_cancers.py"),
        script:
            "../scripts/compare_cancers.py"

    ACROSS_CANCERS = dict(rules.compare_cancers.output.items())
