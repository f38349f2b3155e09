-- One month of interactions, numbered by time, in the officers' words.
WITH numbered AS (
    SELECT %(offset)s + row_number() OVER (ORDER BY at, customer, nth) AS id, contact.* FROM demo_work.contact
        AS contact
    WHERE contact.bucket = %(bucket)s
)
INSERT INTO interactions_interaction (id, customer_id, channel, direction, stage, subject, notes, outcome,
    mood, by_id,
    happened_at, submission, created_at)
SELECT numbered.id, numbered.customer, talk.channel, talk.direction, talk.stage, talk.subject,
       CASE WHEN starts_with(talk.notes, '{khach}')
            THEN upper(left(called, 1)) || substr(called, 2)
                || replace(substr(talk.notes, 8), '{khach}', called)
            ELSE replace(talk.notes, '{khach}', called) END,
       talk.outcome, talk.mood, numbered.officer, at, md5(%(seed)s || ' interaction ' || numbered.id)::uuid,
       at + make_interval(mins => 1 + floor(demo_work.u(numbered.id, 'logged') * 90)::integer)
FROM numbered
JOIN demo_work.talk AS talk ON talk.slot = demo_work.slot(numbered.id, 'talk')
JOIN demo_work.called AS customer ON customer.id = numbered.customer
ORDER BY numbered.id;
