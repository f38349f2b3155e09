SELECT bucket, count(*) FROM demo_work.contact GROUP BY bucket
