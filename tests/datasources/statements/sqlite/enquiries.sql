SELECT eps_enquiry_part.business_stream_id, eps_enquiry_part.session_id, eps_enquiry_part.centre_id,
    eps_enquiry_part.candidate_number, eps_enquiry_part.enquiry_id, eps_enquiry_part.part_number,
    eps_enquiry_part.service_code, eps_enquiry_part.service_name, eps_enquiry.enquiry_status, eps_enquiry.created_date,
    eps_enquiry.completed_date, eps_enquiry_part.assessment_code, eps_enquiry_part.option_code,
    eps_enquiry_part.grade_changed, eps_enquiry_part.grade_confirmed, eps_enquiry_component.component_id,
    eps_enquiry_component.mark_before, eps_enquiry_component.mark_after
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id, value ->> 2 AS centre_id, value ->> 3 AS
    candidate_number FROM json_each(?)) AS asked JOIN eps_enquiry_part ON eps_enquiry_part.business_stream_id =
    asked.business_stream_id AND eps_enquiry_part.session_id = asked.session_id AND eps_enquiry_part.centre_id =
    asked.centre_id AND eps_enquiry_part.candidate_number = asked.candidate_number JOIN eps_enquiry ON
    eps_enquiry.enquiry_id = eps_enquiry_part.enquiry_id LEFT OUTER JOIN eps_enquiry_component ON
    eps_enquiry_component.enquiry_id = eps_enquiry_part.enquiry_id AND eps_enquiry_component.part_number =
    eps_enquiry_part.part_number ORDER BY eps_enquiry.created_date, eps_enquiry_part.enquiry_id,
    eps_enquiry_part.part_number, eps_enquiry_component.component_id
