SELECT answer.qualification_group_id, answer.qualification_group_name, answer.results_issued_date,
    answer.results_released_date, answer.enquiries_open_date, answer.enquiries_close_date
FROM table(enquire_service_dates(:business_stream_id, :session_id, :qualification_group_id)) answer ORDER BY
    answer.qualification_group_id
