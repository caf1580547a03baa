SELECT pages.business_stream_id, pages.session_id, pages.centre_id, pages.candidate_number, pages.unique_candidate_id,
    pages.page
FROM (SELECT page_0.business_stream_id AS business_stream_id, page_0.session_id AS session_id, page_0.centre_id AS
    centre_id, page_0.candidate_number AS candidate_number, page_0.unique_candidate_id AS unique_candidate_id,
    page_0.page AS page
FROM (SELECT eps_candidate.business_stream_id AS business_stream_id, eps_candidate.session_id AS session_id,
    eps_candidate.centre_id AS centre_id, eps_candidate.candidate_number AS candidate_number,
    eps_candidate.unique_candidate_id AS unique_candidate_id, 0 AS page
FROM eps_candidate
WHERE eps_candidate.business_stream_id = :stream_0 AND eps_candidate.session_id = :number_0 AND eps_candidate.centre_id
    = :centre_0 ORDER BY eps_candidate.centre_id, eps_candidate.candidate_number
 FETCH FIRST :first ROWS ONLY) page_0) pages ORDER BY pages.page, pages.centre_id, pages.candidate_number
