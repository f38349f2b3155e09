-- What officers have promised for the days around the end of the history; most of what is past has been done.

INSERT INTO interactions_followup (id, customer_id, owner_id, due_on, due_time, subject, note, created_by_id,
    created_at, done_by_id, done_at, cancelled_by_id, cancelled_at, cancel_reason)
SELECT id, id, officer, due_on,
       CASE WHEN demo_work.u(id, 'agreed time') < 0.4
           THEN time '08:00' + make_interval(mins => 30 * floor(demo_work.u(id, 'time') * 18)::integer) END,
       demo_work.pick(ARRAY['Gọi lại báo giá', 'Hỏi thăm sau khi nhận hàng', 'Báo hàng về', 'Mời dùng thử hàng mới',
           'Nhắc đổi điểm tích lũy', 'Hẹn gặp tư vấn tại cửa hàng'], demo_work.u(id, 'what next')),
       '', officer, planned_at,
       CASE WHEN is_done THEN officer END,
       CASE WHEN is_done THEN (due_on + time '16:00') AT TIME ZONE 'Asia/Ho_Chi_Minh' END,
       NULL, NULL, ''
FROM (
    SELECT id, officer, due_on, due_on < %(as_of)s::date AND demo_work.u(id, 'is done') < 0.9 AS is_done,
           (least(due_on, %(as_of)s::date) - 1 - floor(demo_work.u(id, 'planned') * 6)::integer + time '09:00')
               AT TIME ZONE 'Asia/Ho_Chi_Minh' AS planned_at
    FROM (
        SELECT id, officer, %(as_of)s::date - 30 + floor(demo_work.u(id, 'due') * 50)::integer AS due_on
        FROM demo_work.person
        WHERE id BETWEEN %(first)s AND %(last)s AND demo_work.u(id, 'has a next step') < 0.12
    ) AS promised
) AS planned
ORDER BY id;
