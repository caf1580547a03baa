SELECT answer.centre_id, answer.released_date, answer.is_released, answer.total_rows
FROM result_release_date_validation($1::VARCHAR, $2::VARCHAR, $3::INTEGER, $4::INTEGER) AS answer ORDER BY
    answer.centre_id
