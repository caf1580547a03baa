"""The process: it starts, answers, and stops."""

from support.server import Server


def test_answers_graphql_and_rest_with_the_same_facts(server: Server) -> None:
    asked = server.graphql('{ session(businessStream: "02", sessionId: "14244") { sessionId name year } }')
    told = server.get("/v1/businessStreams/02/sessions/14244").json()
    assert asked.json() == {"data": {"session": {"sessionId": "14244", "name": "June 2022", "year": 2022}}}
    assert (told["sessionId"], told["sessionName"], told["year"]) == ("14244", "June 2022", 2022)
