SELECT eps_session.business_stream_id, count(*) AS count_1
FROM eps_session
WHERE eps_session.business_stream_id IN (:streams_1, :streams_2) GROUP BY eps_session.business_stream_id
