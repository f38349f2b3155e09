-- What customers agreed to when they became customers, and what some of them withdrew since. Of those who want no
-- contact, every purpose that needs it is withdrawn along with it.

INSERT INTO customers_consent (id, customer_id, purpose, is_given, from_on, source, evidence, recorded_by_id,
    recorded_at, is_current)
WITH purpose(n, name, asked, agrees) AS (
    VALUES (0, 'service', 0.75, 0.97), (1, 'call', 0.55, 0.62), (2, 'message', 0.55, 0.72),
           (3, 'email', 0.35, 0.6), (4, 'analysis', 0.4, 0.75), (5, 'third_party', 0.3, 0.25)
), customer AS (
    SELECT person.id, officer, made.created_at,
           (made.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS joined_on,
           demo_work.pick(ARRAY['paper', 'paper', 'paper', 'online', 'spoken', 'message'],
               demo_work.u(person.id, 'consent source')) AS source,
           demo_work.u(person.id, 'no contact') < 0.02 AS no_contact
    FROM demo_work.person AS person
    JOIN customers_customer AS made ON made.id = person.id
    WHERE person.id BETWEEN %(first)s AND %(last)s AND made.id BETWEEN %(first)s AND %(last)s
), asked AS (
    SELECT id, officer, n, name, joined_on AS from_on, source, created_at AS recorded_at,
           demo_work.u(id * 16 + n, 'agrees') < agrees AS is_given, 0 AS nth
    FROM customer CROSS JOIN purpose
    WHERE demo_work.u(id, 'asked at all') < 0.85 AND demo_work.u(id * 16 + n, 'asked') < asked
), withdrawn AS (
    SELECT id, officer, n, name,
           from_on + floor(demo_work.u(id * 16 + n, 'withdrawn on') * (%(as_of)s::date - from_on))::integer
               AS from_on,
           demo_work.pick(ARRAY['call', 'message', 'spoken', 'email'],
               demo_work.u(id * 16 + n, 'withdrawn how')) AS source, 1 AS nth
    FROM asked WHERE is_given AND n > 0 AND demo_work.u(id * 16 + n, 'withdrawn') < 0.06
), refused AS (
    SELECT id, officer, needs.n, needs.name, %(as_of)s::date - 1
           - floor(demo_work.u(id, 'no contact since') * (%(as_of)s::date - 1 - joined_on))::integer AS from_on,
           'call' AS source, 2 AS nth
    FROM customer CROSS JOIN (VALUES (1, 'call'), (2, 'message'), (3, 'email'), (6, 'contact')) AS needs(n, name)
    WHERE no_contact
), line AS (
    SELECT id, officer, n, name, is_given, from_on, source, recorded_at, nth FROM asked
    UNION ALL
    SELECT id, officer, n, name, false, from_on, source,
           (from_on + time '10:00') AT TIME ZONE 'Asia/Ho_Chi_Minh'
           + make_interval(mins => floor(demo_work.u(id * 16 + n, 'withdrawn at') * 420)::integer), nth
    FROM (
        -- Whoever wants no contact has nothing left to withdraw.
        SELECT * FROM withdrawn WHERE NOT (n < 4 AND demo_work.u(id, 'no contact') < 0.02)
        UNION ALL SELECT * FROM refused
    ) AS ended
)
SELECT id * 32 + n * 4 + nth, id, name, is_given, from_on, source,
       CASE source WHEN 'paper' THEN 'Phiếu đồng ý số ' || lpad(id::text, 6, '0')
            WHEN 'online' THEN 'Biểu mẫu đăng ký trên website'
            WHEN 'spoken' THEN 'Nói tại quầy, có ghi phiếu'
            WHEN 'message' THEN 'Tin nhắn của khách'
            WHEN 'email' THEN 'Thư của khách' ELSE 'Khách nói khi gọi' END,
       officer, recorded_at,
       1 = row_number() OVER (PARTITION BY id, n ORDER BY from_on DESC, nth DESC)
FROM line
ORDER BY id, n, nth;
