SELECT answer.qualification_group_id, answer.qualification_group_name, answer.results_issued_date,
    answer.results_released_date, answer.enquiries_open_date, answer.enquiries_close_date
FROM enquire_service_dates($1::VARCHAR, $2::VARCHAR, $3::VARCHAR) AS answer ORDER BY answer.qualification_group_id
