"""The table of library protocols, shipped and a user's own."""

import re

import pytest
from exosift.errors import UserError
from exosift.protocols import COLUMNS, SHIPPED, Protocol, find_protocol, read_protocols

TRUSEQ = "TGGAATTCTCGGGTGCCAAGG"
OWN = {
    "protocol": "house",
    "kit": "ours",
    "version": "1",
    "adapter3": "ugGAATTC",
    "clip5": "2",
    "clip3": "0",
    "umi_position": "none",
    "umi_length": "0",
    "poly_a": "no",
    "source": "notebook 7",
}


@pytest.fixture
def own_table(tmp_path):
    def write(*rows, columns=COLUMNS):
        path = tmp_path / "protocols.tsv"
        lines = ["# our kits", "\t".join(columns)]
        lines += ["\t".join(row.get(column, "") for column in columns) for row in rows]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def test_every_kit_of_the_issue_is_there_with_its_layout():
    layouts = {
        name: (p.adapter3, p.clip5, p.clip3, p.umi_length, p.poly_a)
        for name, p in read_protocols(SHIPPED).items()
    }
    assert layouts == {
        "truseq": (TRUSEQ, 0, 0, 0, False),
        "nebnext": ("AGATCGGAAGAGCACACGTCT", 0, 0, 0, False),
        "nextflex_v3": (TRUSEQ, 4, 4, 0, False),
        "nextflex_v4": (TRUSEQ, 0, 0, 0, False),
        "qiaseq": ("AACTGTAGGCACCATCAAT", 0, 0, 12, False),
        "illumina_mirna_prep": ("AACTGTAGGCACCATCAAT", 0, 0, 12, False),
        "cleantag": (TRUSEQ, 0, 0, 0, False),
        "lexogen": (TRUSEQ, 0, 0, 0, False),
        "smarter": ("A" * 10, 3, 0, 0, True),
        "cats": ("A" * 10, 3, 0, 0, True),
        "illumina_v1.0": ("TCGTATGCCGTCTTCTGCTTG", 0, 0, 0, False),
        "illumina_v1.5": ("ATCTCGTATGCCGTCTTCTGCTTG", 0, 0, 0, False),
        "trimmed": ("", 0, 0, 0, False),
    }


def test_every_shipped_protocol_says_kit_version_and_source():
    for protocol in read_protocols(SHIPPED).values():
        assert protocol.kit
        assert protocol.version
        assert protocol.source
        assert (protocol.umi_position == "none") == (protocol.umi_length == 0)


def test_a_protocol_is_found_by_name():
    assert find_protocol("nextflex_v3").kit.endswith("NEXTflex Small RNA-Seq")


@pytest.mark.parametrize(("asked", "near"), [("nextflex3", "nextflex_v3"), ("TruSeq", "truseq")])
def test_an_unknown_protocol_is_answered_with_the_nearest(asked, near):
    with pytest.raises(UserError, match=f"no protocol '{asked}'. Did you mean '{near}'"):
        find_protocol(asked)


def test_a_protocol_like_no_other_is_answered_with_all():
    with pytest.raises(UserError, match="Known: truseq, nebnext, "):
        find_protocol("xyz")


def test_a_users_own_table_stands_before_the_shipped_one(own_table):
    mine = own_table(OWN, {**OWN, "protocol": "truseq", "adapter3": "ACGTACGTAC"})
    assert find_protocol("house", mine) == Protocol(
        "house", "ours", "1", "TGGAATTC", 2, 0, "none", 0, False, "notebook 7"
    )
    assert find_protocol("truseq", mine).adapter3 == "ACGTACGTAC"
    assert find_protocol("nebnext", mine).adapter3 == "AGATCGGAAGAGCACACGTCT"


def test_columns_may_stand_in_any_order_beside_others(own_table):
    path = own_table(OWN, columns=("remark", *reversed(COLUMNS)))
    assert read_protocols(path)["house"].clip5 == 2


@pytest.mark.parametrize(
    ("column", "value", "complaint"),
    [
        ("adapter3", "TGGAANTTC", "`adapter3` is 'TGGAANTTC'. Write it with the letters ACGT."),
        ("clip5", "-1", "`clip5` is '-1'. Write a number of nt, 0 to 32."),
        ("clip3", "", "`clip3` is ''. Write a number of nt, 0 to 32."),
        ("umi_length", "33", "`umi_length` is '33'. Write a number of nt, 0 to 32."),
        ("umi_position", "read2", "`umi_position` is 'read2'. Known: none, after_adapter."),
        ("poly_a", "maybe", "`poly_a` is 'maybe'. Write yes or no."),
        ("protocol", "", "`protocol` is empty. Give the protocol a name."),
        ("protocol", "auto", "`protocol` is 'auto', which stands for what the reads tell. Give"),
        ("protocol", "unknown", "`protocol` is 'unknown', which stands for what the reads tell."),
    ],
)
def test_a_mistake_is_told_with_line_and_column(own_table, column, value, complaint):
    path = own_table(OWN, {**OWN, "protocol": "other", column: value})
    with pytest.raises(UserError, match=re.escape(f"{path}, line 4: {complaint}")):
        read_protocols(path)


def test_all_mistakes_are_told_at_once(own_table):
    path = own_table({**OWN, "clip5": "x", "poly_a": "x"}, OWN, OWN)
    with pytest.raises(UserError, match=r"(?s)3 problems.*poly_a.*clip5.*'house' stands twice"):
        read_protocols(path)


def test_a_missing_column_is_named(own_table):
    path = own_table(OWN, columns=COLUMNS[:-1])
    with pytest.raises(UserError, match="there is no column 'source'"):
        read_protocols(path)


def test_a_table_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UserError, match=re.escape(str(tmp_path / "none.tsv"))):
        read_protocols(tmp_path / "none.tsv")
