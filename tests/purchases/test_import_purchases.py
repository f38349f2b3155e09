import datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer
from purchases.importing.lines import code_of
from purchases.importing.purchase_import import import_purchases
from purchases.models import Category, Product, Purchase, PurchaseLine, Return
from tests.factories import CategoryFactory, IdentifierFactory, ProductFactory
from tests.importing import counts, rejects, run, write

pytestmark = pytest.mark.django_db

HEADER = "customer_external_id,purchase_no,purchased_at,line_total"


def import_lines(tmp_path, *rows, header=HEADER, mapping="", options=("--create-customers",)):
    path = write(tmp_path / "lines.csv", "\n".join([header, *rows]) + "\n")
    if mapping:
        options = (*options, "--mapping", str(write(tmp_path / "m.toml", mapping)))
    return run("import_purchases", path, *options)


def refused(tmp_path):
    """Why, by line."""
    return {int(row["line"]): row["reason"] for row in rejects(tmp_path / "lines.csv")}


def purchase(number="A1"):
    return Purchase.objects.get(number=number)


def places_of_rows():
    """Where PostgreSQL keeps each row; writing a row, even with the same values, moves it."""
    models = (Purchase, PurchaseLine, Return, Product, Category, Customer)
    place = RawSQL("ctid::text", [])
    return [
        list(model.objects.annotate(place=place).values_list("pk", "place").order_by("pk"))
        for model in models
    ]


def totals(found):
    return tuple(int(amount) for amount in (found.gross, found.discount, found.net))


def test_every_canonical_column_arrives(tmp_path):
    header = (
        "customer_external_id,purchase_no,purchased_at,channel,product_code,product_name,category,quantity,"
        "line_total,discount,status"
    )
    summary = import_lines(
        tmp_path,
        "KH1,A1,14/05/2024 17:30,Shopee,SP1,Áo thun,Thời trang,2,180.000,20.000,Hoàn thành",
        "KH1,A1,14/05/2024 17:30,Shopee,SP2,Mũ,Thời trang,1.5,75000,,Hoàn thành",
        header=header,
        options=("--create-customers", "--source", "pos"),
    )
    assert counts(summary) == (2, 0, 0, 0)
    assert (summary["purchases_created"], summary["customers_created"]) == (1, 1)
    found = purchase()
    assert found.customer.identifiers.get().kind == "import:pos"
    assert (found.source, found.channel, found.status, found.beneficiary) == (
        *("pos", "marketplace", "completed", "self"),
    )
    assert timezone.localtime(found.purchased_at).isoformat() == "2024-05-14T17:30:00+07:00"
    assert totals(found) == (275_000, 20_000, 255_000)
    shirt, hat = found.lines.order_by("pk")
    assert (shirt.product.code, shirt.product.name, shirt.category.name) == ("SP1", "Áo thun", "Thời trang")
    assert (shirt.quantity, totals(shirt)) == (2, (200_000, 20_000, 180_000))
    assert (hat.quantity, totals(hat), hat.customer_id) == (
        Decimal("1.5"),
        (75_000, 0, 75_000),
        found.customer_id,
    )
    assert Category.objects.get() == shirt.category == shirt.product.category


def test_four_columns_are_enough(tmp_path):
    assert counts(import_lines(tmp_path, "1,A1,2024-05-14,250000")) == (1, 0, 0, 0)
    line = purchase().lines.get()
    assert (purchase().channel, purchase().status, line.product, line.category, line.quantity) == (
        *("store", "completed", None, None, 1),
    )
    assert timezone.localtime(purchase().purchased_at).time() == datetime.time()


def test_lines_of_a_purchase_may_stand_anywhere(tmp_path, monkeypatch):
    monkeypatch.setitem(import_purchases.__kwdefaults__, "batch_size", 3)
    rows = [f"{n % 7},A{n % 7},2024-05-14T08:{n % 60:02d},{n + 1}" for n in range(40)]
    for expected in ((40, 0, 0, 0), (0, 0, 40, 0)):
        assert counts(import_lines(tmp_path, *rows)) == expected
        assert Purchase.objects.count() == 7
        for number in range(7):
            mine = [n for n in range(40) if n % 7 == number]
            found = purchase(f"A{number}")
            assert found.net == sum(n + 1 for n in mine)
            assert found.lines.count() == len(mine)
            # The earliest of its lines is the time of a purchase.
            assert timezone.localtime(found.purchased_at).minute == min(mine)


def test_again_writes_nothing_at_all(tmp_path):
    rows = ["1,A1,2024-05-14,100,sp1,Áo", "1,A1,2024-05-14,-30,sp2,Mũ", "2,B1,2024-05-15,50,,"]
    header = HEADER + ",product_code,product_name"
    import_lines(tmp_path, *rows, header=header)
    before = places_of_rows()
    assert counts(import_lines(tmp_path, *reversed(rows), header=header)) == (0, 0, 3, 0)
    assert places_of_rows() == before


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ("1,A1,2024-05-14,120,sp1,2,store", "amount"),
        ("1,A1,2024-05-15,100,sp1,2,store", "time"),
        ("1,A1,2024-05-14,100,sp2,2,store", "product"),
        ("1,A1,2024-05-14,100,sp1,3,store", "quantity"),
        ("1,A1,2024-05-14,100,sp1,2,web", "channel"),
    ],
)
def test_a_changed_purchase_is_replaced_and_others_are_not(tmp_path, changed, what):
    header = HEADER + ",product_code,quantity,channel"
    import_lines(tmp_path, "1,A1,2024-05-14,100,sp1,2,store", "1,B1,2024-05-14,7,sp1,1,store", header=header)
    other = Purchase.objects.filter(number="B1").values().get()
    first = purchase()
    summary = import_lines(tmp_path, changed, "1,B1,2024-05-14,7,sp1,1,store", header=header)
    assert counts(summary) == (0, 1, 1, 0)
    found = purchase()
    assert found.pk == first.pk
    assert found.lines.count() == 1
    cells = changed.split(",")
    line = found.lines.get()
    assert (int(found.net), line.product.code, int(line.quantity)) == (int(cells[3]), cells[4], int(cells[5]))
    assert timezone.localdate(found.purchased_at).isoformat() == cells[2]
    assert found.channel == ("website" if cells[6] == "web" else "store")
    assert Purchase.objects.filter(number="B1").values().get() == other


def test_decimals_are_scaled_and_rounded_line_by_line(tmp_path):
    # 0.5 + 0.5 đồng: each line goes up before they are added.
    header = HEADER + ",discount"
    rows = ["1,A1,2024-05-14,0.00002,0.00002", "1,A1,2024-05-14,0.00002,0", "1,A1,2024-05-14,3.49,0.1"]
    import_lines(tmp_path, *rows, header=header, mapping="[scale]\nline_total = 25000")
    assert totals(purchase()) == (89_753, 2_501, 87_252)


def test_amounts_below_zero_alone_are_a_returned_purchase(tmp_path):
    header = HEADER + ",quantity"
    import_lines(tmp_path, "1,C1,2024-05-14,-100,-2", "1,C1,2024-05-14,0,-1", header=header)
    found = purchase("C1")
    assert (found.status, totals(found)) == ("returned", (100, 0, 100))
    assert sorted(int(line.quantity) for line in found.lines.all()) == [1, 2]
    assert not Return.objects.exists()


def test_amounts_below_zero_among_others_are_a_return_of_the_purchase(tmp_path):
    header = HEADER + ",quantity"
    rows = ["1,A1,2024-05-14,300,3", "1,A1,2024-05-16,-100,-1", "1,A1,2024-05-15,-40,-0.5"]
    assert counts(import_lines(tmp_path, *rows, header=header)) == (3, 0, 0, 0)
    found = purchase()
    back = Return.objects.get()
    assert (found.status, int(found.net), found.lines.count()) == ("completed", 300, 1)
    assert (back.purchase, back.customer, int(back.amount), back.units) == (
        *(found, found.customer, 140, Decimal("1.5")),
    )
    assert timezone.localdate(back.returned_at) == datetime.date(2024, 5, 15)
    # A later file without the goods that came back takes the return away.
    assert counts(import_lines(tmp_path, rows[0], header=header)) == (0, 1, 0, 0)
    assert not Return.objects.exists()
    assert counts(import_lines(tmp_path, *rows, header=header)) == (0, 3, 0, 0)
    assert Return.objects.get().amount == 140


def test_long_numbers_of_returns_still_differ(tmp_path):
    numbers = ["N" * 59 + end for end in "ab"]
    rows = [f"1,{number},2024-05-14,{amount}" for number in numbers for amount in (100, -10)]
    assert counts(import_lines(tmp_path, *rows)) == (4, 0, 0, 0)
    assert counts(import_lines(tmp_path, *rows)) == (0, 0, 4, 0)
    assert Return.objects.count() == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Đã hủy", "cancelled"), ("cancelled", "cancelled"), ("trả hàng", "returned"), ("", "completed")],
)
def test_the_status_is_understood_in_both_languages(tmp_path, status, expected):
    import_lines(tmp_path, f"1,A1,2024-05-14,100,{status}", header=HEADER + ",status")
    assert (purchase().status, int(purchase().net)) == (expected, 100)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("1,A1,2024-05-14,,1,,", "line_total: "),
        ("1,A1,2024-05-14,many,1,,", "line_total: "),
        ("1,A1,,100,1,,", "purchased_at: "),
        ("1,A1,2024-02-30,100,1,,", "purchased_at: "),
        ("1,A1,14/05/2024 25:00,100,1,,", "purchased_at: There is no such time of day"),
        ("1,A1,14/05/0024,100,1,,", "purchased_at: The year"),
        ("1,,2024-05-14,100,1,,", "purchase_no: This cell is empty"),
        (",A1,2024-05-14,100,1,,", "customer_external_id: This cell is empty"),
        ("1,A1,2024-05-14,100,-1,,", "quantity: The quantity is below zero"),
        ("1,A1,2024-05-14,100,9999999999,,", "quantity: The quantity is too large"),
        ("1,A1,2024-05-14,100,1,-5,", "discount: A discount cannot be negative"),
        (
            "1,A1,2024-05-14,100,1,,shipped",
            "status: “shipped” is not known. Allowed: completed, cancelled, returned",
        ),
        ("1,A1,2024-05-14,999999999999999,1,,", "line_total: The amount is too large"),
        (
            "1,A1,2024-05-14,99999999999999,1,99999999999999,",
            "line_total: the total of this purchase is too large",
        ),
        ("1,1.2E+07,2024-05-14,100,1,,", "purchase_no: The spreadsheet has shortened"),
        ("1," + "N" * 61 + ",2024-05-14,100,1,,", "purchase_no: The text has 61 characters"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_with_field_and_reason(tmp_path, cells, said):
    summary = import_lines(tmp_path, cells, header=HEADER + ",quantity,discount,status")
    assert counts(summary) == (0, 0, 0, 1)
    assert refused(tmp_path)[2].startswith(said)
    assert not Purchase.objects.exists()
    assert not Customer.objects.exists()


def test_a_purchase_with_an_unreadable_line_is_left_out_whole(tmp_path):
    rows = ["1,A1,2024-05-14,100", "2,B1,2024-05-14,7", "1,A1,2024-05-14,?", "1,A1,2024-05-14,50"]
    assert counts(import_lines(tmp_path, *rows)) == (1, 0, 0, 3)
    reasons = refused(tmp_path)
    assert list(reasons) == [2, 4, 5]
    assert reasons[4].startswith("line_total: ")
    assert reasons[2] == reasons[5]
    assert "Line 4 of this purchase" in reasons[2]
    assert [row["line_total"] for row in rejects(tmp_path / "lines.csv")] == ["100", "?", "50"]
    assert list(Purchase.objects.values_list("number", flat=True)) == ["B1"]


def test_a_line_without_customer_leaves_out_the_purchases_of_its_number(tmp_path):
    rows = ["1,A1,2024-05-14,100", ",A1,2024-05-14,50", "2,B1,2024-05-14,7"]
    assert counts(import_lines(tmp_path, *rows)) == (1, 0, 0, 2)
    assert list(refused(tmp_path)) == [2, 3]


def test_a_torn_line_leaves_out_the_purchase_that_it_seems_to_belong_to(tmp_path):
    rows = ["1,A1,2024-05-14,100", "1,A1,2024-05-14", "2,B1,2024-05-14,7"]
    assert counts(import_lines(tmp_path, *rows)) == (1, 0, 0, 2)
    assert "3 cells" in refused(tmp_path)[3]


def test_cancelled_and_other_lines_do_not_go_together(tmp_path):
    rows = ["1,A1,2024-05-14,100,hủy", "1,A1,2024-05-14,50,"]
    assert counts(import_lines(tmp_path, *rows, header=HEADER + ",status")) == (0, 0, 0, 2)
    assert refused(tmp_path)[2].startswith("status: ")


def test_unknown_customers_are_refused_unless_they_may_be_made(tmp_path):
    known = IdentifierFactory(kind="import:import", value="1").customer
    IdentifierFactory(kind="import:other", value="2")
    rows = ["1,A1,2024-05-14,100", "2,B1,2024-05-14,7", "2,B1,2024-05-14,8"]
    summary = import_lines(tmp_path, *rows, options=())
    assert counts(summary) == (1, 0, 0, 2)
    assert "--create-customers" in refused(tmp_path)[3]
    assert purchase().customer == known
    summary = import_lines(tmp_path, *rows)
    assert (counts(summary), summary["customers_created"]) == ((2, 0, 1, 0), 1)
    bare = purchase("B1").customer
    assert (bare.full_name, bare.source, bare.version) == ("", "import", 1)
    assert bare.behaviour.orders == 0


def test_customers_imported_before_are_found(tmp_path):
    run("import_customers", write(tmp_path / "c.csv", "external_id,full_name\n17850,An\n"), "--source", "uci")
    summary = import_lines(tmp_path, "17850.0,A1,2024-05-14,100", options=("--source", "uci"))
    assert counts(summary) == (1, 0, 0, 0)
    assert purchase().customer.given_name == "An"


def test_one_number_may_be_two_customers_purchases(tmp_path):
    assert counts(import_lines(tmp_path, "1,A1,2024-05-14,100", "2,A1,2024-05-14,7")) == (2, 0, 0, 0)
    assert sorted(int(found.net) for found in Purchase.objects.filter(number="A1")) == [7, 100]


def test_products_and_categories_are_made_once_and_never_renamed(tmp_path):
    shelf = CategoryFactory(code="TT", name="Thời trang")
    known = ProductFactory(code="SP1", name="Áo thun cổ tròn", category=None)
    header = HEADER + ",product_code,product_name,category"
    rows = [
        "1,A1,2024-05-14,1,SP1,ao thun,Thời trang",
        "1,A2,2024-05-14,1,SP2,,",
        "1,A3,2024-05-14,1,SP2,Mũ,TT",
        "1,A4,2024-05-14,1,,Giày da,Giày Dép",
        "1,A5,2024-05-14,1,,giay  DA,giày dép",
        "1,A6,2024-05-14,1,,,",
    ]
    assert counts(import_lines(tmp_path, *rows, header=header)) == (6, 0, 0, 0)
    known.refresh_from_db()
    assert (known.name, known.category) == ("Áo thun cổ tròn", shelf)
    hat = Product.objects.get(code="SP2")
    assert (hat.name, hat.category) == ("Mũ", shelf)
    assert list(Product.objects.exclude(code__in=["SP1", "SP2"]).values_list("code", flat=True)) == [
        "giay-da"
    ]
    assert sorted(Category.objects.values_list("code", flat=True)) == ["TT", "giay-dep"]
    assert purchase("A6").lines.get().product is None
    assert counts(import_lines(tmp_path, *rows, header=header)) == (0, 0, 6, 0)


def test_refused_purchases_leave_no_products_or_customers_behind(tmp_path):
    rows = ["1,A1,2024-05-14,1,SP1", "1,A1,2024-05-14,?,SP2"]
    import_lines(tmp_path, *rows, header=HEADER + ",product_code")
    assert not Product.objects.exists()
    assert not Customer.objects.exists()


def test_codes_of_names_fit_and_differ():
    assert code_of("Bánh mì kẹp  thịt!") == "banh-mi-kep-thit"
    assert code_of("") == ""
    long = [code_of("rất dài " * 20 + end) for end in ("a", "b")]
    assert len(set(long)) == 2
    assert all(len(code) <= 60 for code in long)
    assert code_of("咖啡") != code_of("茶")


def test_a_batch_costs_the_same_number_of_queries_at_any_size(tmp_path):
    def queries(count):
        with CaptureQueriesContext(connection) as captured:
            import_lines(tmp_path, *(f"{n}x{count},A{n},2024-05-14,{n}" for n in range(count)))
        return len(captured)

    assert queries(300) == queries(3)


def test_a_file_that_cannot_be_imported_ends_the_command_with_a_sentence(tmp_path):
    path = write(tmp_path / "lines.csv", "customer,amount\n1,2\n")
    with pytest.raises(CommandError, match="purchased_at"):
        call_command("import_purchases", path)


# Shapes of public retail data sets


def test_an_invoice_table_with_unit_prices(tmp_path):
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    mapping = """
    [columns]
    customer_external_id = "CustomerID"
    purchase_no = "InvoiceNo"
    purchased_at = "InvoiceDate"
    product_code = "StockCode"
    product_name = "Description"
    quantity = "Quantity"
    line_total = { product = ["Quantity", "UnitPrice"] }
    channel = { value = "website" }
    [scale]
    line_total = 30000
    [options]
    date_format = "%m/%d/%Y %H:%M"
    encoding = "latin-1"
    """
    rows = [
        '536365,85123A,"WHITE ""HANGING"" HEART, £",6,12/1/2010 8:26,2.55,17850.0,United Kingdom',
        "536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850.0,United Kingdom",
        "536366,22633,HAND WARMER,12,12/1/2010 8:28,1.85,13047.0,United Kingdom",
        "C536379,D,Discount,-1,12/1/2010 9:41,27.5,14527.0,United Kingdom",
        "536414,22139,,56,12/1/2010 11:52,0.0,,United Kingdom",
        "536544,21773,DECORATIVE ROSE,1,12/31/2010 14:32,2.51,,United Kingdom",
    ]
    path = write(tmp_path / "lines.csv", "\n".join([header, *rows]) + "\n", "latin-1")
    options = ("--mapping", str(write(tmp_path / "m.toml", mapping)), "--create-customers")
    for expected in ((4, 0, 0, 2), (0, 0, 4, 2)):
        summary = run("import_purchases", path, *options)
        assert counts(summary) == expected
    assert summary["ignored_columns"] == ["Country"]
    assert int(purchase("536365").net) == (6 * 255 + 6 * 339) * 300
    assert timezone.localtime(purchase("536365").purchased_at).isoformat() == "2010-12-01T08:26:00+07:00"
    assert (purchase("C536379").status, int(purchase("C536379").net)) == ("returned", 825_000)
    assert Product.objects.get(code="85123A").name == 'WHITE "HANGING" HEART, £'
    assert list(refused(tmp_path)) == [6, 7]


def test_a_table_of_customers_dates_and_dollars_without_numbers(tmp_path):
    mapping = """
    [columns]
    customer_external_id = "id"
    purchase_no = { join = ["date", "row"], with = "-" }
    purchased_at = "date"
    quantity = "cds"
    line_total = "dollars"
    [scale]
    line_total = 1000
    [options]
    date_format = "%Y%m%d"
    """
    rows = ["1,1,19970101,1,11.77", "2,2,19970112,1,12.00", "3,2,19970112,5,77.00", "4,3,19970102,2,20.765"]
    for expected in ((4, 0, 0, 0), (0, 0, 4, 0)):
        assert (
            counts(import_lines(tmp_path, *rows, header="row,id,date,cds,dollars", mapping=mapping))
            == expected
        )
    assert [int(found.net) for found in Purchase.objects.order_by("number")] == [
        11_770,
        20_765,
        12_000,
        77_000,
    ]
    assert Customer.objects.count() == 3
