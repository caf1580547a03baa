SELECT cams_vocational_session.session_id, cams_vocational_session.session_name,
    cams_vocational_session.qualification_group, cams_vocational_session.period, cams_vocational_session.start_date,
    cams_vocational_session.end_date
FROM cams_vocational_session ORDER BY cams_vocational_session.start_date DESC, cams_vocational_session.session_id DESC
