"""References: sequences come in many habits and leave in one; nothing shipped is undeclared."""

import csv
import gzip
import re
import shutil
import subprocess
from collections import Counter

import pytest
from exosift.biotypes import class_in_heading
from exosift.errors import UserError
from exosift.files import sha256
from exosift.reference_files import SHIPPED, addresses
from exosift.references import (
    Source,
    collect,
    known_trnas,
    mature_trna,
    read_fasta,
    safe_reference,
    write_transcripts,
)
from exosift.trna_fragments import UNKNOWN, Layout

HAIRPINS = ">hsa-mir-1 MI1\nACGTACGTAAGGCCTTAA\n>hsa-mir-2 MI2\nACGTACGTAAGGCCTTAA\n"


@pytest.fixture
def fasta(tmp_path):
    def write(text, name="some.fa"):
        path = tmp_path / name
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_bytes(text.encode())
        return path

    return write


@pytest.fixture(scope="session")
def resources(repository):
    return repository / "resources"


@pytest.fixture(scope="session")
def registry(resources):
    with (resources / "references.tsv").open(newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.fixture(scope="session")
def shipped(resources):
    matures = {sequence for _, sequence in read_fasta(resources / "matures.fa")}
    classes = ["miRNA", *(rna for rna in SHIPPED if rna != "miRNA")]
    return collect([Source(rna, resources / SHIPPED[rna]) for rna in classes], matures)


@pytest.mark.parametrize("name", ["some.fa", "some.fa.gz", "named_fa.txt"])
def test_letters_come_in_many_habits(fasta, name):
    path = fasta("\ufeff>one first words\r\nacgu\r\nAC-GT\r\n\r\n> two\r\nACRYN.\r\n", name)
    replaced = Counter()
    assert list(read_fasta(path, replaced)) == [("one first words", "ACGTACGT"), ("two", "ACNNNN")]
    assert replaced == {"R": 1, "Y": 1, ".": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not FASTA: it does not begin with '>'"),
        ("\n\n", "is not FASTA"),
        ("ACGT\n", "is not FASTA"),
        ("junk\n>one\nACGT\n", "is not FASTA"),
        ("@read\nACGT\n+\nIIII\n", "is not FASTA"),
        (">one\nACGT\n>two\n>three\nACGT\n", "the record 'two' has no sequence"),
        (">one\nACGT\n>two\n", "the record 'two' has no sequence"),
        (">\nACGT\n", "a record has no name, only '>'"),
        (
            ">one\nACGT\n<html>\n",
            "the record 'one' is not a nucleotide sequence: it holds '<HTML>'",
        ),
        (">one\nMKVLIP\n", "the record 'one' is not a nucleotide sequence: it holds 'LIP'"),
    ],
)
def test_what_is_no_fasta_is_told(fasta, text, said):
    path = fasta(text)
    with pytest.raises(UserError, match=re.escape(said)) as caught:
        list(read_fasta(path))
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_or_cut_short_is_told(tmp_path, fasta):
    with pytest.raises(UserError, match=r"There is no .*nothing\.fa"):
        list(read_fasta(tmp_path / "nothing.fa"))
    whole = fasta(">one\n" + "ACGTTGCA\n" * 5000, "cut.fa.gz")
    whole.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"cut\.fa\.gz is damaged in its first record"):
        list(read_fasta(whole))


def test_all_files_problems_come_in_one_letter(fasta, tmp_path):
    mouse = fasta(">mmu-mir-1 MI1\nACGT\n>hsa-mir-1 MI2\nACGA\n", "hairpins.fa")
    twice = fasta(">U6 a\nTTGT\n>U6 b\nTTGA\n", "snrna.fa")
    with pytest.raises(UserError) as caught:
        collect(
            [
                Source("miRNA", mouse),
                Source("snRNA", twice),
                Source("rRNA", tmp_path / "absent.fa"),
            ]
        )
    letter = str(caught.value)
    assert "3 problems to mend" in letter
    assert "1 of 2 hairpins are human" in letter
    assert "the name 'U6' stands there twice" in letter
    assert "absent.fa" in letter


def test_copies_become_one_record_except_of_hairpins(fasta):
    rrna = fasta(">5S_1\nACGTTT\n>5S_2\nACGUTT\n>5S_3\nACGTTA\n", "rrna.fa")
    transcripts, notes = collect(
        [Source("miRNA", fasta(HAIRPINS, "hairpins.fa")), Source("rRNA", rrna)]
    )
    assert [one.label for one in transcripts] == [
        "miRNA|hsa-mir-1",
        "miRNA|hsa-mir-2",
        "rRNA|5S_1",
        "rRNA|5S_3",
    ]
    assert notes == ["rrna.fa: 1 copies of the same sequence are left out."]


def test_no_other_class_may_hold_a_mirna(fasta):
    mature = "TGAGGTAGTAGGTTGTATAGTT"
    others = fasta(
        ">ENSG00000000001_snRNA\nACGTAC\n"
        ">hsa-let-7a-5p_MIMAT0000062\nTTTT\n"
        f">unnamed\n{mature}\n"
        ">renamed_hairpin\nACGTACGTAAGGCCTTAA\n"
        ">ENST00000000002.1 ncrna gene_biotype:miRNA transcript_biotype:miRNA\nCCCC\n",
        "snrna.fa",
    )
    transcripts, notes = collect(
        [Source("miRNA", fasta(HAIRPINS, "hairpins.fa")), Source("snRNA", others)], {mature}
    )
    assert [one.name for one in transcripts if one.rna == "snRNA"] == ["ENSG00000000001_snRNA"]
    assert notes == ["snrna.fa: 4 records of miRNA are left out of snRNA."]


def test_one_file_of_all_small_rnas_serves_several_classes(fasta):
    everything = fasta(
        ">ENST1.1 ncrna gene_biotype:snRNA transcript_biotype:snRNA gene_symbol:RNU6-1\nACGTA\n"
        ">ENST2.1 ncrna gene_biotype:scaRNA transcript_biotype:scaRNA\nACGTC\n"
        ">ENST3.1 ncrna gene_biotype:misc_RNA transcript_biotype:misc_RNA gene_symbol:RNY1\nACGTG\n"
        ">ENST4.1 ncrna gene_biotype:misc_RNA transcript_biotype:misc_RNA symbol:VTRNA\nACGTT\n"
        ">ENST5.1 ncrna gene_biotype:lncRNA transcript_biotype:lncRNA\nACGGG\n"
    )
    classes = ("snRNA", "snoRNA", "Y_RNA", "misc_RNA")
    transcripts, notes = collect([Source(rna, everything) for rna in classes])
    assert {one.rna: one.name for one in transcripts} == {
        "snRNA": "ENST1.1",
        "snoRNA": "ENST2.1",
        "Y_RNA": "ENST3.1",
        "misc_RNA": "ENST4.1",
    }
    assert "some.fa: 1 records of lncRNA are left out of snRNA." in notes
    with pytest.raises(UserError, match="none of its 5 records is rRNA"):
        collect([Source("rRNA", everything)])


@pytest.mark.parametrize(
    ("heading", "rna"),
    [
        ("ENST00000383925.1|ENSG00000206652.1|-|-|RNU1-1-201|RNU1-1|164|snRNA|", "snRNA"),
        ("ENST00000384701|ENSG00000202354|-|-|RNY3-201|RNY3|101|misc_RNA|", "Y_RNA"),
        ("ENST00000832824|ENSG00000290825|-|-|DDX11L2-260|DDX11L2|1379|lncRNA|", "lncRNA"),
        ("ENSG00000252830_rRNA", "rRNA"),
        ("ENSG00000277011_rRNA_pseudogene", "rRNA"),
        ("chrX.trna8-IleGAT", "tRNA"),
        ("mt-tRNA-Ala-TGC|mtdbD00000534", "tRNA"),
        ("hsa-mir-21 MI0000077", "miRNA"),
        ("U2|ENSG00000274452", ""),
        ("45S|GL000220.1:107433-107598", ""),
        ("gnl|uv|NGB00105.1:1-44 Illumina PCR Primer", ""),
        ("NR_003286.4 Homo sapiens RNA, 18S ribosomal N5", ""),
    ],
)
def test_headings_of_public_files_tell_their_class(heading, rna):
    assert class_in_heading(heading) == rna


def test_trna_genes_become_mature(fasta):
    genes = fasta(
        ">tRNA-Ala-AGC-1-1\nGGGGGTATAGCTCCA\n>tRNA-His-GTG-1-1\nGCCGTGATCG\n"
        ">mt-tRNA-His-GTG|mtdb1\nGTAAATATAG\n",
        "trnas.fa",
    )
    transcripts, notes = collect([Source("tRNA", genes)])
    assert [one.sequence for one in transcripts] == [
        "GGGGGTATAGCTCCACCA",  # ends in CCA by itself: its tail comes on top
        "GGCCGTGATCGCCA",
        "GTAAATATAGCCA",
    ]
    assert len(notes) == 1
    mature = fasta(">tRNA-Ala-AGC-1-1\nGGCTCCACCA\n>tRNA-His-GTG-1-1\nGGCCGCCA\n", "mature.fa")
    transcripts, notes = collect([Source("tRNA", mature)])
    assert [one.sequence for one in transcripts] == ["GGCTCCACCA", "GGCCGCCA"]
    assert notes == []


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("U2|ENSG00000274452 some words", "U2|ENSG00000274452"),
        ("45S|GL000220.1:1-20", "45S|GL000220.1_1-20"),
        ("a,b(c)=d*e'f\"g", "a_b_c_d_e_f_g"),
        ("gnl|uv|X.1:1-5", "gnl|uv|X.1_1-5"),
    ],
)
def test_names_hold_what_sam_and_browsers_can_read(heading, name):
    assert safe_reference(heading) == name
    assert re.fullmatch(r"[0-9A-Za-z!#$%&+./;?@^_|~-]+", name)


def test_the_table_tells_of_each_transcript(fasta, tmp_path):
    transcripts, _ = collect([Source("miRNA", fasta(HAIRPINS))])
    write_transcripts(transcripts, tmp_path / "t.fa", tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == (
        "name\tclass\tlength\tfeature\tmature_start\tmature_end\tanticodon\n"
        "miRNA|hsa-mir-1\tmiRNA\t18\thsa-mir-1\t\t\t\n"
        "miRNA|hsa-mir-2\tmiRNA\t18\thsa-mir-2\t\t\t\n"
    )
    assert list(read_fasta(tmp_path / "t.fa")) == [(t.label, t.sequence) for t in transcripts]


def test_the_shipped_classes_hold_what_is_known_of_them(shipped):
    transcripts, _ = shipped
    assert Counter(one.rna for one in transcripts) == {
        "spike_in": 30,
        "miRNA": 1917,
        "tRNA": 454,
        "Y_RNA": 3,
        "snRNA": 3,
        "rRNA": 17,
        "vector": 2805,
    }
    labels = [one.label for one in transcripts]
    assert len(set(labels)) == len(labels)
    trnas = [one for one in transcripts if one.rna == "tRNA"]
    assert all(one.sequence.endswith("CCA") for one in trnas)
    assert max(len(one.sequence) for one in trnas) <= 95  # no introns
    assert not any("coli" in one.name.lower() for one in trnas)
    # The U2 stretch that is sold as miR-1246, and Ala, whose gene ends in CCA itself.
    assert any("AATGGATTTTTGGAGCAGG" in one.sequence for one in transcripts if one.rna == "snRNA")
    assert all(one.sequence.endswith("CCACCA") for one in trnas if one.name == "tRNA-Ala-AGC-2-1")


def test_the_shipped_copies_of_a_gene_are_one_feature(shipped):
    transcripts, _ = shipped
    features = Counter(one.feature for one in transcripts if one.rna not in ("miRNA", "vector"))
    assert {name: features[name] for name in ("U2", "45S", "5S", "RNY4", "mt-16S-rRNA")} == {
        **dict.fromkeys(("5S", "RNY4", "mt-16S-rRNA"), 1),
        "U2": 3,
        "45S": 14,
    }
    # Each record of a mature tRNA is an isodecoder: identical sequences are one record before.
    trnas = {one.feature: one for one in transcripts if one.rna == "tRNA"}
    assert len(trnas) == 454
    assert {"tRNA-Gly-GCC-2", "tRNA-iMet-CAT-1", "tRX-Cys-GCA-4", "mt-tRNA-Leu1-TAG"} <= set(trnas)
    assert {name for name, one in trnas.items() if one.layout.start} == {
        "tRNA-His-GTG-1",
        "tRNA-His-GTG-2",
    }


GLY = "GCATTGGTGGTTCAGTGGTAGAATTCTCGCCTGCCACGCGGGAGGCCCGGGTTCGATTCCCGGCCAATGCA"


def test_precursors_of_trna_are_counted_under_their_isodecoder(fasta, resources):
    genes = f">chr1.trna68-GlyGCC\n{'ACGTT' * 10}{GLY}{'TTACG' * 10}\n>odd\n{'ACGTT' * 30}\n"
    known = known_trnas(resources / "trnas.fa")
    (gly, odd), _ = collect([Source("tRNA", fasta(genes))], trnas=known)
    assert (gly.feature, gly.layout) == (known[GLY], Layout(50, 50 + len(GLY), 82))
    assert known[GLY].startswith("tRNA-Gly-GCC-")
    assert (odd.feature, odd.layout) == ("odd", Layout(UNKNOWN, UNKNOWN, UNKNOWN))


def test_a_trna_of_the_user_names_the_precursors_beside_it(fasta):
    both = f">mine\n{GLY}CCA\n>long\n{'ACGTT' * 10}{GLY}{'TTACG' * 10}CCA\n"
    (mature, precursor), _ = collect([Source("tRNA", fasta(both))], trnas={GLY: "shipped"})
    assert mature.layout == Layout(0, len(GLY) + 3, 32)
    assert precursor.feature == mature.feature == "mine"


def test_bowtie_takes_the_shipped_transcripts(shipped, tmp_path):
    if not shutil.which("bowtie-build"):
        pytest.skip("bowtie-build is not on this machine")
    transcripts, _ = shipped
    write_transcripts(transcripts, tmp_path / "t.fa", tmp_path / "t.tsv")
    index = tmp_path / "t"
    subprocess.run(
        ["bowtie-build", "--quiet", tmp_path / "t.fa", index], check=True, capture_output=True
    )
    listed = subprocess.run(
        ["bowtie-inspect", "-n", index], check=True, capture_output=True, text=True
    )
    assert listed.stdout.split() == [one.label for one in transcripts]


def test_every_shipped_file_is_declared_and_is_what_was_declared(resources, registry):
    declared = {row["file"]: row for row in registry if row["shipped"] == "shipped"}
    sequences = {path.name for path in resources.glob("*.fa*")}
    assert set(declared) == sequences | {path.name for path in resources.glob("*.gff3*")}
    assert {name: sha256(resources / name) for name in declared} == {
        name: row["sha256"] for name, row in declared.items()
    }
    assert set(SHIPPED.values()) <= set(declared)


def test_every_declaration_is_complete(registry, resources):
    assert len({row["name"] for row in registry}) == len(registry)
    for row in registry:
        assert all(row[key] for key in ("name", "class", "file", "release", "source", "licence"))
        assert row["shipped"] in ("shipped", "fetch")
        assert re.fullmatch("[0-9a-f]{64}", row["sha256"])
        assert bool(row["url"]) == (row["shipped"] == "fetch")
    assert list(addresses(resources / "references.tsv")) == ["genome"]
    assert all(row["url"].startswith("https://") for row in registry if row["url"])


def test_what_is_shipped_is_small(resources):
    assert sum(path.stat().st_size for path in resources.rglob("*") if path.is_file()) < 3_000_000


def test_a_mature_trna_is_longer_by_what_the_cell_adds():
    assert mature_trna("tRX-His-NNN-1-1", "GC") == "GGCCCA"
    assert mature_trna("MT-tRNA-His", "GC") == "GCCCA"


def test_the_ensembl_file_of_small_rnas_serves_each_class(shared_data):
    path = shared_data / "reference" / "human_small_ncRNA.fa.gz"
    classes = ("snRNA", "snoRNA", "rRNA", "misc_RNA")
    transcripts, notes = collect([Source(rna, path) for rna in classes])
    counts = Counter(one.rna for one in transcripts)
    assert counts["snRNA"] > 1500
    assert counts["snoRNA"] > 800
    assert not any("MIMAT" in one.name or ".trna" in one.name for one in transcripts)
    assert any("2656 records of miRNA" in note for note in notes)
