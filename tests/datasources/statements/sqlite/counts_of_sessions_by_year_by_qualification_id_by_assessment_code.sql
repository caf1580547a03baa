SELECT eps_session.business_stream_id, count(*) AS count_1
FROM eps_session
WHERE eps_session.business_stream_id IN (?, ?) AND eps_session.session_year = ? AND (EXISTS (SELECT 1
FROM eps_session_assessment
WHERE eps_session_assessment.business_stream_id = eps_session.business_stream_id AND eps_session_assessment.session_id =
    eps_session.session_id AND eps_session_assessment.qualification_id = ? AND eps_session_assessment.assessment_code =
    ?)) GROUP BY eps_session.business_stream_id
