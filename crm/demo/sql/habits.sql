-- How often each customer buys and talks, and in which part of the history: from `joined` to `gone`, as shares of
-- all that is bought in it, so that seasons weigh the same for everyone.
CREATE UNLOGGED TABLE demo_work.habit AS
SELECT present.*,
       demo_work.negative_binomial(kind.orders_a_year * %(years)s * (gone - joined), kind.k,
           demo_work.u(id, 'orders')) AS orders,
       demo_work.negative_binomial(kind.talks, 1.4, demo_work.u(id, 'talks')) AS talks
FROM (
    SELECT person.id, person.archetype, person.officer, person.branch, person.joined, main.value AS channel,
           CASE WHEN demo_work.u(id, 'leaves') < %(left)s
               THEN joined + (1 - joined) * demo_work.u(id, 'leaves when') ELSE 1 END AS gone,
           CASE WHEN cardinality(child_years) > 0 AND demo_work.u(self, 'for the children') < 0.3
               THEN %(baby_category)s
                ELSE favourite.value::integer END AS favourite
    FROM demo_work.person AS person
    JOIN demo_work.choice AS main ON main.list = 'channel' AND main.slot = demo_work.slot(self, 'main channel')
    JOIN demo_work.choice AS favourite ON favourite.list = 'category'
        AND favourite.slot = demo_work.slot(self, 'favourite')
) AS present
JOIN demo_work.archetype AS kind ON kind.number = present.archetype
ORDER BY id;
ALTER TABLE demo_work.habit ADD PRIMARY KEY (id);
ANALYZE demo_work.habit;
CREATE TABLE demo_work.basket (
    bucket integer NOT NULL, at timestamptz NOT NULL, customer bigint NOT NULL, branch bigint NOT NULL,
        nth integer NOT NULL,
    archetype integer NOT NULL, favourite integer NOT NULL, channel text NOT NULL
) PARTITION BY LIST (bucket);
CREATE TABLE demo_work.contact (
    bucket integer NOT NULL, at timestamptz NOT NULL, customer bigint NOT NULL, officer bigint NOT NULL,
        nth integer NOT NULL
) PARTITION BY LIST (bucket);
CREATE UNLOGGED TABLE demo_work.called AS
SELECT id, CASE honorific WHEN 'anh' THEN 'anh ' WHEN 'chi' THEN 'chị ' WHEN 'co' THEN 'cô '
    WHEN 'chu' THEN 'chú '
                          WHEN 'bac' THEN 'bác ' WHEN 'ong' THEN 'ông ' WHEN 'ba' THEN 'bà '
                              WHEN 'em' THEN 'em ' ELSE 'khách ' END
           || given_name AS called
FROM customers_customer;
ANALYZE demo_work.called;
