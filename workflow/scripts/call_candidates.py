"""Rule call_candidates -> exosift.candidates, caveats and power."""

from exosift import RESOURCES
from exosift.candidates import Knowledge, call_candidates
from exosift.caveats import antisense_caveats, confounding_caveats, explained_beside_blood
from exosift.contrasts import select
from exosift.differential_expression.record import read_record
from exosift.files import read_json, write_json
from exosift.knowledge import flags_of, of_cancer, read_roles, roles_in_words, roles_of_features
from exosift.log import log_to
from exosift.power import add_power
from exosift.settings.candidates import CallRules
from exosift.settings.power import PowerRules
from exosift.settings.tiers import TierRules
from exosift.table_files import read_run_table, write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    contrast = select(given.study.contrasts, snakemake.wildcards.contrast)
    folder = RESOURCES / "knowledge"
    names = {mirna: cell.split(";") for mirna, cell in given.features["names"].items()}
    roles = roles_of_features(names, of_cancer(read_roles(folder), contrast.cancer), folder)
    tested = read_run_table("tests", snakemake.input.table)
    record = read_record(snakemake.input.record).to_dict()
    explained = read_run_table("weighed", snakemake.input.weighed)
    confounded = confounding_caveats(
        read_run_table("covariates", snakemake.input.confounders),
        explained,
        read_json(snakemake.input.confounding),
    )
    suspect = antisense_caveats(read_run_table("antisense", snakemake.input.antisense))
    stability = snakemake.input.get("stability")
    rules = CallRules(**given.study.config["candidates"])
    found = call_candidates(
        tested,
        record,
        given.counts,
        contrast,
        Knowledge(
            given.features,
            flags_of(names, folder),
            {mirna: roles_in_words(own) for mirna, own in roles.items()},
        ),
        caveats={
            mirna: [*confounded.get(mirna, ()), *suspect.get(mirna, ())]
            for mirna in {*confounded, *suspect}
        },
        explained=explained_beside_blood(explained),
        stability=read_run_table("stability", stability) if stability else None,
        rules=rules,
        tiers=TierRules(**given.study.config["tiers"]),
    )
    power = PowerRules(**given.study.config["power"])
    table = add_power(found.table, tested, record, rules.q, power)
    write_run_table("candidates", table, snakemake.output.table)
    write_json(found.to_dict(), snakemake.output.record)
