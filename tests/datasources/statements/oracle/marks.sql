SELECT eps_component.business_stream_id, eps_component.session_id, eps_component.centre_id,
    eps_component.candidate_number, eps_component.assessment_code, eps_component.assessment_version,
    eps_component.component_id, eps_component.raw_mark, eps_component.assessor_mark, eps_component.final_mark
FROM JSON_TABLE(:asked_keys, '$[*]' COLUMNS (business_stream_id VARCHAR2(400 CHAR) PATH '$[0]', session_id VARCHAR2(400
    CHAR) PATH '$[1]', centre_id VARCHAR2(400 CHAR) PATH '$[2]', candidate_number VARCHAR2(400 CHAR) PATH '$[3]',
    assessment_code VARCHAR2(400 CHAR) PATH '$[4]', assessment_version INTEGER PATH '$[5]', component_id VARCHAR2(400
    CHAR) PATH '$[6]')) asked JOIN eps_component ON eps_component.business_stream_id = asked.business_stream_id AND
    eps_component.session_id = asked.session_id AND eps_component.centre_id = asked.centre_id AND
    eps_component.candidate_number = asked.candidate_number AND eps_component.assessment_code = asked.assessment_code
    AND eps_component.assessment_version = asked.assessment_version AND eps_component.component_id = asked.component_id
