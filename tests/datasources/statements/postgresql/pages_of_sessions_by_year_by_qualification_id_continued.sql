SELECT page.business_stream_id, page.session_id, page.session_name, page.session_year, page.session_type,
    page.session_status, page.start_date, page.end_date
FROM (SELECT eps_session.business_stream_id AS business_stream_id, eps_session.session_id AS session_id,
    eps_session.session_name AS session_name, eps_session.session_year AS session_year, eps_session.session_type AS
    session_type, eps_session.session_status AS session_status, eps_session.start_date AS start_date,
    eps_session.end_date AS end_date, row_number() OVER (PARTITION BY eps_session.business_stream_id ORDER BY
    eps_session.start_date DESC, eps_session.session_id DESC) AS place
FROM eps_session
WHERE eps_session.business_stream_id IN ($6::VARCHAR, $7::VARCHAR) AND eps_session.session_year = $1::INTEGER AND
    (EXISTS (SELECT 1
FROM eps_session_assessment
WHERE eps_session_assessment.business_stream_id = eps_session.business_stream_id AND eps_session_assessment.session_id =
    eps_session.session_id AND eps_session_assessment.qualification_id = $2::VARCHAR)) AND (eps_session.start_date <
    $3::DATE OR eps_session.start_date = $3::DATE AND eps_session.session_id < $4::VARCHAR)) AS page
WHERE page.place <= $5 ORDER BY page.business_stream_id, page.place
