"""The learning-progress service's old routes: views, assessments, summaries."""
