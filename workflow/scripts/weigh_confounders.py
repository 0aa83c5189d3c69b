"""Rule weigh_confounders -> exosift.confounding.weigh_confounders."""

from exosift import RESOURCES
from exosift.confounding import ConfoundingRules, weigh_confounders
from exosift.contrasts import select
from exosift.differential_expression.record import read_record
from exosift.files import write_json
from exosift.knowledge import of_cancer, read_roles, roles_of_features
from exosift.log import log_to
from exosift.table_files import read_run_table, write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    contrast = select(given.study.contrasts, snakemake.wildcards.contrast)
    knowledge = RESOURCES / "knowledge"
    names = {mirna: cell.split(";") for mirna, cell in given.features["names"].items()}
    found = weigh_confounders(
        read_run_table("tests", snakemake.input.table),
        read_record(snakemake.input.record).to_dict(),
        given.counts,
        given.sheet,
        given.quality,
        contrast,
        given.excluded,
        roles_of_features(names, of_cancer(read_roles(knowledge), contrast.cancer), knowledge),
        ConfoundingRules.of(given.study.config),
    )
    write_json(found.record, snakemake.output.record)
    write_run_table("covariates", found.covariates, snakemake.output.covariates)
    write_run_table("weighed", found.mirnas, snakemake.output.mirnas)
