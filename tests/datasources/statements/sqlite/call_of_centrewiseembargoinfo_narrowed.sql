SELECT centrewiseembargoinfo.centre_id, centrewiseembargoinfo.qualification_id, centrewiseembargoinfo.assessment_code,
    centrewiseembargoinfo.issued_date, centrewiseembargoinfo.is_embargoed, (SELECT count(*) AS count_1
FROM centrewiseembargoinfo
WHERE centrewiseembargoinfo.session_id = ? AND centrewiseembargoinfo.centre_id = ?) AS total_rows
FROM centrewiseembargoinfo
WHERE centrewiseembargoinfo.session_id = ? AND centrewiseembargoinfo.centre_id = ? ORDER BY
    centrewiseembargoinfo.centre_id, centrewiseembargoinfo.qualification_id, centrewiseembargoinfo.assessment_code
 LIMIT ? OFFSET ?
