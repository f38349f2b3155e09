-- One month of purchases with their lines, numbered by time. A line is chosen for its value: the shelf
-- knows, for a category, a month and a step of value, which product in which quantity comes near. Amounts are
-- those of the catalogue; the purchase is the sum of its lines to the đồng. Category 0 holds what is new: launched
-- in the last 60 days.

WITH basket AS MATERIALIZED (
    SELECT drawn.*,
           least(CASE WHEN lines_ < 0.36 THEN 1 WHEN lines_ < 0.62 THEN 2 WHEN lines_ < 0.79 THEN 3
                      WHEN lines_ < 0.91 THEN 4 ELSE 5 END,
                 1 + floor(worth / 100000))::integer AS lines,
           CASE WHEN demo_work.u(id, 'promotion') < promo_share
                THEN demo_work.pick(ARRAY['5', '10', '10', '15', '20', '20', '30'],
                    demo_work.u(id, 'how much off'))::integer ELSE 0 END AS off
    FROM (
        SELECT numbered.*, kind.promo_share, kind.new_share, kind.top_share, demo_work.u(id, 'lines') AS lines_,
               kind.median / %(costs_more)s * exp(kind.sigma * demo_work.normal(id, 'worth')) AS worth
        FROM (
            SELECT %(offset)s + row_number() OVER (ORDER BY at, customer, nth) AS id, basket.*
            FROM demo_work.basket AS basket WHERE bucket = %(bucket)s
        ) AS numbered
        JOIN demo_work.archetype AS kind ON kind.number = numbered.archetype
        OFFSET 0
    ) AS drawn
), wish AS MATERIALIZED (
    SELECT wanted.id, customer, off, line,
           floor(demo_work.u(line, 'product') * %(shelf_slots)s)::integer AS slot,
           CASE WHEN demo_work.u(line, 'novelty') < new_share THEN 0
                WHEN demo_work.u(line, 'favourite') < CASE WHEN top_share > 0 THEN top_share - 0.025 ELSE 0.2 END
                    THEN favourite
                ELSE any_.value::integer END AS category,
           least(%(tiers)s - 1, greatest(0, floor(
               ln(worth * 100 / (100 - off) / lines * (0.6 + 0.8 * demo_work.u(line, 'share')) / %(lowest)s)
               / ln(%(step)s))))::integer AS tier
    FROM (
        SELECT basket.*, (basket.id - 1) * 5 + place AS line
        FROM basket CROSS JOIN LATERAL generate_series(1, lines) AS place
    ) AS wanted
    JOIN demo_work.choice AS any_ ON any_.list = 'category' AND any_.slot = demo_work.slot(line, 'category')
), line AS MATERIALIZED (
    SELECT wish.id, wish.line, wish.customer, shelf.product, shelf.category_id, shelf.quantity,
           shelf.quantity * shelf.price AS gross,
           shelf.quantity * shelf.price * off / 100 / 1000 * 1000 AS discount
    FROM wish JOIN demo_work.shelf AS shelf ON shelf.bucket = %(bucket)s AND shelf.category = wish.category
     AND shelf.tier = wish.tier AND shelf.slot = wish.slot
), filed AS (
    INSERT INTO purchases_purchaseline (id, customer_id, purchase_id, product_id, category_id, quantity, gross,
        discount, net)
    SELECT line, customer, id, product, category_id, quantity, gross, discount, gross - discount FROM line
), total AS (
    SELECT id, sum(gross) AS gross, sum(discount) AS discount FROM line GROUP BY id
)
INSERT INTO purchases_purchase (id, customer_id, source, number, purchased_at, channel, branch_id, status,
    beneficiary, gross, discount, net)
SELECT id, customer, 'so_khach', 'DH' || lpad(id::text, 8, '0'), at, channel,
       CASE WHEN channel IN ('store', 'phone', 'field') THEN branch END,
       CASE WHEN demo_work.u(id, 'status') < 0.025 THEN 'cancelled'
            WHEN demo_work.u(id, 'status') < 0.04 AND at < %(as_of)s::timestamptz - interval '16 days'
                THEN 'returned' ELSE 'completed' END,
       CASE WHEN demo_work.u(id, 'for whom') < 0.72 THEN 'self'
           WHEN demo_work.u(id, 'for whom') < 0.94 THEN 'family' ELSE 'friend' END,
       total.gross, total.discount, total.gross - total.discount
FROM basket JOIN total USING (id)
ORDER BY id;
