"""Each column of a sheet has a kind, a role and a number of libraries that lack it."""

import pandas as pd
import pytest
from exosift.sheet_columns import SheetColumn, columns_of_sheet
from pydantic import ValidationError


@pytest.fixture
def sheet():
    columns = {
        "condition": ["ill"] * 6 + ["well"] * 6,
        "subject": [f"p{at}" for at in range(12)],
        "age": ["60", "", "high", *["61"] * 9],
        "flow_cell": [*["1", "2", "3"] * 2, *[""] * 6],
        "prep_delay_hours": [f"{at}.5" for at in range(11)] + ["<20"],
        "tumour_site": ["colon", *[""] * 11],
        "cancer_center": ["A"] * 12,
        "bmi": [f"2{at % 10}.1" for at in range(12)],
    }
    return pd.DataFrame(columns, index=pd.Index([f"s{at}" for at in range(12)], name="sample"))


@pytest.mark.parametrize(
    ("name", "kind", "role", "missing"),
    [
        ("condition", "groups", "disease", 0),
        ("subject", "groups", "person", 0),
        ("age", "number", "person", 2),
        ("flow_cell", "groups", "technical", 6),
        ("prep_delay_hours", "number", "technical", 1),
        ("tumour_site", "groups", "disease", 11),
        ("cancer_center", "groups", "technical", 0),
        ("bmi", "number", "other", 0),
    ],
)
def test_a_column_has_a_kind_a_role_and_missing_cells(sheet, name, kind, role, missing):
    expected = SheetColumn(name=name, kind=kind, role=role, missing=missing)
    assert columns_of_sheet(sheet)[name] == expected


def test_columns_keep_the_order_of_the_sheet(sheet):
    assert list(columns_of_sheet(sheet)) == list(sheet)
    assert columns_of_sheet(sheet[[]]) == {}


def test_an_amount_is_a_number_that_measures_by_its_name(sheet):
    amounts = [name for name, one in columns_of_sheet(sheet).items() if one.is_amount]
    assert amounts == ["prep_delay_hours"]
    groups = sheet.assign(prep_delay_hours=["short", "long"] * 6)
    assert not columns_of_sheet(groups)["prep_delay_hours"].is_amount


def test_a_column_survives_json(sheet):
    for column in columns_of_sheet(sheet).values():
        assert SheetColumn.model_validate_json(column.model_dump_json()) == column


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "text"}, {"role": "clinical"}, {"missing": "2"}, {"missing": None}, {"more": 1}],
)
def test_a_column_of_other_fields_or_types_is_an_error(wrong):
    right = {"name": "bmi", "kind": "number", "role": "other", "missing": 2}
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        SheetColumn.model_validate(right | wrong)


def test_the_schema_lists_kinds_and_roles():
    fields = SheetColumn.model_json_schema()["properties"]
    assert fields["kind"]["enum"] == ["number", "groups"]
    assert fields["role"]["enum"] == ["technical", "disease", "person", "other"]
