"""Customers are private persons (R02): how a firm's name or tax code is told from a person's."""

import re

from customers.said import said as _
from customers.vietnamese.names import clean, exact_key, fold, fold_query
from customers.vietnamese.typed import plain

# At the beginning of a name, in folded letters; a person called Công Ty has a family name in front.
_BEGINS_LIKE_A_FIRM = re.compile(
    r"(?:(?:chi nhanh|van phong dai dien|vpdd) )?"
    r"(?:ubnd|truong (?:thpt|thcs|ptth|ptcs|ptdt|dh|cd)"
    r"|tong cong ty|tong cty|cong ty|cong ti|cty|c\.ty|ctcp|ct tnhh|tnhh|dntn|htx"
    r"|lien hiep htx|ngan hang (?:tmcp|tnhh|nha nuoc)|ho kinh doanh|hkd)\b"
)
# Beginnings that a person's name has too once its marks are gone: Ngân Hằng, Nhã Hằng, Trương Cao Đăng.
# With marks they are told apart; without any, only another word after them tells.
_BEGINNINGS_IN_FULL = (
    "bệnh viện", "chi nhánh", "cửa hàng", "doanh nghiệp", "hợp tác xã", "khách sạn", "ngân hàng",
    "nhà hàng", "phòng khám", "siêu thị", "tập đoàn", "trường cao đẳng", "trường đại học", "trường mầm non",
    "trường mẫu giáo", "trường phổ thông", "trường tiểu học", "trường trung cấp", "trường trung học",
    "ủy ban nhân dân",
)  # fmt: skip
_BEGINS_IN_FULL = re.compile(rf"(?:{'|'.join(map(exact_key, _BEGINNINGS_IN_FULL))})\b")
_BEGINS_WITHOUT_MARKS = re.compile(rf"(?:{'|'.join(map(fold, _BEGINNINGS_IN_FULL))}) \w")
_ENDS_LIKE_A_FIRM = re.compile(
    r"\b(?:tnhh|co phan|mtv|jsc|j\.s\.c|co\.?,? ?ltd|ltd|limited|corp|corporation|inc|llc|gmbh)\.?$"
)
_TAX_CODE = re.compile(r"[0-9]{10}(?:-?[0-9]{3})?")


def is_organisation_name(name: str) -> bool:
    """Whether a name is a firm's: "Công ty TNHH An Phát", "DNTN Minh Châu", "An Phat Co., Ltd"."""
    key, exact = fold_query(name), exact_key(clean(name))
    begins = _BEGINS_WITHOUT_MARKS if key == exact else _BEGINS_IN_FULL
    return bool(
        _BEGINS_LIKE_A_FIRM.match(key)
        or begins.match(exact)
        or (" " in key and _ENDS_LIKE_A_FIRM.search(key))
    )


def is_tax_code(number: str) -> bool:
    """Whether a number has the form of an organisation's tax code: 10 digits, or 13 for a dependent unit."""
    return bool(_TAX_CODE.fullmatch(re.sub(r"[\s.]", "", plain(number))))


def refusal_of_name(name: str) -> str:
    """Why a name cannot be a customer's; empty where it can."""
    if not is_organisation_name(name):
        return ""
    return _(
        "This is the name of an organisation. Customers here are private persons: "
        "enter the person who buys, for themselves, their family or their friends."
    )


def refusal_of_number(number: str) -> str:
    """Why a number cannot be a person's citizen ID; empty where it is not a tax code."""
    if not is_tax_code(number):
        return ""
    return _(
        "This is the tax code of an organisation. Customers here are private persons: "
        "enter the 12 digits of a citizen ID card, or leave it empty."
    )
