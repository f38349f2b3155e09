"""Addresses as they are written since July 2025: house and street, ward, province; no district."""


def format_address(address_line: str, ward_name: str, province_name: str) -> str:
    """One line without commas for missing parts: "12 Lý Thái Tổ, Phường Hoàn Kiếm, Hà Nội"."""
    parts = (part.strip(" ,") for part in (address_line, ward_name, province_name))
    return ", ".join(part for part in parts if part)
