SELECT eps_session.business_stream_id, eps_session.session_id, eps_session.session_name, eps_session.session_year,
    eps_session.session_type, eps_session.session_status, eps_session.start_date, eps_session.end_date
FROM eps_session
WHERE (eps_session.business_stream_id, eps_session.session_id) IN ((:keys_1_1, :keys_1_2), (:keys_2_1, :keys_2_2))
