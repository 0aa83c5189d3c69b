"""Rule write_record -> exosift.provenance.write_record."""

from pathlib import Path

from exosift.log import log_to
from exosift.provenance import write_record

with log_to(snakemake.log[0]):
    write_record(
        Path(snakemake.output[0]),
        config=snakemake.params.config,
        sheets=[Path(path) for path in snakemake.input.sheets],
        inputs=[Path(path) for path in snakemake.input.summaries],
        references=[Path(path) for path in snakemake.input.references],
        outputs=[Path(path) for path in snakemake.input.outputs],
        genome=snakemake.params.config["references"]["genome"] != "none",
    )
