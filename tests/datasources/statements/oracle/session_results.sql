SELECT eps_session_result.business_stream_id, eps_session_result.session_id, eps_session_result.result_status,
    eps_session_result.issued_date, eps_session_result.candidates_with_results, eps_session_result.candidates_pending
FROM JSON_TABLE(:asked_keys, '$[*]' COLUMNS (business_stream_id VARCHAR2(400 CHAR) PATH '$[0]', session_id VARCHAR2(400
    CHAR) PATH '$[1]')) asked JOIN eps_session_result ON eps_session_result.business_stream_id =
    asked.business_stream_id AND eps_session_result.session_id = asked.session_id
