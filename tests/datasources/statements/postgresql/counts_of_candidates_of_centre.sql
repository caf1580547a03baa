SELECT eps_candidate.business_stream_id, eps_candidate.session_id, eps_candidate.centre_id, count(*) AS count_1
FROM (SELECT CAST(value ->> 0 AS VARCHAR(400)) AS business_stream_id, CAST(value ->> 1 AS VARCHAR(400)) AS session_id,
    CAST(value ->> 2 AS VARCHAR(400)) AS centre_id FROM json_array_elements(CAST($1::VARCHAR AS JSON))) AS asked JOIN
    eps_candidate ON eps_candidate.business_stream_id = asked.business_stream_id AND eps_candidate.session_id =
    asked.session_id AND eps_candidate.centre_id = asked.centre_id GROUP BY eps_candidate.business_stream_id,
    eps_candidate.session_id, eps_candidate.centre_id
