"""The demo data: one load of a database of its own, looked at from all sides."""

import datetime
import io
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Avg, Count, F, Q, Sum
from psycopg import sql

from accounts.models import Branch, User
from accounts.roles import Role
from crm.demo import bulk, calendar, catalogue, firm, lists, recipe
from crm.demo.load import TABLES, Plan
from customers.models import Customer, CustomerBehaviour, Email, Household, Phone
from customers.vietnamese.facts import read_rows
from customers.vietnamese.names import clean
from customers.vietnamese.phones import parse_phone
from interactions.models import Interaction
from purchases.models import Category, Product, Purchase, PurchaseLine, Return

CUSTOMERS = 500
AS_OF = datetime.date(2026, 11, 22)
ARGUMENTS = ("load_demo", "--customers", str(CUSTOMERS), "--as-of", AS_OF.isoformat())
CATALOGUE = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated::text
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text, ''
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'option', oid::regclass::text, '', reloptions::text, '' FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reloptions IS NOT NULL
    ORDER BY 1, 2, 3, 4
"""

DIGEST = sql.SQL("SELECT count(*), sum(hashtextextended(t::text, 0)::numeric) FROM {table} AS t")


class OwnDatabase:
    """A copy of the empty test database, so that what is committed here meets no other test."""

    def __init__(self, name):
        self.template = settings.DATABASES["default"]["NAME"]
        self.name = f"{self.template}_{name}"

    def __enter__(self):
        self._in_template(
            f'DROP DATABASE IF EXISTS "{self.name}"',
            f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"',
        )
        connection.settings_dict["NAME"] = self.name
        return self

    def __exit__(self, *exception):
        connection.close()
        connection.settings_dict["NAME"] = self.template
        self._in_template(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def _in_template(self, *statements):
        connection.close()
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def load(name, *more):
    """Load into a database of its own and answer with a number for all rows of every loaded table."""
    with OwnDatabase(name):
        call_command(*ARGUMENTS, *more, stdout=io.StringIO())
        return digest()


def digest():
    return {
        table: bulk.rows(DIGEST.format(table=sql.Identifier(table)))
        for table in TABLES
        if table != CustomerBehaviour._meta.db_table  # The next step writes there.
    }


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The database after one load, its catalogue before and after, and what other loads would have made."""
    with django_db_blocker.unblock():
        again, other = load("again"), load("other", "--seed", "7")
        with OwnDatabase("demo"):
            before = bulk.rows(CATALOGUE)
            said = io.StringIO()
            call_command(*ARGUMENTS, stdout=said)
            yield {
                "before": before,
                "after": bulk.rows(CATALOGUE),
                "said": said.getvalue(),
                "digest": digest(),
                "again": again,
                "other": other,
            }


@pytest.fixture
def demo(loaded, db):
    return loaded


def share(rows, **wanted):
    """Part of the rows of a queryset that are as wanted."""
    return rows.filter(**wanted).count() / rows.count()


def archetype_of():
    return dict(bulk.rows("SELECT customer_id, code FROM demo_truth.archetype"))


def test_every_index_constraint_and_trigger_is_back(demo):
    assert demo["after"] == demo["before"]
    assert any(row[0] == "constraint" and row[3].startswith("FOREIGN KEY") for row in demo["after"])


def test_says_how_long_each_step_took(demo):
    assert "Purchases, lines and interactions: " in demo["said"]
    assert "500 customers as of 22/11/2026" in demo["said"]


def test_makes_what_was_asked_for(demo):
    assert Customer.objects.count() == CUSTOMERS
    assert CustomerBehaviour.objects.count() == CUSTOMERS
    assert Purchase.objects.count() / CUSTOMERS == pytest.approx(recipe.PURCHASES_A_CUSTOMER, rel=0.2)
    assert Interaction.objects.count() / CUSTOMERS == pytest.approx(recipe.INTERACTIONS_A_CUSTOMER, rel=0.15)
    assert PurchaseLine.objects.count() / Purchase.objects.count() == pytest.approx(2, abs=0.2)
    assert Category.objects.count() == 12
    assert Product.objects.count() == 240


def test_the_same_plan_gives_the_same_rows(demo):
    assert demo["digest"] == demo["again"]


def test_another_seed_gives_other_rows(demo):
    assert not [table for table in TABLES if demo["digest"].get(table, 1) == demo["other"].get(table, 2)]


def test_lines_add_up_to_their_purchase(demo):
    wrong = bulk.rows(
        """
        SELECT purchase.id FROM purchases_purchase AS purchase
        LEFT JOIN (SELECT purchase_id, sum(gross) AS gross, sum(discount) AS discount, sum(net) AS net,
                          min(customer_id) AS one, max(customer_id) AS other
                   FROM purchases_purchaseline GROUP BY purchase_id) AS line ON line.purchase_id = purchase.id
        WHERE (line.gross, line.discount, line.net, line.one, line.other)
              IS DISTINCT FROM
              (purchase.gross, purchase.discount, purchase.net, purchase.customer_id, purchase.customer_id)
        """
    )
    assert wrong == []
    assert not PurchaseLine.objects.exclude(gross__gt=0).exists()


def test_the_next_rows_can_be_added(demo):
    customer = Customer.objects.create(family_name="Trần", given_name="Mới")
    assert customer.pk == CUSTOMERS + 1
    assert CustomerBehaviour.objects.filter(customer=customer).exists()
    Phone.objects.create(customer=customer, number="+84912345678")
    Email.objects.create(customer=customer, address="moi@example.com")
    Household.objects.create(name="Nhà Trần")
    purchase = Purchase.objects.create(
        customer=customer, number="A1", purchased_at=Plan(1, 1, AS_OF).start, gross=1, net=1
    )
    PurchaseLine.objects.create(customer=customer, purchase=purchase, gross=1, net=1)
    Return.objects.create(
        customer=customer, purchase=purchase, number="R1", returned_at=Plan(1, 1, AS_OF).start, amount=1
    )
    Interaction.objects.create(
        customer=customer, by=User.objects.get(username="chuyenvien"), subject="Hỏi thăm"
    )


def test_history_ends_the_day_before(demo):
    plan = Plan(CUSTOMERS, 2026, AS_OF)
    midnight = datetime.datetime.combine(AS_OF, datetime.time(), tzinfo=plan.start.tzinfo)
    for moments in (
        Purchase.objects.values_list("purchased_at", flat=True),
        Interaction.objects.values_list("happened_at", flat=True),
        Return.objects.values_list("returned_at", flat=True),
    ):
        assert plan.start <= min(moments)
        assert max(moments) < midnight
    assert not Purchase.objects.filter(purchased_at__lt=F("customer__created_at")).exists()


def test_archetypes_buy_as_the_recipe_says(demo):
    rows = bulk.rows(
        """
        SELECT code, count(DISTINCT archetype.customer_id), count(purchase.id),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY net), avg((discount > 0)::integer)
        FROM demo_truth.archetype LEFT JOIN purchases_purchase AS purchase USING (customer_id) GROUP BY code
        """
    )
    found = {code: [float(figure or 0) for figure in figures] for code, *figures in rows}
    years = recipe.history_days() / recipe.DAYS_A_YEAR * recipe.AVERAGE_PRESENCE
    for kind in recipe.archetypes():
        customers, purchases, median, promoted = found[kind.code]
        assert customers / CUSTOMERS == pytest.approx(kind.share, abs=0.05)
        if not kind.orders_a_year:
            assert purchases == 0
            continue
        # Negative binomial: variance is mean + mean² / k. Four standard errors.
        mean = kind.orders_a_year * years
        assert purchases / customers == pytest.approx(
            mean, abs=4 * ((mean + mean**2 / kind.k) / customers) ** 0.5
        )
        assert median == pytest.approx(kind.median, rel=0.25)
        assert promoted == pytest.approx(kind.promo_share, abs=0.08)


def test_followers_of_trends_buy_what_is_new_and_nothing_is_sold_before_its_launch(demo):
    lines = bulk.rows(
        """
        SELECT code, avg((purchased_at::date - launched_on BETWEEN 0 AND 60)::integer),
               min(purchased_at::date - launched_on)
        FROM purchases_purchaseline AS line
        JOIN purchases_purchase AS purchase ON purchase.id = line.purchase_id
        JOIN demo_truth.archetype AS archetype ON archetype.customer_id = line.customer_id
        JOIN (SELECT id, coalesce(launched_on, '2000-01-01') AS launched_on FROM purchases_product) AS product
          ON product.id = line.product_id
        GROUP BY code
        """
    )
    shares = {code: float(new) for code, new, _gap in lines}
    assert min(gap for _code, _new, gap in lines) >= 0
    assert shares.pop("theo_xu_huong") == pytest.approx(0.6, abs=0.06)
    assert max(shares.values()) < 0.1


def test_people_with_a_hobby_stay_in_one_category(demo):
    kinds = archetype_of()
    bought = Counter(PurchaseLine.objects.values_list("customer_id", "category_id"))
    shares = {"theo_so_thich": [], "nhay_cam_ve_gia": []}
    for customer, lines in Counter(PurchaseLine.objects.values_list("customer_id", flat=True)).items():
        if kinds[customer] in shares and lines >= 20:
            most = max(count for (owner, _category), count in bought.items() if owner == customer)
            shares[kinds[customer]].append(most / lines)
    averages = {code: sum(found) / len(found) for code, found in shares.items()}
    assert averages["theo_so_thich"] == pytest.approx(0.75, abs=0.06)
    assert averages["nhay_cam_ve_gia"] < 0.45


def test_seasons():
    days = {day.date: day for day in calendar.history(first=datetime.date(2025, 1, 1), days=600)}
    assert days[datetime.date(2026, 2, 16)].direct == pytest.approx(0.85 * 1.8)
    assert days[datetime.date(2026, 2, 17)].direct == days[datetime.date(2026, 2, 22)].online == 0
    assert days[datetime.date(2026, 2, 23)].direct == pytest.approx(0.85)
    assert days[datetime.date(2025, 11, 11)].online == pytest.approx(
        2 * days[datetime.date(2025, 11, 11)].direct
    )
    assert days[datetime.date(2025, 11, 12)].online == days[datetime.date(2025, 11, 12)].direct


def test_nobody_buys_while_the_shop_is_closed_and_many_before_it(demo):
    by_day = Counter(
        moment.astimezone().date() for moment in Purchase.objects.values_list("purchased_at", flat=True)
    )
    tet = datetime.date(2026, 2, 17)
    assert sum(by_day[tet + datetime.timedelta(days=n)] for n in range(6)) == 0
    before = sum(by_day[tet - datetime.timedelta(days=n)] for n in range(1, 22))
    after = sum(by_day[tet + datetime.timedelta(days=n)] for n in range(6, 27))
    assert before > 1.4 * after


def test_channels_and_statuses(demo):
    purchases = Purchase.objects.all()
    for channel, percent in recipe.channel_weights().items():
        assert share(purchases, channel=channel) == pytest.approx(percent / 100, abs=0.06)
    assert share(purchases, status="completed") == pytest.approx(0.96, abs=0.012)
    assert share(purchases, beneficiary="self") == pytest.approx(0.72, abs=0.03)
    assert not purchases.filter(channel="store", branch=None).exists()


def test_what_is_marked_as_returned_came_back_whole(demo):
    returned = Purchase.objects.filter(status="returned").annotate(back=Sum("returns__amount"))
    assert returned.count() > 20
    assert not returned.exclude(back=F("net")).exists()
    part = Return.objects.exclude(purchase__status="returned")
    assert part.count() > 10
    assert not part.exclude(purchase__status="completed").exists()
    assert not part.filter(amount__gt=F("purchase__net")).exists()
    assert not Return.objects.exclude(purchase__customer=F("customer")).exists()
    assert not Return.objects.filter(returned_at__lte=F("purchase__purchased_at")).exists()


def test_what_is_known_of_customers(demo):
    people = Customer.objects.all()
    assert share(people, gender="female") == pytest.approx(0.56, abs=0.07)
    assert share(people, birth_year=None) == pytest.approx(0.3, abs=0.06)
    assert share(people, birth_year__isnull=False, birth_day=None) == pytest.approx(0.1, abs=0.04)
    assert share(people, phones=None) == pytest.approx(0.06, abs=0.03)
    assert share(people, is_active=False) == pytest.approx(0.03, abs=0.02)
    assert share(people, old_address="") == pytest.approx(0.65, abs=0.07)
    assert share(people, income_band="unknown") == pytest.approx(0.4, abs=0.08)
    assert not people.filter(is_active=False, inactive_reason="").exists()
    assert not people.exclude(ward=None).exclude(ward__province=F("province")).exists()


def test_family_fits_age(demo):
    for person in Customer.objects.exclude(birth_year=None).prefetch_related("household__members"):
        age = AS_OF.year - person.birth_year
        if age < 20:
            assert person.marital_status in {"single", "unknown"}
            assert not person.children_count
        if person.household_role in {"head", "spouse"}:
            assert person.marital_status in {"married", "unknown"}
        assert all(18 <= year - person.birth_year <= 60 for year in person.child_birth_years)
        assert max(person.child_birth_years, default=0) <= AS_OF.year
        if person.honorific in {"ong", "ba"}:
            assert age >= 64
    assert Customer.objects.exclude(child_birth_years=[]).count() > CUSTOMERS / 10


def test_households(demo):
    households = Household.objects.annotate(people=Count("members"))
    assert share(Customer.objects, household__isnull=False) == pytest.approx(0.35, abs=0.08)
    assert set(households.values_list("people", flat=True)) == {2, 3, 4}
    for household in households.prefetch_related("members"):
        members = list(household.members.all())
        roles = Counter(member.household_role for member in members)
        assert roles["head"] == 1
        assert roles["spouse"] == 1
        assert (
            len({(member.address, member.ward_id, member.province_id, member.owner_id) for member in members})
            == 1
        )
        parents = [member for member in members if member.household_role in {"head", "spouse"}]
        family_names = {member.name_search.split()[0] for member in parents}
        for child in (member for member in members if member.household_role == "child"):
            assert child.name_search.split()[0] in family_names
            for parent in parents:
                if child.birth_year and parent.birth_year:
                    assert child.birth_year - parent.birth_year >= 18
                assert (
                    child.birth_year is None
                    or not parent.child_birth_years
                    or child.birth_year in parent.child_birth_years
                )


def test_citizen_ids_agree_with_the_person(demo):
    known = {row["cccd_prefix"]: row["current_nso_code"] for row in read_rows("cccd_province_codes.csv")}
    people = list(Customer.objects.exclude(citizen_id=""))
    assert len(people) / CUSTOMERS == pytest.approx(0.39, abs=0.07)
    for person in people:
        assert known[person.citizen_id[:3]] == person.province_id
        if person.birth_year:
            assert int(person.citizen_id[4:6]) == person.birth_year % 100
            assert int(person.citizen_id[3]) // 2 == person.birth_year // 100 - 19
        if person.gender in {"male", "female"}:
            assert int(person.citizen_id[3]) % 2 == (person.gender == "female")


def test_names_are_clean_and_some_are_badly_typed(demo):
    names = [customer.full_name for customer in Customer.objects.all()]
    assert all(name == clean(name) for name in names)
    assert sum(name == name.upper() for name in names) / len(names) == pytest.approx(0.08, abs=0.04)
    assert sum(name.isascii() for name in names) / len(names) == pytest.approx(0.13, abs=0.05)
    assert share(Customer.objects, family_name="") == 0
    assert sum(Counter(names).values()) > len(set(names)) > 0.9 * len(names)


def test_contacts(demo):
    assert all(
        parse_phone(number).number == number for number in Phone.objects.values_list("number", flat=True)
    )
    assert not Email.objects.exclude(address__regex=r"@example\.(com|net|org)$").exists()
    shared = Phone.objects.filter(label="family", position=0)
    assert shared.count() / CUSTOMERS == pytest.approx(0.03, abs=0.02)


def test_duplicates_are_known_outside_the_product_only(demo):
    pairs = bulk.rows("SELECT customer_id, of_customer_id FROM demo_truth.duplicate")
    assert len(pairs) / CUSTOMERS == pytest.approx(0.04, abs=0.025)
    people = Customer.objects.in_bulk()
    twins = {twin for twin, _original in pairs}
    for twin, original in pairs:
        assert original not in twins
        assert people[twin].name_search == people[original].name_search
        assert people[twin].gender == people[original].gender
    for (table,) in bulk.rows(
        "SELECT table_name FROM information_schema.columns WHERE column_name ILIKE '%%archetype%%'"
    ):
        assert table == "archetype"
    assert {
        table
        for (table,) in bulk.rows(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'demo_truth'"
        )
    } == {"load", "archetype", "duplicate"}


def test_the_firm(demo, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    roles = {"chuyenvien": Role.STAFF, "quanly": Role.MANAGER, "quantri": Role.ADMIN}
    for username, role in roles.items():
        person = User.objects.get(username=username)
        assert person.role == role
        assert person.check_password(firm.DEMO_LOGIN)
    assert not any(person.has_usable_password() for person in User.objects.exclude(username__in=roles))
    assert Branch.objects.filter(kind="division").count() == 1
    assert not Customer.objects.exclude(owner__branch=F("branch")).exists()
    assert not Interaction.objects.exclude(by=F("customer__owner")).exists()
    ha, huy = User.objects.get(username="chuyenvien"), User.objects.get(username="quanly")
    hers, his = set(Customer.objects.visible_to(ha)), set(Customer.objects.visible_to(huy))
    assert len(hers) > 20
    assert hers <= his < set(Customer.objects.all())


def test_interactions_speak_of_their_customer(demo):
    assert not Interaction.objects.filter(Q(notes__contains="{") | Q(subject="")).exists()
    calling = Interaction.objects.filter(customer__honorific="chi", notes__icontains="chị").select_related(
        "customer"
    )
    assert calling.count() > 100
    assert all(talk.customer.given_name in talk.notes for talk in calling)
    assert share(Interaction.objects, mood="upset") < 0.15
    assert Interaction.objects.values("notes").distinct().count() > 300


def test_prices_and_catalogue(demo):
    prices = list(Product.objects.values_list("price", flat=True))
    assert all(price % 1000 == 0 for price in prices)
    assert sum(price % 10_000 == 9000 for price in prices) / len(prices) == pytest.approx(0.6, abs=0.1)
    average = Product.objects.exclude(launched_on=None).aggregate(average=Avg("price"))["average"]
    assert 50_000 < average < 260_000
    assert (
        Product.objects.filter(
            launched_on__gt=AS_OF - datetime.timedelta(days=60), launched_on__lt=AS_OF
        ).count()
        >= 2
    )


def test_refuses_to_mix_with_customers(demo):
    with pytest.raises(CommandError, match=r"customers already.*dev.py demo --reset"):
        call_command(*ARGUMENTS)
    assert Customer.objects.count() == CUSTOMERS


def test_if_empty_leaves_customers_alone(demo):
    said = io.StringIO()
    call_command(*ARGUMENTS, "--if-empty", stdout=said)
    assert "nothing was loaded" in said.getvalue()
    assert Customer.objects.count() == CUSTOMERS


def test_a_load_that_broke_off_is_recognised(demo):
    bulk.run("UPDATE demo_truth.load SET finished_at = NULL")
    with pytest.raises(CommandError, match=r"did not come to its end.*dev.py demo --reset"):
        call_command(*ARGUMENTS, "--if-empty")


def test_branches_stand_where_people_are():
    assert firm.branches_by_province(3) == {"01": 1, "40": 1, "79": 1} or firm.branches_by_province(
        3
    ).keys() >= {"01", "79"}
    seats = firm.branches_by_province(60)
    assert sum(seats.values()) == 60
    assert max(seats, key=seats.get) == "79"


def test_slots_follow_weights():
    assert Counter(lists.cut({"a": 1, "b": 3}, 8)) == {"a": 2, "b": 6}
    assert Counter(lists.cut({"a": 0, "b": 1}, 8)) == {"b": 8}


def test_a_shelf_offers_what_comes_near_the_value():
    items = tuple(
        catalogue.Item(product=n, category=1, category_id=1, price=price, launch_day=None)
        for n, price in enumerate((20_000, 100_000, 900_000), start=1)
    )
    best = {
        tier: (product, quantity)
        for tier, slot, product, _category, quantity, _price in catalogue._shelf(items)
        if slot == 0
    }
    for tier, (product, quantity) in best.items():
        middle = catalogue.LOWEST_VALUE * catalogue.STEP ** (tier + 0.5)
        assert quantity * items[product - 1].price == pytest.approx(middle, rel=0.5) or tier in {0, 20}
