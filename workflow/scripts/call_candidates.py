"""Rule call_candidates -> exosift.candidates.call_candidates."""

from pathlib import Path

import pandas as pd
from exosift.candidates import CallRules, call_candidates
from exosift.contrasts import select
from exosift.files import read_json, write_table
from exosift.knowledge import flags_of, of_cancer, read_roles, roles_in_words, roles_of_features
from exosift.log import log_to
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.config, snakemake.input)
    contrast = select(given.study.contrasts, snakemake.wildcards.contrast)
    knowledge = Path(snakemake.input.knowledge)
    names = {mirna: cell.split(";") for mirna, cell in given.features["names"].items()}
    roles = roles_of_features(names, of_cancer(read_roles(knowledge), contrast.cancer), knowledge)
    table = call_candidates(
        pd.read_csv(snakemake.input.table, sep="\t"),
        read_json(snakemake.input.record),
        given.counts,
        contrast,
        given.features,
        flags_of(names, knowledge),
        CallRules(**given.study.config["candidates"]),
        {mirna: roles_in_words(found) for mirna, found in roles.items()},
    )
    write_table(table, snakemake.output[0])
