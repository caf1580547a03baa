EXEC dbo.Result_Release_Date_Validation @session_id = :session_id, @centre_id = :centre_id, @row_offset = :row_offset,
    @row_limit = :row_limit
