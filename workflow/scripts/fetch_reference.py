"""Rule fetch_reference -> exosift.fetching.fetch."""

from pathlib import Path

from exosift.fetching import fetch
from exosift.log import log_to

with log_to(snakemake.log[0]):
    source = snakemake.params.source
    fetch(source["url"], source["sha256"], Path(snakemake.output[0]))
