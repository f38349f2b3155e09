-- When each customer bought and talked, filed by month so that the next steps can number them by time.
-- Most purchases of a customer go through their main channel; the mix over all stays that of the recipe.

INSERT INTO demo_work.basket (bucket, at, customer, branch, nth, archetype, favourite, channel)
SELECT slot.day / %(bucket_days)s,
       %(start)s::timestamptz + make_interval(days => slot.day, secs => CASE WHEN online
           THEN 25200 + floor(60840 * (demo_work.u(key, 'clock') + demo_work.u(key, 'second clock')) / 2)
           ELSE 28800 + floor(46800 * (demo_work.u(key, 'clock') + demo_work.u(key, 'second clock')) / 2) END),
       id, branch, nth, archetype, favourite, channel
FROM (
    SELECT bought.*, CASE WHEN demo_work.u(key, 'main channel') < 0.6 THEN main ELSE any_.value END AS channel,
           CASE WHEN demo_work.u(key, 'main channel') < 0.6 THEN main
               ELSE any_.value END IN ('marketplace', 'social', 'website') AS online
    FROM (
        SELECT id, branch, archetype, favourite, joined, gone, channel AS main, nth, id * 1024 + nth AS key
        FROM demo_work.habit CROSS JOIN LATERAL generate_series(1, orders) AS nth
        WHERE id BETWEEN %(first)s AND %(last)s
    ) AS bought
    JOIN demo_work.choice AS any_ ON any_.list = 'channel' AND any_.slot = demo_work.slot(key, 'channel')
) AS placed
JOIN demo_work.day_slot AS slot USING (online)
WHERE slot.slot = floor((joined + (gone - joined) * demo_work.u(key, 'day')) * 65536)::integer;

INSERT INTO demo_work.contact (bucket, at, customer, officer, nth)
SELECT day / %(bucket_days)s,
       %(start)s::timestamptz + make_interval(days => day,
           secs => 28800 + floor(36000 * (demo_work.u(key, 'hour') + demo_work.u(key, 'second hour')) / 2)),
       id, officer, nth
FROM (
    SELECT id, officer, nth, id * 1024 + nth AS key,
           begun.day + floor((%(days)s - begun.day) * demo_work.u(id * 1024 + nth, 'day of talk'))::integer
               AS day
    FROM demo_work.habit
    JOIN demo_work.day_slot AS begun ON NOT begun.online AND begun.slot = floor(joined * 65535)::integer
    CROSS JOIN LATERAL generate_series(1, talks) AS nth
    WHERE id BETWEEN %(first)s AND %(last)s
) AS talked;
