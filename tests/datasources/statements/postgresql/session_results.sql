SELECT eps_session_result.business_stream_id, eps_session_result.session_id, eps_session_result.result_status,
    eps_session_result.issued_date, eps_session_result.candidates_with_results, eps_session_result.candidates_pending
FROM (SELECT CAST(value ->> 0 AS VARCHAR(400)) AS business_stream_id, CAST(value ->> 1 AS VARCHAR(400)) AS session_id
    FROM json_array_elements(CAST($1::VARCHAR AS JSON))) AS asked JOIN eps_session_result ON
    eps_session_result.business_stream_id = asked.business_stream_id AND eps_session_result.session_id =
    asked.session_id
