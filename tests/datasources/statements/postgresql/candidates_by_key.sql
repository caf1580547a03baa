SELECT eps_candidate.business_stream_id, eps_candidate.session_id, eps_candidate.centre_id,
    eps_candidate.candidate_number, eps_candidate.unique_candidate_id
FROM (SELECT CAST(value ->> 0 AS VARCHAR(400)) AS business_stream_id, CAST(value ->> 1 AS VARCHAR(400)) AS session_id,
    CAST(value ->> 2 AS VARCHAR(400)) AS centre_id, CAST(value ->> 3 AS VARCHAR(400)) AS candidate_number FROM
    json_array_elements(CAST($1::VARCHAR AS JSON))) AS asked JOIN eps_candidate ON eps_candidate.business_stream_id =
    asked.business_stream_id AND eps_candidate.session_id = asked.session_id AND eps_candidate.centre_id =
    asked.centre_id AND eps_candidate.candidate_number = asked.candidate_number
