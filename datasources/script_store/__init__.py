"""Requests for scripts: stored before RM is asked, so that none is lost and none is sent twice."""
