-- Who the customers are, before names and addresses are put on them.
--
-- About 35 %% live in households of two to four customers. People are shuffled over places; four places are a
-- block; the first two, three or four of a block may be a household: head, spouse, child, and a second child or a
-- grandparent. Duplicates are drawn among those outside; `self` is the customer whose facts a row carries.

CREATE UNLOGGED TABLE demo_work.seat AS
WITH placed AS (
    SELECT id, (id * %(shuffle)s::bigint) %% %(customers)s AS place
    FROM generate_series(1::bigint, %(customers)s::bigint) AS id
), housed AS (
    SELECT id, place / 4 AS block, place %% 4 + 1 AS member,
           CASE WHEN place / 4 * 4 + 4 > %(customers)s THEN 0
                WHEN demo_work.u(place / 4, 'household') < 0.08 THEN 4
                WHEN demo_work.u(place / 4, 'household') < 0.24 THEN 3
                WHEN demo_work.u(place / 4, 'household') < 0.54 THEN 2
                ELSE 0 END AS size
    FROM placed
), drawn AS (
    SELECT id, block, CASE WHEN member <= size THEN member END AS member,
           CASE WHEN member <= size THEN size END AS size,
           CASE WHEN member > size AND id > 1
               AND demo_work.u(id, 'duplicate') < %(duplicates)s / 0.65 / (1 - %(duplicates)s)
                THEN 1 + floor(demo_work.u(id, 'duplicate of') * (id - 1))::bigint END AS twin
    FROM housed
)
SELECT one.id, one.block, one.member, one.size,
       CASE WHEN other.twin IS NULL THEN one.twin END AS twin
FROM drawn AS one LEFT JOIN drawn AS other ON other.id = one.twin;
ANALYZE demo_work.seat;

CREATE UNLOGGED TABLE demo_work.person AS
WITH based AS (
    SELECT one.id, coalesce(one.twin, one.id) AS self, one.twin, base.block, base.member, base.size,
           CASE WHEN base.size IS NULL THEN coalesce(one.twin, one.id) ELSE -1 - base.block END AS home
    FROM demo_work.seat AS one
    JOIN demo_work.seat AS base ON base.id = coalesce(one.twin, one.id)
), aged AS (
    SELECT based.*, head.value::integer AS head_age,
           15 + floor(demo_work.u(home, 'first child') * (head.value::integer - 38))::integer AS first_age,
           15 + floor(demo_work.u(home, 'second child') * (head.value::integer - 38))::integer AS second_age,
           floor(demo_work.u(home, 'birthday of the first') * 365)::integer AS first_days,
           floor(demo_work.u(home, 'birthday of the second') * 365)::integer AS second_days,
           size = 4 AND demo_work.u(home, 'second child or grandparent') < 0.6 AS two_children,
           demo_work.u(home, 'man is head') < 0.6 AS man_is_head
    FROM based
    JOIN demo_work.choice AS head
      ON head.slot = demo_work.slot(home, 'age')
     AND head.list = CASE WHEN size IS NULL THEN 'age' WHEN size = 2 THEN 'age of couples'
         ELSE 'age of parents' END
), cast_ AS MATERIALIZED (
    SELECT aged.*,
           CASE WHEN member IS NULL OR member = 1 THEN head_age
                WHEN member = 2 THEN greatest(20,
                    head_age - 3 + floor(demo_work.u(self, 'spouse') * 6)::integer)
                WHEN member = 3 THEN first_age
                WHEN two_children THEN second_age
                ELSE head_age + 22 + floor(demo_work.u(self, 'grandparent') * 7)::integer END AS age,
           CASE WHEN member = 1 THEN 'head' WHEN member = 2 THEN 'spouse'
               WHEN member = 3 OR two_children THEN 'child'
                WHEN member = 4 THEN 'parent' ELSE '' END AS role,
           CASE WHEN member IN (1, 2) THEN (man_is_head = (member = 1))
                ELSE demo_work.u(self, 'sex') < 0.415 END AS man
    FROM aged
), born AS (
    SELECT cast_.*,
           (%(as_of)s::date - make_interval(years => age) - make_interval(days =>
               CASE WHEN member = 3 THEN first_days WHEN role = 'child' THEN second_days
                    ELSE floor(demo_work.u(self, 'day of birth') * 365)::integer END))::date
               AS born_on,
           CASE WHEN role IN ('head', 'spouse') THEN 'married'
                WHEN age < 20 THEN 'single'
                WHEN role = 'child' THEN CASE
                    WHEN demo_work.u(self, 'marriage') < 0.05 AND age > 24 THEN 'married' ELSE 'single' END
                WHEN demo_work.u(self, 'marriage') < CASE WHEN age < 25 THEN 0.90 WHEN age < 30 THEN 0.50
                    WHEN age < 40 THEN 0.20
                                                        ELSE 0.08 END THEN 'single'
                WHEN demo_work.u(self, 'end of marriage') < CASE WHEN age < 40 THEN 0.01
                    WHEN age < 50 THEN 0.05 WHEN age < 60 THEN 0.14
                                                               WHEN age < 70 THEN 0.32
                                                                   ELSE 0.55 END THEN 'widowed'
                WHEN demo_work.u(self, 'divorce') < CASE WHEN age < 25 THEN 0.01 ELSE 0.065 END THEN 'divorced'
                ELSE 'married' END AS marital
    FROM cast_
), parents AS (
    SELECT born.*,
           CASE WHEN role IN ('head', 'spouse') AND size >= 3 THEN 1 + two_children::integer
                WHEN marital = 'single' THEN 0
                ELSE least(greatest((age - 20) / 3, 0),
                           demo_work.pick(ARRAY['0', '1', '1', '2', '2', '2', '2', '3'],
                               demo_work.u(home, 'children'))::integer) END AS children
    FROM born
)
SELECT id, self, twin, block, member, size, home, age, role, man, born_on, extract(year FROM born_on)::integer
    AS birth_year,
       marital, children,
       CASE WHEN children = 0 THEN '{}'::integer[]
            WHEN role IN ('head', 'spouse') AND size >= 3 THEN
                ARRAY(SELECT extract(year FROM %(as_of)s::date - make_interval(years => child.age, days => child.days))
                      FROM (VALUES (1, first_age, first_days), (2, second_age, second_days)) AS child(nth, age, days)
                      WHERE nth <= children ORDER BY 1)::integer[]
            ELSE ARRAY(SELECT least(extract(year FROM born_on) + 21 + 3 * (nth - 1)
                                    + floor(demo_work.u(home, 'first birth') * 6), extract(year FROM %(as_of)s::date))
                       FROM generate_series(1, children) AS nth)::integer[] END AS child_years,
       province.code AS province, province.region, province.wealth, desk.officer, desk.branch,
       1 + floor(demo_work.u(home, 'ward') * province.wards)::integer AS ward,
       demo_work.pick(province.citizen_prefixes, demo_work.u(self, 'registered')) AS citizen_prefix,
       archetype.number AS archetype,
       CASE WHEN id <= %(customers)s * (1 - %(joined)s) THEN 0
            ELSE (id - %(customers)s * (1 - %(joined)s)) / (%(customers)s * %(joined)s) END::double precision
                AS joined
FROM parents
JOIN demo_work.choice AS living ON living.list = 'province' AND living.slot = demo_work.slot(home, 'province')
JOIN demo_work.province AS province ON province.code = living.value
JOIN demo_work.desk AS desk ON desk.province = province.code
    AND desk.n = 1 + floor(demo_work.u(home, 'desk') * province.desks)::integer
JOIN demo_work.choice AS kind ON kind.list = 'archetype' AND kind.slot = demo_work.slot(self, 'archetype')
JOIN demo_work.archetype AS archetype ON archetype.code = kind.value;
ALTER TABLE demo_work.person ADD PRIMARY KEY (id);
ANALYZE demo_work.person;

INSERT INTO demo_truth.archetype (customer_id, code)
SELECT person.id, archetype.code FROM demo_work.person AS person
JOIN demo_work.archetype AS archetype ON archetype.number = person.archetype ORDER BY person.id;
INSERT INTO demo_truth.duplicate (customer_id, of_customer_id)
SELECT id, twin FROM demo_work.person WHERE twin IS NOT NULL ORDER BY id;
