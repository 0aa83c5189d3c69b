"""Rule validate_panel -> exosift.panel.validation.validate_once."""

from collections import Counter
from pathlib import Path

from exosift.contrasts import select
from exosift.files import write_json
from exosift.importing import check_counts, under_our_names
from exosift.log import log_to
from exosift.missing import values_named
from exosift.panel.bundle import read_bundle
from exosift.panel.validation import no_panel, validate_once
from exosift.samples import read_samples
from exosift.settings.design import GateRules
from exosift.table_files import write_run_table
from exosift.tables import Tables

with log_to(snakemake.log[0]):
    study = Tables.read(snakemake.params.settings, snakemake.input).study
    contrast = select(study.contrasts, snakemake.wildcards.contrast)
    panel = read_bundle(snakemake.input.bundle)
    if panel is None:
        found = no_panel(contrast)
    else:
        sheet = read_samples(
            snakemake.input.other_samples,
            protocols=study.protocols,
            from_counts=True,
            named=values_named(snakemake.input.contrasts),
        )
        matrix, notes = check_counts(snakemake.input.other_counts, sheet.names)
        counts, decisions, more = under_our_names(
            matrix, Path(snakemake.input.features), snakemake.input.name_history or ""
        )
        print(*sheet.warnings, *notes, *more, sep="\n")
        found = validate_once(
            panel,
            snakemake.input.other_counts,
            snakemake.input.other_samples,
            counts,
            sheet.table,
            contrast,
            study.config["panel"],
            Path(snakemake.output.record).with_suffix(".ledger.json"),
            study.config["sections"]["calibration"],
            gate=GateRules(**study.config["design"]),
            limits=study.config["quality"],
        )
        found.record["names"] = dict(Counter(one.how for one in decisions))
    write_json(found.record, snakemake.output.record)
    write_run_table("validated", found.scores, snakemake.output.scores)
