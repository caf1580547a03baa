SELECT eps_candidate.business_stream_id, eps_candidate.session_id, eps_candidate.centre_id,
    eps_candidate.candidate_number, eps_candidate.unique_candidate_id
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id, value ->> 2 AS centre_id, value ->> 3 AS
    candidate_number FROM json_each(?)) AS asked JOIN eps_candidate ON eps_candidate.business_stream_id =
    asked.business_stream_id AND eps_candidate.session_id = asked.session_id AND eps_candidate.centre_id =
    asked.centre_id AND eps_candidate.candidate_number = asked.candidate_number
