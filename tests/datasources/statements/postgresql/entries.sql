SELECT eps_entry.business_stream_id, eps_entry.session_id, eps_entry.centre_id, eps_entry.candidate_number,
    eps_entry.assessment_code, eps_entry.assessment_version, eps_entry.option_code
FROM (SELECT CAST(value ->> 0 AS VARCHAR(400)) AS business_stream_id, CAST(value ->> 1 AS VARCHAR(400)) AS session_id,
    CAST(value ->> 2 AS VARCHAR(400)) AS centre_id, CAST(value ->> 3 AS VARCHAR(400)) AS candidate_number FROM
    json_array_elements(CAST($1::VARCHAR AS JSON))) AS asked JOIN eps_entry ON eps_entry.business_stream_id =
    asked.business_stream_id AND eps_entry.session_id = asked.session_id AND eps_entry.centre_id = asked.centre_id AND
    eps_entry.candidate_number = asked.candidate_number ORDER BY eps_entry.assessment_code, eps_entry.assessment_version
