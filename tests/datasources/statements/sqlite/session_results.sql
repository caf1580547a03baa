SELECT eps_session_result.business_stream_id, eps_session_result.session_id, eps_session_result.result_status,
    eps_session_result.issued_date, eps_session_result.candidates_with_results, eps_session_result.candidates_pending
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id FROM json_each(?)) AS asked JOIN
    eps_session_result ON eps_session_result.business_stream_id = asked.business_stream_id AND
    eps_session_result.session_id = asked.session_id
