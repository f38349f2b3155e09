-- Phones, mail addresses and numbers of other systems. A head of household's number is drawn from the household,
-- so that those who share it (about 3 %% of all) draw the same. Mail domains are those reserved for examples.

INSERT INTO customers_phone (id, customer_id, number, label, position)
SELECT id * 2 - 1, id, '+84' || prefix.value
    || lpad(floor(demo_work.u(line, 'number') * 10000000)::text, 7, '0'),
       CASE WHEN shares THEN 'family' ELSE 'mobile' END, 0
FROM (
    SELECT id, coalesce(member > 1 AND twin IS NULL
        AND demo_work.u(self, 'shares a phone') < 0.16, false) AS shares,
           CASE WHEN member = 1 OR (member > 1 AND demo_work.u(self, 'shares a phone') < 0.16) THEN home
                WHEN twin IS NOT NULL AND demo_work.u(id, 'another phone') < 0.25 THEN id ELSE self END AS line
    FROM demo_work.person WHERE id BETWEEN %(first)s AND %(last)s
) AS caller
JOIN demo_work.choice AS prefix ON prefix.list = 'prefix' AND prefix.slot = demo_work.slot(line, 'prefix')
WHERE demo_work.u(id, 'phone missing') >= %(phone_missing)s
ORDER BY id;

INSERT INTO customers_phone (id, customer_id, number, label, position)
SELECT id * 2, id,
       CASE WHEN province IN ('01', '79') AND demo_work.u(self, 'landline') < 0.3
            THEN CASE province WHEN '01' THEN '+84243'
                ELSE '+84283' END || lpad(floor(demo_work.u(home, 'landline number') * 10000000)::text, 7, '0')
            ELSE '+84' || prefix.value
                || lpad(floor(demo_work.u(self, 'second number') * 10000000)::text, 7, '0') END,
       CASE WHEN province IN ('01', '79') AND demo_work.u(self, 'landline') < 0.3 THEN 'home'
            ELSE demo_work.pick(ARRAY['zalo', 'zalo', 'work', 'mobile'],
                demo_work.u(self, 'second label')) END, 1
FROM demo_work.person
JOIN demo_work.choice AS prefix ON prefix.list = 'prefix'
    AND prefix.slot = demo_work.slot(self, 'second prefix')
WHERE id BETWEEN %(first)s AND %(last)s AND demo_work.u(id, 'second phone') < 0.12
  AND demo_work.u(id, 'phone missing') >= %(phone_missing)s
ORDER BY id;

INSERT INTO customers_email (id, customer_id, address, label, position)
SELECT person.id, person.id,
       replace(vn_fold(customer.given_name || '.' || customer.family_name), ' ', '') || self
       || demo_work.pick(ARRAY['@example.com', '@example.net', '@example.org'],
           demo_work.u(self, 'mail domain')),
       CASE WHEN demo_work.u(self, 'mail at work') < 0.15 THEN 'work' ELSE 'personal' END, 0
FROM demo_work.person AS person JOIN customers_customer AS customer ON customer.id = person.id
WHERE person.id BETWEEN %(first)s AND %(last)s AND customer.id BETWEEN %(first)s AND %(last)s
  AND demo_work.u(person.id, 'mail') < CASE WHEN age > 60 THEN 0.15 ELSE 0.5 END
ORDER BY person.id;

INSERT INTO customers_customeridentifier (id, kind, value, customer_id)
SELECT person.id * 4 + n, kind, prefix || lpad((person.id * 7919 %% 1000000000)::text, 9, '0'), person.id
FROM demo_work.person AS person,
     (VALUES (0, 'loyalty_card', 'SK', 0.45), (1, 'zalo', 'ZL', 0.2), (2, 'shopee', 'SP', 0.12),
         (3, 'tiktok_shop', 'TT', 0.07))
     AS system(n, kind, prefix, share)
WHERE person.id BETWEEN %(first)s AND %(last)s AND demo_work.u(person.id * 4 + n, 'identifier') < share
ORDER BY person.id, n;
