SELECT eps_component.business_stream_id, eps_component.session_id, eps_component.centre_id,
    eps_component.candidate_number, eps_component.assessment_code, eps_component.assessment_version,
    eps_component.component_id
FROM (SELECT CAST(value ->> 0 AS VARCHAR(400)) AS business_stream_id, CAST(value ->> 1 AS VARCHAR(400)) AS session_id,
    CAST(value ->> 2 AS VARCHAR(400)) AS centre_id, CAST(value ->> 3 AS VARCHAR(400)) AS candidate_number, CAST(value
    ->> 4 AS VARCHAR(400)) AS assessment_code, CAST(value ->> 5 AS INTEGER) AS assessment_version FROM
    json_array_elements(CAST($1::VARCHAR AS JSON))) AS asked JOIN eps_component ON eps_component.business_stream_id =
    asked.business_stream_id AND eps_component.session_id = asked.session_id AND eps_component.centre_id =
    asked.centre_id AND eps_component.candidate_number = asked.candidate_number AND eps_component.assessment_code =
    asked.assessment_code AND eps_component.assessment_version = asked.assessment_version ORDER BY
    eps_component.component_id
