import pytest
from exosift.design.sections import SectionRules, level, sections
from exosift.sentences.sections import section_sentence


@pytest.mark.parametrize(
    ("per_arm", "verdict", "best", "shown"),
    [
        (2, "too_few", "descriptive", {"descriptive"}),
        (4, "fitted", "tests", {"tests"}),
        (9, "fitted", "exploratory", {"tests", "ranking"}),
        (19, "fitted", "candidates", {"tests", "ranking", "candidates"}),
        (20, "fitted", "panel", {"tests", "ranking", "candidates", "panel"}),
        (300, "refused", "descriptive", set()),
    ],
)
def test_numbers_decide_which_sections_exist(
    per_arm: int, verdict: str, best: str, shown: set[str]
) -> None:
    found = sections(per_arm, per_arm, verdict)
    assert {name for name, one in found.items() if one["shown"]} == {"descriptive", *shown}
    assert all(one["reason"] for one in found.values() if not one["shown"])
    assert level(found) == best


def test_controls_decide_which_specificities_can_be_fixed() -> None:
    found = sections(60, 120, "fitted", SectionRules())
    assert [found[f"specificity_{share}"]["shown"] for share in (95, 98, 99)] == [True, True, False]
    assert section_sentence(found["specificity_99"]) == "It takes 200 controls; there are 120."
    assert found["calibration"]["shown"]
    few = sections(4, 120, "fitted", SectionRules())
    assert not few["specificity_98"]["shown"]
    assert section_sentence(few["specificity_98"]) == "It takes 10 in each arm; there are 4."
