"""The settings: light to import, and every key does something."""

import ast
import math
import re
import subprocess
import sys
from dataclasses import fields

import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.config import complete, defaults, flattened
from exosift.contrasts import Contrast, read_contrasts
from exosift.design.gate import judge
from exosift.design.sections import SectionRules, sections
from exosift.panel.operating import SPECIFICITIES
from exosift.protocols import SHIPPED, read_protocols
from exosift.quality import _judge
from exosift.quality_rules import RULES
from exosift.settings.candidates import CallRules
from exosift.settings.design import GateRules
from exosift.settings.power import PowerRules
from exosift.settings.section import Section
from exosift.settings.sections import FEWEST_PER_ARM, Sections
from exosift.settings.tiers import TierRules
from exosift.steps import options
from exosift.study import Study
from exosift.trimming_rules import TrimmingRules

from tests.example_findings import reasons
from tests.fake_run import fake_run
from tests.planted import LEAN

QUESTION = Contrast("q", "lung", "case", "control")
LEAVES = dict(flattened(defaults()))

SHOWN_ONLY = {"notice"}
"""What is for the reports and changes no number."""

NAMES = {
    *("rules", "limits", "gate", "tests", "call", "power", "settings", "self", "own"),
    *defaults(),
}
"""What the code calls a section that it reads a key of, also with an underscore before it."""

NOT_COMPUTING = re.compile(r"exosift\.(settings|reports|sentences)")
NOT_READERS = re.compile(r"/exosift/(settings|reports|sentences|simulation|multiqc\w*|config\.py)")


def settings_read(repository):
    """List the keys that the code reads, beside what shows them."""
    found = set()
    for path in sorted((repository / "workflow").rglob("*.py")):
        if NOT_READERS.search(path.as_posix()):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                owner = getattr(node.value, "attr", getattr(node.value, "id", ""))
                if owner.lstrip("_") in NAMES:
                    found.add(node.attr)
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                found.add(node.slice.value)
    for path in (repository / "workflow" / "rules").glob("*.smk"):
        found |= set(re.findall(r'\["(\w+)"\]', path.read_text(encoding="utf-8")))
    return found


def study_of(**given):
    return Study(complete(given), None, (), {}, ())


def other(value):
    """Give a value that differs from a default and is of its type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return {"evidence": "equal", "continue": "stop", "fail": "warn"}.get(value, "other")
    return value + 1


def within(key, value):
    """Nest a value below the parts of its key."""
    for step in reversed(key.split(".")):
        value = {step: value}
    return value


def is_counted(key):
    return key.split(".")[0] in ("trimming", "alignment", "quantification") or key in (
        *("on_bad_sample", "on_contradiction", "deduplicate_umis", "protocols"),
    )


COUNTED = {
    **dict.fromkeys([key for key in LEAVES if is_counted(key)]),
    "trimming.error_rate": 0.2,
    "trimming.low_quality_share": 0.4,
    "trimming.low_complexity_share": 0.7,
    "alignment.mismatches": 0,
    "alignment.longest_tail": 2,
}
"""Keys that lead from reads to counts, with another value where the next one is not allowed."""


@pytest.mark.parametrize("key", COUNTED)
def test_what_counting_is_told_follows_each_key(key):
    given = within(key, COUNTED[key] if COUNTED[key] is not None else other(LEAVES[key]))
    assert options(study_of(**given).counting_options) != options(study_of().counting_options)


@pytest.mark.parametrize("key", defaults()["trimming"])
def test_what_the_kernel_is_told_follows_each_key_of_trimming(key):
    protocol = read_protocols(SHIPPED)["truseq"]
    usual = defaults()["trimming"]
    value = COUNTED[f"trimming.{key}"] or usual[key] + 1
    changed = TrimmingRules(**{**usual, key: value}).for_kernel(protocol)
    assert changed != TrimmingRules(**usual).for_kernel(protocol)


@pytest.mark.parametrize("key", defaults()["references"])
def test_the_reference_of_each_class_follows_its_key(key):
    study = study_of(references={key: "mine.fa"})
    assert "mine.fa" in (*study.sources.values(), study.genome)


OF_A_METRIC = [key for key in LEAVES if re.match(r"quality\.\w+\.\w+$", key)]


@pytest.mark.parametrize("key", OF_A_METRIC)
def test_a_library_is_judged_by_each_limit(key):
    _, metric, limit = key.split(".")
    level, _, side = limit.partition("_")
    row = {rule.metric: math.nan for rule in RULES} | {"unreadable": "", "twins": ""}
    step = -0.01 if side == "below" else 0.01
    row[metric] = LEAVES[key] + step * max(1, abs(LEAVES[key]))
    lone = dict.fromkeys(defaults()["quality"][metric]) | {"flag_above": 99.0}
    section = defaults()["quality"]
    beyond = LEAVES[key] + 2 * (row[metric] - LEAVES[key])
    judged = _judge(row, {**section, metric: {**lone, limit: LEAVES[key]}})
    spared = _judge(row, {**section, metric: {**lone, limit: beyond}})
    assert (judged[0], judged[2]) == {
        "fail": ("fail", metric),
        "warn": ("warn", metric),
        "flag": ("pass", "haemolysed"),
    }[level]
    assert spared[0] == "pass"
    assert not spared[2]


@pytest.mark.parametrize("key", defaults()["sections"])
def test_a_part_of_a_report_is_there_from_its_number_on(key):
    needed = getattr(Sections, key)
    people = max(needed, 10)
    assert sections(people, people, "fitted")[key]["shown"]
    raised = SectionRules.of({key: people + 1})
    assert not sections(people, people, "fitted", raised)[key]["shown"]
    if key.startswith("specificity"):
        assert key in SPECIFICITIES.values()


def test_every_key_is_read_by_code_that_computes(repository):
    probed = {*COUNTED, *OF_A_METRIC, *(f"references.{name}" for name in defaults()["references"])}
    read = settings_read(repository)
    sections_probed = {f"sections.{name}" for name in defaults()["sections"]}
    dead = [
        key
        for key in LEAVES
        if key not in {*probed, *sections_probed, *SHOWN_ONLY} and key.split(".")[-1] not in read
    ]
    # The matrices of isomiRs take theirs as a parameter of the rule.
    assert dead == ["matrices.isomir_reads"]
    adapter = (repository / "workflow" / "scripts" / "merge_counts.py").read_text()
    assert "isomir_reads" in adapter


HELD_EQUAL = {"on_bad_sample", "on_contradiction", "deduplicate_umis"}
"""Defaults of counting that `test_steps` compares, since their types are those of the whole."""


def defaults_written(node):
    """List the names of parameters and fields with a default that stands there as a value."""
    if isinstance(node, ast.FunctionDef):
        given = node.args
        last = given.args[len(given.args) - len(given.defaults) :]
        arguments = [*last, *given.kwonlyargs]
        values = [*given.defaults, *given.kw_defaults]
        pairs = [(one.arg, value) for one, value in zip(arguments, values, strict=True)]
    elif isinstance(node, ast.ClassDef):
        pairs = [
            (one.target.id, one.value)
            for one in node.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        ]
    else:
        return []
    return [
        name
        for name, value in pairs
        if isinstance(value, ast.Constant) and value.value not in (None, "", False, 0)
    ]


def test_no_default_of_a_key_stands_beside_the_settings(repository):
    keys = {key.split(".")[-1] for key in LEAVES} - HELD_EQUAL
    again = [
        f"{path.name}: {name}"
        for path in sorted((repository / "workflow" / "scripts").rglob("*.py"))
        if not re.search(r"/exosift/(settings|simulation)/", path.as_posix())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in defaults_written(node)
        if name in keys
    ]
    # Another overlap: of antisense partners, not of an isomiR with its mature.
    assert again == ["antisense.py: overlap"]


NUMBER_IN_PROSE = re.compile(
    r"\b(?:below|above|at least|at most|more than|fewer than|less than) (\d[\d.,]*%?)"
)
NO_KEYS = {"0.05", "0", "100%", "64"}
"""Numbers in sentences that no key sets: of a uniform p, of nothing and all, of a name."""


def test_no_sentence_names_a_limit_that_a_key_sets(repository):
    """Below 3 nothing is tested, said the sheet, whatever `sections.tests` was."""
    found = []
    for path in sorted((repository / "workflow" / "scripts").rglob("*.py")):
        if re.search(r"/exosift/(settings|simulation)/", path.as_posix()):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        found += [
            (path.name, number)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            if id(node) not in comments
            for number in NUMBER_IN_PROSE.findall(node.value)
        ]
    for path in sorted((repository / "workflow" / "report").rglob("*.[jr][2s]*")):
        text = path.read_text(encoding="utf-8")
        found += [(path.name, number) for number in NUMBER_IN_PROSE.findall(text)]
    assert {number.rstrip(".,") for _, number in found} <= NO_KEYS, found


RARELY = {
    *("high_vif", "lowest_overlap", "hidden_v", "quality_warned", "quality_capped"),
    *("quality_repeats", "stability", "stability_a", "attenuation", "adjusted_q"),
}
"""Limits that a cohort without faults and panels does not come to, or that another class takes."""


def test_a_run_looks_at_every_limit(monkeypatch):
    """Whatever its name is elsewhere: the limit of this very section, by code that computes."""
    read = set()

    def recorded(section, name):
        reader = sys._getframe(1).f_globals.get("__name__", "")
        if reader.startswith("exosift.") and not NOT_COMPUTING.match(reader):
            read.add((type(section).__name__, name))
        return object.__getattribute__(section, name)

    monkeypatch.setattr(Section, "__getattribute__", recorded, raising=False)
    fake_run()
    for section in (GateRules, de.TestRules, CallRules, TierRules, PowerRules, SectionRules):
        names = {field.name for field in fields(section)}
        unread = {name for name in names if (section.__name__, name) not in read}
        assert unread <= RARELY, section


def cohort(per_arm):
    names = [f"s{at:02}" for at in range(2 * per_arm)]
    rows = {"condition": ["case", "control"] * per_arm}
    return pd.DataFrame(rows, index=pd.Index(names, name="sample"), dtype=str)


@pytest.mark.parametrize(("tests", "verdict"), [(5, "fitted"), (6, "too_few"), (8, "too_few")])
def test_a_contrast_is_tested_from_the_number_that_the_configuration_names(tests, verdict):
    judged = judge(cohort(5), QUESTION, fewest=tests)
    assert judged.verdict == verdict
    if verdict == "too_few":
        assert f"a test needs {tests} in each arm" in reasons(judged)[0]


def test_nothing_is_tested_below_the_number_that_its_section_names():
    """Five in each arm with `sections.tests: 8`: 60 miRNAs were tested all the same."""
    sheet = cohort(5)
    levels = [[40 + 7 * at + 3 * (row % 5) for row in range(10)] for at in range(60)]
    counts = pd.DataFrame(levels, index=[f"m{at}" for at in range(60)], columns=sheet.index)
    limits = de.Limits(LEAN.tests, sections=SectionRules.of({"tests": 8}))
    result = de.test_contrast(counts, sheet, QUESTION, limits=limits)
    assert result.record["verdict"] == "too_few"
    assert result.table.empty
    assert not result.record["sections"]["tests"]["shown"]
    usual = de.test_contrast(counts, sheet, QUESTION, limits=de.Limits(LEAN.tests))
    assert usual.record["verdict"] == "fitted"
    assert len(usual.table) == 60


def test_a_whole_configuration_reaches_the_tests_of_a_contrast():
    limits = de.Limits.of(complete({"sections": {"tests": 8}, "candidates": {"fewest_per_arm": 9}}))
    assert (limits.sections.tests, limits.sections.candidates) == (8, 9)


def test_a_warning_of_small_arms_names_the_limits_of_the_configuration(tmp_path):
    path = tmp_path / "contrasts.tsv"
    path.write_text("contrast\tcancer\tcase\tcontrol\tcovariates\nq\tlung\tcase\tcontrol\t\n")
    told = read_contrasts(path, cohort(5), fewest_per_arm=12, fewest_to_test=8)[1]
    assert "below 8 nothing is tested, below 12 nothing is called a candidate." in told[0]


def test_no_configuration_allows_fewer_than_a_spread_takes():
    assert FEWEST_PER_ARM == 3
    with pytest.raises(Exception, match="found 2"):
        complete({"sections": {"tests": 2}})


def test_counting_imports_its_settings_without_what_makes_the_schema():
    program = (
        "import sys, exosift.settings.trimming, exosift.settings.alignment; print(*sys.modules)"
    )
    command = [sys.executable, "-c", program]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert not {"pydantic", "numpy", "pandas", "yaml", "jsonschema"} & set(loaded)
    assert "exosift.settings.candidates" not in loaded
