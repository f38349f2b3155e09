-- Working tables live in a schema of their own, dropped at the end. All chance comes from u(): a number
-- evenly in (0, 1) that follows from the row, the purpose and the seed, in whatever order rows are made.

DROP SCHEMA IF EXISTS demo_work CASCADE;
CREATE SCHEMA demo_work;

CREATE FUNCTION demo_work.u(id bigint, purpose text) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (((hashint8extended(id, hashtextextended(purpose, %(seed)s::bigint)) >> 11) & 9007199254740991)
        + 0.5::double precision) / 9007199254740992::double precision;

-- A slot of a weighted list.
CREATE FUNCTION demo_work.slot(id bigint, purpose text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(demo_work.u(id, purpose) * 2000)::integer;

-- A standard normal number (Box and Muller, 1958).
CREATE FUNCTION demo_work.normal(id bigint, purpose text) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sqrt(-2 * ln(demo_work.u(id, purpose))) * cos(2 * pi() * demo_work.u(id, purpose || ' angle'));

-- One of several texts, each as probable as the others.
CREATE FUNCTION demo_work.pick(texts text[], chance double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN texts[1 + floor(chance * cardinality(texts))::integer];

-- The number below which a negative binomial with this mean and shape k lies with the given chance.
CREATE FUNCTION demo_work.negative_binomial(mean double precision, k double precision, chance double precision)
RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    drawn integer := 0;
    probability double precision := power(k / (k + mean), k);
    below double precision := probability;
BEGIN
    WHILE chance > below AND drawn < 1000 LOOP
        probability := probability * (drawn + k) / (drawn + 1) * mean / (k + mean);
        below := below + probability;
        drawn := drawn + 1;
    END LOOP;
    RETURN drawn;
END $$;

-- Weighted lists, cut into 2000 slots: a value has as many slots as it has weight.
CREATE UNLOGGED TABLE demo_work.choice (list text NOT NULL, slot integer NOT NULL, value text NOT NULL);
CREATE UNLOGGED TABLE demo_work.ward (province text NOT NULL, n integer NOT NULL, code text NOT NULL,
    name text NOT NULL, rural boolean NOT NULL, old_places text[] NOT NULL);
CREATE UNLOGGED TABLE demo_work.province (code text NOT NULL, region text NOT NULL,
    wealth double precision NOT NULL,
    wards integer NOT NULL, desks integer NOT NULL, citizen_prefixes text[] NOT NULL);
CREATE UNLOGGED TABLE demo_work.desk (province text NOT NULL, n integer NOT NULL, officer bigint NOT NULL,
    branch bigint NOT NULL);
CREATE UNLOGGED TABLE demo_work.archetype (number integer NOT NULL, code text NOT NULL,
    orders_a_year double precision NOT NULL,
    k double precision NOT NULL, median double precision NOT NULL, sigma double precision NOT NULL,
    promo_share double precision NOT NULL, new_share double precision NOT NULL,
        top_share double precision NOT NULL,
    talks double precision NOT NULL);
CREATE UNLOGGED TABLE demo_work.day_slot (online boolean NOT NULL, slot integer NOT NULL, day integer NOT NULL);
CREATE UNLOGGED TABLE demo_work.shelf (bucket integer NOT NULL, category integer NOT NULL,
    tier integer NOT NULL,
    slot integer NOT NULL, product bigint NOT NULL, category_id bigint NOT NULL, quantity integer NOT NULL,
        price bigint NOT NULL);
CREATE UNLOGGED TABLE demo_work.talk (slot integer NOT NULL, channel text NOT NULL, direction text NOT NULL,
    stage text NOT NULL, subject text NOT NULL, notes text NOT NULL, outcome text NOT NULL, mood text NOT NULL);

-- The tone on the other one of two vowels: hòa for hoà, thúy for thuý.
CREATE FUNCTION demo_work.other_tone(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    one text[] := %(tone_first)s;
    other text[] := %(tone_second)s;
BEGIN
    FOR nth IN 1 .. cardinality(one) LOOP
        IF strpos(name, one[nth]) > 0 THEN RETURN replace(name, one[nth], other[nth]); END IF;
        IF strpos(name, other[nth]) > 0 THEN RETURN replace(name, other[nth], one[nth]); END IF;
    END LOOP;
    RETURN name;
END $$;

-- A name as it was written down: most as they are; without marks; in capitals; with the tone on the other vowel.
CREATE FUNCTION demo_work.as_typed(name text, typing double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN typing < %(no_marks)s THEN initcap(vn_fold(name))
            WHEN typing < %(no_marks)s + %(capitals)s THEN translate(name, %(small)s, %(large)s)
            WHEN typing < %(no_marks)s + %(capitals)s + %(other_tone)s THEN demo_work.other_tone(name)
            ELSE name END;
