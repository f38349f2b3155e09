"""How the customers of the demo buy, against the recipe."""

import datetime
from collections import Counter

import pytest
from django.db.models import Avg, F, Sum

from crm.demo import bulk, recipe
from crm.demo.load import Plan
from interactions.models import Interaction
from purchases.models import Product, Purchase, PurchaseLine, Return
from tests.crm.demo.one_load import AS_OF, CUSTOMERS, share


def archetype_of():
    return dict(bulk.rows("SELECT customer_id, code FROM demo_truth.archetype"))


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
