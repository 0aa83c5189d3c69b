"""A small transcriptome, and inserts to match against it."""

from exosift.annotation import read_annotation
from exosift.calling import call
from exosift.inserts import UniqueInserts
from exosift.kernel import load_kernel
from exosift.matching import match
from exosift.quantification import Quantification
from exosift.settings.quantification import IsomirRules
from exosift.transcriptome import build_transcriptome

LET7A = "TGGGATGAGGTAGTAGGTTGTATAGTTTTAGGGTCACACCCACCACTGGGAGATAACTATACAATCTACTGTCTTTCCTA"
LET7C = "GCATCCGGGTTGAGGTAGTAGGTTGTATGGTTTAGAGTTACACCCTGGGAGTTAACTGTACAACCTTCTAGCTTTCCTTGGAGC"
TRNA = "GCATTGGTGGTTCAGTGGTAGAATTCTCGCCTGCCACGCGGGAGGCCCGGGTTCGATTCCCGGCCAATGCACCA"
MATURE = "TGAGGTAGTAGGTTGTATAGTT"
SEQUENCES = {"miRNA|hsa-let-7a-1": LET7A, "miRNA|hsa-let-7c": LET7C, "tRNA|Gly": TRNA}
WINDOWS = [
    ("miRNA|hsa-let-7a-1", "hsa-let-7a-5p", 5, 27),
    ("miRNA|hsa-let-7c", "hsa-let-7c-5p", 10, 32),
]

KERNEL = load_kernel()


def transcriptome(sequences=None):
    return build_transcriptome((SEQUENCES if sequences is None else sequences).items(), KERNEL)


def annotation(folder, sequences=None, windows=WINDOWS, features=None):
    """Write the tables of a reference, and read them; a window may end with a mature's name."""
    sequences = SEQUENCES if sequences is None else sequences
    rows = ["name\tclass\tlength\tfeature\tmature_start\tmature_end\tanticodon"]
    for label, sequence in sequences.items():
        rna, _, name = label.partition("|")
        layout = f"0\t{len(sequence)}\t33" if rna == "tRNA" else "\t\t"
        feature = (features or {}).get(label, name)
        rows.append(f"{label}\t{rna}\t{len(sequence)}\t{feature}\t{layout}")
    (folder / "transcripts.tsv").write_text("\n".join(rows) + "\n")
    (folder / "features.tsv").write_text(f"mirna\tsequence\nhsa-let-7a-5p\t{MATURE}\n")
    rows = ["reference\tmirna\tstart\tend\tmature"]
    rows += ["\t".join(map(str, (*window, window[1])[:5])) for window in windows]
    (folder / "windows.tsv").write_text("\n".join(rows) + "\n")
    return read_annotation(folder / "transcripts.tsv", folder / "windows.tsv", list(sequences))


def inserts(*sequences, reads=None):
    """Number inserts as ranked ones: the first with 9 reads, the next with 8, and so on."""
    counts = reads or range(9, 9 - len(sequences), -1)
    return UniqueInserts.of(list(zip(sequences, counts, strict=True)), KERNEL)


def quantify(
    folder,
    *sequences,
    reads=None,
    reads_of=None,
    references=SEQUENCES,
    windows=WINDOWS,
    rules=None,
):
    """Quantify inserts, by their order or as `reads_of` counts them, against the transcriptome."""
    if reads_of:
        sequences, reads = tuple(reads_of), tuple(reads_of.values())
    known, given = annotation(folder, references, windows), inserts(*sequences, reads=reads)
    reference, rules = transcriptome(references), rules or IsomirRules()
    hits = match(given, reference)
    calls = call(given, hits, known, rules)
    return Quantification(given, hits, calls, known, reference, rules)
