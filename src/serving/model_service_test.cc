#include "serving/model_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/registry.h"
#include "base/encoding.h"
#include "base/json.h"

namespace sagebrush::serving {
namespace {

using testing::HasSubstr;

// A model file of tests/fixtures/make_models.py.
std::string FixtureModel(const std::string& name) {
  for (Path at = std::filesystem::current_path(); at.has_relative_path(); at = at.parent_path()) {
    const auto text = ReadFileIfExists(at / "tests/fixtures/xgboost" / (name + ".json"));
    if (!text) continue;
    std::string model;
    EXPECT_TRUE(FromBase64(GetString(ParseJson(*text), "model"), model));
    return model;
  }
  throw std::runtime_error("tests/fixtures/xgboost is missing");
}

struct Service {
  explicit Service(std::vector<std::string> models, ServeOptions with = {}) : options(std::move(with)) {
    for (std::size_t i = 0; i < models.size(); ++i) {
      WriteFileDurably(directory.path() / fmt::format("xgboost-model-{}", i), FixtureModel(models[i]));
    }
    options.hosting.model = directory.path();
    const algorithms::Algorithm& algorithm = *algorithms::FindAlgorithm("xgboost");
    model = algorithm.Load(options.hosting);
    service = std::make_unique<ModelService>(*model, algorithm.declaration(), options, 2);
  }
  Reply Call(std::string_view method, std::string_view target, std::string_view body = "",
             std::string_view content_type = "text/csv", std::string_view accept = "") {
    Reply reply;
    service->Handle({method, target, content_type, accept, body}, reply);
    return reply;
  }
  Reply Invoke(std::string_view body, std::string_view content_type = "text/csv", std::string_view accept = "") {
    return Call("POST", "/invocations", body, content_type, accept);
  }

  TemporaryDirectory directory;
  ServeOptions options;
  std::unique_ptr<algorithms::Model> model;
  std::unique_ptr<ModelService> service;
};

constexpr char kLogistic[] = "1.7.6-logistic-json";
constexpr char kRow[] = "0.5,1,,0,-1";

TEST(ModelService, AnswersPingWithNothing) {
  Service service({kLogistic});
  EXPECT_EQ(service.Call("GET", "/ping").status, 200);
  EXPECT_EQ(service.Call("GET", "/ping").body, "");
  EXPECT_EQ(service.Call("POST", "/ping").status, 405);
  EXPECT_EQ(service.Call("GET", "/nothing").status, 404);
}

TEST(ModelService, TellsBatchTransformItsLimits) {
  Service service({kLogistic});
  EXPECT_EQ(service.Call("GET", "/execution-parameters").body,
            R"({"MaxConcurrentTransforms": 2, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6})");
}

TEST(ModelService, PredictsTheSameForEveryContentType) {
  Service service({kLogistic});
  const std::string expected = service.Invoke(kRow).body;
  EXPECT_THAT(expected, testing::MatchesRegex("0.[0-9]+\n"));
  EXPECT_EQ(service.Invoke("0:0.5 1:1 3:0 4:-1", "text/libsvm").body, expected);
  EXPECT_EQ(service.Invoke("[[0.5, 1, null, 0, -1]]", "application/json").body, expected);
  EXPECT_EQ(service.Invoke("{\"features\": [0.5, 1, null, 0, -1]}", "application/jsonlines").body, expected);
}

// github.com/aws/sagemaker-xgboost-container, algorithm_mode/serve.py: 204, 415, 406, 400.
TEST(ModelService, RefusesAsAwsContainer) {
  Service service({kLogistic});
  EXPECT_EQ(service.Invoke("").status, 204);
  EXPECT_EQ(service.Invoke(kRow, "image/png").status, 415);
  EXPECT_EQ(service.Invoke(kRow, "").status, 415);
  EXPECT_EQ(service.Invoke(kRow, "text/libsvm").status, 415);
  EXPECT_EQ(service.Invoke("a,b").status, 415);
  EXPECT_EQ(service.Invoke(kRow, "text/csv", "image/png").status, 406);
  const Reply wide = service.Invoke("1,2,3,4,5,6");
  EXPECT_EQ(wide.status, 400);
  EXPECT_THAT(wide.body, HasSubstr("the rows have 6 features, but the model was trained on 5"));
}

TEST(ModelService, ChecksColumnsMoreStrictlyForPickledModels) {
  // serve_utils.predict: a pickled booster takes as many features as it has, or one fewer.
  Service pickled({"0.90-stopped-pickle2"});
  EXPECT_EQ(pickled.Invoke("1,2,3").status, 400);
  EXPECT_EQ(pickled.Invoke("1,2,3,4").status, 200);
  EXPECT_EQ(pickled.Invoke("5:1", "text/libsvm").status, 200);
  EXPECT_EQ(pickled.Invoke("6:1", "text/libsvm").status, 400);
  Service native({kLogistic});
  EXPECT_EQ(native.Invoke("1,2,3").status, 200);
  EXPECT_EQ(native.Invoke("5:1", "text/libsvm").status, 400);
}

TEST(ModelService, AveragesAnEnsembleAndVotesOnClasses) {
  Service one({kLogistic}), other({"1.7.6-forest-binary"}), both({kLogistic, "1.7.6-forest-binary"});
  const float mean = (std::stof(one.Invoke(kRow).body) + std::stof(other.Invoke(kRow).body)) / 2;
  EXPECT_EQ(std::stof(both.Invoke(kRow).body), mean);
  Service votes({"1.7.6-softmax-pickle3", "1.5.2-softmax-pickle3", "1.3.3-softmax-pickle3"});
  EXPECT_EQ(votes.Invoke(kRow).body, Service({"1.7.6-softmax-pickle3"}).Invoke(kRow).body);
}

// github.com/aws/sagemaker-xgboost-container, algorithm_mode/serve.py. Before pull requests 269, 270 and 271
// (of 1.2-2): rows joined with commas, several values of a row printed as a Python list. Since then as numpy.savetxt
// writes them. In a batch transform a row a line.
TEST(ModelService, WritesCsvAsTheImagesVersionDid) {
  const std::string rows = std::string(kRow) + "\n" + kRow;
  const auto csv = [&](const char* model, const char* tag, bool batch = false) {
    return Service({model}, {.hosting = {.image = algorithms::ParseImageVersion(tag), .batch = batch}})
        .Invoke(rows)
        .body;
  };
  constexpr char kClasses[] = "1.7.6-softprob-binary";
  for (const char* tag : {"1", "latest", "0.90-1", "0.90-2", "1.0-1", "1.2-1"}) {
    EXPECT_THAT(csv(kLogistic, tag), testing::MatchesRegex("0.[0-9]+,0.[0-9]+")) << tag;
    EXPECT_THAT(csv(kClasses, tag), testing::MatchesRegex(R"(\[[0-9e., -]+\],\[[0-9e., -]+\])")) << tag;
  }
  for (const char* tag : {"1.2-2", "1.3-1", "1.5-1", "1.7-1", "3.0-5", "3.2-0", ""}) {
    EXPECT_THAT(csv(kLogistic, tag), testing::MatchesRegex("0.[0-9]+\n0.[0-9]+\n")) << tag;
    EXPECT_THAT(csv(kClasses, tag), testing::MatchesRegex("[0-9e.,-]+\n[0-9e.,-]+\n")) << tag;
  }
  EXPECT_THAT(csv(kClasses, "1.0-1", true), testing::MatchesRegex("\\[[0-9e., -]+\\]\n\\[[0-9e., -]+\\]\n"));
}

TEST(ModelService, SelectsOutput) {
  Service service({kLogistic}, {.hosting = {.inference_output = {"predicted_label", "labels"}}});
  EXPECT_THAT(service.Invoke(kRow).body, HasSubstr(",\"[0, 1]\""));
}

TEST(ModelService, AnswersInTheDefaultFormat) {
  Service service({kLogistic}, {.default_accept = "application/json"});
  EXPECT_THAT(service.Invoke(kRow).body, HasSubstr("\"predictions\": [{\"score\": 0."));
  EXPECT_EQ(service.Invoke(kRow).content_type, "application/json");
}

TEST(BoosterEnsemble, NamesTheFileThatIsNoModel) {
  TemporaryDirectory directory;
  EXPECT_THROW(algorithms::FindAlgorithm("xgboost")->Load({.model = directory.path()}), Error);
  WriteFileDurably(directory.path() / "xgboost-model", "no model");
  try {
    algorithms::FindAlgorithm("xgboost")->Load({.model = directory.path()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("xgboost-model: The binary model file is damaged"));
  }
}

}  // namespace
}  // namespace sagebrush::serving
