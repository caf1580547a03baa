SELECT eps_component.business_stream_id, eps_component.session_id, eps_component.centre_id,
    eps_component.candidate_number, eps_component.assessment_code, eps_component.assessment_version,
    eps_component.component_id, eps_component.raw_mark, eps_component.assessor_mark, eps_component.final_mark
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id, value ->> 2 AS centre_id, value ->> 3 AS
    candidate_number, value ->> 4 AS assessment_code, value ->> 5 AS assessment_version, value ->> 6 AS component_id
    FROM json_each(?)) AS asked JOIN eps_component ON eps_component.business_stream_id = asked.business_stream_id AND
    eps_component.session_id = asked.session_id AND eps_component.centre_id = asked.centre_id AND
    eps_component.candidate_number = asked.candidate_number AND eps_component.assessment_code = asked.assessment_code
    AND eps_component.assessment_version = asked.assessment_version AND eps_component.component_id = asked.component_id
