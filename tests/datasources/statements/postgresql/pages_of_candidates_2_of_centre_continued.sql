SELECT pages.business_stream_id, pages.session_id, pages.centre_id, pages.candidate_number, pages.unique_candidate_id,
    pages.page
FROM (SELECT page_0.business_stream_id AS business_stream_id, page_0.session_id AS session_id, page_0.centre_id AS
    centre_id, page_0.candidate_number AS candidate_number, page_0.unique_candidate_id AS unique_candidate_id,
    page_0.page AS page
FROM (SELECT eps_candidate.business_stream_id AS business_stream_id, eps_candidate.session_id AS session_id,
    eps_candidate.centre_id AS centre_id, eps_candidate.candidate_number AS candidate_number,
    eps_candidate.unique_candidate_id AS unique_candidate_id, 0 AS page
FROM eps_candidate
WHERE eps_candidate.business_stream_id = $1::VARCHAR AND eps_candidate.session_id = $2::VARCHAR AND
    eps_candidate.centre_id = $3::VARCHAR AND eps_candidate.centre_id >= $4::VARCHAR AND (eps_candidate.centre_id >
    $4::VARCHAR OR eps_candidate.candidate_number > $5::VARCHAR) ORDER BY eps_candidate.centre_id,
    eps_candidate.candidate_number
 LIMIT $6::INTEGER) AS page_0 UNION ALL SELECT page_1.business_stream_id AS business_stream_id, page_1.session_id AS
    session_id, page_1.centre_id AS centre_id, page_1.candidate_number AS candidate_number, page_1.unique_candidate_id
    AS unique_candidate_id, page_1.page AS page
FROM (SELECT eps_candidate.business_stream_id AS business_stream_id, eps_candidate.session_id AS session_id,
    eps_candidate.centre_id AS centre_id, eps_candidate.candidate_number AS candidate_number,
    eps_candidate.unique_candidate_id AS unique_candidate_id, 1 AS page
FROM eps_candidate
WHERE eps_candidate.business_stream_id = $7::VARCHAR AND eps_candidate.session_id = $8::VARCHAR AND
    eps_candidate.centre_id = $9::VARCHAR AND eps_candidate.centre_id >= $10::VARCHAR AND (eps_candidate.centre_id >
    $10::VARCHAR OR eps_candidate.candidate_number > $11::VARCHAR) ORDER BY eps_candidate.centre_id,
    eps_candidate.candidate_number
 LIMIT $6::INTEGER) AS page_1) AS pages ORDER BY pages.page, pages.centre_id, pages.candidate_number
