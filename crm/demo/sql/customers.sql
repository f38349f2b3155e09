-- One row a person: the name as somebody typed it, what is known of the person and what is not.
-- Keys of chance: `self` for facts of a person (a duplicate has them too), `home` for facts of a household,
-- `id` for how and how completely this row was written down.

WITH named AS (
    SELECT person.*, family.value AS family_name,
           CASE length_.value WHEN '2' THEN ''
                WHEN '3' THEN coalesce(nullif(first.value, given.value), second.value)
                WHEN '4' THEN concat_ws(' ', first.value, nullif(second.value, first.value))
                ELSE concat_ws(' ', mother.value, first.value) END AS middle_name,
           given.value AS given_name
    FROM (
        SELECT one.*, CASE WHEN man THEN 'M' ELSE 'F' END
               || CASE WHEN birth_year < 1980 THEN ' <1980' WHEN birth_year <= 2002 THEN ' 1980-2002'
                   ELSE ' >2002' END AS cohort,
               CASE WHEN size IS NOT NULL AND (man OR role = 'child') THEN home ELSE self END AS family
        FROM demo_work.person AS one WHERE id BETWEEN %(first)s AND %(last)s
    ) AS person
    JOIN demo_work.choice AS family ON family.list = 'family ' || region
         AND family.slot = demo_work.slot(person.family, 'family name')
    JOIN demo_work.choice AS mother ON mother.list = 'family ' || region
         AND mother.slot = demo_work.slot(self, 'name of the mother')
    JOIN demo_work.choice AS given ON given.list = 'given ' || cohort
         AND given.slot = demo_work.slot(self, 'given name')
    JOIN demo_work.choice AS first ON first.list = 'middle ' || cohort
         AND first.slot = demo_work.slot(self, 'middle name')
    JOIN demo_work.choice AS second ON second.list = 'second middle ' || cohort
         AND second.slot = demo_work.slot(self, 'second middle name')
    JOIN demo_work.choice AS length_ ON length_.list = 'words ' || cohort
         AND length_.slot = demo_work.slot(self, 'words of the name')
), typed AS (
    -- How the name was typed: mostly well, some without marks, in capitals, or with the tone on the other vowel.
    SELECT named.*, demo_work.u(id, 'typing') AS typing, ward.code AS ward_code, ward.rural, ward.old_places,
           education.value AS learnt, source.value AS came_by,
           demo_work.u(self, 'income unknown') AS income_unknown,
           8e6 * exp(0.6 * demo_work.normal(self, 'income'))
               * CASE WHEN wealth > 1.3 THEN wealth WHEN ward.rural THEN 0.75
                   ELSE greatest(wealth, 1) END AS income,
           demo_work.u(self, 'birth date') AS birth_known,
           CASE WHEN member IS NULL AND demo_work.u(self, 'gender') < 0.013 THEN 'unknown'
                WHEN member IS NULL AND demo_work.u(self, 'gender') < 0.015 THEN 'other'
                WHEN man THEN 'male' ELSE 'female' END AS gender
    FROM named
    JOIN demo_work.ward AS ward ON ward.province = named.province AND ward.n = named.ward
    JOIN demo_work.choice AS education ON education.list = 'education'
        AND education.slot = demo_work.slot(self, 'education')
    JOIN demo_work.choice AS source ON source.list = 'source' AND source.slot = demo_work.slot(id, 'source')
), schooled AS (
    SELECT typed.*,
           CASE WHEN age < 18 THEN CASE WHEN learnt = 'primary' THEN 'lower_secondary'
               ELSE 'upper_secondary' END
                WHEN age < 22 AND learnt IN ('university', 'postgraduate', 'college') THEN 'upper_secondary'
                WHEN age < 25 AND learnt = 'postgraduate' THEN 'university' ELSE learnt END AS school
    FROM typed
), working AS (
    SELECT schooled.*,
           CASE WHEN age < 18 THEN 'student'
                WHEN age < 23 AND demo_work.u(self, 'studies') < 0.6 THEN 'student'
                WHEN age >= CASE WHEN man THEN 61
                    ELSE 57 END AND demo_work.u(self, 'retired') < 0.75 THEN 'retired'
                WHEN NOT man AND marital = 'married' AND demo_work.u(self, 'keeps house') < 0.12
                    THEN 'homemaker'
                WHEN demo_work.u(self, 'without work') < 0.02 THEN 'not_working'
                WHEN school IN ('university', 'postgraduate')
                    THEN demo_work.pick(ARRAY['1', '2', '2', '2', '2', '3', '4', '4', '5', '0'],
                        demo_work.u(self, 'work'))
                WHEN school IN ('college', 'vocational')
                    THEN demo_work.pick(ARRAY['3', '3', '4', '5', '5', '7', '8', '1'],
                        demo_work.u(self, 'work'))
                WHEN rural THEN demo_work.pick(ARRAY['6', '6', '6', '5', '7', '8', '8', '9', '9'],
                    demo_work.u(self, 'work'))
                ELSE demo_work.pick(ARRAY['5', '5', '5', '5', '7', '7', '8', '8', '9', '4'],
                    demo_work.u(self, 'work')) END AS work,
           floor(income / 500000) * 500000 AS earned
    FROM schooled
), known AS MATERIALIZED (
    SELECT working.*, kind.value AS kind_of_work,
           CASE WHEN income_unknown < %(income_unknown)s OR work IN ('student', 'not_working') THEN NULL
               ELSE earned END AS known_income,
           CASE WHEN joined > 0
               THEN %(start)s::timestamptz + make_interval(days => begun.day - 12,
                   mins => 480 + (demo_work.u(id, 'minute') * 600)::integer)
                ELSE %(start)s::timestamptz - make_interval(days => 12)
                     - make_interval(secs => (1 - id / (%(customers)s * (1 - %(joined)s))) * 94608000) END
                         AS made_at
    FROM working
    JOIN demo_work.day_slot AS begun ON NOT begun.online AND begun.slot = floor(joined * 65535)::integer
    LEFT JOIN demo_work.choice AS kind ON kind.list = 'work ' || work
        AND kind.slot = demo_work.slot(self, 'kind of work')
)
INSERT INTO customers_customer (
    id, family_name, middle_name, given_name, honorific, gender, birth_year, birth_month, birth_day,
    lunar_birth_day, lunar_birth_month, lunar_birth_leap, monthly_income, income_band, income_basis,
        income_noted_on,
    education, occupation, occupation_text, marital_status, household_size, children_count, child_birth_years,
    household_id, household_role, province_id, ward_id, address, old_address, citizen_id, source, owner_id,
        branch_id,
    needs, preferences, special_requests, notes, is_active, inactive_reason, version, created_at, updated_at,
        created_by_id)
SELECT
    id,
    demo_work.as_typed(family_name, typing), demo_work.as_typed(middle_name, typing),
        demo_work.as_typed(given_name, typing),
    CASE WHEN gender NOT IN ('male', 'female') THEN 'quy_khach' WHEN demo_work.u(id, 'honorific') < 0.06 THEN ''
         WHEN age < 18 THEN 'em'
         WHEN age >= 65 THEN CASE WHEN man THEN 'ong' ELSE 'ba' END
         WHEN age >= 58 THEN 'bac'
         WHEN age >= 50 THEN CASE WHEN man THEN 'chu' ELSE 'co' END
         ELSE CASE WHEN man THEN 'anh' ELSE 'chi' END END,
    gender,
    CASE WHEN birth_known >= %(dob_missing)s THEN birth_year END,
    CASE WHEN birth_known >= %(dob_missing)s + %(dob_year_only)s THEN extract(month FROM born_on) END,
    CASE WHEN birth_known >= %(dob_missing)s + %(dob_year_only)s THEN extract(day FROM born_on) END,
    CASE WHEN age >= 50 AND demo_work.u(self, 'lunar') < 0.1
        THEN 1 + floor(demo_work.u(self, 'lunar day') * 29) END,
    CASE WHEN age >= 50 AND demo_work.u(self, 'lunar') < 0.1
        THEN 1 + floor(demo_work.u(self, 'lunar month') * 12) END,
    false,
    CASE WHEN demo_work.u(id, 'income told') < 0.4 THEN known_income END,
    CASE WHEN known_income IS NULL THEN 'unknown' WHEN known_income < 5e6 THEN 'under_5'
        WHEN known_income < 10e6 THEN 'from_5'
         WHEN known_income < 15e6 THEN 'from_10' WHEN known_income < 20e6 THEN 'from_15'
             WHEN known_income < 30e6 THEN 'from_20'
         WHEN known_income < 50e6 THEN 'from_30' ELSE 'from_50' END,
    CASE WHEN known_income IS NULL THEN '' WHEN demo_work.u(id, 'income told') < 0.4 THEN 'declared'
        ELSE 'estimated' END,
    CASE WHEN known_income IS NOT NULL
        THEN %(as_of)s::date - 30 - floor(demo_work.u(id, 'income noted') * 500)::integer END,
    CASE WHEN demo_work.u(id, 'education known') < 0.12 THEN 'unknown' ELSE school END,
    CASE WHEN demo_work.u(id, 'work known') < 0.1 THEN 'unknown' ELSE work END,
    CASE WHEN demo_work.u(id, 'work known') > 0.45 THEN coalesce(kind_of_work, '') ELSE '' END,
    CASE WHEN demo_work.u(id, 'marriage known') < 0.08 THEN 'unknown' ELSE marital END,
    CASE WHEN demo_work.u(id, 'family known') < 0.6 THEN greatest(coalesce(size, 1),
         CASE WHEN role = 'child' THEN size WHEN marital = 'married' THEN 2 + children
             ELSE 1 + children + floor(demo_work.u(home, 'lives with') * 3)::integer END) END,
    CASE WHEN demo_work.u(id, 'family known') < 0.6 THEN children END,
    CASE WHEN demo_work.u(id, 'family known') < 0.36 THEN child_years ELSE '{}' END,
    CASE WHEN twin IS NULL AND member IS NOT NULL THEN block + 1 END,
    CASE WHEN twin IS NULL THEN role ELSE '' END,
    province,
    CASE WHEN demo_work.u(home, 'ward known') < 0.88 THEN ward_code END,
    CASE WHEN demo_work.u(home, 'street known') > 0.8 THEN ''
         WHEN rural THEN 'Thôn ' || demo_work.pick(%(hamlets)s, demo_work.u(home, 'street'))
         WHEN demo_work.u(home, 'alley') < 0.3
             THEN 'Số ' || 1 + floor(demo_work.u(home, 'house') * 60) || ' ngõ '
              || 2 + floor(demo_work.u(home, 'alley number') * 300) || ' '
                  || demo_work.pick(%(streets)s, demo_work.u(home, 'street'))
         ELSE 1 + floor(power(demo_work.u(home, 'house'), 2) * 480) || ' '
             || demo_work.pick(%(streets)s, demo_work.u(home, 'street')) END,
    CASE WHEN demo_work.u(home, 'old address') < %(old_address)s
        THEN coalesce(demo_work.pick(old_places, demo_work.u(home, 'old place')), '') ELSE '' END,
    CASE WHEN twin IS NULL AND demo_work.u(self, 'citizen ID') < 0.4 THEN
         citizen_prefix || (CASE WHEN birth_year < 2000 THEN 0 ELSE 2 END + CASE WHEN man THEN 0 ELSE 1 END)
         || lpad((birth_year %% 100)::text, 2, '0')
             || lpad(floor(demo_work.u(self, 'citizen number') * 1000000)::text, 6, '0') ELSE '' END,
    came_by, officer, branch,
    CASE WHEN demo_work.u(id, 'needs') < 0.35 THEN demo_work.pick(%(needs)s, demo_work.u(id, 'which need'))
        ELSE '' END,
    CASE WHEN demo_work.u(id, 'preferences') < 0.3
        THEN demo_work.pick(%(preferences)s, demo_work.u(id, 'which preference')) ELSE '' END,
    CASE WHEN demo_work.u(id, 'requests') < 0.12
        THEN demo_work.pick(%(special_requests)s, demo_work.u(id, 'which request')) ELSE '' END,
    CASE WHEN demo_work.u(id, 'notes') < 0.2 THEN demo_work.pick(%(notes)s, demo_work.u(id, 'which note'))
        ELSE '' END,
    demo_work.u(id, 'inactive') >= 0.03,
    CASE WHEN demo_work.u(id, 'inactive') < 0.03
        THEN demo_work.pick(%(inactive_reasons)s, demo_work.u(id, 'why inactive')) ELSE '' END,
    1, made_at, made_at, officer
FROM known
ORDER BY id;
