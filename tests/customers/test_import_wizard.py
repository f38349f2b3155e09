"""Lists brought in through the pages: columns, check, corrections, and who may."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers import tasks
from customers.importing import runs, tables
from customers.models import Customer, CustomerIdentifier, ImportRun
from customers.said import told
from tests.factories import CustomerFactory
from tests.import_wizard import CUSTOMERS, bring, brought, checked, choose, counts, through, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast, as_user):
    return as_user(cast.huy)


def test_a_list_is_found_out_about_checked_and_written(cast, client):
    run = bring(client, CUSTOMERS)
    assert (run.encoding, run.delimiter, run.header_line) == ("utf-8", ";", 1)
    assert run.columns == ["full_name", "phone", "birth_date", "gender"]
    choose(client, run)
    checked(client, run)
    # Ánh is known by phone and name, and has news; the impossible date, the missing name, the firm are out.
    assert counts(run) == (1, 1, 0, 0, 3)
    assert Customer.objects.count() == 3
    page = client.get(reverse("customers:import_check", args=[run.pk])).content.decode()
    assert "Nhập 2 dòng" in page
    assert "31/02/1991" in page
    written(client, run)
    assert (run.state, counts(run)) == (ImportRun.State.DONE, (1, 1, 0, 0, 3))
    cast.anh.refresh_from_db()
    assert (cast.anh.birth_year, cast.anh.gender) == (1992, "female")
    quynh = Customer.objects.get(given_name="Quỳnh")
    assert (quynh.branch, quynh.owner, quynh.source) == (cast.division, None, "import")
    assert quynh.phones.get().number == "+84834567890"


def test_a_corrected_cell_is_checked_at_once(cast, client):
    run = brought(client, CUSTOMERS)
    url = reverse("customers:import_check", args=[run.pk])
    assert client.post(url, {"cell-3-2": "28/02/1991"}).status_code == 302
    run.refresh_from_db()
    assert counts(run) == (2, 1, 0, 0, 2)
    assert run.rows.get(line=3).problems == []
    client.post(
        url, {"cell-6-0": "Phạm Minh Phát", "cell-5-0": "=cmd()", "cell-999-0": "x", "cell-3-99": "y"}
    )
    run.refresh_from_db()
    assert counts(run) == (3, 1, 0, 0, 1)
    written(client, run)
    assert Customer.objects.filter(given_name="Phát").exists()
    assert Customer.objects.get(given_name="Khoa").birth_day == 28


def test_two_rows_about_one_customer_and_the_one_that_is_set_free(cast, client):
    text = "Tên,SĐT\nVũ An,0912000001\nVũ An,0912 000 001\n"
    run = brought(client, text)
    assert counts(run) == (1, 0, 0, 0, 1)
    assert "2" in told(run.rows.get(line=3).problems[0])
    client.post(reverse("customers:import_check", args=[run.pk]), {"cell-2-1": "0912000009"})
    run.refresh_from_db()
    assert counts(run) == (2, 0, 0, 0, 0)


def test_a_shared_phone_with_another_name_is_a_new_customer_and_said(cast, client):
    run = brought(client, "Tên,SĐT\nNguyễn Văn Tú,0912345678\n")
    assert counts(run) == (1, 0, 0, 0, 0)
    (problem,) = run.rows.get().problems
    assert problem["level"] == "warning"
    assert "Nguyễn Thị Ngọc Ánh" in told(problem)


def test_a_manager_imports_into_their_branches_only(cast, as_user):
    mai = as_user(cast.mai)
    text = (
        "Mã KH,Họ tên,SĐT,Chi nhánh,Người phụ trách\n"
        "1,Nguyễn Thị Ngọc Ánh,0912345678,,\n"
        "2,Vũ An,0912000001,CG,\n"
        "3,Vũ Bình,0912000002,DD,ha\n"
        "4,Vũ Chi,0912000003,DD,duc\n"
    )
    run = bring(mai, text)
    choose(mai, run)
    checked(mai, run, source="KiotViet", match_key="phone")
    # Ánh belongs to another branch: whoever Mai brings under that number is somebody new to her.
    assert counts(run) == (2, 0, 0, 0, 2)
    (hint,) = run.rows.get(line=2).problems
    assert "Ánh" not in told(hint)
    written(mai, run)
    new = Customer.objects.get(given_name="Ánh", branch=cast.dong_da)
    assert new.pk != cast.anh.pk
    assert Customer.objects.visible_to(cast.mai).filter(given_name="Chi", owner=cast.duc).exists()
    # A number of somebody else's customer says that it is taken, and no more.
    taken = CustomerFactory(branch=cast.cau_giay, family_name="Bí", middle_name="", given_name="Mật")
    CustomerIdentifier.objects.create(kind="import:KiotViet", value="77", customer=taken)
    run = through(mai, "Mã KH,Họ tên\n77,Vũ Dần\n", source="KiotViet", match_key="number")
    assert counts(run) == (0, 0, 0, 0, 1)
    assert "Mật" not in told(run.rows.get().problems[0])


@pytest.mark.parametrize(("name", "status"), [("ha", 403), ("mai", 404), ("quan", 302)])
def test_a_list_is_for_who_brought_it_and_for_administrators(cast, client, as_user, name, status):
    run = bring(client, CUSTOMERS)
    other = as_user(getattr(cast, name))
    assert other.get(reverse("customers:import_run", args=[run.pk])).status_code == status


def test_what_was_said_of_the_same_columns_is_remembered(cast, client):
    first = bring(client, "Cột lạ,SĐT\nVũ An,0912000001\n")
    assert first.columns == ["", "phone"]
    choose(client, first, ["full_name", "phone"])
    checked(client, first, mode="create")
    second = bring(client, "Cột lạ,SĐT\nVũ Bình,0912000002\n")
    assert (second.columns, second.mode) == (["full_name", "phone"], "create")


def test_words_that_are_not_known_are_given_a_meaning_once(cast, client):
    run = brought(client, "Tên,Tình trạng hôn nhân\nVũ An,Together\nVũ Bình,Together\nVũ Chi,YOLO\n")
    assert run.failed == 3
    page = client.get(reverse("customers:import_check", args=[run.pk])).content.decode()
    assert "Together" in page
    client.post(
        reverse("customers:import_words", args=[run.pk]),
        {
            "word-0": "marital_status:together",
            "meaning-0": "married",
            "word-1": "marital_status:yolo",
            "meaning-1": "-",
        },
    )
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert counts(run) == (3, 0, 0, 0, 0)
    written(client, run)
    assert Customer.objects.filter(marital_status="married").count() == 2


def test_the_check_costs_the_same_queries_for_any_number_of_rows(
    cast, client, django_assert_num_queries, django_assert_max_num_queries
):
    rows = "".join(f"Vũ An {number},0912{number:06d},31/02/1991\n" for number in range(60))
    run = bring(client, "Tên,SĐT,Ngày sinh\n" + rows)
    choose(client, run)
    with django_assert_max_num_queries(45):
        checked(client, run)
    # The second time the rows as they stand are judged, and not the file.
    with django_assert_max_num_queries(45):
        checked(client, run)
    url = reverse("customers:import_check", args=[run.pk])
    client.get(url)
    with django_assert_num_queries(6):
        page = client.get(url).content.decode()
    assert page.count('aria-invalid="true"') == 25
    second = client.get(f"{url}?after=26").content.decode()
    assert 'id="line-27"' in second
    assert 'id="line-26"' not in second
    back = client.get(f"{url}?before=27").content.decode()
    assert 'id="line-26"' in back
    assert 'id="line-27"' not in back


def test_corrections_outlast_the_next_check_and_an_unreadable_row_stays_one(cast, client):
    run = bring(
        client, 'Tên,SĐT,Giới tính\nVũ An,098 44 12,Nam\nVũ Bình,0912000002,Nhầm\n"Vũ Chi,0912000003,Nam\n'
    )
    choose(client, run)
    checked(client, run)
    assert counts(run) == (0, 0, 0, 0, 3)
    client.post(reverse("customers:import_check", args=[run.pk]), {"cell-2-1": "0912000001"})
    client.post(
        reverse("customers:import_words", args=[run.pk]), {"word-0": "gender:nham", "meaning-0": "female"}
    )
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert counts(run) == (2, 0, 0, 0, 1)
    assert run.rows.get(line=2).cells[1] == "0912000001"
    assert run.rows.get(line=4).unreadable


def test_dates_that_begin_with_the_month_are_found_and_read(cast, client):
    text = "Tên,Ngày sinh\nVũ An,03/04/1990\nVũ Bình,12/31/1991\n"
    run = bring(client, text)
    assert run.date_order == "mdy"
    choose(client, run, date_order="mdy")
    written(client, checked(client, run))
    assert counts(run) == (2, 0, 0, 0, 0)
    an = Customer.objects.get(given_name="An")
    assert (an.birth_day, an.birth_month) == (4, 3)
    # Whoever brings the list knows better.
    run = bring(client, text)
    choose(client, run, date_order="dmy")
    checked(client, run)
    assert run.failed == 1


def test_a_letter_in_a_number_is_taken_for_the_digit_it_looks_like_once_somebody_agrees(cast, client):
    run = brought(client, "Tên,SĐT\nVũ An,0912 34S 678\nVũ Bình,091x\n")
    assert [row.problems[0]["instead"] for row in run.rows.order_by("line")] == ["0912 345 678", ""]
    url = reverse("customers:import_check", args=[run.pk])
    page = client.get(url).content.decode()
    assert page.count('name="use"') == 1
    # The button comes with the other open cells as they were typed.
    client.post(url, {"cell-2-1": "0912 34S 678", "cell-3-1": "091x", "use": "cell-2-1:0912 345 678"})
    run.refresh_from_db()
    assert counts(run) == (1, 0, 0, 0, 1)


def test_a_list_that_is_too_long_is_refused_at_the_field(cast, client, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    upload = SimpleUploadedFile("list.csv", "Tên\nVũ An\nVũ Bình\nVũ Chi\n".encode())
    answer = client.post(reverse("customers:import_new"), {"kind": "customers", "file": upload})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == ["Danh sách có hơn 2 dòng. Hãy chia thành nhiều phần."]
    assert not ImportRun.objects.exists()


def test_why_a_check_failed_stays_with_the_list(cast, client, monkeypatch):
    run = bring(client, "Tên\nVũ An\nVũ Bình\nVũ Chi\n")
    choose(client, run)
    monkeypatch.setattr(runs, "MOST_ROWS", 2)
    client.post(
        reverse("customers:import_manner", args=[run.pk]),
        {"mode": "both", "duplicates": "create", "branch": cast.division.pk},
    )
    tasks.check_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportRun.State.MAPPING
    for name, args in (("imports", []), ("import_columns", [run.pk]), ("import_columns", [run.pk])):
        page = client.get(reverse(f"customers:{name}", args=args)).content.decode()
        assert "Danh sách có hơn" in page
    client.cookies["django_language"] = "en"
    assert "The list has more than" in client.get(reverse("customers:imports")).content.decode()
    client.cookies["django_language"] = "vi"
    # Another reading of it is another list.
    layout = {"look": "1", "encoding": "utf-8", "delimiter": ",", "header_line": "2"}
    client.post(reverse("customers:import_columns", args=[run.pk]), layout)
    assert "Danh sách có hơn" not in client.get(reverse("customers:imports")).content.decode()


@pytest.mark.parametrize(("name", "word"), [("quan", "Không có chi nhánh"), ("mai", "Chọn")])
def test_no_branch_is_a_choice_in_words(cast, as_user, name, word):
    client = as_user(getattr(cast, name))
    run = bring(client, CUSTOMERS)
    choose(client, run)
    form = client.get(reverse("customers:import_manner", args=[run.pk])).context["form"]
    assert next(iter(form.fields["branch"].choices)) == ("", word)


def columns_page(client, text):
    run = bring(client, text)
    return client.get(reverse("customers:import_columns", args=[run.pk])).content.decode()


def test_first_rows_that_cannot_be_read_are_not_called_empty(cast, client):
    page = columns_page(client, "Tên,SĐT\nVũ A\0n,0912000001\nVũ Bình,0912000002,thừa\n")
    assert page.count("không đọc được</span>") == 2
    assert "để trống" not in page
    assert "Dòng 2: Có ký tự NUL" in page
    assert "Dòng 3: Dòng có 3 ô" in page
    page = columns_page(client, "Tên,SĐT\nVũ A\0n,0912000001\nVũ Bình,\n")
    assert "Dòng 2: Có ký tự NUL" in page
    assert page.count("để trống</span>") == 1
    page = columns_page(client, "Tên,SĐT\n")
    assert page.count("để trống</span>") == 2
    assert "không đọc được" not in page


def test_what_is_reviewed_reads_like_what_is_written(cast, client):
    turned = "Vũ \u202eBình\u202c An\u200b\u3164"
    run = brought(client, f"Tên,SĐT,Ghi chú\n{turned},0912000001,\n\u2066{turned},x,hai\xa0ô\n")
    assert run.rows.get(line=3).cells == ["Vũ Bình An", "x", "hai\xa0ô"]
    url = reverse("customers:import_check", args=[run.pk])
    # Rows of before were kept as they came.
    run.rows.filter(line=3).update(cells=[turned, "x", ""])
    answers = [client.get(f"{url}?show=all"), client.get(f"{url}?edit=3")]
    answers.append(client.get(reverse("customers:import_failures", args=[run.pk])))
    for answer in answers:
        text = b"".join(answer).decode()
        assert "Vũ Bình An" in text
        assert not set(text) & set("\u202e\u202c\u200b\u2066\u3164")
    # What is shown without a mark and comes back like that has not been corrected.
    client.post(url, {"cell-3-0": "Vũ Bình An"})
    assert run.rows.get(line=3).cells[0] == turned
    client.post(url, {"cell-3-0": "Vũ \u202eBình An", "cell-3-1": "0912\x00000\u202e002"})
    run.refresh_from_db()
    assert counts(run)[0] == 2
    written(client, run)
    assert set(map(str, Customer.objects.filter(given_name="An"))) == {"Vũ Bình An"}


ALL_KINDS = (
    "Tên,SĐT,Giới tính,Ngày sinh,CCCD,Tỉnh,Email,Thu nhập\n"
    "Nguyễn Văn Tú,0912345678,Nữ,31/02/1991,123,,a,1.5.2\n"
    "Vũ An,09120,Khác lạ,2/1990/1,,Atlantis,,x\n"
    "Vũ Bình,0912000003,,,,,,\n"
    "Vũ Bình,0912000003,,,,,,\n"
    "Vũ A\0n,,,,,,,\n"
    "Nguyễn Thị Ngọc Ánh,,,,,,anh@example.vn,\n"
    "thiếu ô\n"
)


def shown_messages(client, run):
    answer = client.get(f"{reverse('customers:import_check', args=[run.pk])}?show=all")
    rows = answer.context["rows"]
    found = [problem for row in rows for cell in row.cells for problem in cell.problems]
    found += [problem for row in rows for problem in row.problems]
    return [problem["text"] for problem in found]


def test_what_is_wrong_is_said_in_the_language_of_whoever_reads_it(cast, as_user):
    in_vietnamese = as_user(cast.quan)
    run = brought(in_vietnamese, ALL_KINDS)
    vietnamese = shown_messages(in_vietnamese, run)
    assert len(vietnamese) > 8
    in_english = as_user(cast.quan)
    in_english.cookies["django_language"] = "en"
    english = shown_messages(in_english, run)
    # The same list, brought in English, says the same, in both languages.
    other = brought(in_english, ALL_KINDS)
    assert other.language == "en"
    assert shown_messages(in_english, other) == english
    assert shown_messages(in_vietnamese, other) == vietnamese
    assert not set(vietnamese) & set(english)
    failures = b"".join(in_english.get(reverse("customers:import_failures", args=[run.pk]))).decode()
    assert "Month 2/1991 has no day 31" in failures
    assert "Tháng" not in failures


def test_a_message_of_before_is_shown_as_it_was_kept(cast, client):
    run = brought(client, "Tên,SĐT\nVũ An,x\n")
    old = {"column": 1, "level": "error", "field": "phone", "text": "Số 100% sai"}
    run.rows.update(problems=[old])
    assert shown_messages(client, run) == ["Số 100% sai"]
