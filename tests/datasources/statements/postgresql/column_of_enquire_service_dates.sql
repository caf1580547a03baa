SELECT answer.qualification_group_id
FROM enquire_service_dates(CAST(NULL AS VARCHAR(2)), CAST(NULL AS VARCHAR(20)), CAST(NULL AS VARCHAR(20))) AS answer
WHERE NULL IS NOT NULL
