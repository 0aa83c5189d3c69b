"""Rule collect_transcripts -> exosift.references and exosift.features."""

from pathlib import Path

from exosift.features import locate, read_features, write_features
from exosift.log import log_to
from exosift.references import Source, collect, write_transcripts

with log_to(snakemake.log[0]):
    sources = zip(snakemake.params.classes, snakemake.input.fasta, strict=True)
    transcripts, notes = collect([Source(rna, Path(path)) for rna, path in sources])
    print(*notes, sep="\n")
    out = {name: Path(path) for name, path in snakemake.output.items()}
    write_transcripts(transcripts, out["fasta"], out["table"])
    features = read_features(Path(snakemake.input.matures), Path(snakemake.input.mirgenedb))
    hairpins = [transcript for transcript in transcripts if transcript.rna == "miRNA"]
    write_features(features, locate(features, hairpins), out["features"], out["windows"])
