SELECT answer.centre_id, answer.qualification_id, answer.assessment_code, answer.issued_date, answer.is_embargoed,
    answer.total_rows
FROM centrewiseembargoinfo($1::VARCHAR, $2::VARCHAR, $3::INTEGER, $4::INTEGER) AS answer ORDER BY answer.centre_id,
    answer.qualification_id, answer.assessment_code
