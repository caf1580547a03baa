SELECT answer.qualification_group_id
FROM table(enquire_service_dates(CAST(NULL AS VARCHAR2(2 CHAR)), CAST(NULL AS VARCHAR2(20 CHAR)), CAST(NULL AS
    VARCHAR2(20 CHAR)))) answer
WHERE NULL IS NOT NULL
