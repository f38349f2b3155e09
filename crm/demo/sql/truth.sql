-- What the product must not know: the archetype a customer was drawn from, who is whose duplicate, and whether
-- the load came to its end. Read by tests and evaluations only.
CREATE SCHEMA IF NOT EXISTS demo_truth;
CREATE TABLE IF NOT EXISTS demo_truth.load (
    customers integer NOT NULL, seed integer NOT NULL, as_of date NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz
);
CREATE TABLE IF NOT EXISTS demo_truth.archetype (customer_id bigint PRIMARY KEY, code text NOT NULL);
CREATE TABLE IF NOT EXISTS demo_truth.duplicate (customer_id bigint PRIMARY KEY,
    of_customer_id bigint NOT NULL);
TRUNCATE demo_truth.load, demo_truth.archetype, demo_truth.duplicate;
INSERT INTO demo_truth.load (customers, seed, as_of) VALUES (%(customers)s, %(seed)s, %(as_of)s);
