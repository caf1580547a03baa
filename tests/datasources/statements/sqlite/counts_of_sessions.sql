SELECT eps_session.business_stream_id, count(*) AS count_1
FROM eps_session
WHERE eps_session.business_stream_id IN (?, ?) GROUP BY eps_session.business_stream_id
