SELECT result_release_date_validation.centre_id, result_release_date_validation.released_date,
    result_release_date_validation.is_released, (SELECT count(*) AS count_1
FROM result_release_date_validation
WHERE result_release_date_validation.session_id = ? AND result_release_date_validation.centre_id = ?) AS total_rows
FROM result_release_date_validation
WHERE result_release_date_validation.session_id = ? AND result_release_date_validation.centre_id = ? ORDER BY
    result_release_date_validation.centre_id
 LIMIT ? OFFSET ?
