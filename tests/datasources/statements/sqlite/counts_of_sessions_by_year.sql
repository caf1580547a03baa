SELECT eps_session.business_stream_id, count(*) AS count_1
FROM eps_session
WHERE eps_session.business_stream_id IN (?, ?) AND eps_session.session_year = ? GROUP BY eps_session.business_stream_id
