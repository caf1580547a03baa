SELECT answer.centre_id, answer.qualification_id, answer.assessment_code, answer.issued_date, answer.is_embargoed,
    answer.total_rows
FROM table(centrewiseembargoinfo(:session_id, :centre_id, :row_offset, :row_limit)) answer ORDER BY answer.centre_id,
    answer.qualification_id, answer.assessment_code
