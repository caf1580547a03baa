SELECT eps_session.business_stream_id, count(*) AS count_1
FROM eps_session
WHERE eps_session.business_stream_id IN ($2::VARCHAR, $3::VARCHAR) AND eps_session.session_year = $1::INTEGER GROUP BY
    eps_session.business_stream_id
