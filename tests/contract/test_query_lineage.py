"""QueryLineage: boto3 on a live server.

The graph of one model: data -> step -> model -> group <- endpoint, data -> copy.
"""

import pytest

from test_training_job import error_of

EDGES = [("data", "step", "ContributedTo"), ("step", "model", "Produced"), ("model", "group", "AssociatedWith"),
         ("endpoint", "group", "AssociatedWith"), ("data", "copy", "DerivedFrom")]


@pytest.fixture(scope="module")
def sagemaker(aws):
    return aws.client("sagemaker")


@pytest.fixture(scope="module")
def arns(sagemaker):
    source = lambda name: {"SourceUri": f"lineage/{name}"}
    arns = {name: sagemaker.create_artifact(ArtifactName=name, ArtifactType=kind, Source=source(name),
                                            Properties={"name": name, "of": "graph"})["ArtifactArn"]
            for name, kind in [("data", "DataSet"), ("copy", "DataSet"), ("model", "Model")]}
    arns["step"] = sagemaker.create_trial_component(TrialComponentName="lineage-step")["TrialComponentArn"]
    arns["group"] = sagemaker.create_context(ContextName="lineage-group", ContextType="ModelGroup", Source=source("g"))["ContextArn"]
    arns["endpoint"] = sagemaker.create_action(ActionName="lineage-endpoint", ActionType="Deployment", Source=source("e"))["ActionArn"]
    for tail, head, kind in EDGES:
        sagemaker.add_association(SourceArn=arns[tail], DestinationArn=arns[head], AssociationType=kind)
    yield arns
    for tail, head, _ in EDGES:
        sagemaker.delete_association(SourceArn=arns[tail], DestinationArn=arns[head])
    for name in ("data", "copy", "model"):
        sagemaker.delete_artifact(ArtifactArn=arns[name])
    sagemaker.delete_trial_component(TrialComponentName="lineage-step")
    sagemaker.delete_context(ContextName="lineage-group")
    sagemaker.delete_action(ActionName="lineage-endpoint")


@pytest.fixture
def query(sagemaker, arns):
    """query(start, ...): the names of the vertices, and the edges when they are asked for."""
    name_of = {arn: name for name, arn in arns.items()}

    def ask(start, **options):
        vertices, edges, token = [], [], {}
        while True:
            page = sagemaker.query_lineage(StartArns=[arns[start]], **options, **token)
            vertices += [name_of[vertex["Arn"]] for vertex in page["Vertices"]]
            edges += [(name_of[edge["SourceArn"]], name_of[edge["DestinationArn"]], edge["AssociationType"]) for edge in page["Edges"]]
            if "NextToken" not in page:
                return (vertices, edges) if options.get("IncludeEdges") else vertices
            token = {"NextToken": page["NextToken"]}

    return ask


def test_a_query_follows_associations_one_way_or_both(query):
    assert set(query("data", Direction="Descendants")) == {"step", "copy", "model", "group"}
    assert query("model", Direction="Ascendants") == ["step", "data"]  # The nearest first.
    assert set(query("model", Direction="Both")) == {"step", "data", "group"} == set(query("model"))
    assert query("copy", Direction="Descendants") == []


def test_a_query_goes_as_deep_as_told(sagemaker, arns, query):
    assert set(query("data", MaxDepth=1)) == {"step", "copy"}
    assert set(query("data", MaxDepth=2)) == {"step", "copy", "model"}
    for depth in (0, -1):
        assert error_of(sagemaker.query_lineage, StartArns=[arns["data"]], MaxDepth=depth)[:2] == (
            "ValidationException", f"MaxDepth is {depth}; it must be from 1 to 10.")
    assert error_of(sagemaker.query_lineage, StartArns=[arns["data"]], MaxDepth=11)[0] == "ValidationException"


# "retrieves not only the entities of interest but also the Associations and lineage entities on the path":
# IncludeEdges in the API reference.
def test_edges_come_with_what_lies_on_the_way(query):
    vertices, edges = query("data", IncludeEdges=True, Filters={"Types": ["ModelGroup"]})
    assert vertices == ["data", "step", "model", "group"]
    assert set(edges) == {EDGES[0], EDGES[1], EDGES[2]}
    assert query("data", Filters={"Types": ["ModelGroup"]}) == ["group"]
    assert query("data", IncludeEdges=True, Filters={"Types": ["Nothing"]}) == ([], [])


def test_vertices_are_filtered(sagemaker, arns, query):
    assert set(query("data", Filters={"LineageTypes": ["Artifact"]})) == {"copy", "model"}
    assert set(query("data", Filters={"LineageTypes": ["TrialComponent", "Context"]})) == {"step", "group"}
    assert query("data", Filters={"Types": ["DataSet"], "LineageTypes": ["Artifact"]}) == ["copy"]
    assert set(query("data", Filters={"Properties": {"name": "model", "of": "graph"}})) == {"copy", "model"}
    assert query("data", Filters={"Properties": {"name": "model"}}) == ["model"]
    created = sagemaker.describe_artifact(ArtifactArn=arns["model"])["CreationTime"]
    assert set(query("data", Filters={"CreatedBefore": created})) == {"copy"}
    assert set(query("data", Filters={"CreatedAfter": created})) == {"step", "model", "group"}
    assert set(query("data", Filters={"ModifiedBefore": created, "LineageTypes": ["Artifact"]})) == {"copy"}
    assert set(query("data", Filters={"ModifiedAfter": created, "LineageTypes": ["Artifact"]})) == {"model"}


def test_each_vertex_and_edge_is_on_one_page(sagemaker, arns, query):
    vertices, edges = query("data", IncludeEdges=True, MaxResults=1)
    assert sorted(vertices) == ["copy", "data", "group", "model", "step"]
    assert sorted(edges) == sorted(edge for edge in EDGES if edge[0] != "endpoint")
    token = sagemaker.query_lineage(StartArns=[arns["data"]], MaxResults=1)["NextToken"]
    for wrong in ({"NextToken": token, "StartArns": [arns["model"]]}, {"NextToken": "W10=", "StartArns": [arns["data"]]},
                  {"NextToken": "no", "StartArns": [arns["data"]]}):
        code, message, _ = error_of(sagemaker.query_lineage, **wrong)
        assert code == "ValidationException" and message.startswith("Invalid NextToken")


def test_a_vertex_says_what_it_is(sagemaker, arns):
    page = sagemaker.query_lineage(StartArns=[arns["model"]], Direction="Descendants")
    assert page["Vertices"] == [{"Arn": arns["group"], "Type": "ModelGroup", "LineageType": "Context"}]


def test_a_query_starts_somewhere(aws, sagemaker):
    missing = f"arn:aws:sagemaker:{aws.region}:{aws.account}:action/none"
    assert error_of(sagemaker.query_lineage, StartArns=[missing])[:2] == (
        "ResourceNotFound", f"Action '{missing}' does not exist.")
    for starts in ({}, {"StartArns": []}):
        assert error_of(sagemaker.query_lineage, **starts)[0] == "ValidationException"


def test_a_page_belongs_to_its_query_in_whatever_order_it_is_sent(aws, tmp_path):
    """Members of a request have no order: the token of a page is taken wherever it stands among them."""
    sagemaker = aws.client("sagemaker")
    start = sagemaker.create_artifact(ArtifactType="DataSet", Source={"SourceUri": str(tmp_path)})["ArtifactArn"]
    for i in range(3):
        end = sagemaker.create_artifact(ArtifactType="DataSet", Source={"SourceUri": f"{tmp_path}/{i}"})["ArtifactArn"]
        sagemaker.add_association(SourceArn=start, DestinationArn=end)
    token = sagemaker.query_lineage(MaxResults=2, StartArns=[start], Direction="Descendants", MaxDepth=3)["NextToken"]
    rest = sagemaker.query_lineage(NextToken=token, MaxResults=10, MaxDepth=3, Direction="Descendants", StartArns=[start])
    assert rest["Vertices"] and "NextToken" not in rest
