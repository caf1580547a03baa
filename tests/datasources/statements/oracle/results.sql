SELECT eps_result.business_stream_id, eps_result.session_id, eps_result.centre_id, eps_result.candidate_number,
    eps_result.assessment_code, eps_result.assessment_version, eps_result.result_status, eps_result.issued_date
FROM JSON_TABLE(:asked_keys, '$[*]' COLUMNS (business_stream_id VARCHAR2(400 CHAR) PATH '$[0]', session_id VARCHAR2(400
    CHAR) PATH '$[1]', centre_id VARCHAR2(400 CHAR) PATH '$[2]', candidate_number VARCHAR2(400 CHAR) PATH '$[3]',
    assessment_code VARCHAR2(400 CHAR) PATH '$[4]', assessment_version INTEGER PATH '$[5]')) asked JOIN eps_result ON
    eps_result.business_stream_id = asked.business_stream_id AND eps_result.session_id = asked.session_id AND
    eps_result.centre_id = asked.centre_id AND eps_result.candidate_number = asked.candidate_number AND
    eps_result.assessment_code = asked.assessment_code AND eps_result.assessment_version = asked.assessment_version
