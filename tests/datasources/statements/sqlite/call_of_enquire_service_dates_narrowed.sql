SELECT enquire_service_dates.qualification_group_id, enquire_service_dates.qualification_group_name,
    enquire_service_dates.results_issued_date, enquire_service_dates.results_released_date,
    enquire_service_dates.enquiries_open_date, enquire_service_dates.enquiries_close_date
FROM enquire_service_dates
WHERE enquire_service_dates.business_stream_id = ? AND enquire_service_dates.session_id = ? AND
    enquire_service_dates.qualification_group_id = ? ORDER BY enquire_service_dates.qualification_group_id
