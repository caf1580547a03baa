EXEC enquire_service_dates @business_stream_id = :business_stream_id, @session_id = :session_id, @qualification_group_id
    = :qualification_group_id
