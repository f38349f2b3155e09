from decimal import Decimal

import pytest
from django.utils import translation

from customers.importing.binding import Binding
from customers.importing.errors import ImportFileError, RowError
from customers.importing.mapping import Canon, ImportMapping, read_mapping
from tests.importing import write

CANON = Canon(columns=("number", "name", "channel", "amount"), required=("number",), money=("amount",))


def bound(tmp_path, header, text):
    return Binding(header, read_mapping(write(tmp_path / "m.toml", text), CANON), CANON)


def test_columns_keep_their_own_names_without_a_mapping():
    binding = Binding(["Number", "other", "name"], ImportMapping(), CANON)
    assert binding.row(["1", "x", " An "]) == {"number": "1", "name": "An"}
    assert binding.ignored == ["other"]


def test_a_name_spelt_exactly_wins_over_one_in_another_case():
    binding = Binding(["NUMBER", "number"], ImportMapping(), CANON)
    assert binding.row(["a", "b"]) == {"number": "b"}


def test_every_kind_of_rule(tmp_path):
    binding = bound(
        tmp_path,
        ["Mã", "Họ", "Tên", "SL", "Giá", "kênh"],
        """
        [columns]
        number = "mã"
        name = ["Họ", "Tên"]
        channel = { value = "store" }
        amount = { product = ["SL", "Giá"] }
        """,
    )
    row = binding.row(["7", "Lê", "Cúc", "3", "1.5", "web"])
    assert row == {"number": "7", "name": "Lê Cúc", "channel": "store", "amount": "4.5"}
    assert binding.row(["7", "", "Cúc", "", "1.5", ""])["name"] == "Cúc"
    assert binding.row(["7", "", "Cúc", "", "1.5", ""])["amount"] == ""
    assert binding.ignored == ["kênh"]
    # A computed number is ours, so its decimals are after a point even in a file with commas.
    assert binding.mark_of("amount") == "."


def test_a_sum_is_exact_and_skips_empty_cells(tmp_path):
    binding = bound(tmp_path, ["number", "a", "b", "c"], '[columns]\namount = { sum = ["a", "b", "c"] }')
    assert Decimal(binding.row(["1", "0.1", "0.2", ""])["amount"]) == Decimal("0.3")
    assert binding.row(["1", "", " ", ""])["amount"] == ""


def test_a_computed_number_says_which_cell_is_none(tmp_path):
    binding = bound(tmp_path, ["number", "a", "b"], '[columns]\namount = { sum = ["a", "b"] }')
    with pytest.raises(RowError) as refused:
        binding.row(["1", "2", "two"])
    assert binding.explain(refused.value).startswith("amount (a, b): ")
    assert "two" in refused.value.message


def test_texts_with_columns_leave_out_what_is_empty(tmp_path):
    binding = bound(
        tmp_path,
        ["number", "age", "home"],
        '[columns]\nname = { join = ["age {age}", "home: {home}"], with = "; " }',
    )
    assert binding.row(["1", "45-54", ""])["name"] == "age 45-54"
    assert binding.row(["1", "", ""])["name"] == ""
    assert binding.row(["1", "45-54", "Renter"])["name"] == "age 45-54; home: Renter"


def test_values_are_translated_in_any_case_and_blanks_too(tmp_path):
    binding = bound(tmp_path, ["number", "channel"], '[values.channel]\n"Cửa hàng" = "store"\n"" = "web"')
    assert [binding.row(["1", value])["channel"] for value in ("CUA HANG", "", "zalo")] == [
        "store",
        "web",
        "zalo",
    ]


def test_a_column_can_be_left_out(tmp_path):
    binding = bound(tmp_path, ["number", "name"], '[columns]\nname = ""')
    assert binding.row(["1", "An"]) == {"number": "1"}
    assert binding.ignored == ["name"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[column]\n", "column"),
        ('[columns]\nnumbr = "a"', "columns.numbr"),
        ("[columns]\nnumber = 3", "columns.number"),
        ("[columns]\nnumber = []", "columns.number"),
        ('[columns]\nnumber = { sum = ["a"], product = ["b"] }', "columns.number"),
        ('[columns]\nnumber = { value = "a", with = "b" }', "columns.number"),
        ('[columns]\nnumber = { summe = ["a"] }', "columns.number.summe"),
        ('[columns]\nname = ["{a"]', "columns.name"),
        ('[values]\nchannel = "store"', "values.channel"),
        ("[scale]\nname = 3", "scale.name"),
        ("[scale]\namount = 0", "scale.amount"),
        ('[scale]\namount = "many"', "scale.amount"),
        ('[options]\nsorce = "x"', "options.sorce"),
        ("[options]\nsource = 3", "options.source"),
        ('[options]\ndecimal = "x"', "options.decimal"),
        ("columns = 3", "columns"),
    ],
)
def test_a_wrong_mapping_names_the_key_and_what_is_allowed(tmp_path, text, key):
    with translation.override("en"), pytest.raises(ImportFileError) as refused:
        read_mapping(write(tmp_path / "m.toml", text), CANON)
    assert f"“{key}”" in refused.value.message
    assert "Allowed: " in refused.value.message


def test_broken_toml_and_sources_are_explained(tmp_path):
    with pytest.raises(ImportFileError, match=r"m\.toml"):
        read_mapping(write(tmp_path / "m.toml", "[columns"), CANON)
    with pytest.raises(ImportFileError, match="a:b"):
        read_mapping(write(tmp_path / "m.toml", '[options]\nsource = "a:b"'), CANON)
    with pytest.raises(ImportFileError, match=r"nowhere\.toml"):
        read_mapping(tmp_path / "nowhere.toml", CANON)


@pytest.mark.parametrize(
    ("header", "text", "said"),
    [
        (["name"], "", "no column number"),
        (["number", "number"], "", "2 columns named"),
        (["number"], '[columns]\nname = "tên"', "takes name from “tên”"),
    ],
)
def test_a_header_that_does_not_fit_is_explained(tmp_path, header, text, said):
    with translation.override("en"), pytest.raises(ImportFileError, match=said):
        bound(tmp_path, header, text)


def test_two_columns_of_one_name_do_no_harm_where_nobody_reads_them(tmp_path):
    assert bound(tmp_path, ["number", "x", "x"], "").ignored == ["x", "x"]
