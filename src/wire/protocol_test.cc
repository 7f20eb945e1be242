#include "wire/protocol.h"

#include <gmock/gmock.h>

#include "wire/cbor_protocol.h"
#include "wire/json_protocol.h"
#include "wire/query_protocol.h"
#include "wire/xml_protocol.h"

namespace sagebrush::wire {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;
using testing::StartsWith;

HttpRequest Post(std::string target, std::vector<std::pair<std::string, std::string>> headers, std::string body) {
  HttpRequest request{.method = "POST", .target = std::move(target), .body = std::move(body)};
  for (const auto& [name, value] : headers) request.headers.Add(name, value);
  return request;
}

HttpRequest JsonRequest(const std::string& target, std::string body) {
  return Post("/", {{"x-amz-target", target}, {"content-type", "application/x-amz-json-1.1"}}, std::move(body));
}

Route RouteTo(std::string_view service, std::string_view operation, Protocol protocol) {
  return {FindService(service), FindService(service)->FindOperation(operation), protocol};
}

Json Read(const HttpRequest& request, std::string_view signing_name = "sagemaker") {
  const Route route = FindRouteAsSigned(request, signing_name);
  Json input = ReadInput(route, request);
  CheckInput(*route.operation, input);
  return input;
}

struct Failure {
  std::string code;
  std::string message;
};

Failure Fail(const HttpRequest& request, std::string_view signing_name = "sagemaker") {
  try {
    Read(request, signing_name);
  } catch (const Error& error) {
    return {std::string(error.kind().code), error.what()};
  }
  return {};
}

const HttpRequest& AnyRequest() {
  static const HttpRequest request{.method = "POST", .target = "/"};
  return request;
}

HttpReply Write(const Route& route, const Json& output) {
  Call call{.service = *route.service, .operation = *route.operation, .request_id = "id-1"};
  return WriteOutput(route, output, call);
}

std::string Body(const HttpReply& reply) { return std::get<std::string>(reply.body); }

TEST(JsonProtocol, DropsUnknownMembersAndNulls) {
  const Json input =
      Read(JsonRequest("SageMaker.DescribeTrainingJob", R"({"TrainingJobName":"j","nextToken":"x","Other":{"a":1}})"));
  EXPECT_EQ(ToText(input), R"({"TrainingJobName":"j"})");
  EXPECT_EQ(ToText(Read(JsonRequest("SageMaker.ListTrainingJobs", R"({"NextToken":null})"))), "{}");
  EXPECT_EQ(ToText(Read(JsonRequest("SageMaker.ListTrainingJobs", ""))), "{}");
}

TEST(JsonProtocol, ReadsTimestampsInEveryForm) {
  for (const char* text :
       {"1795244828", "1795244828.0", "\"2026-11-21T07:07:08Z\"", "\"Sat, 21 Nov 2026 07:07:08 GMT\""}) {
    const Json input =
        Read(JsonRequest("SageMaker.ListTrainingJobs", std::string("{\"CreationTimeAfter\":") + text + "}"));
    EXPECT_EQ(GetDouble(input, "CreationTimeAfter"), 1795244828.0) << text;
  }
}

TEST(JsonProtocol, SaysWhereATypeIsWrong) {
  EXPECT_EQ(Fail(JsonRequest("SageMaker.DescribeTrainingJob", R"({"TrainingJobName":5})")).message,
            "NUMBER_VALUE can not be converted to a String (at 'TrainingJobName')");
  EXPECT_EQ(Fail(JsonRequest("SageMaker.ListTrainingJobs", R"({"MaxResults":"5"})")).message,
            "STRING_VALUE can not be converted to an Integer (at 'MaxResults')");
  EXPECT_EQ(Fail(JsonRequest("SageMaker.ListTrainingJobs", R"({"MaxResults":99999999999})")).code,
            "SerializationException");
  EXPECT_EQ(Fail(JsonRequest("SageMaker.AddTags", R"({"Tags":[{"Key":{}}]})")).message,
            "Start of structure or map found where not expected. (at 'Tags[0].Key')");
  EXPECT_EQ(Fail(JsonRequest("SageMaker.AddTags", R"({"Tags":"x"})")).message, "Expected list or null (at 'Tags')");
  EXPECT_EQ(Fail(JsonRequest("SageMaker.AddTags", "[]")).code, "SerializationException");
  EXPECT_EQ(Fail(JsonRequest("SageMaker.AddTags", "{")).code, "SerializationException");
}

TEST(JsonProtocol, WritesOnlyWhatTheModelHas) {
  const Route route = RouteTo("sagemaker", "DescribeTrainingJob", Protocol::kJson11);
  const HttpReply reply = Write(
      route,
      JsonObject{
          {"TrainingJobName", "j"}, {"Internal", 1}, {"FailureReason", nullptr}, {"CreationTime", 1795244828.1234}});
  EXPECT_EQ(Body(reply), R"({"TrainingJobName":"j","CreationTime":1795244828.123})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.Get("x-amzn-requestid"), "id-1");
  EXPECT_EQ(reply.headers.Get("content-type"), "application/x-amz-json-1.1");
}

TEST(JsonProtocol, WritesTimestampsToTheMillisecond) {
  const Route route = RouteTo("sagemaker", "DescribeTrainingJob", Protocol::kJson11);
  const std::pair<double, const char*> rows[] = {
      {0, "0"},         {1.8e9, "1800000000"}, {1795244828.1, "1795244828.1"},
      {5.0499, "5.05"}, {5.0504, "5.05"},      {1795244828.007, "1795244828.007"},
      {-0.5, "-0.5"},   {5.9999, "6"}};
  for (const auto& [epoch, text] : rows) {
    EXPECT_EQ(Body(Write(route, JsonObject{{"CreationTime", epoch}})), fmt::format("{{\"CreationTime\":{}}}", text));
  }
}

TEST(JsonProtocol, WritesAnEmptyBodyForAnOperationWithoutOutput) {
  EXPECT_EQ(Body(Write(RouteTo("sagemaker", "DeleteModel", Protocol::kJson11), nullptr)), "");
  EXPECT_EQ(Body(Write(RouteTo("sagemaker", "AddTags", Protocol::kJson11), nullptr)), "{}");
}

TEST(JsonProtocol, WritesTheCodeIntoTheBodyOfAnError) {
  // botocore reads awsJson errors from `__type` only: reference/client-flows.md section 0 item 5.
  const Route route = RouteTo("sagemaker", "DescribeTrainingJob", Protocol::kJson11);
  const HttpReply plain = WriteError(route, AnyRequest(), Error(kValidation, "No."), "id-1");
  EXPECT_EQ(plain.status, 400);
  EXPECT_EQ(Body(plain), R"({"__type":"ValidationException","message":"No."})");
  const HttpReply modelled = WriteError(route, AnyRequest(), Error(kResourceNotFound, "Gone."), "id-1");
  EXPECT_EQ(Body(modelled), R"({"__type":"ResourceNotFound","Message":"Gone."})");
  EXPECT_EQ(WriteError(route, AnyRequest(), Error(kAccessDenied, "No."), "id-1").status, 400);
}

TEST(JsonProtocol, AnswersInJsonWhenTheServiceIsNotKnown) {
  const HttpReply reply = WriteError({}, AnyRequest(), Error(kUnknownOperation, "What?"), "id-1");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(Body(reply), R"({"__type":"UnknownOperationException","message":"What?"})");
}

TEST(JsonProtocol, CarriesTheQueryCodeWhenAskedTo) {
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
  const Route route = RouteTo("sqs", "SendMessage", Protocol::kJson10);
  HttpRequest request;
  request.headers.Add("x-amzn-query-mode", "true");
  const ErrorKind kind{"QueueDoesNotExist", 400, Fault::kClient};
  const HttpReply reply = WriteError(route, request, Error(kind, "No queue."), "id-1");
  EXPECT_THAT(std::string(reply.headers.GetOr("x-amzn-query-error", "")), testing::EndsWith(";Sender"));
}

TEST(RestJson, PutsErrorsIntoHeaderAndBody) {
  const Route route = RouteTo("sagemaker-runtime", "InvokeEndpoint", Protocol::kRestJson);
  const Error error({"ModelError", 424, Fault::kClient}, "It broke.", JsonObject{{"OriginalStatusCode", 500}});
  const HttpReply reply = WriteError(route, AnyRequest(), error, "id-1");
  EXPECT_EQ(reply.status, 424);
  EXPECT_EQ(reply.headers.Get("x-amzn-errortype"), "ModelError");
  EXPECT_EQ(Body(reply), R"({"__type":"ModelError","Message":"It broke.","OriginalStatusCode":500})");
  EXPECT_EQ(WriteError(route, AnyRequest(), Error(kAccessDenied, "No."), "id-1").status, 403);
}

TEST(RestJson, CarriesBodiesAndHeadersOfInvokeEndpoint) {
  const auto request = Post("/endpoints/my-endpoint/invocations",
                            {{"content-type", "text/csv"}, {"x-amzn-sagemaker-target-variant", "v1"}}, "1,2\n");
  const Json input = Read(request);
  EXPECT_EQ(ToText(input),
            R"({"Body":"1,2\n","EndpointName":"my-endpoint","ContentType":"text/csv","TargetVariant":"v1"})");
  const HttpReply reply =
      Write(RouteTo("sagemaker-runtime", "InvokeEndpoint", Protocol::kRestJson),
            JsonObject{{"Body", "0.5"}, {"ContentType", "text/csv"}, {"InvokedProductionVariant", "v1"}});
  EXPECT_EQ(Body(reply), "0.5");
  EXPECT_EQ(reply.headers.Get("content-type"), "text/csv");
  EXPECT_EQ(reply.headers.Get("x-amzn-invoked-production-variant"), "v1");
}

TEST(RestJson, ABodyCannotSetWhatThePathSets) {
  const auto request =
      Post("/2015-03-31/functions/f/aliases", {}, R"({"FunctionName":"other","Name":"n","FunctionVersion":"1"})");
  EXPECT_EQ(GetString(Read(request, "lambda"), "FunctionName"), "f");
}

TEST(RestXml, ReadsABatchDelete) {
  auto request =
      Post("/bucket?delete", {}, R"(<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <Object><Key>a&amp;b</Key></Object><Object><Key>c</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>)");
  EXPECT_EQ(ToText(Read(request, "s3")),
            R"({"Delete":{"Objects":[{"Key":"a&b"},{"Key":"c","VersionId":"1"}],"Quiet":true},"Bucket":"bucket"})");
}

TEST(RestXml, RefusesMalformedXml) {
  EXPECT_EQ(Fail(Post("/bucket?delete", {}, "<Delete><Object>"), "s3").code, "MalformedXML");
  EXPECT_EQ(Fail(Post("/bucket?delete", {}, "<!DOCTYPE a [<!ENTITY b 'c'>]><Delete/>"), "s3").code, "MalformedXML");
  EXPECT_EQ(Fail(Post("/bucket?delete", {}, "<Delete><Object></Object></Delete>"), "s3").code, "MalformedXML");
  EXPECT_EQ(Fail(Post("/bucket?delete", {}, ""), "s3").code, "MissingRequestBodyError");
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(Fail(Post("/bucket?delete", {}, deep), "s3").code, "MalformedXML");
}

TEST(RestXml, RefusesAnArgumentThatIsNoNumber) {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: InvalidArgument.
  HttpRequest request{.method = "GET", .target = "/bucket?max-keys=many"};
  EXPECT_EQ(Fail(request, "s3").code, "InvalidArgument");
  EXPECT_THAT(Fail(request, "s3").message, HasSubstr("max-keys not an integer"));
}

TEST(RestXml, ReadsMetadataAndConditions) {
  HttpRequest request{.method = "PUT", .target = "/bucket/key"};
  request.headers.Add("x-amz-meta-one", "1");
  request.headers.Add("x-amz-meta-two", "2");
  request.headers.Add("if-none-match", "*");
  EXPECT_EQ(ToText(Read(request, "s3")),
            R"({"Bucket":"bucket","Key":"key","IfNoneMatch":"*","Metadata":{"one":"1","two":"2"}})");
}

TEST(RestXml, WritesAListing) {
  const HttpReply reply =
      Write(RouteTo("s3", "ListObjectsV2", Protocol::kRestXml),
            JsonObject{{"Name", "b"},
                       {"KeyCount", 1},
                       {"Contents", JsonArray{JsonObject{{"Key", "a<\x01"}, {"LastModified", 1795244828.5}}}}});
  EXPECT_EQ(
      Body(reply),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Name>b</Name><KeyCount>1</KeyCount><Contents><Key>a&lt;&#x1;</Key><LastModified>2026-11-21T07:07:08.500Z"
      "</LastModified></Contents></ListBucketResult>");
  EXPECT_EQ(reply.headers.Get("content-type"), "application/xml");
  EXPECT_EQ(reply.headers.Get("x-amz-request-id"), "id-1");
}

TEST(RestXml, WritesABucketLocationAsOneElement) {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html; us-east-1 is the empty element.
  const Route route = RouteTo("s3", "GetBucketLocation", Protocol::kRestXml);
  EXPECT_THAT(Body(Write(route, JsonObject{{"LocationConstraint", "eu-west-1"}})),
              HasSubstr(">eu-west-1</LocationConstraint>"));
  EXPECT_THAT(Body(Write(route, JsonObject())), HasSubstr("\"></LocationConstraint>"));
}

TEST(RestXml, AHeaderCannotBreakItsLine) {
  const HttpReply reply =
      Write(RouteTo("s3", "HeadObject", Protocol::kRestXml), JsonObject{{"ContentType", "a\r\nx: y"}});
  EXPECT_EQ(reply.headers.Get("content-type"), "a  x: y");
}

TEST(RestXml, WritesErrorsOfS3) {
  const Route route = RouteTo("s3", "GetObject", Protocol::kRestXml);
  HttpRequest request{.method = "GET", .target = "/b/k"};
  const Error error({"NoSuchKey", 404, Fault::kClient}, "The specified key does not exist.", JsonObject{{"Key", "k"}});
  const HttpReply reply = WriteError(route, request, error, "id-1");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(
      Body(reply),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not "
      "exist.</Message><Key>k</Key><Resource>/b/k</Resource><RequestId>id-1</RequestId><HostId>id-1</HostId></Error>");
  request.method = "HEAD";
  EXPECT_EQ(Body(WriteError(route, request, error, "id-1")), "");
  const HttpReply denied = WriteError(route, request, Error(kAccessDenied, "No."), "id-1");
  EXPECT_EQ(denied.status, 403);
}

TEST(Query, ReadsListsMapsAndStructures) {
  const auto request = Post(
      "/", {{"content-type", "application/x-www-form-urlencoded"}},
      "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B%7D&"
      "Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.1.Key=a&Tags.member.1.Value=+1&MaxSessionDuration=3600");
  EXPECT_EQ(ToText(Read(request, "iam")),
            R"({"RoleName":"r","AssumeRolePolicyDocument":"{}","MaxSessionDuration":3600,)"
            R"("Tags":[{"Key":"a","Value":" 1"},{"Key":"b","Value":"2"}]})");
}

TEST(Query, RefusesInvalidInput) {
  EXPECT_EQ(
      Fail({.method = "GET", .target = "/?Action=GetRole"}, "iam").message,
      "1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(Fail({.method = "GET", .target = "/?Action=GetRole"}, "iam").code, "ValidationError");
  EXPECT_EQ(Fail({.method = "GET", .target = "/?Action=ListRoles&MaxItems=x"}, "iam").code, "MalformedInput");
  EXPECT_EQ(Fail({.method = "GET", .target = "/?Action=GetRole&RoleName=%FF"}, "iam").code, "MalformedInput");
  std::string deep = "/?Action=GetRole&a";
  for (int i = 0; i < 1000; ++i) deep += ".a";
  EXPECT_EQ(Fail({.method = "GET", .target = deep}, "iam").code, "MalformedInput");
}

TEST(Query, WrapsTheResult) {
  const HttpReply reply =
      Write(RouteTo("sts", "GetCallerIdentity", Protocol::kQuery),
            JsonObject{{"UserId", "u"}, {"Account", "123456789012"}, {"Arn", "arn:aws:iam::123456789012:root"}});
  EXPECT_EQ(
      Body(reply),
      "<GetCallerIdentityResponse "
      "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><UserId>u"
      "</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:root</Arn></GetCallerIdentityResult>"
      "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>");
}

TEST(Query, WritesErrorsInAnEnvelope) {
  const Route route = RouteTo("iam", "GetRole", Protocol::kQuery);
  const HttpReply reply =
      WriteError(route, AnyRequest(), Error({"NoSuchEntity", 404, Fault::kClient}, "No role."), "id-1");
  EXPECT_EQ(reply.status, 404);
  EXPECT_THAT(Body(reply),
              HasSubstr("<Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>No role.</Message></Error>"
                        "<RequestId>id-1</RequestId></ErrorResponse>"));
  EXPECT_THAT(Body(WriteError(route, AnyRequest(), Error(kAccessDenied, "No."), "i")),
              HasSubstr("<Code>AccessDenied</Code>"));
}

TEST(Cbor, RefusesMalformedInput) {
  const Shape shape = FindService("cloudwatch")->FindOperation("PutMetricData")->input();
  const std::string deep(100, '\x81');
  for (const std::string& bytes :
       {std::string("\xBF"), std::string("\xA1"), std::string("\xA1\x61"), std::string("\xFF"), std::string("\x81\x01"),
        std::string("\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), std::string("\xA0\xA0"), std::string("\xA1\x61x") + deep,
        std::string("\x1C"), std::string("\xA1\x69Namespace\x01"), std::string("\xA1\x61\xFF\x01")}) {
    EXPECT_THROW(ReadCborBody(shape, bytes), Error) << ToText(Json(bytes.size()));
  }
}

TEST(Cbor, ReadsHalfFloatsAndIndefiniteLengths) {
  const Shape shape = FindService("cloudwatch")->FindOperation("PutMetricData")->input();
  const std::string bytes = "\xBF\x69Namespace\x7F\x61n\x62st\xFF\x6AMetricData\x9F\xA1\x65Value\xF9\x3E\x00\xFF\xFF"s;
  EXPECT_EQ(ToText(ReadCborBody(shape, bytes)), R"({"Namespace":"nst","MetricData":[{"Value":1.5}]})");
}

TEST(Cbor, WritesErrorsWithTheirType) {
  const Route route = RouteTo("cloudwatch", "PutMetricData", Protocol::kRpcV2Cbor);
  const HttpReply reply = WriteError(route, AnyRequest(), Error(kValidation, "No."), "id-1");
  EXPECT_EQ(Body(reply), "\xBF\x66__type\x73ValidationException\x67message\x63No.\xFF");
  EXPECT_EQ(reply.headers.Get("smithy-protocol"), "rpc-v2-cbor");
}

// A document of the shape with every member, to a depth.
Json Sample(const Shape& shape, int depth) {
  switch (shape.type()) {
    case ShapeType::kStructure: {
      JsonObject object;
      for (std::size_t i = 0; i < shape.member_count(); ++i) {
        const Member member = shape.member(i);
        if (depth < 6 && !member.shape().document()) object[member.name()] = Sample(member.shape(), depth + 1);
      }
      return object;
    }
    case ShapeType::kList:
      return depth < 6 ? JsonArray{Sample(shape.element().shape(), depth + 1)} : JsonArray();
    case ShapeType::kMap:
      return depth < 6 ? JsonObject{{"key", Sample(shape.value().shape(), depth + 1)}} : JsonObject();
    case ShapeType::kInteger:
      return 7;
    case ShapeType::kLong:
      return 5'000'000'000;
    case ShapeType::kFloat:
    case ShapeType::kDouble:
      return 0.1;
    case ShapeType::kBoolean:
      return true;
    case ShapeType::kTimestamp:
      return 1795244828.0;
    case ShapeType::kBlob:
      return "raw bytes";
    case ShapeType::kString:
      break;
  }
  return "text";
}

TEST(Protocols, JsonAndCborBringBackEveryInputOfEveryService) {
  for (const Service* service : Services()) {
    if (service->target_prefix.empty()) continue;
    for (const Operation& operation : service->operations) {
      if (!operation.input()) continue;
      const Json document = Sample(operation.input(), 0);
      std::string json;
      AppendJsonBody(operation.input(), document, json);
      EXPECT_EQ(ReadJsonBody(operation.input(), json), document) << service->id << " " << operation.name;
      std::string cbor;
      AppendCborBody(operation.input(), document, cbor);
      EXPECT_EQ(ReadCborBody(operation.input(), cbor), document) << service->id << " " << operation.name;
    }
  }
}

}  // namespace
}  // namespace sagebrush::wire
