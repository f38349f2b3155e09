INSERT INTO customers_household (id, name, notes, created_at)
SELECT block + 1, 'Nhà ' || family.value, '', %(start)s::timestamptz
FROM demo_work.person AS head
JOIN demo_work.choice AS family
  ON family.list = 'family ' || head.region AND family.slot = demo_work.slot(head.home, 'family name')
WHERE head.member = 1 AND head.twin IS NULL
ORDER BY block;
