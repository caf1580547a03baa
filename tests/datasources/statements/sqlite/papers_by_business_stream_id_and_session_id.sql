SELECT libs_question_paper.business_stream_id, libs_question_paper.session_id, libs_question_paper.qp_identifier,
    libs_question_paper.question_paper_name, libs_question_paper.assessment_code,
    libs_question_paper.assessment_version, libs_question_paper.component_id, libs_question_paper.barcode,
    libs_question_paper.page_count, libs_question_paper.exam_date
FROM (SELECT value ->> 0 AS business_stream_id, value ->> 1 AS session_id FROM json_each(?)) AS asked JOIN
    libs_question_paper ON libs_question_paper.business_stream_id = asked.business_stream_id AND
    libs_question_paper.session_id = asked.session_id ORDER BY libs_question_paper.assessment_code,
    libs_question_paper.assessment_version, libs_question_paper.component_id, libs_question_paper.qp_identifier
