SELECT centrewiseembargoinfo.centre_id
FROM centrewiseembargoinfo
WHERE NULL IS NOT NULL
