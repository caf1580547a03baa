EXEC dbo.CentreWiseEmbargoInfo @session_id = :session_id, @centre_id = :centre_id, @row_offset = :row_offset, @row_limit
    = :row_limit
