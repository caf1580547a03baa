SELECT eps_candidate.business_stream_id, eps_candidate.session_id, count(*) AS count_1
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id FROM json_each(?)) AS asked JOIN eps_candidate
    ON eps_candidate.business_stream_id = asked.business_stream_id AND eps_candidate.session_id = asked.session_id GROUP
    BY eps_candidate.business_stream_id, eps_candidate.session_id
