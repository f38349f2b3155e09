"""The tables of facts are whole, and agree with each other."""

from customers.vietnamese.addresses import format_address
from customers.vietnamese.facts import DATA_DIR, read_rows


def test_provinces_and_wards():
    provinces = read_rows("provinces.csv")
    wards = read_rows("wards.csv")
    codes = {row["nso_code"] for row in provinces}
    assert len(codes) == len(provinces) == 34
    assert len({row["code"] for row in wards}) == len(wards) == 3321
    assert {row["province_code"] for row in wards} == codes
    for province in provinces:
        in_province = sum(ward["province_code"] == province["nso_code"] for ward in wards)
        assert in_province == int(province["wards"]), province["name"]


def test_every_old_ward_went_to_a_ward_of_today():
    changes = read_rows("ward_changes_2025.csv.gz")
    today = {(row["code"], row["province_code"]) for row in read_rows("wards.csv")}
    assert len(changes) == 10_602
    assert {(row["new_ward_code"], row["new_province_code"]) for row in changes} <= today


def test_every_file_is_documented():
    readme = (DATA_DIR / "README.md").read_text(encoding="utf-8")
    for path in DATA_DIR.iterdir():
        if path.name != "README.md":
            assert f"`{path.name}`" in readme


def test_addresses_have_no_commas_for_what_is_missing():
    assert (
        format_address("12 Lý Thái Tổ", "Phường Hoàn Kiếm", "Hà Nội")
        == "12 Lý Thái Tổ, Phường Hoàn Kiếm, Hà Nội"
    )
    assert format_address("", "Phường Hoàn Kiếm", "Hà Nội") == "Phường Hoàn Kiếm, Hà Nội"
    assert format_address(" 12 Lý Thái Tổ, ", "", "Hà Nội") == "12 Lý Thái Tổ, Hà Nội"
    assert format_address("", "", "") == ""
