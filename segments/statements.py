"""The SQL of a refresh: each statement handles all customers at once; its tables end with it.

Parameters: `since` and `until` bound the twelve months (until is the first moment after the as-of day),
`zone` is the time zone of the firm, `direct` and `online` are lists of channels, `only` the customers to
calculate, NULL for all of them: a constant when the statement is planned, so that nobody pays for it.
"""

# Two levels: per customer and channel first, which the index purchase_of_customer gives nearly sorted, then
# per customer. A sorted plan needs no memory that grows with the number of customers; comparing bytes sorts
# codes several times faster than the rules of a language do.
PURCHASES = """
CREATE TEMP TABLE refresh_purchases ON COMMIT DROP AS
SELECT
    customer_id,
    (min(first_at) AT TIME ZONE %(zone)s)::date AS first_purchase_on,
    (max(last_at) AT TIME ZONE %(zone)s)::date AS last_purchase_on,
    coalesce(sum(orders), 0)::integer AS orders,
    coalesce(sum(gross), 0) AS gross,
    coalesce(sum(discount), 0) AS discount,
    coalesce(sum(net), 0) AS spend,
    coalesce(sum(sent_back), 0) AS sent_back,
    coalesce(sum(orders_12m), 0)::integer AS orders_12m,
    coalesce(sum(net_12m), 0) AS spend_12m,
    coalesce((array_agg(channel ORDER BY orders DESC, net DESC, channel) FILTER (WHERE orders > 0))[1], '')
        AS main_channel,
    coalesce(array_agg(channel ORDER BY channel) FILTER (WHERE orders_12m > 0), '{}') AS channels_12m
FROM (
    SELECT
        customer_id,
        channel COLLATE "C" AS channel,
        min(purchased_at) FILTER (WHERE status = 'completed') AS first_at,
        max(purchased_at) FILTER (WHERE status = 'completed') AS last_at,
        count(*) FILTER (WHERE status = 'completed') AS orders,
        sum(gross) FILTER (WHERE status = 'completed') AS gross,
        sum(discount) FILTER (WHERE status = 'completed') AS discount,
        sum(net) FILTER (WHERE status = 'completed') AS net,
        sum(net) FILTER (WHERE status = 'returned') AS sent_back,
        count(*) FILTER (WHERE status = 'completed' AND purchased_at >= %(since)s) AS orders_12m,
        sum(net) FILTER (WHERE status = 'completed' AND purchased_at >= %(since)s) AS net_12m
    FROM purchases_purchase
    WHERE purchased_at < %(until)s
        AND (%(only)s::bigint[] IS NULL OR customer_id = ANY(%(only)s::bigint[]))
    GROUP BY customer_id, channel COLLATE "C"
) AS by_channel
GROUP BY customer_id
"""

# Units of completed purchases less what came back of them; a return counts with the purchase it belongs to.
UNITS = """
CREATE TEMP TABLE refresh_units ON COMMIT DROP AS
SELECT
    line.customer_id,
    sum(line.quantity) AS units,
    coalesce(sum(line.quantity) FILTER (WHERE purchase.purchased_at >= %(since)s), 0) AS units_12m
FROM purchases_purchaseline line
JOIN purchases_purchase purchase ON purchase.id = line.purchase_id
WHERE purchase.status = 'completed' AND purchase.purchased_at < %(until)s
    AND (%(only)s::bigint[] IS NULL OR line.customer_id = ANY(%(only)s::bigint[]))
GROUP BY line.customer_id
"""

RETURNS = """
CREATE TEMP TABLE refresh_returns ON COMMIT DROP AS
SELECT
    back.customer_id,
    sum(back.amount) AS amount,
    sum(back.units) AS units,
    coalesce(sum(back.units) FILTER (WHERE purchase.purchased_at >= %(since)s), 0) AS units_12m
FROM purchases_return back
JOIN purchases_purchase purchase ON purchase.id = back.purchase_id
WHERE purchase.status = 'completed' AND purchase.purchased_at < %(until)s AND back.returned_at < %(until)s
    AND (%(only)s::bigint[] IS NULL OR back.customer_id = ANY(%(only)s::bigint[]))
GROUP BY back.customer_id
"""

BEHAVIOUR = """
CREATE TEMP TABLE refresh_behaviour ON COMMIT DROP AS
SELECT
    customer.id AS customer_id,
    bought.first_purchase_on,
    bought.last_purchase_on,
    coalesce(bought.orders, 0) AS orders,
    coalesce(line.units, 0) - coalesce(back.units, 0) AS units,
    coalesce(bought.gross, 0) AS gross,
    coalesce(bought.discount, 0) AS discount,
    coalesce(bought.spend, 0) AS spend,
    coalesce(bought.sent_back, 0) + coalesce(back.amount, 0) AS returned,
    coalesce(bought.orders_12m, 0) AS orders_12m,
    coalesce(line.units_12m, 0) - coalesce(back.units_12m, 0) AS units_12m,
    coalesce(bought.spend_12m, 0) AS spend_12m,
    coalesce(bought.main_channel, '') AS main_channel,
    coalesce(bought.channels_12m, '{}') AS channels_12m
FROM customers_customer customer
LEFT JOIN refresh_purchases bought ON bought.customer_id = customer.id
LEFT JOIN refresh_units line ON line.customer_id = customer.id
LEFT JOIN refresh_returns back ON back.customer_id = customer.id
WHERE customer.trashed_at IS NULL
    AND (%(only)s::bigint[] IS NULL OR customer.id = ANY(%(only)s::bigint[]))
"""

CUTS = """
SELECT
    count(*),
    percentile_disc(array[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY last_purchase_on),
    percentile_disc(array[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY orders),
    percentile_disc(array[.2, .4, .6, .8]) WITHIN GROUP (ORDER BY spend)
FROM refresh_behaviour
WHERE orders > 0
"""

# Who is where, for all families in one pass over the customers: lists of keys are looked up by value in a
# constant, bands by width_bucket, whose buckets are [bound, next bound). An age below 0 (not born yet on the
# as-of day) or a size of 0 falls in no bucket and so is unknown. Keys stand in the order of the families.
PLACES = """
CREATE TEMP TABLE refresh_places ON COMMIT DROP AS
WITH scored AS (
    SELECT
        *,
        CASE WHEN orders > 0 THEN 1 + (last_purchase_on > (%(recency_cuts)s::date[])[1])::int
            + (last_purchase_on > (%(recency_cuts)s::date[])[2])::int
            + (last_purchase_on > (%(recency_cuts)s::date[])[3])::int
            + (last_purchase_on > (%(recency_cuts)s::date[])[4])::int END AS recency_score,
        CASE WHEN orders > 0 THEN 1 + (orders > (%(frequency_cuts)s::integer[])[1])::int
            + (orders > (%(frequency_cuts)s::integer[])[2])::int
            + (orders > (%(frequency_cuts)s::integer[])[3])::int
            + (orders > (%(frequency_cuts)s::integer[])[4])::int END AS frequency_score,
        CASE WHEN orders > 0 THEN 1 + (spend > (%(monetary_cuts)s::numeric[])[1])::int
            + (spend > (%(monetary_cuts)s::numeric[])[2])::int
            + (spend > (%(monetary_cuts)s::numeric[])[3])::int
            + (spend > (%(monetary_cuts)s::numeric[])[4])::int END AS monetary_score
    FROM refresh_behaviour
), described AS (
    SELECT
        scored.*,
        customer.gender, customer.income_band, customer.education, customer.occupation,
        customer.marital_status, customer.household_size, customer.children_count, customer.child_birth_years,
        CASE WHEN customer.birth_year IS NOT NULL THEN
            %(year)s - customer.birth_year - (
                (coalesce(customer.birth_month, 1), coalesce(customer.birth_day, 1)) > (%(month)s, %(day)s)
            )::int
        END AS age,
        (SELECT %(year)s - max(year) FROM unnest(customer.child_birth_years) AS year WHERE year <= %(year)s)
            AS youngest,
        (SELECT count(*) FROM unnest(customer.child_birth_years) AS year WHERE year > %(year)s) AS unborn
    FROM scored
    JOIN customers_customer customer ON customer.id = scored.customer_id
)
SELECT
    customer_id, recency_score, frequency_score, monetary_score,
    ARRAY[
        coalesce(
            (%(age_bands)s::int[])[width_bucket(age::numeric, %(age_bounds)s::numeric[])], %(age_outside)s
        ),
        coalesce((%(gender)s::jsonb ->> gender)::int, %(gender_outside)s),
        coalesce((%(income)s::jsonb ->> income_band)::int, %(income_outside)s),
        coalesce((%(education)s::jsonb ->> education)::int, %(education_outside)s),
        coalesce((%(occupation)s::jsonb ->> occupation)::int, %(occupation_outside)s),
        coalesce((%(marital)s::jsonb ->> marital_status)::int, %(marital_outside)s),
        (%(children)s::jsonb ->> CASE
            WHEN youngest < 6 THEN 'under_6'
            WHEN youngest < 18 THEN 'from_6'
            WHEN youngest >= 18 THEN 'grown'
            WHEN children_count > unborn THEN 'age_unknown'
            WHEN children_count IS NOT NULL OR unborn > 0 THEN 'none'
            ELSE 'unknown'
        END)::int,
        coalesce(
            (%(household_bands)s::int[])
                [width_bucket(household_size::numeric, %(household_bounds)s::numeric[])],
            %(household_outside)s
        ),
        CASE WHEN orders_12m = 0 THEN %(quantity_outside)s ELSE
            (%(quantity_bands)s::int[])
                [greatest(1, width_bucket(units_12m, %(quantity_bounds)s::numeric[]))] END,
        (%(frequency_bands)s::int[])[width_bucket(orders_12m::numeric, %(frequency_bounds)s::numeric[])],
        CASE WHEN orders_12m = 0 THEN %(value_outside)s ELSE
            (%(value_bands)s::int[])[width_bucket(spend_12m, %(value_bounds)s::numeric[])] END,
        CASE WHEN orders_12m = 0 THEN %(basket_outside)s ELSE
            (%(basket_bands)s::int[])[width_bucket(spend_12m / orders_12m, %(basket_bounds)s::numeric[])] END,
        coalesce((%(channel)s::jsonb ->> main_channel)::int, %(channel_outside)s),
        (%(reach)s::jsonb ->> CASE
            WHEN channels_12m = '{}' THEN 'none'
            WHEN channels_12m <@ %(online)s::varchar[] THEN 'online'
            WHEN channels_12m && %(online)s::varchar[] THEN 'both'
            ELSE 'direct'
        END)::int,
        coalesce((%(rfm_map)s::int[])[recency_score * 5 + frequency_score - 5], %(rfm_outside)s),
        coalesce((%(cell_map)s::int[])[recency_score * 5 + frequency_score - 5], %(rfm_cell_outside)s)
    ] AS segment_ids
FROM described
"""

# The same for one customer as recorded on a past day, which `former` holds with the columns of then.
FORMER = """
CREATE TEMP TABLE refresh_former ON COMMIT DROP AS
SELECT * FROM jsonb_populate_record(NULL::customers_customer, %(former)s::jsonb)
"""
PLACES_OF_FORMER = PLACES.replace("JOIN customers_customer customer", "JOIN refresh_former customer")

# Rows that stay as they are are not written again: a night costs what changed.
STORE = """
UPDATE customers_customerbehaviour AS kept
SET
    first_purchase_on = fresh.first_purchase_on, last_purchase_on = fresh.last_purchase_on,
    orders = fresh.orders, units = fresh.units, gross = fresh.gross, discount = fresh.discount,
    spend = fresh.spend, returned = fresh.returned, orders_12m = fresh.orders_12m,
    units_12m = fresh.units_12m, spend_12m = fresh.spend_12m, main_channel = fresh.main_channel,
    channels_12m = fresh.channels_12m, recency_score = place.recency_score,
    frequency_score = place.frequency_score, monetary_score = place.monetary_score,
    segment_ids = place.segment_ids
FROM refresh_behaviour AS fresh
JOIN refresh_places AS place ON place.customer_id = fresh.customer_id
WHERE kept.customer_id = fresh.customer_id AND (
    kept.first_purchase_on, kept.last_purchase_on, kept.orders, kept.units, kept.gross, kept.discount,
    kept.spend, kept.returned, kept.orders_12m, kept.units_12m, kept.spend_12m, kept.main_channel,
    kept.channels_12m, kept.recency_score, kept.frequency_score, kept.monetary_score, kept.segment_ids
) IS DISTINCT FROM (
    fresh.first_purchase_on, fresh.last_purchase_on, fresh.orders, fresh.units, fresh.gross, fresh.discount,
    fresh.spend, fresh.returned, fresh.orders_12m, fresh.units_12m, fresh.spend_12m, fresh.main_channel,
    fresh.channels_12m, place.recency_score, place.frequency_score, place.monetary_score, place.segment_ids
)
"""

FIGURES = """
INSERT INTO segments_segmentfigure (
    run_id, segment_id, branch_id, customers, active, buyers, orders, revenue, orders_12m, revenue_12m,
    earliest_last_purchase, latest_last_purchase, lowest_spend, highest_spend
)
SELECT
    %(run)s, segment_id, branch_id, count(*), count(*) FILTER (WHERE is_active),
    count(*) FILTER (WHERE orders > 0), sum(orders), sum(spend), sum(orders_12m), sum(spend_12m),
    min(last_purchase), max(last_purchase), min(spend), max(spend)
FROM (
    SELECT
        unnest(segment_ids) AS segment_id, branch_id, is_active, orders, spend, orders_12m, spend_12m,
        coalesce(last_purchase_on, %(long_ago)s) AS last_purchase
    FROM customers_customerbehaviour
    WHERE NOT is_trashed
) AS member
GROUP BY segment_id, branch_id
"""

TOTALS = """
SELECT count(*), count(*) FILTER (WHERE orders > 0), coalesce(sum(orders), 0), coalesce(sum(spend), 0)
FROM refresh_behaviour
"""

# The figures of earlier runs: the last run of each month stays, for the curve of a segment over time.
FORGET = """
DELETE FROM segments_segmentfigure
WHERE run_id <> %(run)s AND run_id NOT IN (
    SELECT DISTINCT ON (date_trunc('month', as_of)) id
    FROM segments_refreshrun
    WHERE state = 'done'
    ORDER BY date_trunc('month', as_of), as_of DESC, id DESC
)
"""

TIDY_FORMER = "DROP TABLE refresh_former"
TIDY = "DROP TABLE refresh_purchases, refresh_units, refresh_returns, refresh_behaviour, refresh_places"
