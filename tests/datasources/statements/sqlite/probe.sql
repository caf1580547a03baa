SELECT count(*) AS count_1
FROM sqlite_schema
