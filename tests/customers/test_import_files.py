import gzip
import tracemalloc

import pytest
from django.utils import translation

from customers.importing.errors import ImportFileError
from customers.importing.files import LONGEST_LINE, TableFile
from tests.importing import write

HEADER = "external_id,full_name,phone\n"


def read(path, **options):
    with TableFile(path, **options) as table:
        return table, list(table.records())


def cells(path, **options):
    _table, records = read(path, **options)
    return [record.cells for record in records]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(tmp_path, delimiter):
    text = delimiter.join(["a", "b", "c"]) + "\n" + delimiter.join(["1", "x", "y"]) + "\n"
    assert cells(write(tmp_path / "list.csv", text)) == [["1", "x", "y"]]


def test_a_comma_inside_quotes_is_not_taken_for_the_delimiter(tmp_path):
    assert cells(write(tmp_path / "list.csv", '"a, b, c";d\n1;2\n')) == [["1", "2"]]


def test_a_byte_order_mark_is_not_part_of_the_first_name(tmp_path):
    table, _records = read(write(tmp_path / "list.csv", HEADER, "utf-8-sig"))
    assert table.header[0] == "external_id"


def test_gzip_is_read_whatever_the_file_is_called(tmp_path):
    path = write(tmp_path / "list.csv", gzip.compress((HEADER + "1,An,\n").encode()))
    assert cells(path) == [["1", "An", ""]]


def test_quoted_cells_may_hold_delimiters_quotes_and_lines(tmp_path):
    path = write(tmp_path / "list.csv", HEADER + '1,"An, ""Bé""\nCao",\r\n2,Bình,\n')
    assert cells(path) == [["1", 'An, "Bé"\nCao', ""], ["2", "Bình", ""]]


def test_a_quote_that_is_not_closed_costs_its_own_row_only(tmp_path):
    path = write(tmp_path / "list.csv", HEADER + '1,"An,\n2,Bình,\n3,"Cúc",\n')
    _table, records = read(path)
    assert [(record.line, bool(record.problem)) for record in records] == [(2, True), (3, False), (4, False)]
    assert records[0].text == '1,"An,\n'


def test_a_swallowed_row_is_noticed_by_its_number_of_cells(tmp_path):
    # The quotes pair up across two rows, so only the width gives the mistake away.
    path = write(tmp_path / "list.csv", HEADER + '1,"An,\n2",Bình,x,y\n3,Cúc,\n')
    _table, records = read(path)
    assert [record.cells for record in records if not record.problem] == [["3", "Cúc", ""]]
    assert [record.line for record in records] == [2, 3, 4]


@pytest.mark.parametrize(("row", "said"), [("1,An\n", "2 ô"), ("1,An,0912,x\n", "4 ô")])
def test_a_row_of_another_width_is_refused(tmp_path, row, said):
    _table, (record,) = read(write(tmp_path / "list.csv", HEADER + row))
    assert said in record.problem


def test_empty_cells_beyond_the_header_are_nothing(tmp_path):
    assert cells(write(tmp_path / "list.csv", HEADER + "1,An,,,,\n")) == [["1", "An", ""]]


def test_blank_lines_are_no_rows(tmp_path):
    assert cells(write(tmp_path / "list.csv", "\n" + HEADER + "\n1,An,\n\n\n")) == [["1", "An", ""]]


def test_bytes_of_another_encoding_are_named(tmp_path):
    path = write(tmp_path / "list.csv", HEADER.encode() + b"1,An,\n2,\xa3 5,\n3,B\xecnh,\n")
    _table, records = read(path)
    assert [bool(record.problem) for record in records] == [False, True, True]
    assert "3" in records[1].problem
    assert "0xA3" in records[1].problem
    assert records[1].text == "2,\\xa3 5,\n"


def test_another_encoding_can_be_named(tmp_path):
    path = write(tmp_path / "list.csv", HEADER + "1,£ 5,\n", "latin-1")
    assert cells(path, encoding="latin-1") == [["1", "£ 5", ""]]


def test_a_nul_is_refused_and_shown(tmp_path):
    path = write(tmp_path / "list.csv", HEADER + "1,A\0n,\n2,Bình,\n")
    _table, records = read(path)
    assert "NUL" in records[0].problem
    assert records[0].text == "1,A\\x00n,\n"
    assert records[1].cells == ["2", "Bình", ""]


def test_an_endless_line_is_cut_and_refused_without_being_held(tmp_path):
    path = write(tmp_path / "list.csv", HEADER + "1," + "x" * (20 * LONGEST_LINE) + ",\n2,Bình,\n")
    tracemalloc.start()
    _table, records = read(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [record.line for record in records] == [2, 3]
    assert records[0].problem
    assert len(records[0].text) < 2000
    assert peak < 6 * LONGEST_LINE


def test_a_quoted_cell_that_is_too_long_is_refused(tmp_path):
    _table, records = read(write(tmp_path / "list.csv", HEADER + '1,"' + "x" * 200_000 + '",\n2,Bình,\n'))
    assert [bool(record.problem) for record in records] == [True, False]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (b"\xff\xfea\0b\0", "UTF-16"),
        (b"\x89PNG\r\n\x1a\n", "not a CSV"),
        (b"a,\0\n1,2\n", "NUL"),
        (b"h\xf4 t\xean,b\n", "0xF4"),
        (b'"a,b\n1,2\n', "quotes"),
        (b"a,b\r1,2\r", "old Macs"),
        (b"\x1f\x8b\x08 but no gzip at all", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path, content, said):
    with translation.override("en"), pytest.raises(ImportFileError, match=said):
        TableFile(write(tmp_path / "list.csv", content))


def test_a_gzip_that_ends_too_early_is_refused_where_it_ends(tmp_path):
    whole = gzip.compress((HEADER + "".join(f"{n},Khách {n * 7919},\n" for n in range(5000))).encode())
    path = write(tmp_path / "list.csv.gz", whole[: len(whole) // 2])
    with pytest.raises(ImportFileError), TableFile(path) as table:
        list(table.records())


def test_missing_file_and_unknown_options_are_explained(tmp_path):
    path = write(tmp_path / "list.csv", HEADER)
    with pytest.raises(ImportFileError, match=r"missing\.csv"):
        TableFile(tmp_path / "missing.csv")
    with pytest.raises(ImportFileError, match="tab"):
        TableFile(path, delimiter="#")
    with pytest.raises(ImportFileError, match="cp1258"):
        TableFile(path, encoding="klingon")
