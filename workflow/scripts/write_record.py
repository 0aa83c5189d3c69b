"""Rule write_record -> exosift.provenance.write_record."""

from pathlib import Path

from exosift import RESOURCES
from exosift.log import log_to
from exosift.provenance import write_record
from exosift.reference_files import reference_files

with log_to(snakemake.log[0]):
    config = snakemake.params.config
    shipped = [*reference_files(config["references"]).values(), RESOURCES / "matures.fa"]
    write_record(
        Path(snakemake.output[0]),
        config=config,
        sheets=[Path(path) for path in snakemake.input.sheets],
        inputs=[Path(path) for path in snakemake.input.summaries],
        references=[
            Path(path) for path in dict.fromkeys([*map(str, shipped), *snakemake.input.references])
        ],
        outputs=[Path(path) for path in snakemake.input.outputs],
        genome=config["references"]["genome"] != "none",
    )
