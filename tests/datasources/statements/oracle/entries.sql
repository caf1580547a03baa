SELECT eps_entry.business_stream_id, eps_entry.session_id, eps_entry.centre_id, eps_entry.candidate_number,
    eps_entry.assessment_code, eps_entry.assessment_version, eps_entry.option_code
FROM JSON_TABLE(:asked_keys, '$[*]' COLUMNS (business_stream_id VARCHAR2(400 CHAR) PATH '$[0]', session_id VARCHAR2(400
    CHAR) PATH '$[1]', centre_id VARCHAR2(400 CHAR) PATH '$[2]', candidate_number VARCHAR2(400 CHAR) PATH '$[3]')) asked
    JOIN eps_entry ON eps_entry.business_stream_id = asked.business_stream_id AND eps_entry.session_id =
    asked.session_id AND eps_entry.centre_id = asked.centre_id AND eps_entry.candidate_number = asked.candidate_number
    ORDER BY eps_entry.assessment_code, eps_entry.assessment_version
