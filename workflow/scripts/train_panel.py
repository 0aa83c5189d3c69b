"""Rule train_panel -> exosift.panel.training.train_panel."""

import sys

from exosift import RESOURCES
from exosift.contrasts import select
from exosift.differential_expression.record import read_record
from exosift.files import write_json
from exosift.knowledge import of_cancer, published_markers, read_roles, roles_of_features
from exosift.log import log_to
from exosift.panel.libraries import gather
from exosift.panel.training import train_panel
from exosift.table_files import read_run_table, write_run_table
from exosift.tables import Tables


def say(sentence):
    """Tell how far it is, in the log and to who is waiting."""
    for place in (sys.stdout, sys.__stderr__):
        print(f"{snakemake.wildcards.contrast}: {sentence}", file=place, flush=True)


with log_to(snakemake.log[0]):
    given = Tables.read(snakemake.params.settings, snakemake.input)
    contrast = select(given.study.contrasts, snakemake.wildcards.contrast)
    record = read_record(snakemake.input.record).to_dict()
    knowledge = RESOURCES / "knowledge"
    names = {mirna: cell.split(";") for mirna, cell in given.features["names"].items()}
    roles = of_cancer(read_roles(knowledge), contrast.cancer) if contrast.of_the_disease else []
    made = train_panel(
        read_run_table("tests", snakemake.input.table),
        record,
        gather(given.counts, given.sheet, given.quality, record),
        contrast,
        given.study.config["panel"],
        published=published_markers(roles_of_features(names, roles, knowledge)),
        jobs=snakemake.threads,
        say=say,
    )
    for name, path in snakemake.output.items():
        if name in made.tables:
            write_run_table(name, made.tables[name], path)
    write_json(made.bundle, snakemake.output.bundle)
    write_json(made.record, snakemake.output.record)
