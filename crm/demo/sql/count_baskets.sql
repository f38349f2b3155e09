SELECT bucket, count(*) FROM demo_work.basket GROUP BY bucket
