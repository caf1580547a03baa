SELECT eps_result.business_stream_id, eps_result.session_id, eps_result.centre_id, eps_result.candidate_number,
    eps_result.assessment_code, eps_result.assessment_version, eps_result.result_status, eps_result.issued_date
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id, value ->> 2 AS centre_id, value ->> 3 AS
    candidate_number, value ->> 4 AS assessment_code, value ->> 5 AS assessment_version FROM json_each(?)) AS asked JOIN
    eps_result ON eps_result.business_stream_id = asked.business_stream_id AND eps_result.session_id = asked.session_id
    AND eps_result.centre_id = asked.centre_id AND eps_result.candidate_number = asked.candidate_number AND
    eps_result.assessment_code = asked.assessment_code AND eps_result.assessment_version = asked.assessment_version
