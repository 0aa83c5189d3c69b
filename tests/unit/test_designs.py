"""The designs: what each answers about itself."""

import ast
import re

import numpy as np
import pandas as pd
import pytest
from exosift import differential_expression as de
from exosift.cohort import select_samples
from exosift.contrasts import Contrast, read_contrasts
from exosift.design.gate import judge
from exosift.designs import DEFAULT, DESIGNS, StudyDesign, Wording, design_of
from exosift.errors import UserError

STAGES = ("I", "II", "III")
QUESTIONS = {
    "groups": Contrast("q", "lung", "lung", "healthy"),
    "paired": Contrast("q", "lung", "after", "before", column="timepoint", design="paired"),
    "trend": Contrast("q", "lung", "lung", "healthy", (), "stage", "trend", STAGES),
    "one_vs_rest": Contrast("q", "lung", "lung", "", design="one_vs_rest"),
    "change": Contrast("q", "lung", "yes", "no", (), "response", "change", ("before", "after")),
}


def course():
    """Make a sheet of four people, each before and after, of whom two respond."""
    rows = [
        {"subject": f"P{at}", "response": "yes" if at < 2 else "no", "timepoint": time}
        for at in range(4)
        for time in ("before", "after")
    ]
    sheet = pd.DataFrame(rows).assign(condition="lung")
    return sheet.set_index(pd.Index([f"L{at}" for at in range(8)], name="sample"))


def test_every_design_has_a_question_here():
    assert [*QUESTIONS] == [*DESIGNS]
    assert all(name == design.name and design.meaning for name, design in DESIGNS.items())
    assert Contrast("q", "lung", "lung", "healthy").design == DEFAULT == "groups"


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_contrast_keeps_the_text_of_the_sheet_and_knows_its_design(name):
    assert QUESTIONS[name].design == name
    assert QUESTIONS[name].kind is DESIGNS[name] is design_of({"design": name})


@pytest.mark.parametrize(
    ("name", "question", "effect", "fold"),
    [
        (
            "groups",
            "lung against healthy",
            "lung over healthy",
            "2.0-fold higher in healthy",
        ),
        (
            "paired",
            "timepoint after against timepoint before, within subjects",
            "timepoint after over timepoint before",
            "2.0-fold higher in timepoint before",
        ),
        (
            "trend",
            "trend over stage I, II, III of lung, above healthy",
            "each level of stage over the one below",
            "2.0-fold lower with each level",
        ),
        (
            "one_vs_rest",
            "lung against all others",
            "lung over all others",
            "2.0-fold higher in all others",
        ),
        (
            "change",
            "change from before to after, response yes against response no",
            "change of response yes over change of response no",
            "change 2.0-fold higher in response no",
        ),
    ],
)
def test_question_and_effect_in_words(name, question, effect, fold):
    asked = QUESTIONS[name]
    assert asked.kind.describe_question(asked) == question
    assert asked.kind.describe_effect(asked) == effect
    assert asked.kind.describe_fold(asked, -1.0) == fold


def test_only_a_trend_has_several_steps():
    levels = ["healthy", *STAGES]
    steps = {name: design.steps(levels) for name, design in DESIGNS.items()}
    assert steps == {"groups": 1, "paired": 1, "trend": 3, "one_vs_rest": 1, "change": 1}


def test_what_each_design_compares():
    def having(what):
        return [name for name, design in DESIGNS.items() if getattr(design, what)]

    assert having("repeated") == ["paired", "change"]
    assert having("compares_people") == ["groups", "one_vs_rest"]
    assert having("compares_changes") == having("no_quality") == ["change"]
    assert having("ordered") == ["trend"]
    assert having("against_rest") == ["one_vs_rest"]
    assert having("case_control") == ["groups"]
    assert having("has_auc") == ["groups", "paired", "trend", "one_vs_rest"]
    assert having("no_panel") == ["trend", "change"]
    taken_singly = {name: design.independent_design for name, design in DESIGNS.items()}
    assert taken_singly == {name: name for name in DESIGNS} | dict.fromkeys(
        ("paired", "change"), "groups"
    )


def test_a_change_tests_the_later_libraries_of_cases_and_permutes_people():
    sheet, asked = course(), QUESTIONS["change"]
    cohort = select_samples(sheet, asked)
    tested = asked.kind.tested_column(asked, cohort)
    later = sheet.loc[cohort.units, "timepoint"] == "after"
    assert list(tested) == list((later & (sheet.loc[cohort.units, "response"] == "yes")) * 1.0)
    values = np.arange(8.0)[None, :] ** 2
    change, is_case = asked.kind.compared_values(values, asked, cohort)
    assert change.tolist() == [[1, 5, 9, 13]]
    assert is_case.tolist() == [True, True, False, False]
    assert asked.kind.monitored_changes(values, asked, cohort).tolist() == [[1, 5]]
    rng = np.random.default_rng(1)
    strata = np.zeros(8, dtype=int)
    permuted = [asked.kind.permute(tested, strata, asked, cohort, rng) for _ in range(20)]
    assert all(one.sum() == 2 and one[~later.to_numpy()].sum() == 0 for one in permuted)
    assert len({tuple(one) for one in permuted}) > 3


def test_labels_stay_within_their_strata():
    tested, strata = np.array([1.0, 0, 0, 1, 1, 1]), np.array([0, 0, 0, 1, 1, 1])
    kind, asked = DESIGNS["groups"], QUESTIONS["groups"]
    rng = np.random.default_rng(1)
    for _ in range(10):
        permuted = kind.permute(tested, strata, asked, select_samples(course(), asked), rng)
        assert permuted[:3].sum() == 1
        assert permuted[3:].sum() == 3
    assert tested.tolist() == [1, 0, 0, 1, 1, 1]


def test_changes_within_subjects_are_asked_of_repeated_designs_alone():
    with pytest.raises(NotImplementedError, match="groups compares nothing within subjects"):
        DESIGNS["groups"].first_level(QUESTIONS["groups"])
    assert DESIGNS["paired"].first_level(QUESTIONS["paired"]) == "control"
    assert {n: d.single_level(QUESTIONS[n]) for n, d in DESIGNS.items()} == dict.fromkeys(
        DESIGNS, ""
    ) | {"change": "before"}


class Doses(StudyDesign):
    """A sixth design: the effect is that of one unit of a dose, whatever the gaps between doses."""

    name = "doses"
    meaning = "increasing doses, the lowest of which is the control"
    needs_control = False
    ordered = True
    fewest_levels = 3
    no_panel = "No panel: a dose has no two arms."
    wording = Wording(per_step=" per unit")

    def check_sheet(self, where, contrast, table, problems):
        super().check_sheet(where, contrast, table, problems)
        if not all(level.isdigit() for level in contrast.levels):
            problems.add(where, "doses need `levels` that are numbers")

    def levels(self, contrast, table):
        values = table[contrast.column]
        return values.where(values.isin(contrast.levels), "")

    def are_cases(self, contrast, table, levels):  # noqa: ARG002
        return levels != contrast.levels[0]

    def group_names(self, contrast):
        return contrast.levels

    def group_of_units(self, contrast, cohort):  # noqa: ARG002
        return cohort.levels

    def tested_column(self, contrast, cohort):  # noqa: ARG002
        return cohort.levels.astype(float)

    def tested_term(self, contrast):
        return f"{contrast.column} (per unit)", contrast.column

    def steps(self, levels):
        return int(levels[-1]) - int(levels[0])

    def groups_to_filter(self, cohort):
        return cohort.levels


@pytest.fixture
def doses(monkeypatch):
    """Know a sixth design as long as a test runs."""
    monkeypatch.setitem(DESIGNS, Doses.name, Doses())


def dosed(tmp_path, levels):
    """Read a sheet with one contrast over doses, six libraries at each of them."""
    sheet = pd.DataFrame(
        {"condition": "treated", "dose": ["0", "1", "5"] * 6, "batch": ["a", "b"] * 9},
        index=pd.Index([f"L{at:02}" for at in range(18)], name="sample"),
    )
    path = tmp_path / "contrasts.tsv"
    path.write_text(
        "contrast\tcancer\tcase\tcontrol\tcovariates\tcolumn\tdesign\tlevels\n"
        f"response\tlung\t5\t\tbatch\tdose\tdoses\t{levels}\n"
    )
    return sheet, path


@pytest.mark.usefixtures("doses")
def test_a_sixth_design_is_one_class(tmp_path):
    sheet, path = dosed(tmp_path, "0,1,5")
    (asked,), _ = read_contrasts(path, sheet)
    cohort = select_samples(sheet, asked)
    assert (cohort.count("case"), cohort.count("control")) == (12, 6)
    judgement = judge(sheet, asked)
    assert judgement.verdict == "fitted"
    assert judgement.design.coefficients == ("(intercept)", "batch=b", "dose (per unit)")
    assert sorted(set(judgement.design.matrix[:, -1])) == [0, 1, 5]

    rng = np.random.default_rng(3)
    dose = sheet["dose"].astype(float).to_numpy()
    expected = np.full((60, 18), 300.0)
    expected[0] *= 2 ** (0.5 * dose)
    counts = pd.DataFrame(
        rng.negative_binomial(30, 30 / (30 + expected)),
        index=[f"hsa-miR-{900 + at}-5p" for at in range(60)],
        columns=sheet.index,
    )
    limits = de.Limits(de.TestRules(permutations=5, edger_permutations=0, deseq2=False))
    found = de.test_contrast(counts, sheet, asked, limits=limits)
    assert found.record["design"] == "doses"
    assert found.record["levels"] == ["0", "1", "5"]
    first = found.table.set_index("mirna").loc["hsa-miR-900-5p"]
    assert first["edger_log2fc"] == pytest.approx(0.5, abs=0.1)
    assert first["jonckheere_p"] < 0.001
    assert design_of(found.record).steps(found.record["levels"]) == 5


@pytest.mark.usefixtures("doses")
def test_a_sixth_design_checks_its_own_row(tmp_path):
    sheet, path = dosed(tmp_path, "0,low,5")
    with pytest.raises(UserError, match="doses need `levels` that are numbers"):
        read_contrasts(path, sheet)


def test_an_unknown_design_names_those_that_there_are(tmp_path):
    sheet, path = dosed(tmp_path, "0,1,5")
    with pytest.raises(UserError, match="groups, paired, trend, one_vs_rest, change"):
        read_contrasts(path, sheet)


def names_of_designs(path):
    """List the lines of a module that know a design by its name.

    `groups` is also a common word, of which only comparisons and the argument `design` are listed.
    """
    ordinary = {DEFAULT}
    nodes = list(ast.walk(ast.parse(path.read_text())))
    compared = [
        part
        for node in nodes
        if isinstance(node, ast.Compare) or (isinstance(node, ast.keyword) and node.arg == "design")
        for part in ast.walk(node)
    ]
    return sorted(
        {
            f"{path.name}:{node.lineno}: {node.value!r}"
            for some, names in ((nodes, {*DESIGNS} - ordinary), (compared, {*DESIGNS}))
            for node in some
            if isinstance(node, ast.Constant) and node.value in tuple(names)
        }
    )


def test_no_other_module_knows_a_design_by_its_name(repository):
    scripts = repository / "workflow" / "scripts"
    paths = [path for path in sorted(scripts.rglob("*.py")) if path.parent.name != "designs"]
    assert [line for path in paths for line in names_of_designs(path)] == []


def test_names_of_designs_are_seen(tmp_path):
    path = tmp_path / "some.py"
    path.write_text(
        'if contrast.design == "groups" or record["design"] in ("paired", "other"):\n'
        '    replace(contrast, design="groups")\n'
        'facts = {"groups": 1}\n'
        'sections = {"trend": 2}\n'
    )
    assert names_of_designs(path) == [
        "some.py:1: 'groups'",
        "some.py:1: 'paired'",
        "some.py:2: 'groups'",
        "some.py:4: 'trend'",
    ]


def test_no_template_knows_a_design_by_its_name(repository):
    templates = sorted((repository / "workflow" / "report").rglob("*.j2"))
    assert templates
    named = re.compile(rf"""[{{][{{%][^}}]*["']({"|".join(DESIGNS)})["']""")
    assert [path.name for path in templates if named.search(path.read_text())] == []
    assert named.search("""{% if o.contrast.design == "change" %}""")


def test_designs_know_nothing_of_tests_and_pages(repository):
    for path in (repository / "workflow" / "scripts" / "exosift" / "designs").glob("*.py"):
        imported = re.findall(r"from (exosift\.\w+)", path.read_text())
        of_types = {"exosift.contrasts", "exosift.cohort"}
        assert {*imported} - of_types <= {"exosift.designs", "exosift.errors", "exosift.text"}, path
