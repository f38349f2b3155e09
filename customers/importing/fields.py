"""The columns of ours as people meet them: what each is called, and which headings lists use for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.choices import Education, Gender, Honorific, MaritalStatus, Source
from customers.importing.mapping import ImportMapping, Options
from customers.importing.rules import Column, Join, Rule
from customers.vietnamese.names import clean, fold


@dataclass(frozen=True, slots=True)
class ImportField:
    """One column of ours. `headings` are folded; `between` joins several columns of a file, where allowed."""

    name: str
    label: str | Promise
    headings: tuple[str, ...]
    between: str | None = None
    choices: type[TextChoices] | None = None


CUSTOMER_FIELDS: tuple[ImportField, ...] = (
    ImportField(
        "code", _("Customer code"), ("ma khach hang so khach", "ma so khach", "customer code", "kh code")
    ),
    ImportField(
        "external_id",
        _("Number in your other system"),
        (
            *(
                "ma khach hang",
                "ma kh",
                "makh",
                "ma khach",
                "ma so",
                "so the",
                "ma the",
                "ma",
                "id",
                "stt kh",
            ),
            *("external id", "customer id", "customer no", "card no", "client id", "customer number"),
        ),
    ),
    ImportField(
        "full_name",
        _("Full name"),
        (
            *(
                "ho va ten",
                "ho ten",
                "ten khach hang",
                "ten kh",
                "ten",
                "ho",
                "ho dem",
                "ten dem",
                "ho va ten dem",
            ),
            *(
                "khach hang",
                "ho ten khach hang",
                "name",
                "full name",
                "customer name",
                "customer",
                "last name",
            ),
            *("family name", "middle name", "first name", "given name", "surname"),
        ),
        between=" ",
    ),
    ImportField(
        "honorific", _("Honorific"), ("danh xung", "xung ho", "title", "honorific"), choices=Honorific
    ),
    ImportField("gender", _("Gender"), ("gioi tinh", "gt", "phai", "gender", "sex"), choices=Gender),
    ImportField(
        "birth_date",
        _("Date of birth"),
        (
            *("ngay sinh", "ns", "sinh nhat", "nam sinh", "ngay thang nam sinh", "ngay thang nam", "sn"),
            *("birth date", "date of birth", "dob", "birthday", "year birth", "birth year", "year of birth"),
        ),
    ),
    ImportField(
        "phone",
        _("Phone"),
        (
            *("dien thoai", "so dien thoai", "sdt", "dt", "di dong", "so di dong", "dtdd", "sdt 1", "sdt 2"),
            *(
                "dien thoai 1",
                "dien thoai 2",
                "dien thoai di dong",
                "so dt",
                "mobile",
                "phone",
                "phone number",
            ),
            *("tel", "telephone", "mobile phone", "dien thoai khac", "hotline", "zalo"),
        ),
        between=";",
    ),
    ImportField(
        "email", _("Email"), ("email", "e-mail", "mail", "thu dien tu", "dia chi email"), between=";"
    ),
    ImportField(
        "address",
        _("House number, street"),
        (
            *("dia chi", "so nha", "duong", "so nha duong", "so nha, duong", "dia chi nha", "noi o"),
            *("address", "street", "address line", "dia chi lien he", "dia chi thuong tru"),
        ),
        between=", ",
    ),
    ImportField(
        "ward",
        _("Ward or commune"),
        ("phuong", "xa", "phuong xa", "phuong/xa", "xa/phuong", "ward", "commune"),
    ),
    ImportField(
        "district",
        _("District (before July 2025)"),
        (
            *("quan", "huyen", "quan huyen", "quan/huyen", "huyen/quan", "thi xa", "quan/huyen/thi xa"),
            *("quan huyen thi xa", "huyen/thi xa", "tp/quan/huyen", "quan/huyen/tp", "district", "county"),
        ),
    ),
    ImportField(
        "province",
        _("Province or city"),
        (
            *("tinh", "thanh pho", "tinh thanh", "tinh/thanh", "tinh/thanh pho", "tinh thanh pho", "tp"),
            *("tinh/tp", "province", "city", "thanh pho/tinh"),
        ),
    ),
    ImportField(
        "monthly_income",
        _("Monthly income"),
        ("thu nhap", "thu nhap thang", "thu nhap hang thang", "luong", "income", "monthly income", "salary"),
    ),
    ImportField(
        "education",
        _("Education"),
        ("hoc van", "trinh do", "trinh do hoc van", "bang cap", "education"),
        choices=Education,
    ),
    ImportField(
        "occupation", _("Occupation"), ("nghe nghiep", "nghe", "cong viec", "occupation", "job", "profession")
    ),
    ImportField(
        "marital_status",
        _("Marital status"),
        ("hon nhan", "tinh trang hon nhan", "tthn", "marital status", "marital"),
        choices=MaritalStatus,
    ),
    ImportField(
        "household_size",
        _("Household size"),
        ("so thanh vien", "so nguoi trong nha", "so nhan khau", "nhan khau", "household size"),
    ),
    ImportField("children", _("Number of children"), ("so con", "con", "children", "number of children")),
    ImportField(
        "citizen_id",
        _("Citizen ID number"),
        ("cccd", "so cccd", "can cuoc", "so can cuoc", "so dinh danh", "so dinh danh ca nhan", "citizen id"),
    ),
    ImportField(
        "owner",
        _("Person in charge"),
        ("nguoi phu trach", "nhan vien phu trach", "nhan vien", "phu trach", "nvkd", "sale", "owner"),
    ),
    ImportField("branch", _("Branch"), ("chi nhanh", "cua hang", "co so", "branch", "store")),
    ImportField(
        "source",
        pgettext_lazy("of a customer", "Source"),
        ("nguon", "nguon khach", "nguon khach hang", "kenh", "source"),
        choices=Source,
    ),
    ImportField(
        "created_at",
        _("Customer since"),
        (
            *("ngay tao", "ngay dang ky", "khach hang tu", "ngay tham gia", "ngay lap"),
            *("created at", "created", "dt customer", "registered", "customer since", "signup date"),
        ),
    ),
    ImportField(
        "notes", _("Notes"), ("ghi chu", "luu y", "note", "notes", "comment", "remarks"), between="\n"
    ),
)


def heading_key(title: str) -> str:
    """A heading as it is compared: folded, with blanks for what else stands between words."""
    return " ".join(fold(clean(title)).replace("_", " ").replace(".", " ").replace("*", " ").split())


def known_headings(fields: Sequence[ImportField]) -> dict[str, ImportField]:
    """The column of ours behind each heading."""
    known = {heading_key(name): field for field in fields for name in field.headings}
    return known | {heading_key(field.name): field for field in fields}


def guess_columns(header: Sequence[str], fields: Sequence[ImportField]) -> list[str]:
    """What each column of a file probably is; a second one that cannot be joined to the first is left out."""
    known = known_headings(fields)
    guessed: list[str] = []
    for title in header:
        field = known.get(heading_key(title))
        usable = field is not None and (field.between is not None or field.name not in guessed)
        guessed.append(field.name if field and usable else "")
    return guessed


def unique_titles(header: Sequence[str]) -> list[str]:
    """The headings of a file, each once: a second of the same name is numbered, an empty one is its place."""
    titles: list[str] = []
    for place, heading in enumerate(header, 1):
        title = clean(heading) or f"#{place}"
        again = sum(known == title or known.startswith(f"{title} (") for known in titles)
        titles.append(f"{title} ({again + 1})" if again else title)
    return titles


def mapping_of(
    *,
    titles: Sequence[str],
    columns: Sequence[str],
    fields: Sequence[ImportField],
    options: Options,
    **more: Mapping,
) -> ImportMapping:
    """The mapping that a person's choices make: each column of ours from those of the file, or from none."""
    rules: dict[str, Rule | None] = {}
    for field in fields:
        parts = [Column(title) for title, name in zip(titles, columns, strict=True) if name == field.name]
        if len(parts) > 1:
            rules[field.name] = Join(tuple(parts), field.between or " ")
        else:
            rules[field.name] = parts[0] if parts else None
    return ImportMapping(columns=rules, options=options, **more)
