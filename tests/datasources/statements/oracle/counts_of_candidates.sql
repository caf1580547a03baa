SELECT eps_candidate.business_stream_id, eps_candidate.session_id, count(*) AS count_1
FROM JSON_TABLE(:asked_keys, '$[*]' COLUMNS (business_stream_id VARCHAR2(400 CHAR) PATH '$[0]', session_id VARCHAR2(400
    CHAR) PATH '$[1]')) asked JOIN eps_candidate ON eps_candidate.business_stream_id = asked.business_stream_id AND
    eps_candidate.session_id = asked.session_id GROUP BY eps_candidate.business_stream_id, eps_candidate.session_id
