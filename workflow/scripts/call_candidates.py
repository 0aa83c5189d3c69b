"""Rule call_candidates -> exosift.candidates, confounding, antisense, tiers and power."""

from pathlib import Path

import pandas as pd
from exosift.antisense import antisense_doubts
from exosift.candidates import call_candidates
from exosift.confounding.doubts import confounding_doubts, explained_in_words
from exosift.contrasts import select
from exosift.files import read_json, write_table
from exosift.knowledge import flags_of, of_cancer, read_roles, roles_in_words, roles_of_features
from exosift.log import log_to
from exosift.power import add_power
from exosift.settings.candidates import CallRules
from exosift.settings.power import PowerRules
from exosift.settings.tiers import TierRules
from exosift.tables import Tables, read_results
from exosift.tiers import grade

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.config, snakemake.input)
    contrast = select(given.study.contrasts, snakemake.wildcards.contrast)
    knowledge = Path(snakemake.input.knowledge)
    names = {mirna: cell.split(";") for mirna, cell in given.features["names"].items()}
    roles = roles_of_features(names, of_cancer(read_roles(knowledge), contrast.cancer), knowledge)
    tested, record = pd.read_csv(snakemake.input.table, sep="\t"), read_json(snakemake.input.record)
    flags = flags_of(names, knowledge)
    rules = CallRules(**given.study.config["candidates"])
    explained = read_results(snakemake.input.weighed)
    confounded = confounding_doubts(
        read_results(snakemake.input.confounders),
        explained,
        read_json(snakemake.input.confounding),
    )
    suspect = antisense_doubts(
        pd.read_csv(snakemake.input.antisense, sep="\t", keep_default_na=False)
    )
    called = call_candidates(
        tested,
        record,
        given.counts,
        contrast,
        given.features,
        flags,
        rules,
        {mirna: roles_in_words(found) for mirna, found in roles.items()},
        {
            mirna: [*confounded.get(mirna, ()), *suspect.get(mirna, ())]
            for mirna in {*confounded, *suspect}
        },
    )
    stability = snakemake.input.get("stability")
    table = grade(
        called,
        tested,
        record,
        given.counts,
        given.features,
        flags,
        pd.read_csv(stability, sep="\t") if stability else None,
        rules,
        TierRules(**given.study.config["tiers"]),
        explained_in_words(explained),
    )
    power = PowerRules(**given.study.config["power"])
    table = add_power(table, tested, record, rules.q, power)
    write_table(table, snakemake.output[0])
