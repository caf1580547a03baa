"""The two executors, by their switch, over real HTTP: the same answers."""

from pathlib import Path

from support.server import Server, running_server

QUERIES = (
    (
        "{ businessStreams { id code name sessions(first: 2, year: 2024) { totalCount nodes { id name type startsOn } "
        "edges { cursor node { businessStream { name } } } pageInfo { hasNextPage endCursor } } } }"
    ),
    (
        '{ a: session(businessStream: "02", sessionId: "8") { name } b: session(businessStream: "1", sessionId: "x")'
        ' { name } node(id: "U2Vzc2lvbjowMjoxNDI0NA==") { id __typename ... on Session { year } } }'
    ),
    "{ __schema { queryType { name } types { name fields { name } } } vocationalSessions { name period endsOn } }",
)


def test_answers_as_graphql_core_does(server: Server, data_dir: Path) -> None:
    with running_server(data_dir, GRAPHQL__EXECUTOR="graphql-core") as reference:
        for query in QUERIES:
            assert reference.graphql(query).json() == server.graphql(query).json()
        for path in ("/v1/businessStreams/02/sessions", "/v1/businessStreams/02/sessions/14244"):
            assert reference.get(path).content == server.get(path).content
