SELECT answer.centre_id, answer.released_date, answer.is_released, answer.total_rows
FROM table(result_release_date_validation(:session_id, :centre_id, :row_offset, :row_limit)) answer ORDER BY
    answer.centre_id
