// What the model server answers for every algorithm of the registry, trained on data made of its declaration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "algorithms/data/recordio.h"
#include "algorithms/sample_job.h"
#include "serving/model_service.h"
#include "serving/reply_body.h"

namespace sagebrush::serving {
namespace {

using algorithms::SampleRow;
using testing::HasSubstr;

constexpr int kRows = 3;

// A request's body with the features of some rows, and its content type.
struct Body {
  std::string content_type;
  std::string bytes;
};

Body WriteBody(RowFormat format) {
  Body body;
  std::string json;
  for (const auto& [label, f] : algorithms::DrawSampleRows(kRows, 7)) {
    const std::string cells = fmt::format("{},{},{}", f[0], f[1], f[2]);
    switch (format) {
      case RowFormat::kCsv:
        body = {"text/csv", body.bytes + cells + "\n"};
        break;
      case RowFormat::kLibsvm:
        body = {"text/libsvm", body.bytes + fmt::format("0:{} 1:{} 2:{}\n", f[0], f[1], f[2])};
        break;
      case RowFormat::kRecordIo:
        body = {"application/x-recordio-protobuf", body.bytes + algorithms::SampleRecord(label, f)};
        break;
      case RowFormat::kJson:
        json += fmt::format("{}{{\"features\": [{}]}}", json.empty() ? "" : ", ", cells);
        body = {"application/json", "{\"instances\": [" + json + "]}"};
        break;
      case RowFormat::kJsonLines:
        body = {"application/jsonlines", body.bytes + fmt::format("{{\"features\": [{}]}}\n", cells)};
        break;
    }
  }
  return body;
}

class AlgorithmServing : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    ASSERT_EQ(job_.Execute(), 0) << job_.failure();
    model_ = job_.Load();
    service_ = std::make_unique<ModelService>(*model_, declaration(), options_, 1);
  }

  const algorithms::Declaration& declaration() const { return algorithms::FindAlgorithm(GetParam())->declaration(); }
  const algorithms::AnswerShape& shape() const { return model_->answers(); }
  Reply Invoke(const Body& body, std::string_view accept) {
    Reply reply;
    service_->Handle({"POST", "/invocations", body.content_type, accept, body.bytes}, reply);
    return reply;
  }
  Body FirstBody() const { return WriteBody(declaration().requests.front()); }

 private:
  algorithms::SampleJob job_{*algorithms::FindAlgorithm(GetParam())};
  ServeOptions options_;
  std::unique_ptr<algorithms::Model> model_;
  std::unique_ptr<ModelService> service_;
};

TEST_P(AlgorithmServing, AnswersTheSameToEveryFormatThatItTakes) {
  const std::string expected = Invoke(FirstBody(), "text/csv").body;
  EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), kRows) << expected;
  for (const RowFormat format : declaration().requests) {
    const Reply reply = Invoke(WriteBody(format), "text/csv");
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(reply.body, expected);
  }
}

TEST_P(AlgorithmServing, RefusesFormatsThatItDoesNotTake) {
  const auto& taken = declaration().requests;
  for (const RowFormat format : {RowFormat::kCsv, RowFormat::kLibsvm, RowFormat::kRecordIo, RowFormat::kJson}) {
    const bool takes = std::find(taken.begin(), taken.end(), format) != taken.end();
    EXPECT_EQ(Invoke(WriteBody(format), "text/csv").status, takes ? 200 : 415);
  }
  EXPECT_EQ(Invoke({"image/png", "x"}, "text/csv").status, 415);
}

TEST_P(AlgorithmServing, NamesItsAnswersInJson) {
  const Json document = ParseJson(Invoke(FirstBody(), "application/json").body);
  const JsonArray& predictions = document.at("predictions").as_array();
  ASSERT_EQ(predictions.size(), static_cast<std::size_t>(kRows));
  for (const Json& prediction : predictions) {
    ASSERT_EQ(prediction.as_object().size(), shape().fields.size());
    for (const algorithms::AnswerField& field : shape().fields) {
      EXPECT_EQ(prediction.at(field.name).is_array(), field.list) << field.name;
    }
  }
  const std::string lines = Invoke(FirstBody(), "application/jsonlines").body;
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), kRows);
  EXPECT_EQ(ParseJson(lines.substr(0, lines.find('\n'))), predictions[0]);
}

TEST_P(AlgorithmServing, NamesItsAnswersInTheLabelsOfRecords) {
  const std::string stream = Invoke(FirstBody(), "application/x-recordio-protobuf").body;
  int records = 0;
  algorithms::ForEachRecord({"reply", stream}, [&](std::string_view record) {
    ++records;
    for (const auto& field : shape().fields) EXPECT_NE(record.find(field.name), std::string_view::npos) << field.name;
  });
  EXPECT_EQ(records, kRows);
}

TEST_P(AlgorithmServing, AnswersInItsOwnFormatWhereNoneIsAskedFor) {
  EXPECT_THAT(std::string(Invoke(FirstBody(), "").content_type), HasSubstr(std::string(declaration().default_accept)));
  EXPECT_EQ(Invoke(FirstBody(), "image/png").status, 406);
}

TEST_P(AlgorithmServing, RefusesRowsWithMoreFeaturesThanItKnows) {
  const Reply reply = Invoke({"text/csv", "1,2,3,4"}, "text/csv");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("4 features, but the model was trained on 3"));
}

INSTANTIATE_TEST_SUITE_P(Registry, AlgorithmServing, testing::ValuesIn(algorithms::AlgorithmNames()),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace sagebrush::serving
