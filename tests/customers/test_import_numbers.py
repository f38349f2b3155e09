from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.importing.numbers import parse_amount, parse_count, parse_number
from customers.vietnamese.typed import InputError


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("12.5", ".", "12.5"),
        ("-0.44000000000000006", ".", "-0.44000000000000006"),
        ("1e-05", ".", "0.00001"),
        ("1,234,567.5", ".", "1234567.5"),
        ("(3.50)", ".", "-3.50"),
        ("１２", ".", "12"),
        ("1.234.567,5", ",", "1234567.5"),
        ("12,5", ",", "12.5"),
        ("-1234,5", ",", "-1234.5"),
    ],
)
def test_numbers_are_exact(text, mark, number):
    assert parse_number(text, mark) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.2.3", "12,34", "0x1f", "nan", "Infinity", "1e999", "--1", "=1+1"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(InputError):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("250000", 250_000),
        ("250.000", 250_000),
        ("1,234,567", 1_234_567),
        ("1tr2", 1_200_000),
        ("11.77", 12),
        ("11.5", 12),
        ("-11.5", -12),
        ("0.125", 0),
        ("12345.00", 12_345),
        ("-250.000", -250_000),
    ],
)
def test_amounts_in_dong_are_read_as_people_write_them(text, amount):
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    ("text", "scale", "mark", "amount"),
    [
        ("3.49", "25000", "", 87_250),
        ("1.234", "1000", "", 1234),
        ("1.234", "1", ".", 1),
        ("0.00002", "25000", "", 1),  # 0.5 đồng goes up
        ("12,5", "1000", ",", 12_500),
        ("17", "0.5", "", 9),  # 8.5
    ],
)
def test_amounts_are_scaled_and_rounded_half_up(text, scale, mark, amount):
    assert parse_amount(text, scale=Decimal(scale), mark=mark) == amount


def test_amounts_beyond_the_column_are_refused():
    assert parse_amount("99999999999999") == 99_999_999_999_999
    for text, scale in (("100000000000000", "1"), ("99999999999999", "2"), ("1e90", "10")):
        with pytest.raises(InputError):
            parse_amount(text, scale=Decimal(scale))


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=4), st.integers(1, 30_000))
def test_scaling_agrees_with_whole_number_arithmetic(value, scale):
    exact = abs(value) * scale
    expected = int(exact * 2 + 1) // 2  # half up, away from zero
    found = parse_amount(f"{value:f}", scale=Decimal(scale), mark=".")
    assert abs(found) == expected
    assert found == 0 or (found < 0) == (value < 0)


def test_counts_are_whole_and_bounded():
    assert parse_count("4.0", most=9) == 4
    for text in ("-1", "10", "2.5", "nhiều"):
        with pytest.raises(InputError):
            parse_count(text, most=9)
