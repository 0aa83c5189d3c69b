"""Rule collect_transcripts -> exosift.references, exosift.features and exosift.fragments."""

from pathlib import Path

from exosift import RESOURCES
from exosift.antisense import antisense_partners, write_partners
from exosift.features import annotated_places, locate, read_features, write_features
from exosift.fragments import fragment_matches, write_matches
from exosift.log import log_to
from exosift.reference_files import reference_files
from exosift.references import Source, collect, known_trnas, write_transcripts

with log_to(snakemake.log[0]):
    out = {name: Path(path) for name, path in snakemake.output.items()}
    features = read_features(RESOURCES / "matures.fa", RESOURCES / "mirgenedb.gff3.gz")
    sources = reference_files(snakemake.params.references)
    transcripts, notes = collect(
        [Source(rna, Path(path)) for rna, path in sources.items()],
        {feature.sequence for feature in features},
        known_trnas(RESOURCES / "trnas.fa"),
    )
    print(*notes, sep="\n")
    write_transcripts(transcripts, out["fasta"], out["table"])
    hairpins = [transcript for transcript in transcripts if transcript.rna == "miRNA"]
    locations = locate(features, hairpins, annotated_places(RESOURCES / "mirbase.gff3.gz"))
    write_features(features, locations, out["features"], out["windows"])
    write_partners(antisense_partners(features), out["antisense"])
    write_matches(fragment_matches(features, transcripts), out["fragments"])
