"""The invented firm: a division, three regions, branches where the people are, and the officers in them."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts.models import Branch, User
from accounts.roles import Role
from crm.demo.lists import weighted_names
from customers.vietnamese.facts import read_rows

DEMO_LOGIN = "sokhach-demo"
CUSTOMERS_A_BRANCH = 5000
CUSTOMERS_AN_OFFICER = 400
REGIONS = {"north": "Miền Bắc", "central": "Miền Trung", "south": "Miền Nam"}
_REGION_OF = {
    "Đồng bằng sông Hồng": "north",
    "Trung du và miền núi phía Bắc": "north",
    "Bắc Trung Bộ": "central",
    "Duyên hải Nam Trung Bộ và Tây Nguyên": "central",
    "Đông Nam Bộ": "south",
    "Đồng bằng sông Cửu Long": "south",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A province as the demo needs it; `weight` is its share of the people."""

    code: str
    name: str
    region: str
    weight: float
    is_city: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """An officer who looks after customers of a province."""

    province: str
    officer: int
    branch: int


def places() -> list[Place]:
    return [
        Place(
            code=row["nso_code"],
            name=row["name"],
            region=_REGION_OF[row["region"]],
            weight=float(row["seed_weight"]),
            is_city=row["type"] == "thành phố",
        )
        for row in read_rows("provinces.csv")
    ]


def found_firm(*, customers: int, seed: int) -> list[Desk]:
    """Make branches, officers and the three people of the demo; who looks after whom is in the answer."""
    seats = branches_by_province(min(60, max(3, customers // CUSTOMERS_A_BRANCH)))
    branches = _make_branches(seats)
    served = _provinces_served(branches)
    weights = {
        branch.pk: sum(
            place.weight / len(served[place.code]) for place in places() if branch in served[place.code]
        )
        for group in branches.values()
        for branch in group
    }
    officers = min(1500, max(4, customers // CUSTOMERS_AN_OFFICER))
    staff = _hire(_share_out(max(officers, len(weights)), weights), seed=seed)
    _make_demo_people(first=staff[branches["01"][0].pk][0])
    return [
        Desk(place.code, officer, branch.pk)
        for place in places()
        for branch in served[place.code]
        for officer in staff[branch.pk]
    ]


def branches_by_province(count: int) -> dict[str, int]:
    """Where `count` branches stand: the largest province of each region, then by people (Sainte-Laguë)."""
    seats: dict[str, int] = defaultdict(int)
    for region in REGIONS:
        seats[max((p for p in places() if p.region == region), key=lambda p: p.weight).code] = 1
    while sum(seats.values()) < count:
        seats[max(places(), key=lambda p: p.weight / (2 * seats.get(p.code, 0) + 1)).code] += 1
    return dict(seats)


def _make_branches(seats: dict[str, int]) -> dict[str, list[Branch]]:
    division = Branch.objects.create(code="KHCN", name="Khối Khách hàng cá nhân", kind=Branch.Kind.DIVISION)
    regions = {
        region: Branch.objects.create(code=f"V-{region.upper()}", name=f"Vùng {name}", parent=division)
        for region, name in REGIONS.items()
    }
    made: dict[str, list[Branch]] = {}
    for place in places():
        count = seats.get(place.code, 0)
        if count:
            made[place.code] = Branch.objects.bulk_create(
                Branch(
                    code=f"CN{place.code}{number:02d}",
                    name=f"Chi nhánh {place.name}" + (f" {number}" if count > 1 else ""),
                    parent=regions[place.region],
                )
                for number in range(1, count + 1)
            )
    return made


def _provinces_served(branches: dict[str, list[Branch]]) -> dict[str, list[Branch]]:
    """For every province its own branches, or those of the nearest province of its region that has some.

    The statistics office numbers provinces from north to south, so neighbours have near codes.
    """
    by_code = {place.code: place for place in places()}
    served = {}
    for place in places():
        nearest = min(
            (code for code in branches if by_code[code].region == place.region),
            key=lambda code: abs(int(code) - int(place.code)),
        )
        served[place.code] = branches[nearest]
    return served


def _share_out(count: int, weights: dict[int, float]) -> dict[int, int]:
    """Officers by branch in proportion to its people, one at least."""
    shares = dict.fromkeys(weights, 1)
    while sum(shares.values()) < count:
        shares[max(weights, key=lambda pk: weights[pk] / (2 * shares[pk] + 1))] += 1
    return shares


def _hire(shares: dict[int, int], *, seed: int) -> dict[int, list[int]]:
    """Officers with Vietnamese names who cannot log in; their ids by branch."""
    chance = random.Random(f"{seed} officers")
    people: list[User] = []
    for branch, count in shares.items():
        for _nth in range(count):
            number = len(people) + 1
            people.append(
                User(
                    username=f"nv{number:04d}",
                    email=f"nv{number:04d}@example.com",
                    full_name=_name(chance),
                    password=make_password(None),
                    branch_id=branch,
                )
            )
    User.objects.bulk_create(people, batch_size=500)
    _give_role(Role.STAFF, people)
    staff: dict[int, list[int]] = defaultdict(list)
    for person in people:
        staff[person.branch_id or 0].append(person.pk)
    return staff


def _name(chance: random.Random) -> str:
    sex = chance.choice("FM")
    lists = (
        weighted_names("family", "north"),
        weighted_names("middle", f"{sex} 1980-2002"),
        weighted_names("given", f"{sex} 1980-2002"),
    )
    return " ".join(chance.choices(list(names), weights=list(names.values()))[0] for names in lists)


def _make_demo_people(*, first: int) -> None:
    """Hà, an officer in Hà Nội; Huy, who manages the north; Quân, the administrator."""
    officer = User.objects.get(pk=first)
    officer.username, officer.full_name, officer.email = "chuyenvien", "Trần Thu Hà", "ha.tran@example.com"
    officer.password = make_password(DEMO_LOGIN)
    officer.save()
    for username, full_name, email, unit, role in (
        ("quanly", "Phạm Quốc Huy", "huy.pham@example.com", "V-NORTH", Role.MANAGER),
        ("quantri", "Đỗ Minh Quân", "quan.do@example.com", "KHCN", Role.ADMIN),
    ):
        person = User.objects.create_user(
            username, email, DEMO_LOGIN, full_name=full_name, branch=Branch.objects.get(code=unit)
        )
        _give_role(role, [person])


def _give_role(role: Role, people: list[User]) -> None:
    group = Group.objects.get(name=role)
    membership = User.groups.through
    membership.objects.bulk_create(
        (membership(user_id=person.pk, group_id=group.pk) for person in people), batch_size=2000
    )
