-- What came back: all of a purchase that is marked so, and one line of every hundredth other one, within 15 days.
INSERT INTO purchases_return (id, customer_id, purchase_id, number, returned_at, amount, units, reason)
SELECT row_number() OVER (ORDER BY returned_at, purchase_id), customer_id, purchase_id,
       'TH' || lpad((row_number() OVER (ORDER BY returned_at, purchase_id))::text, 7, '0'), returned_at,
           amount, units,
       demo_work.pick(ARRAY['Không vừa', 'Hàng lỗi', 'Giao nhầm hàng', 'Đổi ý', 'Không giống hình',
           'Hộp bị móp'],
                      demo_work.u(purchase_id, 'why returned'))
FROM (
    SELECT purchase.customer_id, purchase.id AS purchase_id, sum(line.net) AS amount, sum(line.quantity)
        AS units,
           purchase.purchased_at + make_interval(days => 1 + floor(demo_work.u(purchase.id,
               'returned when') * 14)::integer) AS returned_at
    FROM (
        SELECT id, customer_id, purchased_at, status FROM purchases_purchase
        WHERE status = 'returned' OR (status = 'completed' AND demo_work.u(id, 'part returned') < 0.01
              AND purchased_at < %(as_of)s::timestamptz - interval '16 days')
    ) AS purchase
    JOIN purchases_purchaseline AS line ON line.purchase_id = purchase.id
     AND (purchase.status = 'returned' OR line.id = (purchase.id - 1) * 5 + 1)
    GROUP BY purchase.customer_id, purchase.id, purchase.purchased_at
) AS back;
